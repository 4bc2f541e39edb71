"""The journal: what was appended is there after any end of the process, once, whole and in order."""

import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from botlens.commit.local.journal import FileJournal
from botlens.events.lines import lines_of, records_of
from botlens.events.record import Record
from tests.unit.journals import HEADER, commit, left, opened, segments

RECORDS = st.builds(
    Record,
    st.text(min_size=1),
    st.text(min_size=1),
    st.integers(1, 6),
    st.text(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**53),
    st.none() | st.integers(0, 2**53),
    sequence=st.integers(-(2**53), 2**53),
    role=st.integers(0, 4),
    content=st.text(),
    question=st.text(),
    confidence=st.none() | st.floats(0, 1),
    fallback=st.booleans(),
    value=st.none() | st.floats(-1e15, 1e15),
    metadata=st.text(),
)


BATCHES = st.lists(st.tuples(st.text(min_size=1), st.lists(RECORDS, max_size=3)), max_size=3)


@settings(max_examples=30)
@given(st.lists(BATCHES, max_size=4))
def test_what_was_appended_is_replayed(tmp_path_factory, commits):
    """Every field of every record, commit by commit, in order; what was made of them is made anew."""
    folder = tmp_path_factory.mktemp("journal")
    journal = opened(folder)
    for batches in commits:
        journal.append([(company, lines_of(records)) for company, records in batches])

    def replayed() -> list[list[tuple[str, list[Record]]]]:
        return [[(company, records_of(lines)) for company, lines in each] for each in left(folder)]

    kept = [
        [(company, [replace(record).interpret() for record in records]) for company, records in batches]
        for batches in commits
        if batches
    ]
    assert replayed() == kept  # before it is closed, too: a process that is killed closes nothing
    journal.close()
    assert replayed() == kept


def test_each_commit_is_synced_after_it_is_written(tmp_path, monkeypatch):
    """An acknowledgement that a power cut can take back is none."""
    journal, sizes = opened(tmp_path), []
    [path] = segments(tmp_path)
    monkeypatch.setattr(os, "fdatasync", lambda file: sizes.append(os.fstat(file).st_size))
    journal.append(commit(1))
    assert sizes == [path.stat().st_size]
    assert sizes[0] > HEADER
    journal.append(commit(2))
    assert sizes == [sizes[0], path.stat().st_size]


def test_segments_are_replayed_in_the_order_of_arrival(tmp_path):
    """Also where the number of digits grows: a later arrival must win over an earlier one."""
    for arrival in (9, 10, 99, 100, 1_772_357_400_000_001):
        journal = opened(tmp_path, arrival)
        journal.append(commit(arrival))
        journal.close()
    numbers = [records_of(lines)[0].arrival for [(_, lines)] in left(tmp_path)]
    assert numbers == [9, 10, 99, 100, 1_772_357_400_000_001]


def test_rotation_names_what_may_be_deleted_once_the_store_has_it(tmp_path):
    """Never the segment that commits go to, and always all those before it."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    sealed = journal.rotate(2)
    assert [path.name for path in sealed] == ["00000000000000000001.journal"]
    journal.append(commit(2))
    assert left(tmp_path) == [commit(1), commit(2)]
    assert journal.rotate(3) == segments(tmp_path)[:2]  # the first one was not deleted: the store failed
    journal.append(commit(3))
    journal.delete(sealed)
    assert left(tmp_path) == [commit(2), commit(3)]
    journal.delete(sealed)  # again, after a crash between the two
    assert journal.rotate(4) == segments(tmp_path)[:2]


def test_rotating_an_empty_segment_keeps_it(tmp_path):
    """Quiet hours leave one file behind, not thousands."""
    journal = opened(tmp_path)
    assert journal.rotate(2) == journal.rotate(3) == []
    assert len(segments(tmp_path)) == 1
    journal.append(commit(1))
    assert left(tmp_path) == [commit(1)]


def test_what_an_earlier_process_left_is_deleted_with_the_first_rotation(tmp_path):
    """Once it was replayed into the store."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    journal.close()
    journal = FileJournal(tmp_path)
    sealed = journal.rotate(7)
    journal.append(commit(7))
    journal.delete(sealed)
    assert left(tmp_path) == [commit(7)]


def test_numbers_go_on_from_the_largest_that_a_file_name_tells_of(tmp_path):
    """Even when the clock went back between two runs; a new folder starts at 0."""
    assert FileJournal(tmp_path / "new").first_arrival() == 0
    for arrival in (100, 9):
        opened(tmp_path / "old", arrival).close()
    assert FileJournal(tmp_path / "old").first_arrival() == 101


def test_nothing_can_be_appended_before_the_journal_is_open_or_after_it_is_closed(tmp_path):
    """A commit that goes nowhere must not look like one that was kept."""
    journal = FileJournal(tmp_path)
    with pytest.raises(RuntimeError):
        journal.append(commit(1))
    journal.rotate(1)
    journal.close()
    journal.close()
    with pytest.raises(RuntimeError):
        journal.append(commit(1))


def test_only_the_owner_may_read_conversations(tmp_path):
    """The segments hold what people wrote."""
    opened(tmp_path)
    [path] = segments(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
