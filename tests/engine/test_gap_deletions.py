"""Conversations that are deleted, or grow too old, while their questions are linked."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from botlens.gaps.life_cycle import states
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link import pace
from botlens.gaps.link.following import FixFollower
from botlens.gaps.process.link_process import LinkProcess
from botlens.jobs.job import Progress
from botlens.upkeep.retention import retention_job
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, fix, gap_about, gaps, questions, relink
from tests.engine.gap_links import linking_by_itself, wait_until
from tests.events import deletion

OLD, NEW = "2026-03-01", "2026-03-17"
STALE = ("Do you gift wrap orders of 1999?", "Gift wrap my millennium order")


def grow_old(tenant: Tenant) -> None:
    """What the company does not want to keep is deleted, as it is each day."""
    engine = tenant.world.engine
    engine.accounts.set_retention(tenant.company.id, 10)
    retention_job(engine.accounts, engine.commits).run(tenant.world.now, Progress(Event()))


def words(tenant: Tenant) -> str:
    """All that pages and files of gaps say of any time."""
    client, headers = tenant.world.client, tenant.headers
    paths = ["/v1/gaps?period=all", "/v1/gaps/questions?period=all", "/v1/gaps/export?period=all"]
    paths += [f"/v1/gaps/{each['id']}?period=all" for each in gaps(tenant, period="all")]
    return " ".join(client.get(path, headers=headers).text for path in paths).lower()


def once(monkeypatch: pytest.MonkeyPatch, of: type, name: str, happens: Callable[[], None]) -> None:
    """Have something happen right before a step, the first time that it is made."""
    step, done = getattr(of, name), list[str]()

    def overtaken(self: Any, *given: Any, **named: Any) -> Any:
        if not done:
            done.append(name)
            happens()
        return step(self, *given, **named)

    monkeypatch.setattr(of, name, overtaken)


@pytest.mark.parametrize(
    ("of", "step"),
    [(LinkProcess, "embed"), (LinkProcess, "describe"), (GapLifeCycle, "move_link"), (FixFollower, "follow")],
)
def test_what_grows_too_old_while_it_is_linked(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, of: type, step: str
) -> None:
    """Once the link is done, no word of it is anywhere: not as a title either, which it would have been."""
    ask(tenant, OLD, STALE, fails=True, sessions=8)
    ask(tenant, NEW, (GIFT[1], *PARCEL), fails=True)
    once(monkeypatch, of, step, lambda: grow_old(tenant))
    relink(tenant)
    said = words(tenant)
    assert "parcel" in said
    assert [each for each in ("1999", "millennium") if each in said] == []
    store, own = tenant.world.engine.store, {"company": tenant.company.id}

    def kept() -> list[str]:
        found = []
        for table, column in (
            *(("gap_vectors", "question"), ("gap_members", "question")),
            *(("gap_summaries", "content"), ("gap_evidence", "question")),
        ):
            statement = f"SELECT {column} FROM {table} WHERE company_id = {{company:String}}"
            found += [row[0].lower() for row in store.maintain(statement, own)]
        return [each for each in found if "1999" in each or "millennium" in each]

    wait_until(lambda: not kept())  # files are rewritten in the background


def test_what_grows_too_old_while_a_fix_is_measured(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was before the fix is no evidence any more; what came later still is."""
    ask(tenant, "2026-03-07", GIFT, fails=True)
    ask(tenant, "2026-03-10", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    fix(tenant, gap["id"], "2026-03-11T00:00:00Z")
    ask(tenant, "2026-03-12", GIFT, fails=False)
    once(monkeypatch, LinkProcess, "similar", lambda: grow_old(tenant))
    relink(tenant)
    proof = gap_about(tenant, "gift")["proof"]
    assert (proof["before"]["sessions"], proof["after"]["sessions"]) == (3, 3)


def test_what_proved_a_fix_grows_too_old(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays verified, for that says nothing against it; where somebody deletes them, it may not."""
    monkeypatch.setattr(states, "_A_DAY", timedelta(0))
    ask(tenant, "2026-03-02", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    kept, lost = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]
    fix(tenant, kept, "2026-03-03T00:00:00Z")
    fix(tenant, lost, "2026-03-03T00:00:00Z")
    for day in ("04", "05", "06", "07"):
        ask(tenant, f"2026-03-{day}", (*GIFT, *PARCEL), fails=False, sessions=12)
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    assert [each["state"] for each in gaps(tenant, period="all")] == ["verified", "verified"]
    for day in ("04", "05", "06", "07"):
        for number in (3, 4, 5, 9, 10, 11):
            tenant.send(deletion(f"2026-03-{day}-{PARCEL[number % 3][:12]}-{number}", "conversation"))
    relink(tenant)
    assert tenant.get(f"/v1/gaps/{lost}")["gap"]["state"] == "fixed"
    grow_old(tenant)
    relink(tenant)
    assert tenant.get(f"/v1/gaps/{kept}")["gap"]["state"] == "verified"
    assert gap_about(tenant, "gift")["proof"]["after"]["sessions"] == 3


@pytest.mark.own_store
def test_what_is_deleted_while_it_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where questions join at once, without a link of all: a title that is deleted meanwhile leaves, too."""
    monkeypatch.setattr(pace, "MANY", 5)
    monkeypatch.setattr(pace, "_CHANGED", 1.0)
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, NEW, (*GIFT, *PARCEL), fails=True)
        wait_until(lambda: len(gaps(tenant)) == 2 and not tenant.get("/v1/gaps")["meta"]["waiting_questions"])
        link = tenant.get("/v1/gaps")["meta"]["link"]
        vinyl = ("Do you sell vinyl records?", "Do you sell records on vinyl?", "Vinyl records, any?")

        def deleted() -> None:
            tenant.send(deletion(f"2026-03-18-{vinyl[0][:12]}-0", "conversation"))

        once(monkeypatch, LinkProcess, "join", deleted)
        ask(tenant, "2026-03-18", vinyl, fails=True)
        wait_until(lambda: [each for each in gaps(tenant) if each["distinct_questions"] == 2])
        wait_until(lambda: not tenant.get("/v1/gaps")["meta"]["waiting_questions"])
        wait_until(lambda: vinyl[0].lower() not in words(tenant))
        assert set(questions(tenant)) == {*GIFT, *PARCEL, *vinyl[1:]}
        assert tenant.get("/v1/gaps")["meta"]["link"] == link


def test_deletions_without_an_end(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something of what is linked is deleted each time: the link ends all the same, and its gaps count."""
    texts = tuple(f"Gift wrap order of 19{year}, please" for year in range(10, 40))
    ask(tenant, NEW, texts, fails=True)
    describe, left = LinkProcess.describe, list(enumerate(texts))

    def deleted(process: LinkProcess, *given: Any) -> Any:
        number, text = left.pop(0)
        tenant.send(deletion(f"{NEW}-{text[:12]}-{number}", "conversation"))
        return describe(process, *given)

    monkeypatch.setattr(LinkProcess, "describe", deleted)
    assert relink(tenant)["gaps"] >= 1
    assert 1 < 30 - len(left) < 10
    assert gaps(tenant)


def test_a_fix_from_before_the_first_conversation(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the company never had is not missing: as long as all is there, a decision may be taken back."""
    monkeypatch.setattr(states, "_A_DAY", timedelta(0))
    ask(tenant, "2026-03-02", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gap = gap_about(tenant, "parcel")["id"]
    fix(tenant, gap, "2026-03-01T00:00:00Z")
    for day in ("04", "05", "06", "07"):
        ask(tenant, f"2026-03-{day}", PARCEL, fails=False, sessions=12)
    relink(tenant)
    assert tenant.get(f"/v1/gaps/{gap}")["gap"]["state"] == "verified"
    for day in ("04", "05", "06", "07"):
        for number in range(12):
            tenant.send(deletion(f"2026-03-{day}-{PARCEL[number % 3][:12]}-{number}", "conversation"))
    relink(tenant)
    assert tenant.get(f"/v1/gaps/{gap}")["gap"]["state"] == "fixed"
