"""Links of gaps: cut off, killed, begun anew, by another threshold. The old gaps stay whole."""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from botlens.errors import OverloadedError
from botlens.events.question import normal_form
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link import chatbot_link
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.process import link_process
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.gaps.process.replies import NoModelError
from botlens.jobs.job import Progress
from botlens.store.erasure import WholeErasure
from botlens.tenants.accounts import Accounts
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, fix, gap_about, gaps, questions, relink
from tests.engine.gap_links import PATIENCE, wait_until
from tests.events import deletion


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


def test_one_that_ends_while_nobody_asks() -> None:
    """The next one who asks has another process, and hears nothing of it."""
    with LinkProcess(LinkOptions(), Progress(threading.Event())) as process:
        before = process.embed(["How do I wrap a gift?"])
        assert process._process is not None
        process._process.kill()
        process._process.wait(PATIENCE)
        assert (process.embed(["How do I wrap a gift?"]) == before).all()


def test_one_that_is_begun_before_it_is_asked() -> None:
    """It loads its model meanwhile, once; what it could not load is said to whoever asks."""
    progress = Progress(threading.Event())
    with LinkProcess(LinkOptions(), progress) as process:
        process.begin()
        begun = process._process
        process.begin()
        assert process.embed(["How do I wrap a gift?"]).any()
        assert process._process is begun
        assert begun is not None
        begun.kill()
        begun.wait(PATIENCE)
        process.begin()
        assert process.embed(["How do I wrap a gift?"]).any()
    with LinkProcess(LinkOptions(model="/nowhere"), progress) as process:
        process.begin()
        with pytest.raises(NoModelError, match="/nowhere"):
            process.about()


@pytest.fixture
def many_descriptors(tmp_path: Path) -> Iterator[None]:
    """Those of a busy server: what is opened from here on has a number above 1,024."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limits[1] < 2048:
        pytest.skip("no process may have so many descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    taken = [os.open(tmp_path, os.O_RDONLY)]
    try:
        while taken[-1] < 1024:
            taken.append(os.dup(taken[0]))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.usefixtures("many_descriptors")
def test_a_server_of_many_connections() -> None:
    """It links as any other: there are ways to wait that know no descriptor above 1,023."""
    with LinkProcess(LinkOptions(), Progress(threading.Event())) as process:
        assert process.embed(["How do I wrap a gift?"]).any()


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


def test_a_model_that_cannot_be_asked_any_more(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that is away, say: the gaps of before stay as they are, and why is said."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    before = gaps(tenant)
    ask(tenant, "2026-03-17", PARCEL, fails=True)

    def away(*_: Any) -> Any:
        raise NoModelError("The endpoint is away.")

    with monkeypatch.context() as patched:
        patched.setattr(LinkProcess, "embed", away)
        answer = tenant.world.client.post("/v1/gaps/relink?wait=120", headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "linking_ended")
    assert "The endpoint is away." in answer.json()["error"]["message"]
    assert gaps(tenant) == before


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


def test_one_that_is_deleted_at_the_end_of_its_link(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no failure: there is nothing to link any more."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    engine, move = tenant.world.engine, GapLifeCycle.move_link

    def deleted(self: GapLifeCycle, *given: Any) -> Any:
        engine.accounts.delete_chatbot(tenant.company.id, "bot")
        return move(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(GapLifeCycle, "move_link", deleted)
        assert relink(tenant)["gaps"] == 0
    assert engine.jobs.finish("erasure", PATIENCE)
    assert WholeErasure(engine.store, tenant.company.id, "bot").remaining() == {}


def test_one_that_cannot_be_linked(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps no other chatbot of the company from being linked."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    ask(tenant, "2026-03-17", GIFT, fails=True)
    ask(tenant, "2026-03-17", PARCEL, fails=True, chatbot="shop")
    link = ChatbotLink.link

    def broken(self: ChatbotLink) -> Any:
        if self._work.chatbot_id == "bot":
            raise OSError("no space")
        return link(self)

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


def test_a_link_that_ends_while_gaps_are_merged(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody does holds at once, also where another link counts by then than when it was asked for."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    client, headers = tenant.world.client, tenant.headers
    merge, split = GapLifeCycle.merge_gaps, GapLifeCycle.split_gap

    def merged(self: GapLifeCycle, *given: Any, **named: Any) -> Any:
        relink(tenant)
        return merge(self, *given, **named)

    def parted(self: GapLifeCycle, *given: Any, **named: Any) -> Any:
        relink(tenant)
        return split(self, *given, **named)

    monkeypatch.setattr(GapLifeCycle, "merge_gaps", merged)
    monkeypatch.setattr(GapLifeCycle, "split_gap", parted)
    answer = client.post(f"/v1/gaps/{gift['id']}/merge", json={"with": [parcel["id"]]}, headers=headers)
    assert answer.json()["gap"]["distinct_questions"] == 6
    answer = client.post(f"/v1/gaps/{gift['id']}/split", json={"questions": list(PARCEL)}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert [answer.json()[name]["distinct_questions"] for name in ("gap", "new_gap")] == [3, 3]


def test_a_clock_that_is_turned_back(tenant: Tenant) -> None:
    """What is found of a fix is what was found last, whatever the clock says."""
    ask(tenant, "2026-03-02", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    fix(tenant, gap["id"], "2026-03-03T00:00:00Z")
    relink(tenant)
    ask(tenant, "2026-03-04", GIFT, fails=False)
    tenant.world.now -= timedelta(hours=1)
    relink(tenant)
    assert gap_about(tenant, "gift")["proof"]["after"]["sessions"] == 3


def test_a_fix_that_is_another_one(tenant: Tenant) -> None:
    """What was measured for the one of before does not stay."""
    ask(tenant, "2026-03-02", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    for day in ("03", "04"):
        fix(tenant, gap["id"], f"2026-03-{day}T00:00:00Z")
        relink(tenant)
    store, own = tenant.world.engine.store, {"company": tenant.company.id}
    bases = "SELECT DISTINCT basis FROM gap_evidence WHERE company_id = {company:String}"
    wait_until(lambda: len(store.maintain(bases, own)) == 1)
    assert gap_about(tenant, "gift")["proof"]["before"]["sessions"] == 3


def test_deleted_words_without_a_model(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """They leave what is kept of a fix, too, where no question has a vector."""

    def none(_: LinkProcess) -> Any:
        raise NoModelError("There is none.")

    monkeypatch.setattr(LinkProcess, "about", none)
    ask(tenant, "2026-03-02", GIFT, fails=True, sessions=6)
    relink(tenant)
    for gap in gaps(tenant):
        fix(tenant, gap["id"], "2026-03-03T00:00:00Z")
    relink(tenant)
    store, own = tenant.world.engine.store, {"company": tenant.company.id}

    def kept() -> set[str]:
        rows = store.maintain("SELECT question FROM gap_evidence WHERE company_id = {company:String}", own)
        return {row[0] for row in rows}

    assert kept() == {normal_form(each) for each in GIFT}
    for number in (0, 3):
        tenant.send(deletion(f"2026-03-02-{GIFT[0][:12]}-{number}", "conversation"))
    relink(tenant)
    # Files are rewritten in the background.
    wait_until(lambda: kept() == {normal_form(each) for each in GIFT[1:]})


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


def test_readers_while_a_link_ends(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who knows which link counts, and reads when another does, finds the gaps: by each way to them."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    store, client, headers = tenant.world.engine.store, tenant.world.client, tenant.headers
    standing, pending = GapLifeCycle.standing, list[str]()

    def rows(link: int) -> int:
        own = "SELECT count() FROM gap_summaries WHERE company_id = {company:String} AND link = {link:UInt64}"
        ((found,),) = store.maintain(own, {"company": tenant.company.id, "link": link})
        return int(found)

    def overtaken(self: GapLifeCycle, company_id: str) -> Any:
        found = standing(self, company_id)
        if pending and threading.current_thread().name != "botlens-job-gaps":
            pending.clear()
            relink(tenant)
            wait_until(lambda: not rows(found.link("bot").number))
        return found

    def answered(path: str, **body: Any) -> str:
        pending.append(path)
        method = "PATCH" if body else "GET"
        answer = client.request(method, path, headers=headers, json=body or None)
        assert not pending
        assert answer.status_code == 200, answer.text
        return answer.text

    monkeypatch.setattr(GapLifeCycle, "standing", overtaken)
    one = f"/v1/gaps/{gap['id']}"
    for path in ("/v1/gaps", one, "/v1/gaps/questions", "/v1/gaps/export", "/v1/gaps/export?format=markdown"):
        assert gap["title"] in answered(path), path
    assert gap["id"] in answered("/v1/gaps/questions")
    assert "Wrapping" in answered(one, title="Wrapping")
