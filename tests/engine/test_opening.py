"""`open_engine`: a folder belongs to one engine, from the moment it opens until it is closed."""

import subprocess
import sys
from pathlib import Path

_LOCKED = """
import os, sys
from datetime import UTC, datetime
from botlens import BotlensError, Settings, open_engine

folder = sys.argv[1]

def refused(*arguments):
    try:
        open_engine(*arguments).close()
    except BotlensError as error:
        return error.code, str(error)
    return None

os.environ["BOTLENS_PLANS"] = '{"odd": {}}'
assert "BOTLENS_PLANS" in refused(folder)[1]
del os.environ["BOTLENS_PLANS"]

with open_engine(folder) as engine:
    for again in (folder, Settings.read(data_dir=folder)):
        code, said = refused(again)
        assert code == "folder_taken" and f"pid {os.getpid()}" in said, said
    company = engine.accounts.create_company("Acme", owner="ada", plan="pro")
    engine.chatbots.put(company.id, "bot", name="Bot")
    scope = engine.answers.scope(company, datetime.now(UTC))
    assert engine.answers.seed.overview(scope)["total_chatbots"] == 1

engine = open_engine(Settings.read(data_dir=folder))
assert [each.name for each in engine.accounts.companies()] == ["Acme"]
engine.close()
engine.close()
assert refused(folder) is None
"""

_OTHER_PROCESS = """
import sys
from botlens import open_engine
with open_engine(sys.argv[1]):
    print("up", flush=True)
    sys.stdin.read()
"""


def test_one_engine_for_a_folder(tmp_path: Path) -> None:
    """A second engine of the same process is refused; a closed engine, or one that failed, gives it back."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOCKED, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_command_is_refused_while_a_program_has_the_folder(tmp_path: Path) -> None:
    """The lock is that of `botlens serve` and all commands: each tells who has the folder."""
    program = subprocess.Popen(
        [sys.executable, "-c", _OTHER_PROCESS, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "up\n"
        served = subprocess.run(
            [sys.executable, "-m", "botlens", "serve", "--port", "0", "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        program.communicate("", timeout=60)
    assert served.returncode != 0
    assert f"pid {program.pid}" in " ".join(served.stderr.split())
    assert program.returncode == 0
