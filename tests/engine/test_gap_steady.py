"""Reads of gaps that are overtaken again and again: the last one has whoever overtakes wait."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, ask, gap_about, gaps, relink
from tests.engine.gap_links import PATIENCE, wait_until

WAITS = 2.0


def test_a_reader_whom_each_link_overtakes(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link ends, and the one before it is gone, each time that the reader has seen which one counts."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    store, client, headers = tenant.world.engine.store, tenant.world.client, tenant.headers
    standing, reader, began = GapLifeCycle.standing, threading.Event(), list[threading.Thread]()

    def rows(link: int) -> int:
        own = "SELECT count() FROM gap_summaries WHERE company_id = {company:String} AND link = {link:UInt64}"
        ((found,),) = store.maintain(own, {"company": tenant.company.id, "link": link})
        return int(found)

    def overtaken(self: GapLifeCycle, company_id: str) -> Any:
        found = standing(self, company_id)
        if reader.is_set() and threading.current_thread().name != "botlens-job-gaps":
            reader.clear()
            link = threading.Thread(target=lambda: relink(tenant), daemon=True)
            link.start()
            link.join(WAITS if self._locks[company_id].locked() else PATIENCE)  # it waits for this read
            began.append(link)
            if not link.is_alive():
                wait_until(lambda: not rows(found.link("bot").number))
            reader.set()
        return found

    monkeypatch.setattr(GapLifeCycle, "standing", overtaken)
    for path in ("/v1/gaps", f"/v1/gaps/{gap['id']}"):
        reader.set()
        answer = client.get(path, headers=headers)
        reader.clear()
        assert answer.status_code == 200, answer.text
        assert gap["title"] in answer.text, path
        for each in began:
            each.join(60)
            assert not each.is_alive()
    assert len(began) >= 6


def test_a_reader_whom_another_process_overtakes(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a company is handed over nobody here keeps it still: no half of two states, but "ask again"."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    standing, looks = GapLifeCycle.standing, list[int]()

    def overtaken(self: GapLifeCycle, company_id: str) -> Any:
        found = standing(self, company_id)
        looks.append(len(looks))
        links = {"bot": replace(found.links["bot"], number=found.links["bot"].number + len(looks))}
        return replace(found, links=links)

    with monkeypatch.context() as patched:
        patched.setattr(GapLifeCycle, "standing", overtaken)
        answer = tenant.world.client.get("/v1/gaps", headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded"), answer.text
    assert len(looks) == 8
    assert len(gaps(tenant)) == 1
