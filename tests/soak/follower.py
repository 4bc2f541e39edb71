"""A process that follows a database, is asked what it counts, and kills itself where it is told to.

python -m tests.soak.follower      each line of stdin is JSON: a life to begin, of which two lines are said:
                                   its process, and how it ended

All lives are forks of one process, since to load what they need takes longer than most of them last. The
product knows nothing of this: what it calls is replaced before it starts.
"""

import ctypes
import faulthandler
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from multiprocessing.connection import Listener
from pathlib import Path
from threading import Event
from typing import Any

from botlens.commit.local.commits import LocalCommits
from botlens.engine import Engine
from botlens.jobs import runner
from botlens.jobs.job import Progress
from botlens.opening import engine_of, follow_request
from botlens.settings import Settings
from botlens.sources.postgres import (
    bridging,
    bulk,
    following_run,
    loading,
    positions,
    slot,
    sweep,
    temporary_slot,
)
from botlens.sources.postgres.accounts import SourceAccounts
from botlens.sources.postgres.applying import Applying
from botlens.sources.postgres.followed_job import followed_source
from botlens.sources.postgres.log_follower import LogFollower
from botlens.sources.postgres.state import StateStore
from botlens.store.said import SaidRange, said_names
from botlens.upkeep import erasure

POINTS: dict[str, tuple[Any, str]] = {
    "slot": (temporary_slot, "_until_done"),
    "waiting": (temporary_slot, "_sentence"),
    "visible": (temporary_slot, "_wait_until_visible"),
    "acknowledge": (LogFollower, "acknowledge"),
    "swept": (sweep.Sweep, "acknowledge"),
    "sweep": (sweep.Sweep, "_sweep"),
    "peek": (slot.PolledLog, "_ask"),
    "confirm": (slot.PolledLog, "_confirm"),
    "mark": (StateStore, "save"),
    "aside": (StateStore, "change_set_aside"),
    "range": (bulk.BulkReading, "_piece"),
    "kept": (bulk.BulkReading, "kept"),
    "load": (LocalCommits, "load"),
    "count": (LocalCommits, "count_loaded"),
    "commit": (LocalCommits, "submit"),
    "gone": (Applying, "gone"),
    "changes": (Applying, "changes"),
    "tables": (Applying, "tables"),
    "accounts": (SourceAccounts, "refresh"),
}
"""Where it can be killed: what is called there."""

_SOONER: dict[Any, dict[str, float]] = {
    bridging: {"_SWEPT_BLOCKS": 16},
    bulk: {"_FIRST_BLOCKS": 8, "_MOST_BLOCKS": 16},
    loading: {"_FEWEST": 20},
    following_run: {
        "ACCOUNTS_SECONDS": 0.5,
        "NOTED_SECONDS": 0.2,
        "FIRST_COMPARING_SECONDS": 1.0,
        "SHARE_OF_COMPARING": 1,
    },
    positions: {"_MARK_SECONDS": 0.3, "_FLUSHED_SECONDS": 0.2},
    runner: {"_FIRST_PAUSE": 0.2},
    slot: {"_SHARE": 2},
    sweep: {"_SHARE": 2},
    temporary_slot: {"_SECONDS": 0.2},
    erasure: {"_PERIOD": timedelta(seconds=1)},
}
"""Small tables have many parts, and what is done now and then is done all the time."""


def kill_at(point: str, number: int, *, after: bool) -> None:
    """Have this process killed when something is called for so many times, before or after it was done."""
    owner, name = POINTS[point]
    call, calls = getattr(owner, name), iter(range(1, number + 1))

    def struck(*arguments: Any, **named: Any) -> Any:
        now = next(calls, None) == number
        if now and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = call(*arguments, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, struck)


def live(order: dict[str, Any]) -> None:
    """One life."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends with its parent
    for module, values in _SOONER.items():
        for name, value in values.items():
            assert hasattr(module, name), name
            setattr(module, name, value)
    if order.get("strike"):
        kill_at(**order["strike"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    faulthandler.register(signal.SIGUSR1)  # for whoever wants to know why it stands still
    settings = Settings.read(
        data_dir=Path(order["folder"]) / "data",
        sync_url=order["url"],
        sync_way=order["way"],
        sync_mapping=order["mapping"],
    )
    with engine_of(settings, follow=not order["verify"]) as engine:
        if order["verify"]:
            request = follow_request(settings)
            assert request is not None
            source = followed_source(request, engine.accounts, engine.open_commits)
            report = source.verify(Progress(Event()))
            Path(order["verify"]).write_text(json.dumps(asdict(report)))
            return
        with Listener(order["socket"]) as listener:
            while True:
                with listener.accept() as asked:
                    asked.send(_ANSWERS[asked.recv()](engine))


def _standing(engine: Engine) -> dict[str, Any]:
    status = engine.source.status
    errors = [each.error for each in engine.jobs.states() if each.job.name == "sync" and each.error]
    found = {"phase": status.phase, "way": status.way, "errors": errors, "warning": status.warning()}
    return {**found, "caught_up_at": status.caught_up_at, "behind": status.behind_seconds}


def _numbers(engine: Engine) -> dict[str, Any]:
    """What counts here of each company: the overview, and its messages with their texts."""
    found = {}
    for each in engine.accounts.companies():
        now = datetime.fromisoformat("2026-03-18T12:00:00Z")
        scope = engine.answers.scope(each, now)
        found[each.id] = {
            "overview": engine.answers.seed.overview(scope),
            "verified": engine.answers.verification.verify(scope),
            "messages": b"".join(
                engine.answers.conversations.export(
                    scope, {"data": "messages", "format": "jsonl", "period": "all"}
                ).chunks
            ).decode(),
            "votes": [vote for bot in scope.chatbots for vote in _votes(engine, each.id, bot)],
        }
    return found


def _votes(engine: Engine, company: str, chatbot: str) -> list[tuple[str, str, str, int]]:
    said = engine.commits.snapshots.read(company, lambda reader: said_names(reader, SaidRange(chatbot)))
    return [
        (chatbot, row["conversation_id"], row["event_id"], row["feedback"])
        for row in said.signals.to_pylist()
        if row["feedback"] and row["conversation_id"] not in said.deleted
    ]


_ANSWERS: dict[str, Callable[[Engine], Any]] = {"standing": _standing, "numbers": _numbers}


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        Path(order["socket"]).unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                for number, handle in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
                    os.dup2(handle, number)
                live(order)
                code = 0
            except SystemExit:
                code = 0
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stderr.flush()
                os._exit(code)
        _say({"pid": child})
        _, status = os.waitpid(child, 0)
        _say({"ended": os.waitstatus_to_exitcode(status)})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
