"""Numbers of large chatbots are saved and used by the next start, or not used where nothing proves them."""

import copy
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from botlens.commit.room import saving
from botlens.errors import OverloadedError
from botlens.events.record import deletion_of
from botlens.store import replaced_facts, saved_numbers
from botlens.store.numbering import highest_number
from botlens.store.pool import Lane
from botlens.store.saved_tables import REPLACED_FACTS, SAVED_NUMBERS
from tests.conftest import Tenant
from tests.events import message

MONDAY, TUESDAY, WEDNESDAY = (f"2026-03-{day}T10:00:00Z" for day in (16, 17, 18))
PATIENCE = 60.0  # seconds
DAY = datetime(2026, 3, 18, tzinfo=UTC).timestamp() // 86_400


class Shop:
    """A tenant with two conversations on Monday, of one visitor, and one on Wednesday."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.company_id = tenant.company.id
        self.commits: Any = tenant.world.engine.commits
        self.store = tenant.world.engine.store
        tenant.send(
            message("a", "a1", "How?", MONDAY, session_id="ann"),
            message("b", "b1", "Why?", MONDAY, session_id="ann"),
            message("c", "c1", "How?", WEDNESDAY, session_id="carl"),
        )

    def save(self) -> bool:
        saved: bool = self.commits._saving.save(self.company_id, "bot", int(DAY))
        return saved

    def restart(self) -> None:
        """Forget what a process that starts would not know."""
        self.commits.flush()
        self.commits._live.drop(self.company_id.__eq__)
        self.store.saved.clear()

    def numbers(self) -> tuple[int, int, int]:
        found = self.tenant.chatbot()
        return found["total_conversations"], found["total_messages"], found["unique_sessions"]

    def most_asked(self) -> str:
        question: str = self.tenant.chatbot()["top_queries"][0]["query"]
        return question

    def wait_for(self, done: Callable[[], bool]) -> None:
        """For rows that the store removes in the background."""
        until = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < until
            time.sleep(0.05)

    def rows(self, table: str, where: str = "1") -> int:
        statement = f"SELECT count() FROM {table} FINAL WHERE company_id = {{company:String}} AND {where}"
        ((count,),) = self.store.maintain(statement, {"company": self.company_id})
        return int(count)


@pytest.fixture
def shop(tenant: Tenant) -> Shop:
    return Shop(tenant)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each load of a chatbot that has saved numbers: whether they were used."""
    found: list[bool] = []
    load = saved_numbers._saved_numbers

    def watched(*arguments: Any) -> Any:
        numbers = load(*arguments)
        found.append(numbers is not None)
        return numbers

    monkeypatch.setattr(saved_numbers, "_saved_numbers", watched)
    return found


def test_a_start_uses_what_was_saved(shop: Shop, used: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the facts, only those of later days and those that were written since are read."""
    assert shop.save()
    shop.tenant.send(
        message("a", "a2", "And?", TUESDAY),
        message("d", "d1", "Where?", MONDAY, session_id="dora"),
        message("e", "e1", "How?", WEDNESDAY, session_id="ann"),
    )
    shop.restart()
    read: list[str] = []
    facts_since = saved_numbers.facts_since

    def watched(*arguments: Any) -> Any:
        rows = facts_since(*arguments)
        read.extend(each.facts.conversation_id for each in rows)
        return rows

    monkeypatch.setattr(saved_numbers, "facts_since", watched)
    assert shop.numbers() == (5, 6, 3)
    assert used == [True]
    assert sorted(read) == ["a", "d"]
    assert shop.most_asked() == "How?"
    assert shop.tenant.verified()["equal"]


def test_numbers_that_were_saved_follow_what_comes(shop: Shop, used: list[bool]) -> None:
    """They are live as any others: a visitor who is known already is not another one."""
    shop.save()
    shop.restart()
    assert shop.numbers() == (3, 3, 2)
    shop.tenant.send(message("f", "f1", "How?", MONDAY, session_id="ann"))
    assert shop.numbers() == (4, 4, 2)
    assert used == [True]
    assert shop.tenant.verified()["equal"]


def _store(shop: Shop, statement: str) -> None:
    shop.store.maintain(
        f"{statement} WHERE company_id = {{company:String}} SETTINGS mutations_sync = 1",
        {"company": shop.company_id},
    )


DAMAGES = {
    "a digit of the sums": "content = replaceOne(content, '[2,', '[3,')",
    "a session": "counts = arrayMap(each -> each + 1, counts)",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_was_damaged_is_not_used(shop: Shop, used: list[bool], damage: str) -> None:
    """All is read from the facts then, and the numbers are right."""
    assert shop.save()
    _store(shop, f"ALTER TABLE saved_numbers UPDATE {damage}")
    shop.restart()
    assert shop.numbers() == (3, 3, 2)
    assert used == [False]


@pytest.mark.parametrize(
    ("module", "name", "value"), [("saved_numbers", "FORM", 99), ("facts", "definition", 99)]
)
def test_what_is_of_another_version_is_not_used(
    shop: Shop, used: list[bool], monkeypatch: pytest.MonkeyPatch, module: str, name: str, value: int
) -> None:
    """Another form of what is saved, or another definition of facts."""
    assert shop.save()
    shop.restart()
    monkeypatch.setattr(saved_numbers if module == "saved_numbers" else shop.store.facts, name, value)
    assert shop.numbers() == (3, 3, 2)
    assert used == [False]


def test_facts_that_nobody_wrote_down_are_noticed(
    shop: Shop, used: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an older version, or a process that does not know of what was saved."""
    assert shop.save()
    monkeypatch.setattr("botlens.commit.room.pending.keep_replaced", lambda *_: None)
    shop.tenant.send(message("a", "a2", "And?", MONDAY))
    shop.restart()
    assert shop.numbers() == (3, 4, 2)
    assert used == [False]


def test_facts_that_are_gone_are_noticed(shop: Shop, used: list[bool]) -> None:
    """A store that was brought back from copies of different moments."""
    assert shop.save()
    shop.restart()
    _store(shop, "ALTER TABLE conversation_facts DELETE")
    assert shop.numbers() == (0, 0, 0)
    assert used == [False]


def test_a_deletion_takes_away_what_was_saved(shop: Shop, used: list[bool]) -> None:
    """Questions stand in it, also those of the conversation."""
    assert shop.save()
    shop.tenant.send(message("b", "b2", "My secret", MONDAY))
    shop.commits.flush()
    record = deletion_of("bot", "b", datetime.now(UTC))
    shop.commits.submit(shop.company_id, [record]).result()
    shop.commits.flush()
    shop.restart()
    assert shop.numbers() == (2, 2, 2)
    shop.wait_for(lambda: shop.rows(SAVED_NUMBERS.name) == shop.rows(REPLACED_FACTS.name) == 0)
    assert not any(used)


@pytest.mark.parametrize("when", ["read", "written"])
def test_a_deletion_meanwhile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, used: list[bool], when: str
) -> None:
    """What was read before it is not kept after it: it is read again, or nothing is saved."""
    read = saving.read_to_save

    def slow(*arguments: Any) -> Any:
        monkeypatch.setattr(saving, "read_to_save", read)
        found = read(*arguments)
        other = Thread(target=delete)
        other.start()
        other.join()
        return found

    def delete() -> None:
        shop.commits.submit(shop.company_id, [deletion_of("bot", "b", datetime.now(UTC))]).result()
        shop.commits.flush()

    if when == "written":
        monkeypatch.setattr(saving, "facts_since", lambda *_: [])
    monkeypatch.setattr(saving, "read_to_save", slow)
    assert shop.save() == (when == "read")
    assert shop.rows(SAVED_NUMBERS.name, "position(content, 'Why?') > 0") == 0
    shop.restart()
    assert shop.numbers() == (2, 2, 2)
    assert used == ([True] if when == "read" else [])


def test_a_chatbot_whose_old_conversations_change_all_the_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is held up for its sake: nothing is saved, and tried again later."""
    read, texts = saving.read_to_save, iter(range(9))

    def busy(*arguments: Any) -> Any:
        found = read(*arguments)
        shop.tenant.send(message("a", f"more {next(texts)}", "And?", MONDAY))
        shop.commits.flush()
        return found

    monkeypatch.setattr(saving, "read_to_save", busy)
    assert not shop.save()
    assert shop.rows(SAVED_NUMBERS.name) == 0
    assert shop.store.saved.known(shop.company_id)["bot"] == ()


def test_nothing_is_saved_of_facts_that_are_made_anew(shop: Shop) -> None:
    """They are written later by a version of before: nothing would show it."""
    with shop.commits._live.suspended((shop.company_id, "bot")):
        assert not shop.save()
    assert shop.rows(SAVED_NUMBERS.name) == 0
    assert shop.save()


def test_what_is_saved_anew_takes_the_place(shop: Shop, used: list[bool]) -> None:
    """What was written down for what was saved before goes with it."""
    shop.save()
    shop.tenant.send(message("a", "a2", "And?", MONDAY))
    shop.commits.flush()
    assert shop.rows(REPLACED_FACTS.name) == 1
    assert shop.save()
    shop.wait_for(lambda: shop.rows(REPLACED_FACTS.name) == 0)
    assert shop.rows(SAVED_NUMBERS.name, "part = 0") == 1
    shop.restart()
    assert shop.numbers() == (3, 4, 2)
    assert used == [True]


def test_a_history_that_is_imported(shop: Shop, used: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Many old conversations at once are not written down one by one."""
    monkeypatch.setattr(replaced_facts, "_MOST_AT_ONCE", 2)
    shop.save()
    shop.tenant.send(*(message(f"old {number}", f"{number}", "Hm?", MONDAY) for number in range(3)))
    shop.restart()
    assert shop.numbers() == (6, 6, 2)
    assert shop.rows(REPLACED_FACTS.name) == 0
    assert used == [False]


def test_a_round_saves_what_is_large_and_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again only when many conversations lie on days that are not saved."""
    monkeypatch.setattr(saving, "_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(saving, "_SHARE", 0)
    rounds: Any = copy.copy(shop.commits._saving)
    # For these rounds alone is the chatbot large: the thread's, at the same time, would spoil theirs.
    rounds._live = copy.copy(shop.commits._live)
    rounds._live.large = lambda _: [key for key in shop.commits._live.large(3) if key[0] == shop.company_id]
    rounds._wake = Event()
    rounds._wake.set()
    rounds._round()
    assert shop.rows(SAVED_NUMBERS.name, "part = 0") == 0  # nobody has looked
    shop.numbers()
    rounds._round()
    assert shop.rows(SAVED_NUMBERS.name, "part = 0") == 1
    (base,) = shop.store.saved.known(shop.company_id)["bot"]
    assert base.day == DAY
    monkeypatch.setattr(saving, "_LATE", 1)
    assert not rounds._is_due((shop.company_id, "bot"))
    monkeypatch.setattr(saving, "_LATE", 4)
    assert rounds._is_due((shop.company_id, "bot"))


def test_numbers_go_on_above_what_was_saved(shop: Shop) -> None:
    """Also where a clock is behind: what is written later has a higher version."""
    shop.save()
    (base,) = shop.store.saved.known(shop.company_id)["bot"]
    assert highest_number(shop.store) >= base.version


def test_a_head_that_is_not_sure_any_more(
    shop: Shop, used: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The questions of a head are counted anew, from all facts, and not from the same saved head again."""
    monkeypatch.setattr("botlens.store.numbers.HEAD", 10)
    times = [(question, number) for question in range(12) for number in range(question + 3)]
    shop.tenant.send(*(message(f"{q} {n}", f"{q} {n}", f"Question {q}?", MONDAY) for q, n in times))
    assert shop.save()
    shop.tenant.send(*(message(f"n{n}", f"n{n}", "Question 0?", WEDNESDAY) for n in range(20)))
    shop.restart()
    assert shop.most_asked() == "Question 0?"
    assert used == [True]
    assert shop.tenant.verified()["equal"]


def test_old_conversations_are_written_while_readers_have_all_their_connections(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flush asks what is there, and which numbers were saved, by connections that no reader takes."""
    assert shop.save()
    shop.tenant.send(message("a", "a2", "And?", MONDAY))
    shop.store.saved.clear()
    monkeypatch.setattr("botlens.store.pool._QUEUE_SECONDS", 5.0)
    with ExitStack() as readers:
        for _ in range(Lane.READ.value):
            readers.enter_context(shop.store._pool.borrowed(Lane.READ))
        shop.commits.flush()
    assert shop.rows(REPLACED_FACTS.name) == 1


def test_what_others_held_up_is_not_tried_again_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """All was read by then, perhaps: to do that in each round would take more than its share."""
    monkeypatch.setattr(saving, "_LARGE", 3)
    rounds: Any = shop.commits._saving
    rounds.stop()
    assert rounds.join(60)  # what follows is told by the rounds that are made here alone
    rounds._stopping = False
    tried: list[tuple[str, str]] = []

    def refused(company_id: str, chatbot_id: str) -> bool:
        tried.append((company_id, chatbot_id))
        raise OverloadedError("Another question of this company takes long; ask again later.")

    monkeypatch.setattr(rounds, "save", refused)
    shop.numbers()
    for _ in range(2):
        assert rounds._round()
    assert tried.count((shop.company_id, "bot")) == 1
    assert len(tried) == len(set(tried))
