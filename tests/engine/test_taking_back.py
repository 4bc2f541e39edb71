"""A message, a vote or a rating that is deleted is gone from every number, and its text from the disk."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from botlens.commit import rewriting
from botlens.commit.room.flusher import Flusher
from botlens.engine import Engine
from tests.conftest import Tenant
from tests.events import answer, deletion, message, rating, vote

THREAD = [
    message("c", "1", "Secret?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
    message("c", "3", "Thanks", "2026-03-17T10:00:02Z"),
    vote("c", "2", "negative", comment="Secret comment"),
    rating("c", 2),
]
QUESTIONS = {"metrics": ["questions"], "dimensions": ["question"], "period": "all"}


def numbers(tenant: Tenant) -> tuple[int, ...]:
    found = tenant.chatbot()
    fields = ("total_conversations", "total_messages", "unanswered_count", "total_ratings")
    return tuple(found[name] for name in fields)


def questions(tenant: Tenant) -> set[str]:
    return {row["question"] for row in tenant.query(QUESTIONS)["rows"]}


def flush(tenant: Tenant) -> None:
    tenant.world.engine.commits.flush()


@pytest.mark.parametrize("flushed", [True, False])
def test_it_is_in_no_number(tenant: Tenant, *, flushed: bool) -> None:
    """Live or loaded, in the seed routes as in queries; the rest of the conversation stays."""
    tenant.send(*THREAD)
    assert numbers(tenant) == (1, 3, 1, 1)
    if flushed:
        flush(tenant)
    tenant.send(deletion("c", "message", "1"))
    assert numbers(tenant) == (1, 2, 1, 1)
    assert questions(tenant) == {"thanks"}
    tenant.send(deletion("c", "message", "2"), deletion("c", "rating"))
    assert numbers(tenant) == (1, 1, 0, 0)
    assert tenant.chatbot()["average_rating"] is None
    tenant.send(deletion("c", "message", "3"))
    assert numbers(tenant) == (0, 0, 0, 0)
    assert tenant.verified() == {"equal": True, "conversations": 1, "differences": []}


def test_it_waits_for_what_it_is_of(tenant: Tenant) -> None:
    """What comes later at its revision is dropped, and what has a higher one is not."""
    tenant.send(
        deletion("c", "message", "1", revision=2), deletion("c", "feedback", "2"), deletion("c", "rating")
    )
    flush(tenant)
    tenant.send(*THREAD)
    assert numbers(tenant) == (1, 2, 1, 0)
    tenant.send(message("c", "1", "Back", revision=3), vote("c", "2", revision=1), rating("c", 4, revision=1))
    assert numbers(tenant) == (1, 3, 1, 1)
    assert tenant.chatbot()["average_rating"] == 4.0
    flush(tenant)
    assert questions(tenant) == {"back", "thanks"}
    assert tenant.verified()["equal"]


def test_a_vote_that_is_changed_in_place(tenant: Tenant) -> None:
    """The same vote at the same time says something else: its revision decides, whichever comes first."""
    tenant.send(*THREAD, vote("c", "2", "positive", revision=7), rating("c", 5, revision=7))
    tenant.send(vote("c", "2", "negative", "2026-03-19T10:00:00Z", revision=6), rating("c", 1, revision=6))
    flush(tenant)
    found = tenant.chatbot()
    assert (found["feedback_positive"], found["feedback_negative"]) == (1, 0)
    assert found["average_rating"] == 5.0
    assert tenant.verified()["equal"]


def test_one_vote_of_two_revisions_is_two_rows(tenant: Tenant) -> None:
    """The store keeps them apart, though they say the same at the same time: else the older would be left."""
    tenant.send(message("c", "1"), vote("c", "1", revision=2))
    tenant.send(vote("c", "1", revision=1))
    flush(tenant)
    tenant.world.engine.store.maintain("OPTIMIZE TABLE raw_events FINAL")
    tenant.world.engine.commits.rebuild(tenant.company.id, "bot")  # forgets what is in memory
    tenant.send(vote("c", "1", "negative", revision=1))
    assert tenant.chatbot()["feedback_positive"] == 1
    assert tenant.verified()["equal"]


def stored_texts(engine: Engine, company_id: str) -> set[str]:
    rows = engine.store.maintain(
        "SELECT content FROM raw_events WHERE company_id = {company:String}", {"company": company_id}
    )
    rows += engine.store.maintain(
        "SELECT arrayJoin(question_texts) FROM conversation_facts WHERE company_id = {company:String}",
        {"company": company_id},
    )
    return {row[0] for row in rows}


def wait_for(tenant: Tenant, is_so: Callable[[set[str]], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so(texts := stored_texts(tenant.world.engine, tenant.company.id)):
        assert time.monotonic() < until, texts
        time.sleep(0.05)


def test_it_leaves_the_disk(tenant: Tenant) -> None:
    """No row with its text is left, of no revision of it; what was written with the vote goes with it."""
    tenant.send(*THREAD, message("d", "1", "Why?"))
    flush(tenant)
    tenant.send(message("c", "1", "Secret too?", revision=1))
    flush(tenant)
    assert {"Secret?", "Secret too?", "Secret comment"} <= stored_texts(
        tenant.world.engine, tenant.company.id
    )
    tenant.send(deletion("c", "message", "1", revision=1), deletion("c", "message", "2"))
    flush(tenant)
    wait_for(tenant, lambda texts: texts == {"Thanks", "Why?", ""})
    assert numbers(tenant) == (2, 2, 0, 0)
    assert tenant.verified() == {"equal": True, "conversations": 2, "differences": []}


def test_only_the_text_of_its_revision_leaves_the_disk(tenant: Tenant) -> None:
    """What a higher revision says stays; and what is resent is not written any more."""
    tenant.send(message("c", "1", "Secret?"), message("c", "1", "Public", revision=2))
    flush(tenant)
    tenant.send(deletion("c", "message", "1", revision=1))
    flush(tenant)
    tenant.send(message("c", "1", "Secret?"), message("c", "1", "Secret again", revision=1))
    flush(tenant)
    wait_for(tenant, lambda texts: texts == {"Public", ""})
    assert questions(tenant) == {"public"}


def test_what_comes_with_its_deletion_leaves_the_disk(tenant: Tenant) -> None:
    """Both in one batch, in either order: what the journal had to hold is erased behind the flush."""
    tenant.send(deletion("c", "message", "1"), message("c", "1", "Secret?"), message("c", "2", "Public"))
    tenant.send(message("d", "1", "Secret?"), deletion("d", "message", "1"))
    flush(tenant)
    wait_for(tenant, lambda texts: texts == {"Public", ""})
    assert numbers(tenant) == (1, 1, 0, 0)


@pytest.mark.parametrize("of", ["message", "conversation"])
def test_what_could_not_be_counted_leaves_the_disk_all_the_same(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    """The deletion is durable, so its chatbot is counted anew; nobody reads the journal for it again."""

    def fail(*_: Any) -> None:
        raise ArithmeticError("injected")

    tenant.send(message("c", "1", "Secret?"), message("d", "1", "Why?"))
    flush(tenant)
    with monkeypatch.context() as away:
        away.setattr(tenant.world.engine.commits._ledger.states, "take", fail)
        tenant.send(deletion("c", of, "1") if of == "message" else deletion("c", of))
    flush(tenant)
    wait_for(tenant, lambda texts: texts - {""} == {"Why?"})
    until = time.monotonic() + 60
    while tenant.world.engine.commits.stale_chatbots:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert questions(tenant) == {"why"}
    assert tenant.verified()["equal"]


@pytest.mark.parametrize("of", ["message", "conversation"])
def test_a_recount_does_not_write_again_what_was_erased_meanwhile(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    """The deletion comes, and is written, between the recount's look at the events and its insert."""
    written: list[str] = []
    writing, insert = Flusher.writing, rewriting.insert_laid_out

    def after_a_deletion(flusher: Flusher, company_id: str) -> Any:
        monkeypatch.setattr(Flusher, "writing", writing)
        tenant.send(deletion("c", of, "1") if of == "message" else deletion("c", of))
        flush(tenant)
        return writing(flusher, company_id)

    def seen(store: Any, rows: Any, *more: Any) -> None:
        written.extend(rows.column("conversation_id").to_pylist())
        insert(store, rows, *more)

    tenant.send(message("c", "1", "Secret?"), message("d", "1", "Why?"))
    monkeypatch.setattr(Flusher, "writing", after_a_deletion)
    monkeypatch.setattr(rewriting, "insert_laid_out", seen)
    tenant.world.engine.commits.rebuild(tenant.company.id, "bot")
    assert written == ["d"]
    assert questions(tenant) == {"why"}
    assert tenant.verified()["equal"]


def test_it_is_found_by_no_search(tenant: Tenant) -> None:
    """Nor is it in a transcript or an export; what came back is."""
    tenant.send(message("c", "1", "needle"), message("d", "1", "needle"), message("e", "1", "needle"))
    tenant.send(message("f", "1", "old", revision=1), message("f", "1", "needle", revision=2))
    tenant.send(*(deletion(each, "message", "1", revision=2) for each in ("c", "d", "f")), message("c", "2"))
    tenant.send(message("d", "1", "needle", revision=3))
    found = tenant.get("/v1/conversations", period="all", search="needle")["conversations"]
    assert {each["conversation_id"] for each in found} == {"d", "e"}
    assert [each["id"] for each in tenant.get("/v1/conversations/c")["messages"]] == ["2"]
    answered = tenant.world.client.get(
        "/v1/export?data=messages&format=jsonl&period=all", headers=tenant.headers
    )
    assert answered.text.count("needle") == 2
