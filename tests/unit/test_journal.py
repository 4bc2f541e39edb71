"""The journal: what was appended is there after any end of the process, once, whole and in order."""

import errno
import os
import stat
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from botlens.commit.local.journal import Journal
from botlens.errors import BotlensError
from botlens.events.lines import lines_of, records_of
from botlens.events.record import MESSAGE, Record

HEADER = 8  # bytes before the payload of a frame


def record(number: int, content: str = "hi") -> Record:
    return Record("bot", "c", MESSAGE, f"m{number}", 0, number, 1_772_357_400_000_001, content=content)


def commit(*numbers: int) -> list[tuple[str, bytes]]:
    return [("company", lines_of([record(number) for number in numbers]))]


def opened(folder: Path, arrival: int = 1) -> Journal:
    journal = Journal(folder)
    journal.rotate(arrival)
    return journal


def left(folder: Path) -> list[list[tuple[str, bytes]]]:
    """What a new process finds."""
    return list(Journal(folder).replay())


def segments(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def one_commit_and_a_last(tmp_path) -> tuple[Path, int]:
    """A segment with two commits, and the length of the first."""
    journal = opened(tmp_path)
    journal.append(commit(1, 2))
    [path] = segments(tmp_path)
    length = path.stat().st_size
    journal.append(commit(3))
    journal.close()
    return path, length


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


def test_a_journal_of_another_version_is_not_passed_over(tmp_path):
    """What was acknowledged must not be lost by an update: it says what to do."""
    payload = msgspec.msgpack.encode([("company", [record(1)])])
    path = tmp_path / "00000000000000000001.journal"
    path.write_bytes(struct.pack("<II", len(payload), zlib.crc32(payload)) + payload)
    with pytest.raises(BotlensError, match="another version"):
        left(tmp_path)
    assert path.exists()


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


def test_a_torn_last_commit_is_left_out_wherever_it_was_torn(one_commit_and_a_last):
    """It was never acknowledged; the commits before it were."""
    path, length = one_commit_and_a_last
    whole = path.read_bytes()
    assert left(path.parent) == [commit(1, 2), commit(3)]
    for size in range(length, len(whole)):
        path.write_bytes(whole[:size])
        assert left(path.parent) == [commit(1, 2)], size


def test_a_damaged_byte_of_the_last_commit_is_noticed(one_commit_and_a_last):
    """In its length, its checksum or its content: nothing made up is replayed, and nothing crashes."""
    path, length = one_commit_and_a_last
    whole = path.read_bytes()
    for place in range(length, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        assert left(path.parent) == [commit(1, 2)], place


def test_a_torn_segment_does_not_hide_the_next_one(tmp_path):
    """Each crash leaves its own torn end; what came after the next start was acknowledged as well."""
    for arrival in (1, 5):
        journal = opened(tmp_path, arrival)
        journal.append(commit(arrival))
        journal.append(commit(arrival + 1))
        journal.close()
    first = segments(tmp_path)[0]
    first.write_bytes(first.read_bytes()[:-1])
    assert left(tmp_path) == [commit(1), commit(5), commit(6)]


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
    journal = Journal(tmp_path)
    sealed = journal.rotate(7)
    journal.append(commit(7))
    journal.delete(sealed)
    assert left(tmp_path) == [commit(7)]


def test_numbers_go_on_from_the_largest_that_a_file_name_tells_of(tmp_path):
    """Even when the clock went back between two runs; a new folder starts at 0."""
    assert Journal(tmp_path / "new").first_arrival() == 0
    for arrival in (100, 9):
        opened(tmp_path / "old", arrival).close()
    assert Journal(tmp_path / "old").first_arrival() == 101


def fails(*_: object) -> None:
    raise OSError(errno.EIO, "the disk does not take it")


def writes_a_part(write=os.write):
    """An `os.write` that writes five bytes and finds the disk full at the next call."""
    calls = []

    def part(file: int, data: memoryview) -> int:
        calls.append(file)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "no space left")
        return write(file, bytes(data)[:5])

    return part


@pytest.mark.parametrize(("name", "broken"), [("fdatasync", lambda: fails), ("write", writes_a_part)])
def test_nothing_stays_of_a_commit_that_failed(tmp_path, monkeypatch, name, broken):
    """It was answered with an error, so it must not come back; and the next commit is as good as any."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    with monkeypatch.context() as patch:
        patch.setattr(os, name, broken())
        with pytest.raises(OSError, match=r"disk|space"):
            journal.append(commit(2))
    assert left(tmp_path) == [commit(1)]
    journal.append(commit(3))
    journal.append(commit(4))
    assert left(tmp_path) == [commit(1), commit(3), commit(4)]


def test_a_write_may_take_several_calls(tmp_path, monkeypatch):
    """The system may write less than it was given: the rest must follow."""
    write = os.write
    journal = opened(tmp_path)
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data)[:7]))
    journal.append(commit(1, 2))
    assert left(tmp_path) == [commit(1, 2)]


def test_nothing_can_be_appended_before_the_journal_is_open_or_after_it_is_closed(tmp_path):
    """A commit that goes nowhere must not look like one that was kept."""
    journal = Journal(tmp_path)
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


def test_zeros_at_the_end(tmp_path: Path) -> None:
    """A file that a loss of power left with zeros at its end still opens: they are no commit."""
    journal = Journal(tmp_path)
    journal.rotate(1)
    journal.append([("c", b"")])
    journal.close()
    (segment,) = tmp_path.glob("*.journal")
    segment.write_bytes(segment.read_bytes() + bytes(4_096))
    assert list(Journal(tmp_path).replay()) == [[("c", b"")]]


def test_nothing_behind_a_torn_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a failed write cannot be taken back, the next segment says where the one before it ends."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    monkeypatch.setattr(os, "fdatasync", fails)  # all of it is written, but is it on disk?
    monkeypatch.setattr(os, "ftruncate", fails)
    with pytest.raises(OSError, match="disk"):
        journal.append(commit(2))
    monkeypatch.undo()
    journal.append(commit(3))
    assert left(tmp_path) == [commit(1), commit(3)]
    assert len(segments(tmp_path)) == 2
    journal.delete(journal.rotate(9)[:1])
    assert left(tmp_path) == [commit(3)]


@pytest.mark.parametrize("call", ["open", "fdatasync", "fsync"])
def test_a_rotation_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The open segment stays open: what is committed meanwhile is there, and the next rotation works.

    With no descriptor, no inode or no sync of the folder; each was seen.
    """
    journal = opened(tmp_path)
    journal.append(commit(1))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(OSError, match="disk"):
            journal.rotate(2)
    stranger = os.open(tmp_path / "stranger", os.O_CREAT | os.O_RDWR)  # takes the next free number
    journal.append(commit(2))
    assert os.fstat(stranger).st_size == 0
    os.close(stranger)
    (tmp_path / "stranger").unlink()
    assert left(tmp_path) == [commit(1), commit(2)]
    sealed = journal.rotate(3)
    journal.append(commit(3))
    journal.delete(sealed)
    assert left(tmp_path) == [commit(3)]


def test_a_closed_descriptor_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where closing the old segment fails, nothing goes to its number any more."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    close, closed = os.close, []

    def close_and_fail(file: int) -> None:
        closed.append(file)
        close(file)
        raise OSError(errno.EIO, "the disk does not take it")

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", close_and_fail)
        journal.rotate(2)
    stranger = os.open(os.devnull, os.O_RDONLY)
    assert stranger in closed
    journal.append(commit(2))
    os.close(stranger)
    assert left(tmp_path) == [commit(1), commit(2)]


@pytest.mark.parametrize("place", [0, 5, 9, 20])
def test_damage_in_the_middle_costs_one_commit(tmp_path: Path, place: int) -> None:
    """In a length, a checksum or a content: what is behind it is read, and the file is kept."""
    journal = opened(tmp_path)
    sizes = []
    for number in range(5):
        journal.append(commit(number))
        sizes.append(journal.size)
    journal.close()
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[sizes[0] + place] ^= 0x01
    path.write_bytes(data)
    found = Journal(tmp_path)
    assert list(found.replay()) == [commit(0), commit(2), commit(3), commit(4)]
    assert found.damaged == [path]
    found.delete(found.rotate(9))
    assert found.damaged == [path.with_suffix(".damaged")]
    assert path.with_suffix(".damaged").read_bytes() == data
    assert Journal(tmp_path).damaged == [path.with_suffix(".damaged")]
    assert left(tmp_path) == []


def test_a_last_commit_that_was_whole_is_damage(tmp_path: Path) -> None:
    """All of it is there and does not fit its checksum: no writer that died leaves that."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    journal.close()
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[-3] ^= 0x01
    path.write_bytes(data)
    found = Journal(tmp_path)
    assert list(found.replay()) == []
    assert found.damaged == [path]


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_lies_between_commits_none_is_lost(tmp_path_factory, rubbish: bytes, at: int) -> None:
    """Rubbish of any kind between two frames, or in one: the others are read, once and in order."""
    folder = tmp_path_factory.mktemp("journal")
    journal = opened(folder)
    sizes = [0]
    for number in range(4):
        journal.append(commit(number))
        sizes.append(journal.size)
    journal.close()
    (path,) = segments(folder)
    data = path.read_bytes()
    at = min(at, len(data))
    path.write_bytes(data[:at] + rubbish + data[at:])
    hit = [number for number in range(4) if sizes[number] < at < sizes[number + 1] and rubbish]
    assert left(folder) == [commit(number) for number in range(4) if number not in hit]


def test_a_torn_end_is_cut_before_the_next_segment(tmp_path: Path) -> None:
    """So that the next start does not take it for damage."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    journal.close()
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    journal = Journal(tmp_path)
    assert list(journal.replay()) == [commit(1)]
    journal.rotate(5)
    journal.append(commit(5))
    again = Journal(tmp_path)
    assert list(again.replay()) == [commit(1), commit(5)]
    assert again.damaged == []


@pytest.mark.parametrize("error", [OSError(errno.EIO, "the disk does not take it"), MemoryError()])
def test_what_cannot_be_cut_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Before anybody is told that it failed: the process may die before the next commit."""

    def cannot(*_: object) -> None:
        raise error

    journal = opened(tmp_path)
    journal.append(commit(1))
    sync = os.fdatasync
    monkeypatch.setattr(os, "ftruncate", cannot)
    outcomes = iter((fails, sync))
    monkeypatch.setattr(os, "fdatasync", lambda file: next(outcomes)(file))  # noqa: PLW0108 - one a call
    with pytest.raises(OSError, match="disk"):
        journal.append(commit(2))
    assert left(tmp_path) == [commit(1)]


def test_commits_that_fail_leave_no_heap_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full for hours must not lose its last inodes to files without a commit."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    with monkeypatch.context() as full:
        full.setattr(os, "write", fails)
        for number in range(2, 50):
            with pytest.raises(OSError, match="disk"):
                journal.append(commit(number))
    assert len(segments(tmp_path)) <= 2
    journal.append(commit(50))
    assert left(tmp_path) == [commit(1), commit(50)]


@pytest.mark.parametrize("name", ["x.journal", ".1.journal", "².journal", f"{10**25}.journal", "9.journal"])
def test_what_no_journal_wrote_is_left_alone(tmp_path: Path, name: str) -> None:
    """A backup's leftover or a folder beside the segments keeps nobody from starting, and stays."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    journal.close()
    stranger = tmp_path / name
    if name == "9.journal":
        stranger.mkdir()
    else:
        stranger.write_bytes(b"not ours")
    found = Journal(tmp_path)
    assert list(found.replay()) == [commit(1)]
    found.delete(found.rotate(9))
    assert stranger.exists()


def test_a_link_to_nowhere_is_no_segment(tmp_path: Path) -> None:
    """It can be neither read nor lost."""
    (tmp_path / "5.journal").symlink_to(tmp_path / "nowhere")
    assert left(tmp_path) == []


@pytest.mark.parametrize("place", range(4))
def test_a_damaged_length_of_the_last_commit_is_damage(tmp_path: Path, place: int) -> None:
    """The commit behind it is whole: it was acknowledged, whatever its length says by now."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    journal.append([("company", b"x" * 40), ("another", b"y" * 40)])
    begin = journal.size
    journal.append([("company", b"x" * 40), ("another", b"y" * 40)])
    journal.close()
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[begin + place] ^= 0x80
    path.write_bytes(data)
    found = Journal(tmp_path)
    assert len(list(found.replay())) == 2
    assert found.damaged == [path]


@pytest.mark.parametrize("rubbish", [b"\xff" * 100, b"\x00\x01" * 2_000, bytes(range(1, 256)) * 16])
def test_rubbish_in_place_of_all_commits_is_damage(tmp_path: Path, rubbish: bytes) -> None:
    """No writer leaves that at the end of a file."""
    path = tmp_path / "00000000000000000001.journal"
    path.write_bytes(rubbish)
    found = Journal(tmp_path)
    assert list(found.replay()) == []
    assert found.damaged == [path]


def test_blocks_of_the_last_commit_that_were_never_written_are_torn(tmp_path: Path) -> None:
    """Power may fail between the new size of a file and what is in it: nobody was told that it is there."""
    journal = opened(tmp_path)
    journal.append(commit(1))
    begin = journal.size
    journal.append([("company", b"x" * 3_000)])
    end = journal.size
    journal.close()
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    for first, last in ((begin, 512), (512, 1_024), (1_024, 2_048), (2_560, end), (begin, end)):
        path.write_bytes(whole[:first] + bytes(last - first) + whole[last:])
        found = Journal(tmp_path)
        assert list(found.replay()) == [commit(1)], first
        assert found.damaged == [], first


def test_zeros_over_two_last_commits_are_damage(tmp_path: Path) -> None:
    """Of two commits the first was acknowledged, or there would be no second."""
    journal = opened(tmp_path)
    begin = journal.size
    for _ in range(2):
        journal.append([("company", b"x" * 1_000)])
    journal.close()
    (path,) = segments(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: begin + 20] + bytes(len(data) - begin - 20))
    found = Journal(tmp_path)
    assert list(found.replay()) == []
    assert found.damaged == [path]
