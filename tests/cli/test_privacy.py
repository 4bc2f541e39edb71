"""The data folder is readable by its owner alone, whoever made it and however."""

import os
import stat
from pathlib import Path

import pytest

from botlens.folder.privacy import make_private
from tests.cli.conftest import EXCHANGE, Shell


def readable_by_others(folder: Path) -> set[str]:
    """What of a folder, itself included, has a bit for the group or others."""
    paths = [folder, *folder.rglob("*")]
    return {
        str(path.relative_to(folder))
        for path in paths
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    }


@pytest.mark.slow
def test_a_folder_that_existed_is_closed_with_all_that_is_in_it(shell: Shell) -> None:
    """However open the folder and the shell that starts it: after any command nobody else reads anything."""
    before = os.umask(0)
    try:
        shell.data_dir.mkdir(mode=0o777)
        shell.company()
        assert readable_by_others(shell.data_dir) == set()
        shell.json("import", str(shell.write("day.ndjson", *EXCHANGE)))
        with shell.serving():
            assert readable_by_others(shell.data_dir) == set()
        for path in (shell.data_dir, *shell.data_dir.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        assert shell.report("conversations") == 1
        assert readable_by_others(shell.data_dir) == set()
    finally:
        os.umask(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as an older botlens may have left it."""
    for name in ("journal", "events/store"):
        (tmp_path / "data" / name).mkdir(parents=True)
    for name in ("accounts.db", "accounts.db-wal", "lock", "journal/1.journal", "events/store/part.bin"):
        (tmp_path / "data" / name).touch(mode=0o644)
    (tmp_path / "data" / "accounts.db").chmod(0o664)
    return tmp_path / "data"


def test_what_is_not_ours_to_change_is_told_and_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file of another user's: everything else is closed, and the sentence names it."""
    chmod = Path.chmod

    def refusing(path: Path, mode: int) -> None:
        if path.name == "1.journal":
            raise PermissionError(1, "Operation not permitted", str(path))
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refusing)
    (sentence,) = make_private(folder)
    assert f"may read {folder}/journal/1.journal: Operation not permitted" in sentence
    assert readable_by_others(folder) == {"journal/1.journal"}


def test_a_folder_that_holds_other_things_is_not_closed_to_everybody(folder: Path) -> None:
    """`--data-dir .`: what is botlens' own is closed; the folder is not botlens' to close, which is told."""
    (folder / "index.html").touch(mode=0o644)
    (sentence,) = make_private(folder)
    assert "holds more than botlens' own files" in sentence
    assert readable_by_others(folder) == {".", "index.html"}


def test_a_link_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    """What a link in the journal's folder points to is somebody else's business."""
    outside = tmp_path / "outside"
    outside.touch(mode=0o644)
    (folder / "journal" / "link").symlink_to(outside)
    assert make_private(folder) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_the_doctor_names_what_others_can_read(shell: Shell) -> None:
    """Also after the commands have mended what they may."""
    shell.company()
    (shell.data_dir / "index.html").touch(mode=0o644)
    shell.data_dir.chmod(0o755)
    done = shell.run("company", "list")
    assert done.returncode == 0
    assert "Warning: Other users of this machine may look into" in done.stderr
    found = shell.json("doctor")
    assert [each["mark"] for each in found if "may read" in each["what"]] == ["note"]
