"""A conversation that never ends: right numbers, and an event costs what it costs in a short one."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from botlens.commit.room.states import ConversationStates
from botlens.commit.thresholds import Thresholds
from botlens.events.record import Record, record_of
from botlens.events.types import Message
from botlens.metrics import long
from botlens.metrics.differences import Difference
from tests.conftest import NOON, Tenant
from tests.events import answer, conversation, deletion, message, rating, vote

EQUAL = {"equal": True, "conversations": 1, "differences": []}
REPHRASED = {"metrics": ["rephrase_rate"], "period": "all"}


def at(minute: float) -> str:
    return (NOON - timedelta(days=7) + timedelta(minutes=minute)).isoformat()


def talk(first: int, last: int) -> Iterator[dict[str, Any]]:
    """Questions of which no two are alike, each with an answer; every fourth one is a bad one."""
    for number in range(first, last):
        yield message("c", f"q{number:05}", f"a{number} b{number}", at(number))
        yield answer("c", f"a{number:05}", 0.1 if number % 4 == 0 else 0.9, at(number + 0.5))


@pytest.mark.parametrize("flush_between", [True, False])
def test_its_numbers(tenant: Tenant, *, flush_between: bool) -> None:
    """600 questions and answers, then one change of each kind: the numbers follow, and are what is stored."""
    engine = tenant.world.engine
    tenant.overview()  # the numbers are live from here on
    for first in range(0, 600, 100):
        tenant.send(*talk(first, first + 100))
    changes: list[list[dict[str, Any]]] = [
        [message("c", "late", "a7 b7", at(100.2))],
        [message("c", "q00000", "something else", at(0), revision=1)],
        [message("c", "q00001", "a1 b1", at(900), revision=1)],
        [answer("c", "a00004", 0.9, at(4.5), revision=1)],
        [vote("c", "a00001"), vote("c", "a00002", "negative"), rating("c", 5)],
        [conversation("c", at(-3_000), language="de", session_id="s", revision=1)],
        [conversation("c", at(-3_000), test=True, revision=2)],
        [conversation("c", at(-3_000), language="fr", revision=3)],
    ]
    for each in changes:
        tenant.send(*each)
        if flush_between:
            engine.commits.flush()
    assert tenant.verified() == EQUAL
    detail = tenant.chatbot()
    assert (detail["total_conversations"], detail["total_messages"]) == (1, 1201)
    assert tenant.verified() == EQUAL


def test_what_is_repeated_is_in_the_next_answer(tenant: Tenant) -> None:
    """Of 200 different questions none repeats another; one that repeats the first is counted at once."""
    tenant.send(*talk(0, 200))
    assert repeated_of(tenant, 200) == 0
    tenant.send(message("c", "again", "a0 b0", at(500)))
    assert repeated_of(tenant, 201) == 1
    tenant.send(message("c", "q00000", "not any more", at(0), revision=1))
    assert repeated_of(tenant, 201) == 0


def repeated_of(tenant: Tenant, questions: int) -> int:
    """How many of so many questions the answer to a query says are repeated."""
    answer = tenant.world.client.post("/v1/query", json=REPHRASED, headers=tenant.headers)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    return round(row["rephrase_rate"] * questions)


def test_an_event_looks_at_one_run(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the conversation is: a message in order or late, an update, a vote, a header."""
    for first in range(0, 6_000, 2_000):
        tenant.send(*talk(first, first + 2_000))
    heard: list[int] = []
    listen = long.listen

    def counting(messages: list[Record], threshold: float) -> Any:
        heard.append(len(messages))
        return listen(messages, threshold)

    monkeypatch.setattr(long, "listen", counting)
    for event in (
        message("c", "next", "a b", at(9_000)),
        message("c", "late", "c d", at(3_000.2)),
        message("c", "q00007", "e f", at(7), revision=1),
        vote("c", "a00001"),
        conversation("c", at(-1), language="de", revision=1),
    ):
        heard.clear()
        tenant.send(event)
        assert sum(heard) <= 2 * 512  # two, where one is cut in two


def test_a_conversation_may_be_too_long(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would make it longer is rejected alone; what updates it, and other conversations, are taken."""
    monkeypatch.setattr("botlens.commit.room.ledger.MOST_RECORDS", 100)
    tenant.send(*talk(0, 49))
    tenant.send(message("c", "q49", at=at(49)))
    events = [
        message("c", "q00000", "another text", at(0), revision=1),
        message("c", "q50", at=at(50)),
        message("c", "q51", at=at(51)),
        message("other", "1"),
        message("c", "q50", at=at(52), revision=1),
        vote("c", "q49"),
        rating("c", 4),
    ]
    found = tenant.world.client.post("/v1/events", json={"events": events}, headers=tenant.headers).json()
    assert found["accepted"] == 5
    rejected = [(each["index"], each["code"]) for each in found["rejected"]]
    assert rejected == [(2, "conversation_too_long"), (5, "conversation_too_long")]
    assert tenant.chatbot()["total_messages"] == 101
    of_unknown, of_known = deletion("c", "message", "q51"), deletion("c", "message", "q49")
    answered = tenant.world.client.post(
        "/v1/events", json={"events": [of_unknown, of_known]}, headers=tenant.headers
    ).json()
    assert [each["code"] for each in answered["rejected"]] == ["conversation_too_long"]
    assert tenant.chatbot()["total_messages"] == 100


def test_a_flush_does_not_wait_for_it(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where comparing takes long, the company is left out of a flush, and its own question waits for it."""
    slow, quick = new_tenant(), new_tenant()
    commits = slow.world.engine.commits
    backlog = commits._ledger.backlog
    with monkeypatch.context() as patched:  # from the beginning: the engine flushes by itself, too
        patched.setattr("botlens.commit.room.flusher._SETTLED_SECONDS", 0.0)
        patched.setattr("botlens.commit.room.settling._STEPS", 10)
        slow.send(*talk(0, 200))
        quick.send(message("d", "1"))
        commits.flush()
        assert (backlog.has(slow.company.id), backlog.has(quick.company.id)) == (True, False)
    assert repeated_of(slow, 200) == 0
    assert not backlog.has(slow.company.id)


class TestStates:
    """What is missing in memory is loaded elsewhere, while others commit."""

    KEY = ("bot", "c")
    THRESHOLDS = Thresholds(0, {"bot": 0.2})

    @pytest.fixture
    def states(self, tenant: Tenant) -> ConversationStates:
        """States of an engine that has just been started."""
        tenant.send(*talk(0, 50))
        tenant.world.engine.commits.flush()
        return ConversationStates(tenant.world.engine.store, weight=150)

    def test_they_are_loaded_once(self, states: ConversationStates, tenant: Tenant) -> None:
        """Missing, loaded, adopted: then there. What is new to the store needs no second look."""
        company = tenant.company.id
        missing = states.missing(company, [self.KEY, ("bot", "new")], self.THRESHOLDS)
        assert missing
        states.adopt(states.load(missing, self.THRESHOLDS))
        assert not states.missing(company, [self.KEY, ("bot", "new")], self.THRESHOLDS)
        facts = states.entry((company, *self.KEY)).facts
        assert facts is not None
        assert (facts.messages, facts.unanswered) == (100, 13)
        change = states.take((company, *self.KEY), [said("new", NOON)], 0.2)
        assert isinstance(change, Difference)
        assert (change.new.messages, change.questions) == (101, {("new", "new"): (1, 0)})

    def test_what_is_overtaken_is_missing_still(self, states: ConversationStates, tenant: Tenant) -> None:
        """A slow load does not bring back a state from before what was committed meanwhile."""
        company = tenant.company.id
        key = (company, *self.KEY)
        slow = states.load(states.missing(company, [self.KEY], self.THRESHOLDS), self.THRESHOLDS)
        states.prepare(company, [self.KEY], self.THRESHOLDS)
        states.take(key, [said("new", NOON)], 0.2)
        states.adopt(slow)
        assert states.entry(key).state.size == 101
        slow = states.load(states.missing(company, [("bot", "d")], self.THRESHOLDS), self.THRESHOLDS)
        states.invalidate(company, "bot")
        states.adopt(slow)
        assert states.missing(company, [self.KEY], self.THRESHOLDS).chatbots == ["bot"]

    def test_much_that_is_not_compared_is_compared_first(
        self, states: ConversationStates, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A conversation takes no more before, however often it is asked."""
        monkeypatch.setattr(long, "BEHIND", 80)
        company, key = tenant.company.id, ("bot", "x")
        states.prepare(company, [key], self.THRESHOLDS)
        states.take((company, *key), [said(f"x{number}", NOON) for number in range(70)], 0.2)
        states.take((company, *key), [said(f"y{number}", NOON) for number in range(81)], 0.2)
        assert states.missing(company, [key], self.THRESHOLDS)
        missing = states.missing(company, [key], self.THRESHOLDS)
        assert missing
        states.adopt(states.load(missing, self.THRESHOLDS))
        assert not states.missing(company, [key], self.THRESHOLDS)

    def test_a_new_threshold_is_listened_for_elsewhere(
        self, states: ConversationStates, tenant: Tenant
    ) -> None:
        """Until then the conversation takes nothing; then its facts are those of the new threshold.

        Nobody can count how they differ, so whoever has numbers in memory loads them anew.
        """
        company, high = tenant.company.id, Thresholds(1, {"bot": 2.0})
        states.prepare(company, [self.KEY], self.THRESHOLDS)
        missing = states.missing(company, [self.KEY], high)
        assert missing
        loaded = states.load(missing, high)
        assert states.missing(company, [self.KEY], high)
        states.adopt(loaded)
        assert not states.missing(company, [self.KEY], high)
        change = states.take((company, *self.KEY), [said("new", NOON)], 2.0)
        assert isinstance(change, Difference)
        assert change.old is not None
        assert (change.old.unanswered, change.new.unanswered, change.questions) == (13, 50, None)
        again = states.take((company, *self.KEY), [said("newer", NOON)], 2.0)
        assert isinstance(again, Difference)
        assert again.questions == {("newer", "newer"): (1, 0)}

    def test_records_weigh(self, states: ConversationStates, tenant: Tenant) -> None:
        """Of long conversations so many stay that their records are within the limit, the latest at least."""
        company = tenant.company.id
        keys = [("bot", name) for name in "xyz"]
        states.prepare(company, keys, self.THRESHOLDS)
        for name in "xyz":
            records = [said(f"{name}{number}", NOON) for number in range(70)]
            states.take((company, "bot", name), records, 0.2)
        assert (states.weight, states.surplus) == (210, 1)
        states.evict(500, keep={(company, "bot", "x")})
        states.let_go()
        assert (states.weight, states.surplus) == (140, 0)
        assert states.entry((company, "bot", "x")).state.size == 70


def said(name: str, moment: datetime) -> Record:
    return record_of(
        Message(chatbot_id="bot", conversation_id="c", id=name, role="user", content=name, created_at=moment)
    )
