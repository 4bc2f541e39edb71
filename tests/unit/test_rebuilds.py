"""Intended recounts: on disk until they are done, and in nobody's way when they cannot be written or read."""

import errno
import os
from pathlib import Path

import pytest

from botlens.commit.local.rebuilds import Rebuilds
from botlens.errors import OverloadedError


def test_what_was_not_finished_is_left(tmp_path: Path) -> None:
    """Also where a part of it was."""
    rebuilds = Rebuilds(tmp_path)
    with rebuilds.intended("c", "done"):
        assert Rebuilds(tmp_path).unfinished() == [("c", "done")]
    with pytest.raises(ValueError, match="broken"), rebuilds.intended("c", "bot"):
        raise ValueError("broken")
    assert Rebuilds(tmp_path).unfinished() == [("c", "bot")]


def test_of_two_at_once_the_first_to_end_leaves_the_other(tmp_path: Path) -> None:
    """A process that dies now has not done what the second asked for."""
    rebuilds = Rebuilds(tmp_path)
    with rebuilds.intended("c", "bot"):
        with rebuilds.intended("c", "bot"):
            pass
        assert rebuilds.unfinished() == [("c", "bot")]
    assert rebuilds.unfinished() == []


@pytest.mark.parametrize("content", ["", '["c"', '["c"]', "5", "\0" * 20])
def test_what_cannot_be_read_keeps_nobody_from_starting(tmp_path: Path, content: str) -> None:
    """A full disk or a power cut leaves such files; what they were for had not begun."""
    (tmp_path / "0.rebuild").write_text(content)
    with pytest.raises(ValueError, match="broken"), Rebuilds(tmp_path).intended("c", "bot"):
        raise ValueError("broken")
    assert Rebuilds(tmp_path).unfinished() == [("c", "bot")]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, the block is not begun, and no half-written file stays."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    begun = False
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OverloadedError, match="Send it again"), Rebuilds(tmp_path).intended("c", "bot"):
            begun = True
    assert not begun
    assert list(tmp_path.iterdir()) == []
