"""Files of the journal that a crash, a disk or a person left: what is whole is read, the rest is told."""

import os
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botlens.commit.local.journal import FileJournal
from botlens.errors import BotlensError
from tests.unit.journals import commit, fails, left, opened, record, segments


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


def test_a_journal_of_another_version_is_not_passed_over(tmp_path):
    """What was acknowledged must not be lost by an update: it says what to do."""
    payload = msgspec.msgpack.encode([("company", [record(1)])])
    path = tmp_path / "00000000000000000001.journal"
    path.write_bytes(struct.pack("<II", len(payload), zlib.crc32(payload)) + payload)
    with pytest.raises(BotlensError, match="another version"):
        left(tmp_path)
    assert path.exists()


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


def test_zeros_at_the_end(tmp_path: Path) -> None:
    """A file that a loss of power left with zeros at its end still opens: they are no commit."""
    journal = FileJournal(tmp_path)
    journal.rotate(1)
    journal.append([("c", b"")])
    journal.close()
    (segment,) = tmp_path.glob("*.journal")
    segment.write_bytes(segment.read_bytes() + bytes(4_096))
    assert list(FileJournal(tmp_path).replay()) == [[("c", b"")]]


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
    found = FileJournal(tmp_path)
    assert list(found.replay()) == [commit(0), commit(2), commit(3), commit(4)]
    assert found.damaged == [path]
    found.delete(found.rotate(9))
    assert found.damaged == [path.with_suffix(".damaged")]
    assert path.with_suffix(".damaged").read_bytes() == data
    assert FileJournal(tmp_path).damaged == [path.with_suffix(".damaged")]
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
    found = FileJournal(tmp_path)
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
    journal = FileJournal(tmp_path)
    assert list(journal.replay()) == [commit(1)]
    journal.rotate(5)
    journal.append(commit(5))
    again = FileJournal(tmp_path)
    assert list(again.replay()) == [commit(1), commit(5)]
    assert again.damaged == []


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
    found = FileJournal(tmp_path)
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
    found = FileJournal(tmp_path)
    assert len(list(found.replay())) == 2
    assert found.damaged == [path]


@pytest.mark.parametrize("rubbish", [b"\xff" * 100, b"\x00\x01" * 2_000, bytes(range(1, 256)) * 16])
def test_rubbish_in_place_of_all_commits_is_damage(tmp_path: Path, rubbish: bytes) -> None:
    """No writer leaves that at the end of a file."""
    path = tmp_path / "00000000000000000001.journal"
    path.write_bytes(rubbish)
    found = FileJournal(tmp_path)
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
        found = FileJournal(tmp_path)
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
    found = FileJournal(tmp_path)
    assert list(found.replay()) == []
    assert found.damaged == [path]


def test_what_an_operator_removed_is_told_of_no_more(tmp_path: Path) -> None:
    """A damaged file is told of until it is gone, not until a restart."""
    aside = tmp_path / "00000000000000000001.damaged"
    aside.write_bytes(b"x")
    journal = opened(tmp_path, 5)
    assert journal.damaged == [aside]
    aside.unlink()
    journal.rotate(6)
    assert journal.damaged == []
