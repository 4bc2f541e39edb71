"""Live numbers: loaded once, then changed with every conversation, without losing or doubling any."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.live.numbers import ChatbotNumbers
from botlens.live.registry import LiveNumbers
from botlens.live.timeline import SecondTimeline
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import Difference
from botlens.metrics.facts import Facts, derive

MINE, OTHER = ("company", "bot"), ("company", "other bot")
NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
NOTHING = derive("bot", "c", ConversationState(), 0.2)


def facts(conversation_id: str = "c", **changes: Any) -> Facts:
    """A conversation at noon with a question; `changes` say what else is in it."""
    values = {name: getattr(NOTHING, name) for name in Facts.__struct_fields__}
    values |= {"conversation_id": conversation_id, "counted": True, "started_at": NOON * 1_000_000 + 1}
    values |= {"session_id": "s", "messages": 2}
    return Facts(**{**values, **changes})


def asked(*rows: tuple[str, int]) -> dict[str, Any]:
    return {
        "questions": [text.lower() for text, _ in rows],
        "question_texts": [text for text, _ in rows],
        "question_unanswered": [unanswered for _, unanswered in rows],
        "unanswered": sum(unanswered for _, unanswered in rows),
    }


def numbers_of(*conversations: Facts) -> ChatbotNumbers:
    numbers = ChatbotNumbers()
    for each in conversations:
        numbers.replace([(None, each)])
    return numbers


def seen(numbers: ChatbotNumbers) -> dict[str, Any]:
    """All that the numbers say."""
    plain = ("conversations", "messages", "unanswered", "positive", "negative", "ratings", "rating_sum")
    low, high = NOON - 86_400, NOON + 86_400
    return {
        **{name: getattr(numbers, name) for name in plain},
        "languages": {code: count for code, count in numbers.languages.items() if count},
        "sessions": numbers.sessions.unique,
        "hours": numbers.timeline.by_hour(low, high, 0).tolist(),
        "asked": numbers.asked.top(10),
        "unanswered questions": numbers.unanswered_questions.top(10),
    }


def live_with(**chatbots: ChatbotNumbers) -> LiveNumbers:
    live = LiveNumbers()
    live.start_load([("company", chatbot_id) for chatbot_id in chatbots])
    live.complete_load({("company", chatbot_id): numbers for chatbot_id, numbers in chatbots.items()})
    return live


def conversations_of(live: LiveNumbers, *keys: tuple[str, str]) -> list[int] | None:
    return live.read(keys, lambda all_numbers: [each.conversations for each in all_numbers])


def test_a_conversation_adds_what_it_holds():
    """Each number by eye: two conversations of one session at noon and at one."""
    first = facts("1", rating=5, positive=2, language="de", **asked(("Why?", 2), ("How?", 0)))
    second = facts("2", negative=1, language="und", messages=3, **asked(("why?", 1)))
    second.started_at += 3_600_000_000
    numbers = numbers_of(first, second, facts("3", counted=False, rating=1, **asked(("Test", 1))))
    assert seen(numbers) == {
        "conversations": 2,
        "messages": 5,
        "unanswered": 3,
        "positive": 2,
        "negative": 1,
        "ratings": 1,
        "rating_sum": 5,
        "languages": {"de": 1, "und": 1},
        "sessions": 1,
        "hours": [0] * 12 + [1, 1] + [0] * 10,
        "asked": [("Why?", 2), ("How?", 1)],
        "unanswered questions": [("Why?", 3)],
    }


FACTS = st.builds(
    lambda hours, questions, **changes: facts(
        started_at=(NOON + hours * 3_600) * 1_000_000, **changes, **asked(*questions)
    ),
    st.integers(-20, 20),
    st.lists(st.tuples(st.sampled_from(["A", "a", "b", ""]), st.integers(0, 2)), max_size=3),
    counted=st.booleans(),
    session_id=st.sampled_from(["", "s", "t"]),
    language=st.sampled_from(["de", "und"]),
    rating=st.integers(0, 5),
    positive=st.integers(0, 2),
    negative=st.integers(0, 2),
)


@given(st.lists(FACTS, max_size=4), st.lists(st.tuples(st.integers(0, 3), FACTS), max_size=6))
def test_replacing_facts_is_the_same_as_never_having_had_the_old_ones(conversations, changes):
    """Whatever a conversation was before, counted or not: only what it is now is in the numbers."""
    numbers, current = numbers_of(*conversations), list(conversations)
    for place, new in changes:
        if place < len(current):
            numbers.replace([(current[place], new)])
            current[place] = new
        else:
            numbers.replace([(None, new)])
            current.append(new)
    assert seen(numbers) == seen(numbers_of(*current))


def test_numbers_that_were_loaded_by_the_second_refuse_to_change():
    """They are a snapshot: a change that went half through would be worse than an error."""
    nothing = np.empty(0, dtype=np.int64)
    numbers = ChatbotNumbers(timeline=SecondTimeline(nothing, nothing))
    with pytest.raises(TypeError):
        numbers.replace([(None, facts())])


def test_changes_during_a_load_are_applied_after_it():
    """The load reads what was committed before it began: what comes meanwhile must not be lost."""
    live = LiveNumbers()
    assert live.missing([MINE]) == [MINE]
    live.start_load([MINE])
    live.replace(MINE, [(None, facts("2"))])
    live.replace(MINE, [(facts("1"), facts("1", messages=10))])
    live.replace(OTHER, [(None, facts("elsewhere"))])
    assert conversations_of(live, MINE) is None  # not half a load
    live.complete_load({MINE: numbers_of(facts("1"))})
    assert live.read([MINE], lambda all_numbers: seen(all_numbers[0])) == seen(
        numbers_of(facts("1", messages=10), facts("2"))
    )
    assert (live.missing([MINE, OTHER]), conversations_of(live, OTHER)) == ([OTHER], None)


def test_changes_before_a_load_are_left_to_it():
    """They are in what it reads: to apply them again would count them twice."""
    live = LiveNumbers()
    live.replace(MINE, [(None, facts("1"))])
    live.start_load([MINE])
    live.complete_load({MINE: numbers_of(facts("1"))})
    assert conversations_of(live, MINE) == [1]


def test_changes_after_a_load_are_applied_at_once_and_once():
    """Each to its own chatbot."""
    live = live_with(bot=numbers_of(facts("1")), **{"other bot": numbers_of()})
    live.replace(MINE, [(None, facts("2"))])
    live.replace(MINE, [(facts("2"), facts("2", counted=False))])
    live.replace(OTHER, [(None, facts("3"))])
    live.replace(("another company", "bot"), [(None, facts("4"))])
    assert conversations_of(live, MINE, OTHER) == [1, 1]
    live.replace(MINE, [(None, facts("5"))])
    assert conversations_of(live, OTHER, MINE) == [1, 2]


def test_a_load_that_failed_leaves_nothing_behind():
    """What it collected is in what any later load reads, and nothing is collected for nobody."""
    live = LiveNumbers()
    live.start_load([MINE])
    live.replace(MINE, [(None, facts("1"))])
    live.abort_load([MINE, OTHER])
    live.start_load([MINE])
    live.complete_load({MINE: numbers_of(facts("1"))})
    assert conversations_of(live, MINE) == [1]


def test_a_load_that_begins_again_starts_to_collect_anew():
    """What came before the second beginning is in what the second load reads."""
    live = LiveNumbers()
    live.start_load([MINE])
    live.replace(MINE, [(None, facts("1"))])
    live.start_load([MINE])
    live.replace(MINE, [(None, facts("2"))])
    live.complete_load({MINE: numbers_of(facts("1"))})
    assert conversations_of(live, MINE) == [2]


def test_forgotten_numbers_must_be_loaded_anew():
    """And those of other chatbots stay; forgetting what is not there is fine."""
    live = LiveNumbers()
    live.start_load([MINE, OTHER])
    live.complete_load({MINE: numbers_of(facts()), OTHER: numbers_of()})
    live.invalidate([MINE, ("company", "unknown")])
    assert (live.missing([MINE, OTHER]), conversations_of(live, MINE)) == ([MINE], None)
    assert (conversations_of(live, OTHER), conversations_of(live, OTHER, MINE)) == ([0], None)
    live.replace(MINE, [(None, facts())])  # not applied to anything
    live.start_load([MINE])
    live.complete_load({MINE: numbers_of(facts())})
    assert conversations_of(live, MINE) == [1]


def test_the_least_recently_read_are_evicted():
    """A page that somebody looks at stays warm; being changed is not being read."""
    live = LiveNumbers(capacity=2)
    a, b, c = (("company", name) for name in "abc")
    live.start_load([a, b, c])
    live.complete_load({a: numbers_of(), b: numbers_of()})
    assert conversations_of(live, a) == [0]
    live.replace(b, [(None, facts())])
    live.complete_load({c: numbers_of()})
    assert live.missing([a, b, c]) == [b]


def test_a_read_is_of_one_moment():
    """While several chatbots are read, nobody changes any of them."""
    live = live_with(bot=numbers_of(), **{"other bot": numbers_of()})
    writer = Thread(target=lambda: live.replace(MINE, [(None, facts())]))

    def slowly(all_numbers: list[ChatbotNumbers]) -> int:
        writer.start()
        writer.join(timedelta(milliseconds=50).total_seconds())
        return all_numbers[0].conversations

    assert live.read([MINE, OTHER], slowly) == 0
    writer.join()
    assert conversations_of(live, MINE) == [1]


def test_a_change_that_is_too_much_to_count_has_the_numbers_loaded_anew():
    """All of a long conversation's questions begin or cease to count: nobody waits while they are counted."""
    live = live_with(bot=numbers_of(facts("1")), **{"other bot": numbers_of()})
    live.replace(MINE, [Difference(facts("1"), facts("1", counted=False), None)])
    assert (live.missing([MINE, OTHER]), conversations_of(live, MINE)) == ([MINE], None)
    live.start_load([MINE])
    live.replace(MINE, [Difference(facts("1", counted=False), facts("1"), None)])
    live.complete_load({MINE: numbers_of()})  # what was read is not what it is by now
    assert live.missing([MINE]) == [MINE]
    live.start_load([MINE])
    live.complete_load({MINE: numbers_of(facts("1"))})
    live.replace(MINE, [Difference(facts("1"), facts("1", messages=3), {("why", "Why?"): (1, 2)})])
    assert live.read([MINE], lambda numbers: (numbers[0].messages, numbers[0].asked.top(1))) == (
        3,
        [("Why?", 1)],
    )


def test_a_load_that_begins_while_its_chatbot_is_recounted_does_not_go_live():
    """It was missing before the recount began; what it reads is in part of the old rule."""
    live = LiveNumbers()
    assert live.missing([MINE, OTHER]) == [MINE, OTHER]
    with live.suspended(MINE):
        live.start_load([MINE, OTHER])
        live.complete_load({MINE: numbers_of(facts()), OTHER: numbers_of(facts())})
        assert (live.missing([MINE, OTHER]), conversations_of(live, MINE)) == ([], None)
    assert (live.missing([MINE, OTHER]), conversations_of(live, OTHER)) == ([MINE], [1])
