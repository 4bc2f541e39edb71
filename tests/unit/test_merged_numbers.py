"""Numbers of some conversations and of others, put together, are those of all."""

from hypothesis import given
from hypothesis import strategies as st

from botlens.live.sessions import SessionCounts
from botlens.metrics.facts import Facts
from tests.unit.test_live_numbers import NOON, facts, numbers_of, seen


def made(number: int, session: str, quarter: int) -> Facts:
    """A conversation of a visitor, that started so many quarters of an hour after noon."""
    start = (NOON + 900 * quarter) * 1_000_000
    return facts(str(number), session_id=session, started_at=start, rating=number % 6, language=session)


CONVERSATIONS = st.lists(st.tuples(st.sampled_from(["", "ann", "bob", "carl"]), st.integers(-9, 9)))


@given(CONVERSATIONS, CONVERSATIONS, st.integers(1, 3))
def test_two_parts(some: list[tuple[str, int]], others: list[tuple[str, int]], changes: int) -> None:
    """Visitors of both count once; what is taken off afterwards is as if it had never been."""
    first = [made(number, *each) for number, each in enumerate(some)]
    second = [made(len(some) + number, *each) for number, each in enumerate(others)]
    whole, part = numbers_of(*first, *second), numbers_of(*first)
    part.sessions = SessionCounts(*part.sessions.flat(), changes=changes)
    part.merge(numbers_of(*second))
    assert seen(part) == seen(whole)
    for each in second:
        part.replace([(each, facts(each.conversation_id, counted=False))])
    assert seen(part) == seen(numbers_of(*first))
    assert part.sessions.flat()[1].tolist() == numbers_of(*first).sessions.flat()[1].tolist()
    assert [each.tolist() for each in part.timeline.flat()] == [
        each.tolist() for each in numbers_of(*first).timeline.flat()
    ]
