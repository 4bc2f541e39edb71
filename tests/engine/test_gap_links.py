"""Links of gaps: cut off, killed, begun anew, by other models and thresholds. The old gaps stay whole."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from botlens.engine import Engine
from botlens.errors import OverloadedError
from botlens.gaps.link import chatbot_link
from botlens.gaps.link import job as link_job
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.process import link_process
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.store.erasure import WholeErasure
from botlens.tenants.accounts import Accounts
from tests.conftest import Tenant, World
from tests.contract.gap_story import GIFT, PARCEL, ask, fix, gap_about, gaps, questions, relink

PATIENCE = 60.0


def failed(tenant: Tenant) -> tuple[int, str]:
    answer = tenant.world.client.post("/v1/gaps/relink?wait=120", headers=tenant.headers)
    return answer.status_code, answer.json()["error"]["code"]


def test_a_link_that_is_cut_off(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memberships are written, names are not: the gaps of before stay, and the next link keeps their ids."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    before = gaps(tenant)
    ask(tenant, "2026-03-17", PARCEL, fails=True)

    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(chatbot_link, "write_summaries", full)
        assert failed(tenant) == (503, "linking_ended")
    assert gaps(tenant) == before
    assert {gap for gap in questions(tenant).values() if gap} == {before[0]["id"]}
    assert tenant.get("/v1/gaps")["meta"]["waiting_questions"] == 3
    relink(tenant)
    assert gap_about(tenant, "gift")["id"] == before[0]["id"]
    assert len(gaps(tenant)) == 2


def test_the_process_is_killed(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of it: the old gaps stay, that is said, and the next link has another process."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    before = gaps(tenant)
    ask(tenant, "2026-03-17", PARCEL, fails=True)
    describe = LinkProcess.describe

    def killed(process: LinkProcess, *given: Any) -> Any:
        assert process._process is not None
        process._process.kill()
        return describe(process, *given)

    with monkeypatch.context() as patched:
        patched.setattr(LinkProcess, "describe", killed)
        assert failed(tenant) == (503, "linking_ended")
    assert gaps(tenant) == before
    assert relink(tenant)["gaps"] == 2


def test_the_process_hangs(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not even say that it is busy is ended; nobody waits for it for ever."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    describe = LinkProcess.describe

    def stopped(process: LinkProcess, *given: Any) -> Any:
        assert process._process is not None
        os.kill(process._process.pid, signal.SIGSTOP)
        monkeypatch.setattr(link_process, "_SILENT_SECONDS", 0.5)
        return describe(process, *given)

    with monkeypatch.context() as patched:
        patched.setattr(LinkProcess, "describe", stopped)
        assert failed(tenant) == (503, "linking_ended")
    monkeypatch.undo()
    assert relink(tenant)["gaps"] == 1


def test_one_that_is_deleted_meanwhile(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a link has read of a chatbot is not written any more once that is erased."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    engine, embed = tenant.world.engine, LinkProcess.embed

    def deleted(process: LinkProcess, texts: list[str]) -> Any:
        engine.accounts.delete_chatbot(tenant.company.id, "bot")
        assert engine.jobs.finish("erasure", PATIENCE)
        return embed(process, texts)

    with monkeypatch.context() as patched:
        patched.setattr(LinkProcess, "embed", deleted)
        assert relink(tenant)["gaps"] == 0
    assert WholeErasure(engine.store, tenant.company.id, "bot").remaining() == {}
    tenant.put("bot")
    ask(tenant, "2026-03-17", PARCEL, fails=True)
    assert relink(tenant)["gaps"] == 1


def test_one_that_cannot_be_linked(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps no other chatbot of the company from being linked."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    ask(tenant, "2026-03-17", GIFT, fails=True)
    ask(tenant, "2026-03-17", PARCEL, fails=True, chatbot="shop")
    link = ChatbotLink.link

    def broken(self: ChatbotLink, company_id: str, chatbot_id: str) -> Any:
        if chatbot_id == "bot":
            raise OSError("no space")
        return link(self, company_id, chatbot_id)

    with monkeypatch.context() as patched:
        patched.setattr(ChatbotLink, "link", broken)
        assert failed(tenant) == (503, "linking_ended")
    assert [each["chatbot_id"] for each in gaps(tenant)] == ["shop"]


def test_accounts_that_do_not_answer(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks hears of it at once, and may ask again."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    company = Accounts.company

    def locked(self: Accounts, company_id: str) -> Any:
        if threading.current_thread().name == "botlens-job-gaps":
            raise OverloadedError("Locked.", code="accounts_unavailable")
        return company(self, company_id)

    with monkeypatch.context() as patched:
        patched.setattr(Accounts, "company", locked)
        assert failed(tenant) == (503, "accounts_unavailable")
    assert relink(tenant)["gaps"] == 1


def test_nothing_is_started_for_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company whose questions were all answered needs no process."""

    def started(_: LinkProcess) -> None:
        pytest.fail("a process was started")

    monkeypatch.setattr(LinkProcess, "_started", started)
    ask(tenant, "2026-03-17", GIFT, fails=False)
    assert relink(tenant)["questions"] == 0


def test_another_threshold(tenant: Tenant) -> None:
    """What is unanswered by it is counted anew, in the past as well; a proof follows."""
    ask(tenant, "2026-03-02", GIFT, fails=True, sessions=12)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    fix(tenant, gap["id"], "2026-03-03T00:00:00Z")
    for day in ("04", "05", "06"):
        ask(tenant, f"2026-03-{day}", GIFT, fails=True, sessions=6)
    relink(tenant)
    assert gap_about(tenant, "gift")["state"] == "reopened"
    tenant.put("bot", confidence_threshold=0.05)
    relink(tenant)
    found = tenant.get(f"/v1/gaps/{gap['id']}")["gap"]
    assert (found["questions"], found["proof"]["after"]["failing"]) == (0, 0)
    assert found["proof"]["before"]["failing"] == 0


@contextmanager
def opened(folder: Path, options: LinkOptions) -> Iterator[World]:
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    with Engine(
        accounts,
        clickhouse_url=f"chdb://{folder}/events",
        journal_folder=folder / "journal",
        linking=options,
    ) as engine:
        yield World(engine)


@pytest.mark.own_store
def test_what_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, and although nothing more comes."""
    monkeypatch.setattr(link_job, "_ROUND_SECONDS", 0.1)
    monkeypatch.setattr(link_job, "_FIRST_PAUSE", 0.1)
    monkeypatch.setattr(link_job, "_SHARE", 0)
    link, tried = ChatbotLink.link, []

    def broken(self: ChatbotLink, company_id: str, chatbot_id: str) -> Any:
        tried.append(chatbot_id)
        if len(tried) < 3:
            raise OSError("no space")
        return link(self, company_id, chatbot_id)

    monkeypatch.setattr(ChatbotLink, "link", broken)
    with opened(tmp_path, LinkOptions(by_itself=True)) as world:
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        ask(tenant, "2026-03-17", GIFT, fails=True)
        until = time.monotonic() + PATIENCE
        while not gaps(tenant):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert len(tried) == 3


@pytest.mark.own_store
def test_restarts_and_models(tmp_path: Path) -> None:
    """A restart changes no id; without a model, and with one again, what somebody touched stays whole."""
    with opened(tmp_path, LinkOptions()) as world:
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
        relink(tenant)
        gift, before = gap_about(tenant, "gift"), questions(tenant)
        fix(tenant, gift["id"], "2026-03-18T00:00:00Z")
    with opened(tmp_path, LinkOptions(model="/no/such/model")) as world:
        tenant = Tenant(world, company, key)
        assert questions(tenant) == before
        relink(tenant)
        page = tenant.get("/v1/gaps")
        assert page["meta"]["model"] is None
        assert "/no/such/model" in page["meta"]["model_missing"]
        again = gap_about(tenant, "gift")
        assert (again["id"], again["distinct_questions"], again["state"]) == (gift["id"], 3, "fixed")
    with opened(tmp_path, LinkOptions()) as world:
        tenant = Tenant(world, company, key)
        relink(tenant)
        assert {text: gap for text, gap in questions(tenant).items() if text in GIFT} == dict.fromkeys(
            GIFT, gift["id"]
        )
        assert gap_about(tenant, "parcel")["distinct_questions"] == 3
