"""What is kept of gaps between requests: after any change, answers are those of who keeps nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, change, fix, gap_about, relink
from tests.contract.gaps_anew import PAGES, same_as_anew
from tests.events import deletion, message, vote

PATIENCE = 60.0


def post(tenant: Tenant, path: str, body: dict[str, Any]) -> Any:
    found = tenant.world.client.post(path, json=body, headers=tenant.headers)
    assert found.status_code == 200, found.text
    return found.json()


def test_what_is_kept_is_what_would_be_read(new_tenant: Callable[..., Tenant]) -> None:
    """After events, links, edits, merges, splits, fixes, recounts and deletions; and nothing of others."""
    tenant, other = new_tenant(chatbots=("bot", "shop")), new_tenant(chatbots=("bot", "shop"))
    seen: list[Any] = [same_as_anew(tenant)]

    def changed() -> None:
        """The first page is another; it is looked at, and two of the others in turn."""
        seen.append(same_as_anew(tenant, (PAGES[0], *PAGES[1 + len(seen) % 3 :: 3])))
        assert seen[-1][0] != seen[-2][0]

    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    changed()
    relink(tenant)
    changed()
    gift, parcel = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    ask(tenant, "2026-03-16", GIFT, fails=True)
    changed()
    tenant.send(vote("2026-03-17-Where is my -3", "2"))
    changed()
    ask(tenant, "2026-03-15", GIFT, fails=False)
    changed()
    ask(other, "2026-03-17", PARCEL, fails=True, chatbot="shop")
    relink(other)
    assert same_as_anew(tenant)[0] == seen[-1][0]
    assert same_as_anew(other)[0] != seen[-1][0]
    change(tenant, gift["id"], title="Gift wrapping")
    changed()
    fix(tenant, gift["id"], "2026-03-17T00:00:00Z")
    changed()
    relink(tenant)
    changed()
    merged = post(tenant, f"/v1/gaps/{gift['id']}/merge", {"with": [parcel["id"]]})
    assert merged["gap"]["merged_from"] == [parcel["id"]]
    changed()
    post(tenant, f"/v1/gaps/{gift['id']}/split", {"questions": list(PARCEL)})
    changed()
    change(tenant, gift["id"], state="dismissed", reason="No.")
    changed()
    tenant.put("bot", confidence_threshold=0.05)
    changed()
    tenant.put("bot", confidence_threshold=0.5)
    changed()
    tenant.send(deletion("2026-03-17-Where is my -3", "conversation"))
    changed()
    ask(tenant, "2026-03-18", PARCEL, fails=True, chatbot="shop")
    relink(tenant)
    changed()
    _, of_the_bot, of_the_shop, *_ = same_as_anew(tenant)
    assert {each["chatbot_id"] for each in of_the_bot["gaps"] + of_the_shop["gaps"]} == {"bot", "shop"}


def test_a_chatbot_that_is_made_anew(new_tenant: Callable[..., Tenant]) -> None:
    """Nothing of the one that had its name is there, whatever was kept of it."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    assert len(same_as_anew(tenant)[0]["gaps"]) == 1
    deleted = tenant.world.client.delete("/v1/chatbots/bot", headers=tenant.headers)
    assert deleted.status_code == 202
    assert tenant.world.engine.jobs.finish("erasure", PATIENCE)
    assert tenant.get("/v1/gaps")["gaps"] == []
    tenant.put("bot", name="Bot")
    empty = tenant.get("/v1/gaps", chatbot_id="bot")
    assert (empty["gaps"], empty["meta"]["freshness"]) == ([], None)
    same_as_anew(tenant)


def test_a_page_that_was_read_asks_the_store_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing changes, and for whoever may read it: the floor is looked at again."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    before = tenant.get(f"/v1/gaps/{gap['id']}")
    store, asked = tenant.world.engine.store, list[str]()
    rows = type(store).rows

    def noted(self: Any, statement: str, parameters: dict[str, Any], **more: Any) -> Any:
        if parameters.get("company_id") == tenant.company.id:  # what is written of others is none of this
            asked.append(statement)
        return rows(self, statement, parameters, **more)

    monkeypatch.setattr(type(store), "rows", noted)
    assert tenant.get("/v1/gaps")["gaps"] == [gap]
    assert asked == []
    assert tenant.get(f"/v1/gaps/{gap['id']}") == before
    assert len(asked) == 1  # of which chatbot it is
    accounts = tenant.world.engine.accounts
    accounts.change_company(tenant.company.id, question_floor=2)
    _, secret = accounts.create_key(tenant.company.id, scopes=["read"])
    page = Tenant(tenant.world, tenant.company, secret).get("/v1/gaps")
    assert (page["gaps"], page["meta"]["hidden"]) == ([], 1)
    assert len(asked) == 1
    asked.clear()
    tenant.send(message("stranger", "1", "Why?", "2026-03-17T10:30:00Z"))
    tenant.get("/v1/gaps")
    assert len([each for each in asked if "gap_members" not in each]) == 1  # for all of it: what changed
    change(tenant, gap["id"], state="fixed")
    relink(tenant)
    tenant.get("/v1/gaps")
    asked.clear()
    tenant.send(message("new", "1", "Where?", "2026-03-17T11:00:00Z"))
    assert tenant.get("/v1/gaps")["meta"]["freshness"] == "2026-03-17T11:00:00.000000Z"
    facts = [each for each in asked if "gap_" not in each]
    assert len(facts) <= 2  # what changed, and what a fix has not seen
    assert [each for each in asked if "gap_summaries" in each] == []  # links and the proof wrote no other
    assert [each for each in asked if "uniqExactIf(asker" in each] == []  # and nobody asked what is in a gap
    full = tenant.get(f"/v1/gaps/{gap['id']}")
    asked.clear()
    tenant.send(message("newer", "1", "Where?", "2026-03-17T12:00:00Z"))
    again = tenant.get(f"/v1/gaps/{gap['id']}")
    assert (again["gap"], again["meta"]["freshness"]) == (full["gap"], "2026-03-17T12:00:00.000000Z")
    assert [each for each in asked if "gap_members" in each] == []  # nothing was counted
    tenant.send(message("newest", "1", GIFT[0], "2026-03-17T12:00:00Z"))
    assert tenant.get(f"/v1/gaps/{gap['id']}")["gap"]["failing_share"]["n"] == 4


def test_a_file_asks_for_all_gaps_at_once(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: one statement has the questions of all of them, each with its own."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    store, asked = type(tenant.world.engine.store), list[str]()
    for name in ("rows", "blocks"):
        read = getattr(store, name)

        def noted(self: Any, statement: str, *rest: Any, _read: Any = read, **more: Any) -> Any:
            asked.append(statement)
            return _read(self, statement, *rest, **more)

        monkeypatch.setattr(store, name, noted)

    def file() -> str:
        tenant.get("/v1/gaps")
        asked.clear()
        answer = tenant.world.client.get("/v1/gaps/export?format=markdown", headers=tenant.headers)
        assert answer.status_code == 200
        return answer.text

    assert all(text in file() for text in GIFT)
    one = len(asked)
    ask(tenant, "2026-03-17", PARCEL, fails=True)
    relink(tenant)
    parts = file().split("## ")[1:]
    assert sorted([text in part for text in (*GIFT, *PARCEL)] for part in parts) == [
        [False] * 3 + [True] * 3,
        [True] * 3 + [False] * 3,
    ]
    assert len(asked) == one
