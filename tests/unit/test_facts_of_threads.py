"""What the messages of a conversation say, one after the other: questions and their answers."""

import pytest

from tests.unit.records import AGENT, ASSISTANT, SYSTEM, USER, facts_of, said

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


def test_the_lowest_score_of_the_answers():
    """None without a score: unknown is not low."""
    assert facts_of(said("a", 0), said("b", 1, ASSISTANT)).lowest_confidence is None
    thread = [said("a", 0, confidence_score=0.1), said("b", 1, **HIGH_ANSWER), said("c", 2, **HIGH_ANSWER)]
    assert facts_of(*thread).lowest_confidence == 0.9
