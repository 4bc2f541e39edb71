"""Numbers that come from what was saved are those of the facts, whatever was written since."""

import os
import tempfile
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import event as note
from hypothesis import example, given
from hypothesis import strategies as st

from botlens.commit.room import pending, saving
from botlens.commit.room.saving import Saving
from botlens.commit.room.states import ConversationStates
from botlens.commit.snapshot import Snapshots
from botlens.engine import Engine
from botlens.events.record import DELETION, Record
from botlens.live.numbers import ChatbotNumbers
from botlens.live.registry import LiveNumbers
from botlens.monitoring.health import Health
from botlens.monitoring.telemetry import Telemetry
from botlens.store import saved_numbers
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from tests.oracle import strategies
from tests.properties.companies import new_company, send, verified
from tests.properties.examples import examples
from tests.properties.test_deaths import (
    COMMIT_FAULTS,
    DAY,
    FIRST_DAY,
    FLUSH_FAULTS,
    RECORDS,
    FailureError,
    Process,
    expected,
    fail,
    records_of,
)
from tests.properties.test_seed_numbers import check
from tests.unit.test_live_numbers import seen

_companies = count()

DAYS = st.integers(FIRST_DAY, FIRST_DAY + 3)
UNCOUNTED = (ConversationStates, "take")
SAVE_FAULTS = [(ClickHouse, "insert"), (saving, "remove_older")]
STEPS = st.one_of(
    st.tuples(st.just("commit"), RECORDS, st.none() | st.sampled_from(COMMIT_FAULTS)),
    st.tuples(st.just("commit"), RECORDS, st.none()),
    st.tuples(st.just("delete"), st.sampled_from("ab"), st.none()),
    st.tuples(
        st.just("flush"), st.none(), st.none() | st.sampled_from([*FLUSH_FAULTS, (pending, "keep_replaced")])
    ),
    st.tuples(st.just("save"), DAYS, st.none() | st.sampled_from(SAVE_FAULTS)),
    st.tuples(st.just("save"), DAYS, st.none()),
    st.tuples(st.just("rebuild"), st.none(), st.none()),
    st.tuples(st.just("load"), st.none(), st.none()),
    st.tuples(st.just("die"), st.booleans(), st.none()),
)


def says(kind: str, day: int, fault: Any = None, name: str = "a") -> tuple[str, Any, Any]:
    return "commit", [(name, kind, day)], fault


def saved_before(day: int) -> tuple[str, int, None]:
    return "save", FIRST_DAY + day, None


FLUSH, LOAD, REBUILD = ("flush", None, None), ("load", None, None), ("rebuild", None, None)
AHEAD, BEHIND = ("die", False, None), ("die", True, None)
WRITTEN_DOWN_ONLY = ("flush", None, (pending, "insert_facts"))


def expected_numbers(acknowledged: list[Record]) -> ChatbotNumbers:
    found = ChatbotNumbers()
    found.replace([(None, each) for each in expected(acknowledged)])
    return found


def all_of(numbers: ChatbotNumbers) -> dict[str, Any]:
    starts, started = numbers.timeline.flat()
    return {**seen(numbers), "starts": dict(zip(starts.tolist(), started.tolist(), strict=True))}


def check_load(process: Process, company: str, acknowledged: list[Record]) -> None:
    """What is loaded is what was acknowledged, whether from what was saved or not."""
    used = []
    saved = saved_numbers._saved_numbers

    def watched(*arguments: Any) -> Any:
        used.append(saved(*arguments))
        return used[-1]

    with patch.object(saved_numbers, "_saved_numbers", watched):
        snapshots = Snapshots(process.store, process.flusher)
        loaded = snapshots.read(company, lambda reader: saved_numbers.load_live_numbers(reader, ["bot"]))
    note("from what was saved" if any(used) else "from the facts")
    assert all_of(loaded["bot"]) == all_of(expected_numbers(acknowledged))


def save(process: Process, company: str, day: int) -> None:
    snapshots = Snapshots(process.store, process.flusher)
    parts = process.store, process.ledger, process.flusher, snapshots, LiveNumbers(), Telemetry(), Health()
    Saving(*parts).save(company, "bot", day)


def live(engine: Engine, folder: str, *, behind: bool) -> Process:
    """Another life; it knows nothing of what was saved but from the store."""
    engine.store.saved.clear()
    return Process(engine.store, Path(folder), behind=behind)


@pytest.mark.slow
@examples(25)
@given(st.lists(STEPS, min_size=3, max_size=14))
@example([says("header", 0), saved_before(1), says("header", 0), FLUSH, LOAD, AHEAD, LOAD])
@example([says("header", 0), saved_before(1), says("header", 1), FLUSH, says("header", 0), FLUSH, LOAD])
@example([says("header", 0), saved_before(2), says("header", 1), WRITTEN_DOWN_ONLY, AHEAD, LOAD])
@example([says("header", 0), saved_before(2), BEHIND, says("header", 1), FLUSH, LOAD])
@example([says("message", 0), saved_before(2), REBUILD, says("message", 0), FLUSH, LOAD, AHEAD, LOAD])
@example([says("message", 0), saved_before(2), ("delete", "a", None), FLUSH, LOAD, AHEAD, LOAD])
@example([says("message", 0), saved_before(2), says("message", 0, name="b"), FLUSH, LOAD, AHEAD, LOAD])
@example([saved_before(3), says("header", 0), FLUSH, saved_before(3), saved_before(2), AHEAD, LOAD])
@example([says("header", 0, UNCOUNTED), LOAD, AHEAD, LOAD])
@example([says("header", 0, UNCOUNTED), FLUSH, AHEAD, LOAD])
def test_any_history_with_saves_and_deaths(engine: Engine, steps: list[tuple[str, Any, Any]]) -> None:
    """Commits, flushes, saves, failures of each, recounts, deletions, deaths: loaded is what was sent."""
    company = f"c_saved_{next(_companies)}"
    acknowledged: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        process, is_stale = live(engine, folder, behind=False), False
        for number, (step, drawn, fault) in enumerate(steps):
            if step == "die":
                process.die()
                process, is_stale = live(engine, folder, behind=drawn), False
                continue
            is_stale |= fault == UNCOUNTED
            with patch.object(*fault, fail) if fault else patch.object(os, "getpid"):
                try:
                    if step in ("commit", "delete"):
                        at = FIRST_DAY * DAY
                        gone = [Record("bot", str(drawn), DELETION, "", 0, 0, at)]
                        records = gone if step == "delete" else records_of(drawn, number)
                        process.commit(company, records)
                        acknowledged += records
                    elif step == "flush":
                        process.flusher.flush()
                    elif step == "save":
                        save(process, company, drawn)
                    elif step == "rebuild":
                        process.rebuild(company)
                    else:
                        if is_stale:  # what could not be counted is made anew, by a job
                            process.rebuild(company)
                        is_stale = False
                        check_load(process, company, acknowledged)
                except (FailureError, StoreError):
                    pass
        process.die()
        process = live(engine, folder, behind=True)
        check_load(process, company, acknowledged)
        process.ledger.close()


@pytest.mark.slow
@examples(10)
@given(data=st.data())
def test_any_history_through_the_routes(engine: Engine, data: st.DataObject) -> None:
    """Saved at any moment, before any day, and forgotten at any: all routes agree with the oracle."""
    events = data.draw(strategies.histories(), label="events")
    now = data.draw(strategies.moments(near=events), label="now")
    chatbots = sorted(data.draw(strategies.chatbots()), key=lambda chatbot: chatbot["chatbot_id"])
    company = new_company(engine, data.draw(strategies.zones(), label="zone"), chatbots)
    commits: Any = engine.commits
    names = [each["chatbot_id"] for each in chatbots]
    days = st.integers(-4, 2).map(lambda each: int(now.timestamp()) // 86_400 + each)
    at = 0
    while at < len(events):
        size = data.draw(st.integers(1, 8), label="batch")
        send(engine, company, events[at : at + size])
        at += size
        for name in data.draw(st.lists(st.sampled_from(names), max_size=2), label="saved") if names else ():
            commits._saving.save(company.id, name, data.draw(days, label="before"))
        if names and data.draw(st.integers(0, 5), label="threshold") == 0:
            chatbot = data.draw(st.sampled_from(chatbots))
            chatbot["confidence_threshold"] = data.draw(st.sampled_from([0.1, 0.5, 0.9]))
            engine.chatbots.put(
                company.id, chatbot["chatbot_id"], confidence_threshold=chatbot["confidence_threshold"]
            )
        if data.draw(st.booleans(), label="forgotten"):
            commits._live.drop(company.id.__eq__)
            engine.store.saved.clear()
            engine.answers.seed.overview(engine.answers.scope(company, now))
    commits._live.drop(company.id.__eq__)
    check(engine, company, events, chatbots, now)
    assert verified(engine, company)
