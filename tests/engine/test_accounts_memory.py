"""What was read of the accounts is remembered, and never longer than it holds, on both databases."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import psycopg
import pytest

from botlens.database import memory
from botlens.database.patience import NotRememberedError
from botlens.database.single import SingleStatements
from botlens.errors import OverloadedError, UnauthorizedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.login_sessions import IDLE
from tests.engine.cluster_nodes import eventually


def test_who_asks_is_not_looked_up_again(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once read, it needs no session until somebody writes."""
    monkeypatch.setattr(memory, "_LONGEST", 1_000.0)
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    _, secret = accounts.create_key(company.id)
    accounts.put_chatbot(company.id, "bot", name="Bot")
    reads = [accounts.caller_by_key(secret), accounts.chatbots_by_id(company.id)]

    def refuse() -> None:
        raise AssertionError("it was read again")

    with monkeypatch.context() as closed:
        closed.setattr(accounts.database, "reading", refuse)
        time.sleep(2 * memory._CHECKED_EVERY)  # the number is asked for, and is the same
        assert [accounts.caller_by_key(secret), accounts.chatbots_by_id(company.id)] == reads
        accounts.put_chatbot(company.id, "other", name="Other")
        with pytest.raises(AssertionError, match="read again"):
            accounts.chatbots_by_id(company.id)
    assert list(accounts.chatbots_by_id(company.id)) == ["bot", "other"]


def test_what_another_process_wrote_is_known(accounts: Accounts, accounts_url: str) -> None:
    """A key that is revoked elsewhere is bad some milliseconds later."""
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    key, secret = accounts.create_key(company.id)
    for _ in range(3):
        assert accounts.caller_by_key(secret).key_id == key.id
    with Accounts.open(accounts_url) as other:
        other.revoke_key(company.id, key.id)
        time.sleep(2 * memory._CHECKED_EVERY)
        with pytest.raises(UnauthorizedError):
            accounts.caller_by_key(secret)


def test_a_session_lasts_from_when_it_was_used(accounts_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while what is remembered of it is from before: that it was used has nothing be read anew."""
    monkeypatch.setattr(memory, "_LONGEST", 1_000.0)
    now = [datetime(2026, 6, 1, tzinfo=UTC)]
    with Accounts.open(accounts_url, clock=lambda: now[0]) as accounts:
        accounts.create_company("Acme", owner="ann", plan="pro")
        _, token = accounts.log_in_by_user("ann")
        for later in (timedelta(), timedelta(hours=1), IDLE - timedelta(seconds=1)):
            now[0] += later
            assert accounts.caller_by_session(token).user == "ann"
        now[0] += IDLE
        with pytest.raises(UnauthorizedError, match="logged out"):
            accounts.caller_by_session(token)


def test_what_is_written_past_botlens_is_known_in_a_while(
    new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator's own statement counts nothing on."""
    monkeypatch.setattr(memory, "_LONGEST", 0.2)
    url = new_postgres()
    with Accounts.open(url) as accounts, psycopg.connect(url, autocommit=True) as operator:
        company = accounts.create_company("Acme", owner="ann", plan="pro")
        assert accounts.company(company.id).name == "Acme"
        operator.execute("UPDATE botlens.companies SET name = 'Other'")
        time.sleep(0.3)
        assert accounts.company(company.id).name == "Other"


def test_what_is_taken_back_changes_nothing(new_postgres: Callable[[], str]) -> None:
    """A transaction that fails has not written, and counts nothing on; one that ends does, by one."""
    url = new_postgres()
    with Accounts.open(url) as accounts, psycopg.connect(url, autocommit=True) as operator:

        def number() -> int:
            return operator.execute("SELECT number FROM botlens.changes").fetchone()[0]

        before = number()
        with pytest.raises(RuntimeError), accounts.database.writing():
            raise RuntimeError
        assert number() == before
        accounts.create_company("Acme", owner="ann", plan="pro")
        assert number() == before + 1


def test_a_database_that_is_gone_is_told(new_postgres: Callable[[], str]) -> None:
    """What is remembered is not told when nobody can say whether it still holds."""
    url = new_postgres()
    with Accounts.open(url) as accounts, psycopg.connect(url, autocommit=True) as operator:
        company = accounts.create_company("Acme", owner="ann", plan="pro")
        assert accounts.company(company.id) == company
        operator.execute("ALTER TABLE botlens.changes RENAME TO unchanged")
        time.sleep(2 * memory._CHECKED_EVERY)
        with pytest.raises(OverloadedError):
            accounts.company(company.id)
        operator.execute("ALTER TABLE botlens.unchanged RENAME TO changes")
        assert accounts.company(company.id) == company


class Door:
    """A lock that knows which threads have come to it."""

    def __init__(self, lock: Any) -> None:
        self._lock, self.release, self.came = lock, lock.release, set[int]()

    def acquire(self, timeout: float) -> bool:
        self.came.add(get_ident())
        return bool(self._lock.acquire(timeout=timeout))


def test_whoever_waited_for_an_answer_that_did_not_come_is_told_at_once(
    new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request asks: if each waited as long again, one after the other, the last would wait for ever."""
    with closing(Accounts.open(new_postgres())) as accounts:
        asked = accounts.database.memory
        calls, fails, door = [], Event(), Door(asked._asking)

        def hang(*_: object) -> object:
            calls.append(1)
            assert fails.wait(120)
            raise OverloadedError("no answer")

        time.sleep(2 * memory._CHECKED_EVERY)
        with ThreadPoolExecutor(8) as pool, monkeypatch.context() as ill:
            ill.setattr(SingleStatements, "run", hang)
            ill.setattr(asked, "_asking", door)
            waiting = [pool.submit(asked.recall, "key", lambda: 1) for _ in range(8)]
            eventually(lambda: calls and len(door.came) == 8)  # each stands behind the first
            fails.set()
            for each in waiting:
                with pytest.raises(OverloadedError):
                    each.result(60)
        assert len(calls) == 1
        assert asked.recall("key", lambda: 1) == 1


def test_where_nothing_may_wait_only_what_is_remembered_is_told(
    new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop asks it so: no statement is run for it, neither to read nor to see whether somebody wrote."""
    monkeypatch.setattr(memory, "_CHECKED_EVERY", 1_000.0)
    with Accounts.open(new_postgres()) as accounts:
        company = accounts.create_company("Acme", owner="ann", plan="pro")
        accounts.company(company.id)  # looks whether somebody wrote, which holds a while from here

        def at_once() -> list[object]:
            return [
                accounts.at_once(accounts.company, company.id),
                accounts.at_once(accounts.chatbots, company.id),
            ]

        with monkeypatch.context() as watched:
            watched.setattr(SingleStatements, "_run", lambda *_: pytest.fail("it was asked"))
            with pytest.raises(NotRememberedError):
                at_once()
            assert accounts.chatbots(company.id) == []
            assert at_once() == [company, []]
            accounts.database.memory.expire()
            with pytest.raises(NotRememberedError):
                at_once()
            with pytest.raises(NotRememberedError):
                accounts.at_once(accounts.delete_chatbot, company.id, "bot")
        assert accounts.company(company.id) == company
        assert len(accounts.companies()) == 1


def test_accounts_that_are_near_are_read_at_once(tmp_path: Path) -> None:
    """A file costs next to nothing: there is nothing to wait for."""
    with Accounts.open(f"sqlite:///{tmp_path}/accounts.db") as accounts:
        company = accounts.create_company("Acme", owner="ann", plan="pro")
        assert accounts.at_once(accounts.company, company.id) == company
