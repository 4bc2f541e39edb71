"""Writes and syncs of the journal that fail: nothing stays of what was refused, and it goes on."""

import errno
import os
from pathlib import Path

import pytest

from tests.unit.journals import commit, fails, left, opened, segments


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
