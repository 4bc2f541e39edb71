"""What a command that goes on for long says while a disk is full: once, and which."""

from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import cast

import pytest
import structlog

from botlens.cli.sync import run
from botlens.engine import Engine
from botlens.serving import logs


def test_a_log_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was a traceback for each line, over what the command itself had to say."""
    (tmp_path / "botlens.log").symlink_to("/dev/full")
    try:
        logs.log_to_file(tmp_path)
        for number in range(3):
            structlog.get_logger("botlens").error("job_failed", number=number)
    finally:
        logs.log_to_nowhere()
    said = capsys.readouterr().err
    assert said == f"Warning: {tmp_path}/botlens.log is not written: No space left on device.\n"


def test_following_names_the_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the accounts or the store say does not: who may read it, is not known there. Each is said once."""
    said = "The accounts database does not answer. Try again."
    failed = SimpleNamespace(job=SimpleNamespace(name="sync"), error=said)
    engine = cast("Engine", SimpleNamespace(jobs=SimpleNamespace(states=lambda: [failed])))
    monkeypatch.setattr(run, "full_disks", lambda places: [each for each in places if each == tmp_path])
    found = run._new_warning(engine, tmp_path, None)
    assert run._new_warning(engine, tmp_path, found) == found
    line = f"Warning: {said} The disk of {tmp_path} is full: make room there, then do it again.\n"
    assert capsys.readouterr().err == line
    failed.error = f"{gettempdir()}: No space left on device"
    monkeypatch.setattr(run, "full_disks", lambda _: [Path(gettempdir())])
    assert run._new_warning(engine, tmp_path, None) == failed.error
