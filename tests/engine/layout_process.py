"""Opens a folder of an older botlens again and again, and dies at steps of bringing it up to date.

python -m tests.engine.layout_process LAYOUT FOLDER FIRST STRIDE

It dies at the step FIRST, then so many steps later each time, and prints a line of JSON for each.
"""

import itertools
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from botlens.answers.scope import Scope
from botlens.engine import Engine
from botlens.events.decode import decode_json
from botlens.events.record import record_of
from botlens.store.connection import ClickHouse
from botlens.tenants.accounts import Accounts
from tests.events import NOON, message

LAYOUTS = Path(__file__).parent / "layouts"
COMPANY = "c_layout"
NEW = message("new", "1", "Is this new?", "2026-03-18T11:00:00Z", session_id="dora")
_DEATH = 99


def unpacked(layout: str, folder: Path) -> dict[str, Any]:
    """Put a folder of a released version into `folder`; returns what that version answered."""
    with tarfile.open(LAYOUTS / f"{layout}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    found: dict[str, Any] = json.loads((folder / "answers.json").read_text())
    return found


def opened(folder: Path) -> Engine:
    """An engine on an unpacked folder."""
    data = folder / "data"
    return Engine(
        Accounts.open(f"sqlite:///{data}/accounts.db"),
        clickhouse_url=f"chdb://{data}/events",
        journal_folder=data / "journal",
    )


def answers(engine: Engine) -> dict[str, Any]:
    """What `layouts/make.py` asked."""
    seed, scope = engine.answers.seed, scope_of(engine)
    return {
        "overview": seed.overview(scope),
        "chatbot": seed.chatbot(scope, "bot"),
        "shop": seed.chatbot(scope, "shop"),
        "gaps": seed.gaps(scope, "bot"),
    }


def scope_of(engine: Engine) -> Scope:
    """What its company may ask about."""
    company = engine.accounts.company(COMPANY)
    assert company is not None
    return engine.answers.scope(company, NOON)


def verified(engine: Engine) -> dict[str, Any]:
    """Whether its numbers are what the events say; it waits until facts are derived anew."""
    return engine.answers.verification.verify(scope_of(engine))


def send(engine: Engine, *events: dict[str, Any]) -> None:
    """Have events committed."""
    decoded = decode_json(json.dumps({"events": events}).encode())
    if events:
        engine.commits.submit(COMPANY, [record_of(event) for event in decoded.events]).result()


def _die_after(step: int) -> None:
    """Let the process die when it has changed the store so many times."""
    left = [step]

    def counted(function: Callable[..., Any], changes: Callable[..., bool]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            value = function(*arguments, **named)
            if changes(*arguments):
                left[0] -= 1
                if left[0] == 0:
                    os._exit(_DEATH)
            return value

        return call

    is_change = lambda _, statement, *__: not statement.lstrip().startswith("SELECT")  # noqa: E731
    setattr(ClickHouse, "maintain", counted(ClickHouse.maintain, is_change))  # noqa: B010
    setattr(ClickHouse, "insert", counted(ClickHouse.insert, lambda *_: True))  # noqa: B010


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """What work makes in a process of its own, and how that ended."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        value = work()
        os.write(write, json.dumps(value).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(said) if said else None


def open_and_die(folder: Path, step: int) -> None:
    """Open a folder and end at a step, or at the end of the upgrade."""
    _die_after(step)
    with opened(folder) as engine:
        verified(engine)


def _open(folder: Path, *events: dict[str, Any]) -> dict[str, Any]:
    with opened(folder) as engine:
        send(engine, *events)
        found = verified(engine)
        definition = engine.store.facts.definition
        return {"answers": answers(engine), "verify": found, "definition": definition}


def main(layout: str, folder: Path, first: int, stride: int) -> None:
    """Die some steps later each time, open again, and say what is found; at last take something new."""
    for step in itertools.count(first, stride):
        shutil.rmtree(folder, ignore_errors=True)
        unpacked(layout, folder)
        code, _ = in_child(partial(open_and_die, folder, step))
        _say(step=step, died=code == _DEATH, found=in_child(partial(_open, folder))[1])
        if code != _DEATH:
            break
    _say(took=in_child(partial(_open, folder, NEW))[1], found=in_child(partial(_open, folder))[1])


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
