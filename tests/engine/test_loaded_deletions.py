"""What was deleted does not come back with a load, whenever the one comes beside the other."""

from threading import Thread
from typing import Any

import pytest

from botlens.commit.room import loader, recounts
from botlens.errors import OverloadedError
from tests.conftest import Tenant
from tests.engine.loading import THREAD, count, load, texts
from tests.engine.waiting import PATIENCE, soon
from tests.events import deletion, message


@pytest.mark.parametrize("flushed", [True, False])
def test_what_was_deleted_does_not_come_back(tenant: Tenant, *, flushed: bool) -> None:
    """Neither in the numbers nor on the disk; a higher revision of a message does. Its vote is gone, too."""
    tenant.send(
        deletion("a", "message", "1", revision=5),
        deletion("a", "message", "2", revision=5),
        deletion("b", "conversation"),
    )
    if flushed:
        tenant.world.engine.commits.flush()
    load(tenant, *THREAD, message("a", "1", "Again", revision=6))
    count(tenant)
    found = tenant.chatbot()
    assert (found["total_conversations"], found["total_messages"], found["total_ratings"]) == (1, 1, 0)
    tenant.world.engine.commits.flush()
    assert soon(lambda: texts(tenant) == {"Again"})
    assert tenant.verified()["equal"]


def test_deleted_between_two_pieces(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deletion is in the store before the second piece is."""
    insert, pieces, sending = loader.insert_rows, [], list[Thread]()

    def then_delete(*arguments: Any) -> None:
        insert(*arguments)
        pieces.append(len(arguments[1]))
        if len(pieces) == 1:
            sending.append(Thread(target=tenant.send, args=[deletion("a", "conversation")]))
            sending[0].start()

    def wait() -> None:
        if len(pieces) == 1:
            sending[0].join(PATIENCE)
            tenant.world.engine.commits.flush()

    monkeypatch.setattr(loader, "_ROWS", 1)
    monkeypatch.setattr(loader, "insert_rows", then_delete)
    monkeypatch.setattr(loader, "_let_others_write", wait)
    load(tenant, *THREAD[:3])
    monkeypatch.undo()
    assert pieces == [1, 1]  # of the conversation that was deleted, one came too early
    count(tenant)
    assert soon(lambda: texts(tenant) == {"How?"})
    assert tenant.chatbot()["total_messages"] == 1
    assert tenant.verified()["equal"]


@pytest.mark.parametrize("flushed", [False, True])
def test_deleted_between_two_loads(tenant: Tenant, *, flushed: bool) -> None:
    """What was known of deletions at the load before is not taken for all that there is."""
    load(tenant, message("b", "9", "Kept"))
    tenant.send(deletion("a", "message", "1", revision=5), deletion("a", "message", "2", revision=5))
    if flushed:
        tenant.world.engine.commits.flush()
    load(tenant, *THREAD[:2], message("a", "3", "How?"))
    assert texts(tenant) == {"Kept", "How?"}
    count(tenant)
    assert tenant.chatbot()["total_messages"] == 2
    assert tenant.verified()["equal"]


def test_of_a_chatbot_that_was_deleted_meanwhile(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the load looked whether it exists, and before it writes: nothing of it is written."""
    ask, told = recounts.Recounts.loading, []
    commits, company_id = tenant.world.engine.commits, tenant.company.id

    def late(*arguments: Any) -> Any:
        if not told:
            before = commits.thresholds(company_id)
            told.append(tenant.world.client.delete("/v1/chatbots/bot", headers=tenant.headers))
            # The job that erases has announced itself; what is loaded before that, it erases.
            assert soon(lambda: not commits._ledger.thresholds.is_current(company_id, before))
        return ask(*arguments)

    monkeypatch.setattr(recounts.Recounts, "loading", late)
    with pytest.raises(OverloadedError, match="deleted meanwhile"):
        load(tenant, *THREAD)
    assert told[0].status_code in (200, 202)
    assert texts(tenant) == set()
    [refused] = load(tenant, message("a", "1"))[0].refused
    assert (refused.code, list(refused.places)) == ("unknown_chatbot", [0])
