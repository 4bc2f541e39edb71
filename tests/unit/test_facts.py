"""From the records of a conversation to its facts."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from botlens.events.record import Record, record_of
from botlens.events.types import Conversation, Deletion, Feedback, Handoff, Message, Outcome, Rating
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import Facts, derive

USER, ASSISTANT, AGENT, SYSTEM = "user", "assistant", "agent", "system"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OF = {"chatbot_id": "bot", "conversation_id": "c"}
arrivals = itertools.count(1)


def arrived(event: Struct) -> Record:
    """The record of an event, with the next arrival number."""
    record = record_of(event)
    record.arrival = next(arrivals)
    return record


def time(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def said(name: str, at: int, role: str = USER, *, content: str | None = None, **fields: Any) -> Record:
    text = name if content is None else content
    return arrived(Message(**OF, id=name, role=role, content=text, created_at=time(at), **fields))


def header(at: int | None = None, **fields: Any) -> Record:
    moment = None if at is None else time(at)
    return arrived(Conversation(chatbot_id="bot", id="c", created_at=moment, **fields))


def vote(message_id: str, at: int, value: str, **fields: Any) -> Record:
    return arrived(Feedback(**OF, message_id=message_id, value=value, created_at=time(at), **fields))


def rated(at: int, score: int, **fields: Any) -> Record:
    return arrived(Rating(**OF, score=score, created_at=time(at), **fields))


def gone(of: str, message_id: str | None = None, revision: int | None = None) -> Record:
    """The record that something was deleted by itself."""
    return arrived(
        Deletion(**OF, of=of, message_id=message_id, created_at=time(9), revision=revision)  # type: ignore[arg-type]
    )


def handoff(at: int, reason: str = "") -> Record:
    return arrived(Handoff(**OF, created_at=time(at), reason=reason))


def outcome(name: str, at: int, value: float | None = None) -> Record:
    return arrived(Outcome(**OF, name=name, created_at=time(at), value=value))


def facts_of(*records: Record, threshold: float = 0.2) -> Facts:
    state = ConversationState()
    for each in records:
        state.apply(each)
    return derive("bot", "c", state, threshold)


FEW = st.integers(0, 3)
NAMES = st.sampled_from("abc")
SESSIONS = st.sampled_from([None, "", "s"])
# Few names and times, so that they collide.
RECORDS = st.one_of(
    st.builds(
        said,
        NAMES,
        FEW,
        st.sampled_from([USER, ASSISTANT, AGENT, SYSTEM]),
        content=st.sampled_from(["", "Q"]),
        revision=FEW,
        sequence=FEW,
        confidence_score=st.sampled_from([None, 0.1, 0.9]),
        session_id=SESSIONS,
    ),
    st.builds(header, st.none() | FEW, revision=FEW, session_id=SESSIONS, test=st.booleans()),
    st.builds(vote, NAMES, FEW, st.sampled_from(["positive", "negative"]), revision=FEW),
    st.builds(rated, FEW, st.integers(1, 5), revision=FEW),
    st.builds(gone, st.sampled_from(["message", "feedback"]), NAMES, FEW),
    st.builds(gone, st.just("rating"), revision=FEW),
    st.builds(handoff, FEW),
    st.builds(outcome, NAMES, FEW, st.sampled_from([None, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0])),
)
HISTORIES = st.lists(RECORDS, max_size=12)


@given(st.data(), HISTORIES)
def test_facts_are_a_function_of_the_set_of_records(data, records):
    """Any order, any number of times: once arrival numbers are given, the facts are the same."""
    shuffled = data.draw(st.permutations(records))
    again = data.draw(st.lists(st.sampled_from(records), max_size=5)) if records else []
    assert facts_of(*shuffled, *again) == facts_of(*records)


def test_the_highest_revision_wins_then_the_later_arrival():
    """An update replaces the whole message, also when it comes before what it updates."""
    first, update, correction = said("m", 1, revision=0), said("m", 2, revision=1), said("m", 3, revision=1)
    for order in itertools.permutations([first, update, correction]):
        facts = facts_of(*order)
        assert (facts.messages, facts.started_at) == (1, 3)


def test_an_update_takes_away_what_the_old_version_said():
    """A message that was a low answer and is a user message now counts as a question only."""
    question, answer = said("q", 1), said("a", 2, ASSISTANT, confidence_score=0.1, session_id="s")
    before, after = facts_of(question, answer), facts_of(question, answer, said("a", 2, USER, revision=1))
    assert (before.unanswered, before.questions, before.session_id) == (1, ["q"], "s")
    assert (after.unanswered, after.questions, after.session_id) == (0, ["q", "a"], "")


@pytest.mark.parametrize(
    ("votes", "positive", "negative"),
    [
        ([vote("a", 1, "positive")], 1, 0),
        ([vote("a", 1, "positive"), vote("a", 2, "negative")], 0, 1),
        ([vote("a", 1, "negative"), vote("a", 2, "positive")], 1, 0),
        ([vote("a", 1, "positive"), vote("a", 1, "negative")], 0, 1),
        ([vote("a", 1, "positive"), vote("b", 1, "negative"), vote("b", 1, "negative")], 1, 1),
    ],
)
def test_the_latest_vote_on_a_message_counts(votes, positive, negative):
    """One vote a message; of two at the same instant the negative one, whichever came first."""
    for order in itertools.permutations(votes):
        facts = facts_of(said("a", 0), *order)
        assert (facts.positive, facts.negative) == (positive, negative)


@pytest.mark.parametrize(
    ("ratings", "counted"),
    [([], 0), ([rated(1, 4)], 4), ([rated(1, 2), rated(2, 5)], 5), ([rated(1, 5), rated(1, 2)], 2)],
)
def test_the_latest_rating_counts(ratings, counted):
    """One rating a conversation; of two at the same instant the lower one; 0 stands for none."""
    for order in itertools.permutations(ratings):
        assert facts_of(said("a", 0), *order).rating == counted


@pytest.mark.parametrize(
    ("first", "second", "counted"),
    [
        (vote("a", 5, "negative"), vote("a", 1, "positive", revision=1), 1),
        (vote("a", 1, "negative", revision=1), vote("a", 1, "positive", revision=2), 1),
        (vote("a", 1, "positive", revision=2), vote("a", 2, "negative", revision=2), -1),
        (vote("a", 1, "positive", revision=2), vote("a", 1, "negative", revision=2), -1),
    ],
)
def test_the_revision_of_a_vote_comes_before_its_time(first, second, counted):
    """Then its time, then the negative one; whichever comes first."""
    for order in itertools.permutations([first, second]):
        facts = facts_of(said("a", 0), *order)
        assert facts.positive - facts.negative == counted


def test_the_revision_of_a_rating_comes_before_its_time():
    """Then its time, then the lower one; whichever comes first."""
    ratings = [rated(7, 1), rated(2, 3, revision=4), rated(3, 5, revision=4), rated(3, 4, revision=4)]
    for order in itertools.permutations(ratings):
        assert facts_of(said("a", 0), *order).rating == 4


WITH_VOTES = [said("q", 1), said("a", 2, ASSISTANT), vote("a", 3, "negative"), rated(4, 2)]


@pytest.mark.parametrize(
    ("deletions", "messages", "negative", "rating"),
    [
        ([gone("message", "q")], 1, 1, 2),
        ([gone("message", "a")], 1, 0, 2),
        ([gone("feedback", "a")], 2, 0, 2),
        ([gone("rating")], 2, 1, 0),
        ([gone("message", "unknown"), gone("feedback", "q")], 2, 1, 2),
        ([gone("message", "q"), gone("message", "a"), gone("rating")], 0, 0, 0),
    ],
)
def test_what_is_deleted_counts_as_if_it_had_never_been(deletions, messages, negative, rating):
    """Before or after what it is of; with a message goes its vote."""
    for records in ([*WITH_VOTES, *deletions], [*deletions, *WITH_VOTES]):
        facts = facts_of(*records)
        assert (facts.messages, facts.negative, facts.rating) == (messages, negative, rating)
        assert facts.counted == (messages > 0)


@pytest.mark.parametrize(
    ("revision", "deleted_at", "stands"), [(None, None, False), (3, 3, False), (2, 3, False), (4, 3, True)]
)
def test_a_higher_revision_brings_back_what_was_deleted(revision, deleted_at, stands):
    """At the same revision the deletion wins, in any order."""
    of_each = [
        (said("m", 1, revision=revision), gone("message", "m", deleted_at)),
        (vote("m", 1, "positive", revision=revision), gone("feedback", "m", deleted_at)),
        (vote("m", 1, "positive", revision=revision), gone("message", "m", deleted_at)),
        (rated(1, 5, revision=revision), gone("rating", None, deleted_at)),
    ]
    for pair in of_each:
        for order in itertools.permutations(pair):
            facts = facts_of(*order)
            assert facts.messages + facts.positive + (facts.rating > 0) == int(stands)


def test_an_earlier_revision_does_not_come_back_with_a_deletion():
    """What a later revision had replaced is as much deleted as that one."""
    records = [said("m", 1, content="old"), said("m", 1, content="new", revision=1), gone("message", "m", 1)]
    for order in itertools.permutations(records):
        assert facts_of(*order).questions == []


@pytest.mark.parametrize(
    ("values", "kept"),
    [([None], 0.0), ([1.0, 3.0, 2.0], 3.0), ([None, -1.0, -2.0], -1.0), ([0.0, None], 0.0)],
)
def test_the_highest_value_of_one_outcome_counts(values, kept):
    """A name at an instant is one outcome, sent however often; no value is less than any value."""
    for order in itertools.permutations(values):
        facts = facts_of(said("a", 0), *[outcome("sold", 7, value) for value in order])
        assert (facts.outcome_names, facts.outcome_values) == (["sold"], [kept])


def test_handoffs_at_one_instant_are_one_handoff():
    """Sent again, even with another reason, nothing is added."""
    handoffs = [handoff(5, reason) for reason in ("angry", "", "angry")]
    assert facts_of(said("a", 0), *handoffs).handoffs == 1
    assert facts_of(said("a", 0), *handoffs, handoff(6)).handoffs == 2


def test_messages_are_in_the_order_of_time_then_sequence_then_id():
    """Which question an answer belongs to must not depend on the order of arrival."""
    messages = [said("b", 1), said("a", 1), said("z", 1, sequence=-1), said("0", 2, sequence=-9)]
    for order in itertools.permutations(messages):
        assert facts_of(*order).question_texts == ["z", "a", "b", "0"]


U, LOW, HIGH = (USER, None), (ASSISTANT, 0.1), (ASSISTANT, 0.9)


@pytest.mark.parametrize(
    ("thread", "unanswered", "by_question"),
    [
        ([U, LOW], 1, [1]),
        ([U, HIGH], 0, [0]),
        ([U, (ASSISTANT, None)], 0, [0]),
        ([U, (ASSISTANT, 0.2)], 0, [0]),
        ([U, (ASSISTANT, 0.0)], 1, [1]),
        ([LOW, U], 1, [0]),
        ([LOW], 1, []),
        ([U, LOW, LOW], 2, [2]),
        ([U, U, LOW], 1, [0, 1]),
        ([U, LOW, U, HIGH], 1, [1, 0]),
        ([U, HIGH, LOW, U, LOW], 2, [1, 1]),
        ([U, (AGENT, 0.1), (SYSTEM, 0.1), (USER, 0.1)], 0, [0, 0]),
        ([U, (SYSTEM, None), (AGENT, None), LOW], 1, [1]),
    ],
)
def test_an_unanswered_answer_belongs_to_the_question_before_it(thread, unanswered, by_question):
    """Not to the end of the conversation; a low answer before any question counts, but for no question."""
    facts = facts_of(
        *[said(f"m{at}", at, role, confidence_score=score) for at, (role, score) in enumerate(thread)]
    )
    assert (facts.unanswered, facts.question_unanswered) == (unanswered, by_question)
    assert len(facts.questions) == len(facts.question_texts) == len(by_question)


def test_the_threshold_is_the_chatbots_and_a_fallback_needs_no_score():
    """`fallback` marks an answer as unanswered whatever its score; only answers can be."""
    thread = [
        said("q", 0),
        said("a", 1, ASSISTANT, confidence_score=0.5),
        said("b", 2, ASSISTANT, fallback=True),
    ]
    thread += [said("c", 3, ASSISTANT, confidence_score=1.0, fallback=True), said("d", 4, ASSISTANT)]
    thread += [said("e", 5, AGENT, fallback=True)]
    assert (facts_of(*thread).unanswered, facts_of(*thread, threshold=0.6).unanswered) == (2, 3)
    facts = facts_of(*thread)
    assert (facts.scored, facts.fallbacks, facts.assistant_messages, facts.agent_messages) == (3, 2, 4, 1)
    assert (facts.messages, facts.user_messages) == (6, 1)


@pytest.mark.parametrize(
    ("header_at", "messages_at", "started", "ended"),
    [(None, [7, 5, 9], 5, 9), (3, [5, 9], 3, 9), (6, [5], 6, 6), (3, [], 3, 3), (0, [5], 0, 5)],
)
def test_a_conversation_starts_when_it_says_else_at_its_earliest_message(
    header_at, messages_at, started, ended
):
    """And ends with its last message, never before it started. The first second of 1970 is a time too."""
    messages = [said(f"m{at}", at) for at in messages_at]
    facts = facts_of(*messages, header(header_at))
    assert (facts.counted, facts.started_at, facts.ended_at) == (True, started, ended)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [vote("a", 1, "positive"), rated(1, 5), handoff(1), outcome("sold", 1)],
        [header()],
        [said("a", 1), header(test=True)],
    ],
)
def test_what_has_not_started_or_is_a_test_is_not_counted(records):
    """Votes alone make no conversation; test traffic stays out of every number."""
    facts = facts_of(*records)
    assert (facts.counted, facts.test) == (False, facts.messages == 1)


def test_a_test_flag_that_is_withdrawn_brings_the_conversation_back():
    """The header with the highest revision says whether it is a test."""
    facts = facts_of(said("a", 1), header(test=True), header(revision=1))
    assert (facts.counted, facts.test) == (True, False)


@pytest.mark.parametrize("name", ["session_id", "language", "channel"])
def test_what_the_conversation_does_not_say_its_first_message_that_does_says(name):
    """In the order of the messages, not of arrival; a language that nobody says is `und`."""
    late, early, silent = said("z", 3, **{name: "late"}), said("y", 2, **{name: "early"}), said("x", 1)
    assert getattr(facts_of(late, early, silent, header(**{name: "own"})), name) == "own"
    assert getattr(facts_of(late, early, silent, header()), name) == "early"
    assert getattr(facts_of(silent), name) == ("und" if name == "language" else "")


def test_latencies_are_those_of_answers():
    """A latency on a user's message says nothing of the bot; 0 is a latency."""
    thread = [said("q", 0, latency_ms=9.0), said("a", 1, ASSISTANT, latency_ms=0.0), said("b", 2, ASSISTANT)]
    assert facts_of(*thread).latencies == [0.0]


S = 1_000_000
HIGH_ANSWER = {"role": ASSISTANT, "confidence_score": 0.9}


@pytest.mark.parametrize(
    ("roles", "latencies"),
    [
        ([USER, ASSISTANT], [1_000.0]),
        ([USER, ASSISTANT, ASSISTANT], [1_000.0]),
        ([USER, USER, ASSISTANT], [1_000.0]),
        ([USER, SYSTEM, ASSISTANT], [2_000.0]),
        ([USER, AGENT, ASSISTANT], []),
        ([ASSISTANT, USER], []),
    ],
)
def test_an_answer_that_tells_no_latency_is_timed_from_its_question(roles, latencies):
    """From the question it follows to the first that is said to it, if the bot says it."""
    thread = [said(f"m{at}", at * S, role) for at, role in enumerate(roles)]
    assert facts_of(*thread).latencies == latencies


def test_an_answer_of_the_moment_of_its_question_has_no_latency():
    """Rows that are question and answer at once say nothing of how long the answer took: unknown, not 0."""
    at_once = [said("q", 0), said("z", 0, ASSISTANT), said("zz", S, ASSISTANT)]
    assert facts_of(*at_once).latencies == []
    assert facts_of(said("q", 0), said("z", 0, ASSISTANT, latency_ms=0.0)).latencies == [0.0]


@pytest.mark.parametrize(
    ("thread", "engaged", "left"),
    [
        ([], False, False),
        ([LOW], False, False),
        ([U], False, True),
        ([U, HIGH], False, False),
        ([U, LOW], False, True),
        ([U, LOW, HIGH], False, False),
        ([U, HIGH, U], True, True),
        ([HIGH, U], True, True),
        ([U, LOW, (AGENT, None)], False, False),
        ([U, (SYSTEM, None)], False, True),
    ],
)
def test_who_had_the_last_word(thread, engaged, left):
    """Engaged: the user wrote again after an answer. Left: the last question ends without a good answer."""
    facts = facts_of(
        *[said(f"m{at}", at, role, confidence_score=score) for at, (role, score) in enumerate(thread)]
    )
    assert (facts.engaged, facts.ended_unanswered) == (engaged, left)


@pytest.mark.parametrize(
    ("records", "signal"),
    [
        ([], 0),
        ([rated(1, 2)], 1),
        ([rated(1, 3)], 2),
        ([rated(1, 4)], 3),
        ([vote("a", 1, "positive"), rated(2, 1)], 1),
        ([vote("a", 3, "positive"), rated(2, 1)], 3),
        ([vote("a", 2, "positive"), rated(2, 3)], 2),
        ([vote("a", 1, "positive"), vote("b", 2, "negative"), vote("a", 3, "positive")], 3),
    ],
)
def test_the_last_vote_or_rating_is_the_signal(records, signal):
    """1 bad, 2 neutral, 3 good; of two at one moment the worse one."""
    assert facts_of(said("a", 0), *records).last_signal == signal


def test_pauses_and_the_newest_event():
    """A pause ends with a user message; the newest time is that of any event, also of one that came alone."""
    facts = facts_of(said("a", 10), said("b", 15, ASSISTANT), said("c", 22), said("d", 99, ASSISTANT))
    assert (facts.longest_pause, facts.newest_at) == (7, 99)
    assert facts_of(said("a", 10), handoff(120)).newest_at == 120
    assert facts_of(said("a", -10), said("b", -5)).newest_at == -5


def test_the_lowest_score_of_the_answers():
    """None without a score: unknown is not low."""
    assert facts_of(said("a", 0), said("b", 1, ASSISTANT)).lowest_confidence is None
    thread = [said("a", 0, confidence_score=0.1), said("b", 1, **HIGH_ANSWER), said("c", 2, **HIGH_ANSWER)]
    assert facts_of(*thread).lowest_confidence == 0.9
