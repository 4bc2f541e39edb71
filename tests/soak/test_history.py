"""The judge of the cluster's storm: it finds what is lost, wrong or goes back, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.events import answer, message
from tests.soak.history import History, Judge, Known, Reading, Step

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
_SETS, _SENDS = 0, 1


def step(name: str, begun: float, ended: float) -> Step:
    return Step([message(name, "m0") | {"chatbot_id": "bot-a"}], None, begun, ended)


def history_of(*steps: Step) -> History:
    """One of two clients has sent these, one after the other; the other has set a threshold at the start."""
    threshold = Step([], ("bot-a", 0.5), 0.1, 0.2)
    return History("c", "enterprise", {_SETS: [threshold], _SENDS: list(steps)})


def faults(history: History, *answers: tuple[int, float, float], since: float | None = None) -> list[str]:
    """What the judge says of answers `(steps in it, when it was asked, when it came)`."""
    for count, begun, ended in answers:
        empty = Reading("overview", {}, {}, begun, ended, NOW)
        answer: Any = Known(history, (1, count))._wanted(empty, NOW)
        history.readings.append(Reading("overview", {}, answer, begun, ended, NOW, since=since))
    return Judge(history).faults()


def test_acknowledged_must_be_there() -> None:
    """What was acknowledged before the question is in the answer, what came after may be."""
    assert faults(history_of(step("a", 1, 2), step("b", 4, 5)), (1, 3, 3.5), (2, 6, 7)) == []
    (fault,) = faults(history_of(step("a", 1, 2)), (0, 3, 4))
    assert "STALE" in fault
    assert faults(history_of(step("a", 1, 2)), (1, 0.5, 0.9)), "not sent yet, and counted"


def test_unknown_is_in_or_out() -> None:
    """What was begun and not acknowledged may be there or not, but what was there once stays."""
    unknown = (step("a", 1, 2), step("b", 3, 9))
    assert faults(history_of(*unknown), (1, 4, 5)) == []
    assert faults(history_of(*unknown), (2, 4, 5), (2, 6, 7)) == []
    assert faults(history_of(*unknown), (1, 4, 5), (2, 6, 7)) == []
    (fault,) = faults(history_of(*unknown), (2, 4, 5), (1, 6, 7))
    assert "STALE" in fault


def test_wrong_is_no_state() -> None:
    """An answer that no state gives is wrong, and it is said how."""
    history = history_of(step("a", 1, 2))
    assert faults(history, (1, 3, 4)) == []
    history.readings[0].answer["total_messages"] = 7
    (fault,) = Judge(history).faults()
    assert "WRONG" in fault
    assert ".total_messages: 1 != 7" in fault


def test_may_be_stale_for_a_while() -> None:
    """Where it is said that an answer may be stale, it must still be a state that there was by then."""
    steps = (step("a", 1, 2), step("b", 3, 4))
    assert faults(history_of(*steps), (1, 5, 6), since=2.5) == []
    assert faults(history_of(*steps), (0, 5, 6), since=2.5)


def test_day_of_another_zone() -> None:
    """A clock that is wrong by an hour may be right about the day of UTC, and wrong about that of a zone."""
    history, asked = history_of(step("a", 1, 2)), {"tz": "America/St_Johns"}
    at = datetime(2026, 3, 18, 3, tzinfo=UTC)  # half past midnight there; an hour before, the day before
    early: Any = Reading("overview", asked, {}, 3, 4, at, skews=(-3_600.0, 0.0))
    for skew in early.skews:
        answer = Known(history, (1, 1))._wanted(early, at + timedelta(seconds=skew))
        history.readings.append(replace(early, answer=answer))
    assert Judge(history).faults() == []
    history.readings.append(replace(history.readings[0], skews=(0.0,)))
    (fault,) = Judge(history).faults()
    assert "WRONG" in fault


def test_a_threshold_that_not_all_heed_yet() -> None:
    """Where an answer says so before it is acknowledged: in what depends on it, in nothing else."""
    said = [message(name, "m0") | {"chatbot_id": "bot-a"} for name in "ab"]
    said += [answer(name, "m1", 0.3, "2026-03-18T10:00:01Z") | {"chatbot_id": "bot-a"} for name in "ab"]
    steps = {_SETS: [Step([], ("bot-a", 0.5), 3, 6)], _SENDS: [Step(said, None, 1, 2)]}
    history, asked = (
        History("c", "enterprise", steps),
        {"metrics": ["messages", "unanswered_answers"], "period": "all"},
    )
    whole: Any = Known(history, (1, 1))._wanted(Reading("query", asked, {}, 4, 5, NOW), NOW)
    assert whole["rows"] == [{"messages": 4, "unanswered_answers": 2}]

    def judged(row: dict[str, int], begun: float, **meta: Any) -> list[str]:
        found = whole | {"rows": [row], "meta": whole["meta"] | meta}
        return Judge(
            replace(history, readings=[Reading("query", asked, found, begun, begun + 1, NOW)])
        ).faults()

    mixed = {"messages": 4, "unanswered_answers": 1}
    assert judged(mixed, 4, recounting=["bot-a"]) == []
    assert judged(mixed, 4)
    assert judged(mixed, 7, recounting=["bot-a"])
    assert judged({"messages": 4, "unanswered_answers": 2}, 7, recounting=["bot-a"])
    assert judged(mixed | {"messages": 3}, 4, recounting=["bot-a"])
