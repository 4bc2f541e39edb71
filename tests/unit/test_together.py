"""Tasks of one answer at the same time: `answers.together`."""

from functools import partial
from threading import Barrier, current_thread

import pytest

from botlens.answers.together import run_together


def test_two_tasks_run_at_the_same_time_where_there_is_room() -> None:
    """Each waits for the other; neither would end alone."""
    meeting = Barrier(2, timeout=60)

    def meet() -> None:
        meeting.wait()

    run_together([meet, meet], lambda: True)


def test_without_room_one_thread_does_it_all_in_order() -> None:
    done: list[tuple[int, str]] = []

    def task(number: int) -> None:
        done.append((number, current_thread().name))

    run_together([lambda: task(1), lambda: task(2), lambda: task(3)], lambda: False)
    own = current_thread().name
    assert done == [(1, own), (2, own), (3, own)]


def test_all_are_done_when_it_returns() -> None:
    done: list[int] = []
    run_together([partial(done.append, number) for number in range(50)], lambda: True)
    assert sorted(done) == list(range(50))


@pytest.mark.parametrize("room", [True, False])
def test_what_fails_is_the_callers_and_ends_it(room: bool) -> None:
    done: list[int] = []

    def failing() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_together([failing, *[partial(done.append, 1)] * 1_000], lambda: room)
    assert len(done) < 1_000 if room else not done


def test_a_helper_stops_once_there_is_no_more_room() -> None:
    """Its room is asked for before each task, so that no other question waits for it."""
    asked: list[str] = []

    def has_room() -> bool:
        asked.append(current_thread().name)
        return len(asked) < 2

    helped: list[str] = []
    run_together([lambda: helped.append(current_thread().name)] * 20, has_room)
    assert len(helped) == 20
    assert helped.count("botlens-question") == 0
