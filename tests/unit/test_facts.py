"""From the records of a conversation to its facts."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.records import (
    AGENT,
    ASSISTANT,
    SYSTEM,
    USER,
    facts_of,
    gone,
    handoff,
    header,
    outcome,
    rated,
    said,
    vote,
)

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
