"""What is remembered of gaps, and when it is read again."""

from datetime import UTC, datetime
from typing import cast

import pytest

from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.values import CurrentLink, GapStanding, Lineage
from botlens.gaps.reading.memory import GapMemory
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader

SAID = GapStanding({}, Lineage({}, {}), {}, {})
LINKED = GapStanding({}, Lineage({}, {}), {}, {"bot": CurrentLink(2, datetime(2026, 3, 17, tzinfo=UTC))})


class Asked:
    """Asks a memory, and counts what had to be read."""

    def __init__(self, most: int = 100) -> None:
        self.admissions = GapAdmissions()
        self.memory = GapMemory(self.admissions, most)
        self.reads = 0

    def __call__(
        self,
        what: str = "a",
        *,
        stamp: int | None = 1,
        company: str = "acme",
        said: GapStanding = SAID,
        size: int = 1,
    ) -> str:
        def find() -> str:
            self.reads += 1
            return f"{what} of {company}"

        reader = CompanyReader(cast("ClickHouse", None), company, stamp=stamp)
        return self.memory.recall(reader, said, what, find, lambda _: size)

    def is_kept(self, what: str = "a", **state: object) -> bool:
        before = self.reads
        self(what, **state)  # type: ignore[arg-type]
        return self.reads == before


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_the_same_is_read_once(asked: Asked) -> None:
    """By company, and by what it is."""
    assert [asked() for _ in range(3)] == ["a of acme"] * 3
    assert asked.reads == 1
    assert (asked("b"), asked(company="other"), asked.reads) == ("b of acme", "a of other", 3)
    assert asked.is_kept("b")
    assert asked.is_kept(company="other")


def test_another_state_is_read_anew(asked: Asked) -> None:
    """Other events, something written of gaps, something said of them; the state of before comes not back."""
    asked("b")
    asked()
    assert not asked.is_kept(stamp=2)
    assert not asked.is_kept(stamp=2, said=LINKED)
    with asked.admissions.of("acme", "bot")():
        pass
    assert not asked.is_kept(stamp=2, said=LINKED)
    asked.admissions.end("acme", "bot")
    assert not asked.is_kept(stamp=2, said=LINKED)
    assert asked.is_kept(stamp=2, said=LINKED)
    assert not asked.is_kept("b")


def test_while_something_is_written_nothing_is_kept(asked: Asked) -> None:
    """Nor by who began to read before; what is written of others does not matter."""
    with asked.admissions.of("acme", "bot")():
        asked()
        assert not asked.is_kept()
    assert not asked.is_kept()
    with asked.admissions.of("other", "bot")():
        assert asked.is_kept()

    def overtaken() -> str:
        with asked.admissions.of("acme", "bot")():
            return "of before"

    reader = CompanyReader(cast("ClickHouse", None), "acme", stamp=1)
    assert asked.memory.recall(reader, SAID, "c", overtaken, lambda _: 1) == "of before"
    assert not asked.is_kept("c")


def test_what_was_written_is_kept_over_events(asked: Asked) -> None:
    """And over what people say; not over another write, nor if another process had the company meanwhile."""
    reads = list[str]()

    def find() -> str:
        reads.append("a")
        return "a"

    def is_kept(stamp: int = 1, rewrites: int | None = 1) -> bool:
        reader = CompanyReader(cast("ClickHouse", None), "acme", stamp=stamp, rewrites=rewrites)
        before = len(reads)
        asked.memory.recall_written(reader, "a", find, lambda _: 1)
        return len(reads) == before

    assert [is_kept() for _ in range(2)] == [False, True]
    asked(stamp=2)
    asked(stamp=3, said=LINKED)
    assert is_kept(stamp=3)
    assert [is_kept(rewrites=2) for _ in range(2)] == [False, True]
    with asked.admissions.of("acme", "bot")():
        assert not is_kept(rewrites=2)
    assert [is_kept(rewrites=2) for _ in range(2)] == [False, True]
    assert [is_kept(rewrites=None) for _ in range(2)] == [False, False]


def test_what_events_may_change(asked: Asked) -> None:
    """What was found before is looked at: it holds, is brought up to date, or is found anew."""
    reader = CompanyReader(cast("ClickHouse", None), "acme", stamp=1, rewrites=1)

    def recalled(found: str, still: str | None) -> str:
        return asked.memory.recall_written(reader, "a", lambda: found, lambda _: 1, lambda _: still)

    assert [recalled("a", None), recalled("b", "a2"), recalled("b", "a3")] == ["a", "a2", "a3"]
    assert recalled("b", None) == "b"


def test_a_reader_knows_that_something_was_remembered(asked: Asked) -> None:
    """It is of the moment when it was read, and what is read beside it may be of a later one."""
    readers = [CompanyReader(cast("ClickHouse", None), "acme", stamp=1) for _ in range(2)]
    for each in readers:
        asked.memory.recall(each, SAID, "a", lambda: "a", lambda _: 1)
    assert [each.has_recalled for each in readers] == [False, True]


def test_whose_state_is_not_known_nothing_is_kept_of(asked: Asked) -> None:
    """A reader without a stamp."""
    asked(stamp=None)
    assert not asked.is_kept(stamp=None)


def test_what_was_not_asked_for_longest_goes_first() -> None:
    """It has room for so much of all companies together, and for nothing that is larger."""
    asked = Asked(most=10)
    for each in "abc":
        asked(each, company=each, size=2)  # and one for being there
    assert asked.is_kept("a", company="a")
    asked("d", company="d", size=2)
    assert [asked.is_kept(each, company=each, size=2) for each in "acd"] == [True] * 3
    assert not asked.is_kept("b", company="b", size=2)
    asked("e", company="e", size=50)
    assert not asked.is_kept("e", company="e", size=50)
    assert asked.is_kept("c", company="c", size=2)  # nor does anything go for its sake
