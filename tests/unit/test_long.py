"""A long conversation, record by record: always what its records give as a whole."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from botlens.events.record import Record, deletion_of
from botlens.live.numbers import ChatbotNumbers
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import is_countable
from botlens.metrics.facts import BAD, GOOD, NO_SIGNAL, Facts, derive
from botlens.metrics.long import LongConversation
from tests.unit.records import (
    AGENT,
    ASSISTANT,
    SYSTEM,
    USER,
    arrivals,
    gone,
    handoff,
    header,
    outcome,
    rated,
    said,
    time,
    vote,
)
from tests.unit.test_live_numbers import seen


def deleted() -> Record:
    record = deletion_of("bot", "c", time(0))
    record.arrival = next(arrivals)
    return record


NAMES = st.sampled_from("abcdefghijkl")
TIMES = st.integers(0, 12)
QUESTIONS = [
    "",
    "?!",
    "my order",
    "My order?",
    "my order now",
    "where is my order now",
    "opening hours",
    "hours",
]
MESSAGES = st.builds(
    said,
    NAMES,
    TIMES,
    st.sampled_from([USER, USER, ASSISTANT, ASSISTANT, AGENT, SYSTEM]),
    content=st.sampled_from(QUESTIONS),
    revision=st.integers(0, 3),
    sequence=st.integers(0, 1),
    confidence_score=st.sampled_from([None, 0.1, 0.9]),
    fallback=st.sampled_from([None, True]),
    latency_ms=st.sampled_from([None, 7.0]),
    session_id=st.sampled_from([None, "s"]),
    language=st.sampled_from([None, "de", "und"]),
)
OTHERS = st.one_of(
    st.builds(
        header,
        st.none() | TIMES,
        revision=st.integers(0, 3),
        session_id=st.sampled_from([None, "t"]),
        language=st.sampled_from([None, "fr"]),
        test=st.sampled_from([False, False, False, True]),
    ),
    st.builds(vote, NAMES, TIMES, st.sampled_from(["positive", "negative"]), revision=st.integers(0, 3)),
    st.builds(rated, TIMES, st.integers(1, 5), revision=st.integers(0, 3)),
    st.builds(gone, st.sampled_from(["message", "feedback"]), NAMES, st.integers(0, 3)),
    st.builds(gone, st.just("rating"), revision=st.integers(0, 3)),
    st.builds(handoff, TIMES),
    st.builds(outcome, st.sampled_from("ab"), TIMES, st.sampled_from([None, -1.0, 2.0])),
)
# Mostly messages, and few deletions, after which nothing is left to be tried.
RECORDS = st.integers(0, 60).flatmap(
    lambda choice: st.builds(deleted) if choice == 60 else OTHERS if choice > 40 else MESSAGES
)
BATCHES = st.lists(st.lists(RECORDS, min_size=1, max_size=6), max_size=12)


def whole(state: ConversationState, threshold: float) -> Facts:
    return derive("bot", "c", state, threshold)


def numbers_of(facts: Facts) -> dict[str, Any]:
    numbers = ChatbotNumbers()
    numbers.replace([(None, facts)])
    return said_by(numbers)


def said_by(numbers: ChatbotNumbers) -> dict[str, Any]:
    # The times of these tests are around 1970.
    return seen(numbers) | {"hours": numbers.timeline.by_hour(0, 86_400, 0).tolist()}


@given(
    st.lists(RECORDS, max_size=20), BATCHES, st.integers(2, 5), st.sampled_from([0.0, 0.2, 1.0]), st.data()
)
def test_a_long_conversation_is_what_its_records_give_as_a_whole(start, batches, run, threshold, data):
    """After any batch, in any order, late, resent, revised or deleted: the facts that all records give.

    The live numbers that followed the differences are those of the facts, and what was to be written at an
    earlier moment is still what it was.
    """
    state, twin = ConversationState(), ConversationState()
    for record in start:
        state.apply(record)
        twin.apply(record)
    long = LongConversation("bot", "c", state, threshold, run=run)
    numbers = ChatbotNumbers()
    # It is new, or was counted before it was loaded.
    numbers.replace([long.first(None) if data.draw(st.booleans()) else (None, whole(twin, threshold))])
    history = list(start)
    moments = [(long.unwritten(), whole(twin, threshold))]
    for batch in batches:
        resent = data.draw(st.lists(st.sampled_from(history), max_size=2)) if history else []
        before = whole(twin, threshold)
        for record in batch + resent:
            twin.apply(record)
        history += batch
        change = long.take(batch + resent)
        facts = whole(twin, threshold)
        if change is None:
            assert facts == before
        elif is_countable(change):
            numbers.replace([change])
        else:
            assert before.counted != facts.counted
            numbers = ChatbotNumbers()
            numbers.replace([(None, facts)])
        moments.append((long.unwritten(), facts))
        if data.draw(st.booleans()):
            assert moments[-1][0].facts() == facts
        assert said_by(numbers) == numbers_of(facts)
    for unwritten, facts in data.draw(st.permutations(moments)):
        assert unwritten.facts() == facts
        assert unwritten.day == facts.day


@given(st.lists(RECORDS, max_size=8), st.lists(RECORDS, max_size=20), st.integers(2, 5))
def test_a_conversation_that_becomes_long_changes_the_numbers_as_a_whole(short, rest, run):
    """The first difference takes the place of the whole facts that were counted before."""
    state = ConversationState()
    for record in short:
        state.apply(record)
    before = whole(state, 0.2)
    numbers = ChatbotNumbers()
    numbers.replace([(None, before)])
    for record in rest:
        state.apply(record)
    long = LongConversation("bot", "c", state, 0.2, run=run)
    numbers.replace([long.first(before)])
    assert said_by(numbers) == numbers_of(whole(state, 0.2))


def test_what_is_latest_is_looked_for_among_what_is_left():
    """When the last vote of a long conversation goes, or gives way to an earlier one, another is the last."""
    long = LongConversation("bot", "c", ConversationState(), 0.2, run=4)
    long.take([said("a", 1), said("b", 2), vote("a", 5, "negative"), vote("b", 7, "positive")])
    assert (long.facts.newest_at, long.facts.last_signal) == (7, GOOD)
    long.take([gone("feedback", "b")])
    assert (long.facts.newest_at, long.facts.last_signal) == (5, BAD)
    long.take([vote("a", 3, "positive", revision=1)])
    assert (long.facts.newest_at, long.facts.last_signal) == (3, GOOD)
    long.take([gone("message", "a", 1)])
    assert (long.facts.newest_at, long.facts.last_signal, long.facts.messages) == (2, NO_SIGNAL, 1)


def test_runs_of_messages_in_order_are_full():
    """Messages that come in order fill a run before the next one begins; late ones go where they belong."""
    long = LongConversation("bot", "c", ConversationState(), 0.2, run=4)
    long.take([said(f"m{at:02}", at) for at in range(10)])
    assert [len(summary.asked) for summary in long.unwritten().summary] == [4, 4, 2]
    long.take([said("late", 1, sequence=1)])
    unwritten = long.unwritten()
    assert [len(summary.asked) for summary in unwritten.summary] == [3, 2, 4, 2]
    texts = itertools.chain(["m00", "m01", "late"], (f"m{at:02}" for at in range(2, 10)))
    assert unwritten.facts().question_texts == list(texts)
