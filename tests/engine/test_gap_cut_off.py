"""Links, merges and splits that are cut off after each of their steps: the next link mends what is half."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from botlens.gaps.editing import editing, moving
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link import chatbot_link, company_link, findings, following, pace
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.link.work import LinkWork
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.jobs.job import Progress
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, change, fix, gap_about, gaps, questions, relink
from tests.engine.gap_links import PATIENCE, wait_until

TRAIN = ("When does the train leave?", "What time is the train leaving", "Train departure time, please")
STRANGER = "What is the weather on Mars?"


def cut_off(patched: pytest.MonkeyPatch, of: Any, step: str) -> list[str]:
    """Have what follows a step never happen, the first time that it is made."""
    made, done = getattr(of, step), list[str]()

    def last(*given: Any, **named: Any) -> Any:
        found = made(*given, **named)
        if done:
            return found
        done.append(step)
        raise OSError("cut off")

    patched.setattr(of, step, last)
    return done


def seen(tenant: Tenant) -> tuple[Any, ...]:
    """All gaps with their figures and words, and where each question is."""
    every = gaps(tenant, period="all", state="open,fixed,verified,reopened,dismissed")
    details = [tenant.get(f"/v1/gaps/{each['id']}", period="all")["gap"] for each in every]
    return sorted(details, key=lambda each: each["id"]), questions(tenant)


STEPS: tuple[tuple[Any, str, bool], ...] = (
    (GapLifeCycle, "begin_link", False),
    (chatbot_link, "look_of", False),
    (LinkProcess, "embed", False),
    (chatbot_link, "grouped_by_meaning", False),
    (chatbot_link, "write_members", False),
    (findings, "write_space", False),
    (chatbot_link.KeptPoints, "write", False),
    (chatbot_link, "write_summaries", False),
    (GapLifeCycle, "move_link", True),
    (chatbot_link, "drop_links", True),
    (company_link, "forget_deleted", True),
    (following, "write_measured", True),
    (following, "write_proof", True),
    (GapLifeCycle, "decide_gap", True),
)


@pytest.mark.parametrize(("of", "step", "counts"), STEPS, ids=[each[1] for each in STEPS])
def test_a_link_that_ends_after_a_step(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, of: Any, step: str, *, counts: bool
) -> None:
    """Before its number counts, all is as it was; from then on as it found. The next one does the rest."""
    monkeypatch.setattr(pace, "MANY", 5)
    ask(tenant, "2026-03-02", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]
    fix(tenant, gift, "2026-03-03T00:00:00Z")
    relink(tenant)
    ask(tenant, "2026-03-04", ("Please gift wrap my order", *TRAIN, STRANGER), fails=True)
    before, told = seen(tenant), tenant.get("/v1/gaps")["meta"]
    with monkeypatch.context() as patched:
        done = cut_off(patched, of, step)
        answer = tenant.world.client.post("/v1/gaps/relink?wait=120", headers=tenant.headers)
        assert done == [step]
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "linking_ended")
    between, meta = seen(tenant), tenant.get("/v1/gaps")["meta"]
    if counts:
        assert meta["link"] > told["link"]
        assert meta["waiting_questions"] == 0
        assert len(between[0]) == 3
    else:
        assert between == before
        assert (meta["link"], meta["waiting_questions"]) == (told["link"], told["waiting_questions"])
    relink(tenant)
    after, homes = seen(tenant)
    assert {each["id"] for each in between[0]} <= {each["id"] for each in after}
    assert {each["id"]: each["distinct_questions"] for each in after if each["id"] in (gift, parcel)} == {
        gift: 4,
        parcel: 3,
    }
    assert sorted(each["distinct_questions"] for each in after) == [3, 3, 4]
    assert homes["Please gift wrap my order"] == gift
    assert gap_about(tenant, "gift")["proof"]["after"]["sessions"] == 1
    relink(tenant)
    assert seen(tenant) == (after, homes)


EDITS: tuple[tuple[Any, str], ...] = (
    (GapLifeCycle, "merge_gaps"),
    (GapLifeCycle, "split_gap"),
    (moving, "write_members"),
    (moving, "write_summaries"),
    (editing, "move_questions"),
)


@pytest.mark.parametrize(("of", "step"), EDITS, ids=[each[1] for each in EDITS])
@pytest.mark.parametrize("what", ["merge", "split"])
def test_an_edit_that_ends_after_a_step(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, of: Any, step: str, what: str
) -> None:
    """Whoever did it may be told that it failed; it holds all the same, and soon is whole by itself."""
    if step in ("merge_gaps", "split_gap") and not step.startswith(what):
        pytest.skip("a step of the other")
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]
    body = {"with": [parcel]} if what == "merge" else {"questions": [GIFT[0]]}
    looked: list[str] = []
    linking = tenant.world.engine.linking
    with monkeypatch.context() as patched:
        patched.setattr(linking._looks, "edit", looked.append)
        done = cut_off(patched, of, step)
        answer = tenant.world.client.post(f"/v1/gaps/{gift}/{what}", json=body, headers=tenant.headers)
        assert (done, answer.status_code) == ([step], 500)
    assert looked == [tenant.company.id]  # so that the job does the rest, though nothing comes
    if step == "split_gap":  # in the accounts alone: a page sees it once it was looked at
        relink(tenant)
    homes = questions(tenant)
    assert all(homes.values())
    assert len({homes[each] for each in GIFT}) == (1 if what == "merge" else 2)
    assert len(set(homes.values())) == (1 if what == "merge" else 3)
    relink(tenant)
    assert questions(tenant) == homes
    found = {each["id"]: each["distinct_questions"] for each in gaps(tenant)}
    assert sorted(found.values()) == ([6] if what == "merge" else [1, 2, 3])
    assert set(found) == set(homes.values())
    assert change(tenant, gift, title="Wrapping").status_code == 200


def test_an_edit_that_is_refused_has_nobody_look(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has changed nothing."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gift = gap_about(tenant, "gift")["id"]
    looked: list[str] = []
    monkeypatch.setattr(tenant.world.engine.linking._looks, "edit", looked.append)
    assert change(tenant, gift, state="verified").status_code == 422
    assert change(tenant, gift, title="x", if_version=7).status_code == 409
    assert change(tenant, "g_none", title="x").status_code == 404
    assert looked == []
    assert change(tenant, gift, title="x").status_code == 200
    assert looked == [tenant.company.id]


def test_two_processes_that_link_at_one_time(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a company has just changed its process: the earlier takes nothing from the later."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    engine, wrote, ended = tenant.world.engine, threading.Event(), threading.Event()
    cycle = GapLifeCycle(engine.accounts.database, engine.accounts.clock)
    find, findings_of = chatbot_link.look_of, chatbot_link.findings

    def linked() -> None:
        with LinkProcess(LinkOptions(), Progress(threading.Event())) as process:
            rooms = (engine.store.reserved, engine.commits, cycle, process, Progress(threading.Event()))
            ChatbotLink(LinkWork(*rooms, tenant.world.now, tenant.company.id, "bot")).link()

    later = threading.Thread(target=linked)

    def looked(*given: Any) -> Any:
        if threading.current_thread() is not later:  # it has begun: the other one begins after it
            later.start()
            assert wrote.wait(PATIENCE)
        return find(*given)

    def found(*given: Any) -> Any:
        if threading.current_thread() is later:  # its members are written
            wrote.set()
            assert ended.wait(PATIENCE)
        return findings_of(*given)

    monkeypatch.setattr(chatbot_link, "look_of", looked)
    monkeypatch.setattr(chatbot_link, "findings", found)
    linked()
    wait_until(lambda: not unfinished(tenant))
    ended.set()
    later.join(PATIENCE)
    page = tenant.get("/v1/gaps")
    assert page["meta"]["link"] == 2
    assert sorted(each["distinct_questions"] for each in page["gaps"]) == [3, 3]
    assert all(questions(tenant).values())


def unfinished(tenant: Tenant) -> int:
    """Removals of rows that are not done yet."""
    statement = "SELECT count() FROM system.mutations WHERE NOT is_done AND table LIKE 'gap_%'"
    ((found,),) = tenant.world.engine.store.maintain(statement)
    return int(found)


def test_an_edit_waits_for_none_of_another_company(
    new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes long, of a company with very many questions, say, holds up its own alone."""
    slow, quick = new_tenant(), new_tenant()
    for tenant in (slow, quick):
        ask(tenant, "2026-03-17", GIFT, fails=True)
        relink(tenant)
    move, began, go_on = editing.move_questions, threading.Event(), threading.Event()

    def moved(store: Any, snapshots: Any, scope: Any, *given: Any) -> None:
        if scope.company.id == slow.company.id:
            began.set()
            assert go_on.wait(PATIENCE)
        move(store, snapshots, scope, *given)

    monkeypatch.setattr(editing, "move_questions", moved)

    def split(tenant: Tenant) -> int:
        path, body = f"/v1/gaps/{gap_about(tenant, 'gift')['id']}/split", {"questions": [GIFT[0]]}
        return int(tenant.world.client.post(path, json=body, headers=tenant.headers).status_code)

    codes: list[int] = []
    other = threading.Thread(target=lambda: codes.append(split(slow)), daemon=True)
    other.start()
    assert began.wait(PATIENCE)
    done: list[int] = []
    this = threading.Thread(target=lambda: done.append(split(quick)), daemon=True)
    this.start()
    this.join(PATIENCE / 2)
    ended = [*done]
    go_on.set()
    other.join(PATIENCE)
    this.join(PATIENCE)
    assert (ended, codes) == ([200], [200])
