"""Events that are loaded as columns are like any other: beside those that are sent, and after a death."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread, local
from typing import Any

import pytest

from botlens.commit import derivation, parts, rewriting
from botlens.commit.columns import LoadedRows, RefusedRows
from botlens.commit.room import loadable, loader, recounts
from botlens.errors import OverloadedError
from tests import nursery
from tests.conftest import NOON, Tenant
from tests.engine.crash_process import DEATH
from tests.engine.load_process import EVENTS, POINTS
from tests.engine.loading import EQUAL, METRICS, THREAD, count, load, texts, uncounted
from tests.engine.waiting import PATIENCE, soon
from tests.events import message
from tests.oracle import seed as oracle


def test_numbers_are_those_of_before_until_they_are_counted(tenant: Tenant) -> None:
    """Answers say so, and which chatbots; so does /readyz. Then they are those of all events."""
    tenant.send(message("z", "1"))
    assert tenant.overview()["total_messages"] == 1
    assert [each.kept for each in load(tenant, *THREAD)] == [3, 1, 1]
    assert uncounted(tenant) == {"bot"}
    assert tenant.overview()["total_messages"] == 1
    before = tenant.query(METRICS)
    assert (before["rows"], before["meta"]["uncounted"]) == ([{"messages": 1, "conversations": 1}], ["bot"])
    ready = tenant.world.client.get("/readyz")
    assert ready.status_code == 200
    assert "one chatbot lack events that were loaded" in ready.text
    assert count(tenant) == 3
    assert uncounted(tenant) == frozenset()
    after = tenant.query(METRICS)
    assert after["rows"] == [{"messages": 4, "conversations": 3}]
    assert "uncounted" not in after["meta"]
    assert "lack events" not in tenant.world.client.get("/readyz").text
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    events = [message("z", "1"), *THREAD]
    assert tenant.chatbot() == oracle.chatbot_object(events, chatbot, now=NOON, zone="UTC", top=10)
    assert tenant.verified() == EQUAL | {"conversations": 3}


def test_loaded_twice(tenant: Tenant) -> None:
    """Before they were counted, and after: nothing changes."""
    for _ in range(2):
        load(tenant, *THREAD)
        load(tenant, *THREAD)
        count(tenant)
        found = tenant.chatbot()
        assert (found["total_messages"], found["total_ratings"]) == (3, 1)
    assert tenant.verified() == EQUAL


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("flushed", [True, False])
def test_a_conversation_that_is_sent_to_meanwhile(tenant: Tenant, *, known: bool, flushed: bool) -> None:
    """Before the load, between load and count, and while it is counted: all of it is counted once.

    What is in memory of the conversation does not know what was loaded, and if nobody sent to it before, its
    facts do not either.
    """
    commits = tenant.world.engine.commits
    if known:
        tenant.send(message("a", "0", "Hello", "2026-03-16T10:00:00Z"))
    if flushed:
        commits.flush()
    load(tenant, *THREAD)
    tenant.send(message("a", "3", "And now?", "2026-03-18T11:00:00Z"))
    insert, sent = rewriting.insert_laid_out, []

    def late(*arguments: Any) -> None:
        if not sent:
            sent.append(message("a", "4", "Well?", "2026-03-18T11:00:01Z"))
            tenant.send(*sent)
        insert(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewriting, "insert_laid_out", late)
        count(tenant)
    assert sent
    tenant.send(message("a", "5", "Hm", "2026-03-18T11:00:02Z"))
    found = tenant.chatbot()
    assert (found["total_conversations"], found["total_messages"]) == (2, 6 + known)
    assert tenant.verified() == EQUAL


@pytest.mark.parametrize(("conversations", "records"), [(2, 100), (100, 3)])
def test_sent_to_what_is_read_already(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, conversations: int, records: int
) -> None:
    """Parts of few conversations, or of few records: each is read before the one in front of it is written.

    What is sent meanwhile, to any of them, is not lost, whichever is written first.
    """
    monkeypatch.setattr(parts, "_IDS", 3)
    monkeypatch.setattr(derivation, "AS_COLUMNS", parts.PartSize(conversations, records))
    names = [f"c{number:02}" for number in range(9)]
    load(tenant, *[message(name, part) for name in names for part in "12"])
    commits, insert, sent = tenant.world.engine.commits, rewriting.insert_laid_out, []

    def late(*arguments: Any) -> None:
        insert(*arguments)
        for name in names:
            sent.append(message(name, f"{len(sent)} more"))
            tenant.send(sent[-1])
        if len(sent) % 2:
            commits.flush()

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "insert_laid_out", late)
        assert count(tenant) == len(names)
    assert len(sent) >= 4 * len(names)
    assert tenant.chatbot()["total_messages"] == 2 * len(names) + len(sent)
    assert tenant.verified()["equal"]


def test_moved_twice_before_its_part_is_read(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation of a later part has two new first days while an earlier part is written.

    On the one it was counted when a message came; the other was loaded. It stays on that one alone.
    """
    monkeypatch.setattr(parts, "_IDS", 3)
    monkeypatch.setattr(derivation, "AS_COLUMNS", parts.PartSize(2, 100))
    names = [f"c{number}" for number in range(9)]
    load(tenant, *[message(name, "1") for name in names])
    count(tenant)
    commits, insert, moves = tenant.world.engine.commits, rewriting.insert_laid_out, [names[-1]]

    def late(*arguments: Any) -> None:
        insert(*arguments)
        if moves:
            name = moves.pop()
            tenant.send(message(name, "2", "Hi", "2026-03-15T10:00:00Z"))
            commits.flush()
            load(tenant, message(name, "3", "Hi", "2026-03-10T10:00:00Z"))

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "insert_laid_out", late)
        tenant.put("bot", confidence_threshold=0.5)
    assert not moves
    found = tenant.get("/v1/query", metrics="conversations", dimensions="day", period="all")["rows"]
    assert sum(each["conversations"] for each in found) == len(names)
    count(tenant)
    assert tenant.verified()["equal"]


def test_loaded_while_it_is_counted(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a count did not see any more stays uncounted, and is counted by the next."""
    load(tenant, *THREAD)
    insert, coming = rewriting.insert_laid_out, [message("a", "9", "Late", "2026-03-17T10:00:09Z")]

    def late(*arguments: Any) -> None:
        if coming:
            load(tenant, coming.pop())
        insert(*arguments)

    monkeypatch.setattr(rewriting, "insert_laid_out", late)
    count(tenant)
    assert uncounted(tenant) == {"bot"}
    count(tenant)
    assert uncounted(tenant) == frozenset()
    assert tenant.chatbot()["total_messages"] == 4
    assert tenant.verified() == EQUAL


def test_a_conversation_that_becomes_too_long(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is room for is taken, in its order; what is there already needs none."""
    monkeypatch.setattr(loadable, "MOST_RECORDS", 5)
    monkeypatch.setattr(loadable, "_MANY", 1)
    first = [message("a", str(number)) for number in range(4)]
    assert load(tenant, *first) == [LoadedRows(4)]
    again = [*first, message("a", "4"), message("a", "5"), message("b", "1"), message("a", "4")]
    refused = RefusedRows("conversation_too_long", "conversation_id", [5])
    assert load(tenant, *again) == [LoadedRows(7, (refused,))]
    count(tenant)
    assert tenant.chatbot()["total_messages"] == 6


def test_what_cannot_be_written_down_is_not_loaded(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A death would leave it uncounted for ever."""

    def full(*_: Any) -> None:
        raise OSError("injected")

    with monkeypatch.context() as away:
        away.setattr(Path, "replace", full)
        with pytest.raises(OverloadedError):
            load(tenant, *THREAD)
    assert texts(tenant) == set()


def test_nobody_asks_for_the_count(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever loaded has gone: it is counted all the same."""
    monkeypatch.setattr(recounts, "_ABANDONED_SECONDS", 0.0)
    load(tenant, *THREAD)
    assert soon(lambda: uncounted(tenant) == frozenset())
    assert tenant.chatbot()["total_messages"] == 3
    assert tenant.verified() == EQUAL


def test_two_who_count_at_once(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody asks for the count, and it is due by itself: one counts, the other has waited for that."""
    commits = tenant.world.engine.commits
    rebuild, insert = commits._derivation.rebuild, rewriting.insert_laid_out
    both, begun, ended, written, of_ours = Event(), [], [], [], local()

    def entered(company_id: str, *arguments: Any) -> int | None:
        if company_id != tenant.company.id:  # of another test
            return rebuild(company_id, *arguments)
        begun.append(None)
        if len(begun) == 2:
            both.set()
        of_ours.now = True
        try:
            return rebuild(company_id, *arguments)
        finally:
            of_ours.now = False
            ended.append(None)

    def held(*arguments: Any) -> None:
        if getattr(of_ours, "now", False):
            written.append(both.wait(PATIENCE))
        insert(*arguments)

    monkeypatch.setattr(recounts, "_ABANDONED_SECONDS", 0.0)
    monkeypatch.setattr(commits._derivation, "rebuild", entered)
    monkeypatch.setattr(rewriting, "insert_laid_out", held)
    load(tenant, *THREAD)
    count(tenant)
    assert soon(lambda: len(ended) == len(begun) == 2)
    assert written == [True]
    assert tenant.chatbot()["total_messages"] == 3


def test_it_is_left_off(tenant: Tenant) -> None:
    """What is not counted is said to be, and counted later."""
    load(tenant, *THREAD)
    assert tenant.world.engine.commits.count_loaded(tenant.company.id, lambda: True) == 0
    assert uncounted(tenant) == {"bot"}
    assert tenant.chatbot()["total_messages"] == 0
    assert count(tenant) == 2
    assert tenant.chatbot()["total_messages"] == 3


def test_others_commit_and_ask_meanwhile(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store takes a piece, however long that lasts."""
    ours, theirs = new_tenant(), new_tenant()
    theirs.overview()
    writing, go_on, insert = Event(), Event(), loader.insert_rows

    def slow(*arguments: Any) -> None:
        writing.set()
        assert go_on.wait(PATIENCE)
        insert(*arguments)

    monkeypatch.setattr(loader, "insert_rows", slow)
    thread = Thread(target=load, args=(ours, *THREAD))
    thread.start()
    try:
        assert writing.wait(PATIENCE)
        theirs.send(message("a", "1"))
        ours.send(message("c", "1"))
        assert theirs.overview()["total_messages"] == 1
        assert not go_on.is_set()
    finally:
        go_on.set()
        thread.join()
    count(ours)
    assert ours.chatbot()["total_messages"] == 4


def test_a_load_wakes_those_who_watch(tenant: Tenant) -> None:
    """Once: what was loaded is in transcripts before it is counted."""
    commits = tenant.world.engine.commits
    told: list[Any] = []
    leave = commits.watch(tenant.company.id, told.append)
    before = commits.version(tenant.company.id)
    load(tenant, message("a", "1"))
    assert commits.version(tenant.company.id) != before
    assert ["bot"] in [list(each) for each in told]
    leave()


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return nursery.run("tests.engine.load_process", str(folder), *arguments)


@pytest.mark.parametrize("point", POINTS)
def test_death_while_loading(tmp_path: Path, point: str) -> None:
    """Wherever the process dies, the next one counts what is in the store; loaded again, it is all."""
    died = run(tmp_path, "load", point)
    assert died.returncode == DEATH, died.stderr
    found = json.loads(run(tmp_path, "read").stdout.splitlines()[-1])
    assert found["verify"]["equal"]
    assert found["sent"]  # the conversation that was sent to, before and after the death
    again = json.loads(run(tmp_path, "again").stdout.splitlines()[-1])
    chatbot = {"chatbot_id": "bot", "name": "Bot", "is_published": True, "confidence_threshold": 0.2}
    assert again["chatbot"] == oracle.chatbot_object(EVENTS, chatbot, now=NOON, zone="UTC", top=10)
    assert again["verify"] == {"equal": True, "conversations": 3, "differences": []}
