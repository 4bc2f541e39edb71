"""Fair turns: few of a company at once, a short line, and what is free goes around."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs

from botlens.api.turns import Turns
from botlens.errors import InvalidError, TooManyRequestsError


class Work:
    """Questions that run until they are let go, and who has a turn."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.ended: list[str] = []
        self._doors: dict[str, threading.Event] = {}

    def of(self, name: str) -> Callable[[], str]:
        door = self._doors[name] = threading.Event()

        def work() -> str:
            self.running.append(name)
            door.wait(60)
            self.running.remove(name)
            self.ended.append(name)
            return name

        return work

    def let_go(self, name: str) -> None:
        self._doors[name].set()

    async def are(self, *names: str) -> None:
        """Pass as soon as these run, and no others."""
        for _ in range(6000):
            if sorted(self.running) == sorted(names):
                break
            await asyncio.sleep(0.01)
        assert sorted(self.running) == sorted(names)


def start(turns: Turns, work: Work, name: str, **more: Any) -> "asyncio.Task[str]":
    """A question; the first letter of its name is its company."""
    return asyncio.get_running_loop().create_task(turns.run(name[0], work.of(name), **more))


async def few_of_a_company(turns: Turns, work: Work) -> None:
    asked = [start(turns, work, name) for name in ("a1", "a2", "a3")]
    await work.are("a1", "a2")
    other = start(turns, work, "b1")
    await work.are("a1", "a2", "b1")
    assert (turns.running, turns.waiting) == (3, 1)
    work.let_go("a2")
    await work.are("a1", "a3", "b1")
    for name in ("a1", "a3", "b1"):
        work.let_go(name)
    assert await asyncio.gather(*asked, other) == ["a1", "a2", "a3", "b1"]
    assert (turns.running, turns.waiting) == (0, 0)


async def goes_around(turns: Turns, work: Work) -> None:
    asked = [start(turns, work, name) for name in ("a1", "a2", "b1", "b2")]
    await work.are("a1", "a2", "b1")
    asked += [start(turns, work, name) for name in ("a3", "a4", "b3", "c1", "c2")]
    await asyncio.sleep(0)
    work.let_go("a1")  # c has none yet
    await work.are("a2", "b1", "c1")
    work.let_go("a2")  # then a has none
    await work.are("b1", "c1", "a3")
    work.let_go("c1")  # c again: it has none, which counts more than whose turn it was
    await work.are("b1", "a3", "c2")
    work.let_go("c2")  # a and b have one each; b had it longer ago
    await work.are("b1", "a3", "b2")
    for name in ("a3", "a4", "b1", "b2", "b3"):
        work.let_go(name)
    await asyncio.gather(*asked)


async def line_is_short(turns: Turns, work: Work) -> None:
    asked = [start(turns, work, name) for name in ("a1", "a2", "a3", "a4", "a5")]
    await work.are("a1", "a2")
    with pytest.raises(TooManyRequestsError) as refused:
        await turns.run("a", work.of("a6"))
    assert (refused.value.status, refused.value.code) == (429, "too_many_questions")
    assert int(refused.value.headers["Retry-After"]) > 0
    patient = start(turns, work, "a7", patient=True)
    await asyncio.sleep(0)
    assert turns.waiting == 4
    for name in ("a1", "a2", "a3", "a4", "a5", "a7"):
        work.let_go(name)
    await asyncio.gather(*asked, patient)


async def wait_is_short(turns: Turns, work: Work) -> None:
    asked = [start(turns, work, name) for name in ("a1", "a2")]
    await work.are("a1", "a2")
    patient = start(turns, work, "a3", patient=True)
    with pytest.raises(TooManyRequestsError):
        await turns.run("a", work.of("a4"))
    assert turns.waiting == 1
    for name in ("a1", "a2", "a3"):
        work.let_go(name)
    assert await asyncio.gather(*asked, patient) == ["a1", "a2", "a3"]
    assert "a4" not in work.ended


async def who_leaves_gives_the_turn_back(turns: Turns, work: Work) -> None:
    one, two, three, four = (start(turns, work, name) for name in ("a1", "a2", "a3", "a4"))
    await work.are("a1", "a2")
    three.cancel()  # in the line: the next one moves up
    one.cancel()  # at work: that goes on, and so does the turn
    await asyncio.wait((one, three))
    assert one.cancelled()
    assert three.cancelled()
    assert turns.running == 2
    await work.are("a1", "a2")
    work.let_go("a1")
    await work.are("a2", "a4")
    for name in ("a2", "a4"):
        work.let_go(name)
    assert await asyncio.gather(two, four) == ["a2", "a4"]
    assert work.ended[0] == "a1"
    assert (turns.running, turns.waiting) == (0, 0)


async def failures_give_the_turn_back(turns: Turns, work: Work) -> None:
    def fail() -> None:
        raise ValueError("no")

    for _ in range(5):
        with pytest.raises(ValueError, match="no"):
            await turns.run("a", fail)
    await asyncio.sleep(0)
    assert (turns.running, turns.waiting) == (0, 0)


async def one_turn_while_others_ask(turns: Turns, work: Work) -> None:
    asked = [start(turns, work, name) for name in ("a1", "a2", "a3", "a4")]
    await work.are("a1", "a2")
    asked.append(start(turns, work, "b1"))
    await work.are("a1", "a2", "b1")
    work.let_go("b1")
    work.let_go("a1")
    await work.are("a2")
    work.let_go("a2")
    await work.are("a3")
    for hall in turns._halls.values():
        hall._alone_after = 0.0  # b has not asked for a while: with the next call a is alone again
    asked.append(start(turns, work, "a5"))
    await work.are("a3", "a4")
    for name in ("a3", "a4", "a5"):
        work.let_go(name)
    await asyncio.gather(*asked)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(few_of_a_company, id="two of a company run at once, beside others"),
        pytest.param(goes_around, id="what is free goes around among the companies"),
        pytest.param(one_turn_while_others_ask, id="one turn of a company while others ask, too"),
        pytest.param(line_is_short, id="a full line refuses, but not who waits patiently"),
        pytest.param(wait_is_short, id="a long wait ends, but not that of who is patient"),
        pytest.param(who_leaves_gives_the_turn_back, id="a turn is free when its work has ended, not before"),
        pytest.param(failures_give_the_turn_back, id="work that fails ends its turn"),
    ],
)
def test_turns(act: Callable[[Turns, Work], Coroutine[Any, Any, None]]) -> None:
    seconds = 0.2 if act is wait_is_short else 10.0
    alone_after = 600.0 if act is one_turn_while_others_ask else 0.0
    asyncio.run(act(Turns(3, 2, line=3, seconds=seconds, alone_after=alone_after), Work()))


async def running(turns: Turns, many: int) -> None:
    """Pass as soon as so many turns are taken."""
    for _ in range(6000):
        if turns.running == many:
            break
        await asyncio.sleep(0.01)
    assert turns.running == many


@pytest.mark.parametrize(("error", "said"), [(InvalidError("No such thing."), 0), (KeyError("a fault"), 1)])
def test_an_answer_that_nobody_waits_for(error: Exception, said: int) -> None:
    """What a question that was left would be refused for is no error in the log; a fault of ours is."""
    unhandled: list[dict[str, Any]] = []

    async def asked_and_left() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        turns, may_end = Turns(1), threading.Event()

        def work() -> None:
            may_end.wait(60)
            raise error

        question = asyncio.create_task(turns.run("a", work))
        await running(turns, 1)
        question.cancel()
        await asyncio.wait([question])
        may_end.set()
        await running(turns, 0)
        await asyncio.sleep(0.01)

    with capture_logs() as logs:
        asyncio.run(asked_and_left())
        gc.collect()
    assert unhandled == []
    assert len([each for each in logs if each["log_level"] == "error"]) == said
