"""Since when a chatbot has events and until when: what follows changes says when it does not know."""

import pytest

from botlens.live.span import ChatbotSpan, StaleSpanError
from botlens.live.timeline import QUARTER
from botlens.metrics.facts import Facts
from botlens.moments import SECOND

HOUR = 3_600 * SECOND


def facts(started: int, newest: int, *, counted: bool = True) -> Facts:
    """Of a conversation that started and was last heard of at some hours."""
    return Facts(
        chatbot_id="bot",
        conversation_id="c",
        counted=counted,
        test=not counted,
        started_at=started * HOUR,
        ended_at=newest * HOUR,
        newest_at=newest * HOUR,
        session_id="",
        language="und",
        channel="",
    )


def followed(*changes: tuple[Facts | None, Facts]) -> ChatbotSpan:
    span = ChatbotSpan(since=10 * 3_600)
    span.replace(changes)
    return span


def test_ends_follow_what_comes() -> None:
    """The earliest start and the latest event, of tests too; nothing at all has neither."""
    assert followed().ends() == (None, None)
    span = followed(
        (None, facts(12, 13)), (None, facts(11, 11, counted=False)), (facts(12, 13), facts(12, 15))
    )
    assert span.ends() == (11 * HOUR, 15 * HOUR)


def test_a_conversation_without_a_start_begins_with_its_newest_event() -> None:
    """A rating alone says when there was something."""
    assert followed((None, facts(0, 14, counted=False))).ends() == (14 * HOUR, 14 * HOUR)


@pytest.mark.parametrize("after", [facts(13, 16), facts(12, 14), facts(0, 0, counted=False)])
def test_what_was_first_or_last_and_is_gone(after: Facts) -> None:
    """What comes next is not known: it must be loaded anew, and no wrong end is told."""
    span = followed((None, facts(12, 16)), (None, facts(14, 15)), (facts(12, 16), after))
    with pytest.raises(StaleSpanError):
        span.ends()


def test_an_end_that_is_beyond_all_others_is_known_again() -> None:
    """Whatever was before."""
    span = followed((None, facts(12, 16)), (facts(12, 16), facts(13, 14)), (None, facts(11, 17)))
    assert span.ends() == (11 * HOUR, 17 * HOUR)


def test_what_started_is_counted_since_a_moment() -> None:
    """Counted conversations alone; one that moves is counted where it is; before that moment nobody knows."""
    span = followed(
        (None, facts(9, 9)),
        (None, facts(12, 12)),
        (None, facts(12, 12, counted=False)),
        (None, facts(20, 20)),
    )
    assert span.count(10 * 3_600, 20 * 3_600) == 1
    span.replace([(facts(12, 12), facts(20, 20))])
    assert (span.count(10 * 3_600, 20 * 3_600), span.count(20 * 3_600, 20 * 3_600 + QUARTER)) == (0, 2)
    with pytest.raises(StaleSpanError):
        span.count(9 * 3_600, 20 * 3_600)
