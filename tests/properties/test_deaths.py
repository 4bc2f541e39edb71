"""Any history with death at any moment: what was acknowledged is counted once, and nothing else is.

A process is its ledger, journal and flusher over one store; death is that nobody looks at them any more.
"""

import os
import tempfile
import time
from collections import defaultdict
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botlens.commit.comparison import differences
from botlens.commit.derivation import Derivation
from botlens.commit.local import recovery
from botlens.commit.local.journal import FileJournal
from botlens.commit.local.recovery import recover
from botlens.commit.room import pending
from botlens.commit.room.flusher import Flusher
from botlens.commit.room.ledger import Ledger
from botlens.commit.room.states import ConversationStates
from botlens.commit.snapshot import Snapshots
from botlens.commit.thresholds import ThresholdBook, Thresholds
from botlens.engine import Engine
from botlens.events.record import CONVERSATION, MESSAGE, MESSAGE_DELETION, USER, Record
from botlens.live.registry import LiveNumbers
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts, derive
from botlens.store.connection import ClickHouse
from botlens.store.facts import stored_facts
from botlens.store.failures import StoreError
from botlens.store.reading import CompanyReader
from tests.properties.examples import examples

DAY = 86_400_000_000
FIRST_DAY = 20_528
_companies = count()
_seconds = count(1_800_000_000, 1_000)


class FailureError(OSError):
    """The disk, or whatever else, at a moment that the test chose."""


def fail(*_: object, **__: object) -> None:
    raise FailureError


class Process:
    """One life over a store and a journal's folder.

    Args:
        store: the store.
        folder: of the journal.
        behind: whether its clock is far behind that of all lives before, or ahead of it.
    """

    def __init__(self, store: ClickHouse, folder: Path, *, behind: bool) -> None:
        clock = 1_600_000_000 if behind else next(_seconds)
        self.store = store
        self.journal = FileJournal(folder)
        self.ledger = Ledger(store, self.journal, LiveNumbers(), ThresholdBook(lambda _: {}))
        self.flusher = Flusher(store, self.ledger)
        with patch.object(recovery.time, "time_ns", lambda: clock * 1_000_000_000):
            recover(self.ledger, self.journal, store)

    def die(self) -> None:
        """Leave all as it is; only the descriptor goes, as it does with a process."""
        os.close(self.journal._file)

    def rebuild(self, company: str) -> None:
        snapshots = Snapshots(self.store, self.flusher)
        Derivation(self.store, self.ledger, self.flusher, snapshots, LiveNumbers()).rebuild(company, "bot")

    def commit(self, company: str, records: list[Record]) -> None:
        with self.ledger.lock:
            thresholds = {company: Thresholds(0, {})}
            if self.ledger.commit({company: records}, thresholds) is None:
                names = {(each.chatbot_id, each.conversation_id) for each in records}
                self.ledger.states.prepare(company, names, thresholds[company])
                assert self.ledger.commit({company: records}, thresholds) is not None


# What can fail while a commit or a flush is on its way: where, and what.
COMMIT_FAULTS = [(os, "write"), (os, "fdatasync"), (ConversationStates, "take")]
FLUSH_FAULTS = [(pending, "insert_events"), (pending, "insert_facts"), (os, "open"), (Path, "unlink")]

HEADER, SAID, TAKEN_BACK = "header", "message", "deletion"
RECORDS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        # A header, which moves the start; a message; or the deletion of one that was sent lately, if any was.
        st.sampled_from((HEADER, HEADER, SAID, SAID, TAKEN_BACK)),
        st.integers(0, 2),  # the day; or how many commits ago
    ),
    min_size=1,
    max_size=4,
)
COMMITS = st.tuples(st.just("commit"), RECORDS, st.none())
STEPS = st.one_of(
    COMMITS,
    COMMITS,
    COMMITS,
    st.tuples(st.just("commit"), RECORDS, st.sampled_from(COMMIT_FAULTS)),
    st.tuples(st.just("flush"), st.none(), st.none() | st.sampled_from(FLUSH_FAULTS)),
    st.tuples(st.sampled_from(("read", "rebuild")), st.none(), st.none()),
    st.tuples(st.just("die"), st.booleans(), st.none()),
)


def records_of(drawn: list[tuple[str, str, int]], number: int) -> list[Record]:
    """Records of a commit; a header of a later commit wins over that of an earlier one."""
    made = []
    for name, kind, day in drawn:
        at = (FIRST_DAY + day) * DAY + number
        if kind == TAKEN_BACK:
            made.append(Record("bot", name, MESSAGE_DELETION, f"m{number - day}", 0, 0, at))
        elif kind == HEADER:
            made.append(Record("bot", name, CONVERSATION, "", number, 0, at))
        else:
            made.append(
                Record("bot", name, MESSAGE, f"m{number}", 0, 0, at, role=USER, content="q", question="q")
            )
    return made


def expected(acknowledged: list[Record]) -> list[Facts]:
    """What the events that were acknowledged say, each conversation by itself."""
    states: defaultdict[str, ConversationState] = defaultdict(ConversationState)
    for record in acknowledged:
        states[record.conversation_id].apply(record)
    return [derive("bot", name, states[name], 0.2) for name in sorted(states)]


def starts_on(day: int) -> tuple[str, list[tuple[str, str, int]], None]:
    """A commit that moves the start of a conversation."""
    return "commit", [("a", HEADER, day)], None


FLUSH, REBUILD = ("flush", None, None), ("rebuild", None, None)
AHEAD, BEHIND = ("die", False, None), ("die", True, None)
MISCOUNTED = ("commit", [("a", HEADER, 1)], COMMIT_FAULTS[2])
DELETED = ("commit", [("a", TAKEN_BACK, 1)], None)
WITH_ITS_DELETION = ("commit", [("a", TAKEN_BACK, 0), ("a", SAID, 0)], None)
HALF_A_FLUSH = ("flush", None, FLUSH_FAULTS[1])
TWO_SAID = ("commit", [("a", SAID, 0), ("b", SAID, 0)], None)
DELETED_UNCOUNTED = ("commit", [("a", TAKEN_BACK, 0)], COMMIT_FAULTS[2])


@examples(40)
@given(st.lists(STEPS, min_size=3, max_size=12))
@example([starts_on(0), starts_on(1), starts_on(0), AHEAD])  # moved away and back before a flush
@example([starts_on(0), FLUSH, REBUILD, REBUILD, REBUILD, BEHIND, starts_on(1)])  # recounts number, too
@example([starts_on(0), FLUSH, starts_on(1), HALF_A_FLUSH, AHEAD])  # the events are there, the facts are not
@example([starts_on(0), MISCOUNTED, FLUSH, AHEAD])  # durable, but not counted before the end
@example([("commit", [("a", SAID, 0)], None), DELETED, AHEAD, WITH_ITS_DELETION, HALF_A_FLUSH, AHEAD])
@example([TWO_SAID, AHEAD, DELETED_UNCOUNTED, FLUSH])  # facts are erased, and the others of them not written
def test_any_history_with_deaths(engine: Engine, steps: list[tuple[str, Any, Any]]) -> None:
    """Commits, flushes, failures of either, deaths, clocks that are behind: what was acknowledged, once."""
    company = f"c_death_{next(_companies)}"
    acknowledged: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        process = Process(engine.store, Path(folder), behind=False)
        for number, (step, drawn, fault) in enumerate(steps):
            if step == "die":
                process.die()
                process = Process(engine.store, Path(folder), behind=drawn)
                continue
            with patch.object(*fault, fail) if fault else patch.object(os, "getpid"):
                try:
                    if step == "commit":
                        records = records_of(drawn, number)
                        process.commit(company, records)
                        acknowledged += records
                    elif step == "flush":
                        process.flusher.flush()
                    elif step == "rebuild":
                        process.rebuild(company)
                    else:
                        process.flusher.current(company)
                except (FailureError, StoreError):
                    pass
        process.die()
        process = Process(engine.store, Path(folder), behind=True)
        process.flusher.flush()
        process.ledger.close()
        reader = CompanyReader(engine.store, company)
        assert stored_facts(reader, "bot", "", None) == expected(acknowledged)
        snapshots = Snapshots(engine.store, process.flusher)
        assert not any(differences(engine.store, snapshots, company, "bot", 0.2))


def said(company: str, store: ClickHouse) -> set[str]:
    """The texts that the store has of a company, whether they count or not."""
    named = {"company": company}
    of_company = "WHERE company_id = {company:String}"
    rows = store.maintain(f"SELECT content FROM raw_events {of_company}", named)
    rows += store.maintain(f"SELECT arrayJoin(question_texts) FROM conversation_facts {of_company}", named)
    return {row[0] for row in rows} - {""}


@pytest.mark.parametrize("fault", [None, FLUSH_FAULTS[1]])
def test_what_was_deleted_before_a_death_is_erased_after_it(engine: Engine, fault: Any) -> None:
    """The deletion was acknowledged; its process died before the flush, or in it: the next one does it."""
    company = f"c_death_{next(_companies)}"
    with tempfile.TemporaryDirectory() as folder:
        process = Process(engine.store, Path(folder), behind=False)
        process.commit(company, records_of([("a", SAID, 0)], 1))
        process.flusher.flush()
        assert said(company, engine.store) == {"q"}
        process.commit(company, records_of([("a", TAKEN_BACK, 0)], 1))
        if fault:
            with patch.object(*fault, fail), pytest.raises(FailureError):
                process.flusher.flush()
        process.die()
        process = Process(engine.store, Path(folder), behind=False)
        process.flusher.flush()
        process.ledger.close()
    until = time.monotonic() + 60
    while left := said(company, engine.store):
        assert time.monotonic() < until, left
        time.sleep(0.05)
