"""Links that nobody asks for: tried again, joined between, of a plan without gaps, over restarts."""

from pathlib import Path
from typing import Any

import pytest

from botlens.events.question import normal_form
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link import company_link, due, pace
from botlens.gaps.link import job as link_job
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.process.link_options import LinkOptions
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, fix, gap_about, gaps, questions, relink
from tests.engine.gap_links import linking_by_itself, opened, wait_until
from tests.events import deletion

TRAIN = ("When does the train leave?", "What time is the train leaving", "Train departure time, please")


@pytest.mark.own_store
def test_what_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, and although nothing more comes."""
    monkeypatch.setattr(due, "_FIRST_PAUSE", 0.1)
    link, tried = ChatbotLink.link, list[ChatbotLink]()

    def broken(self: ChatbotLink) -> Any:
        tried.append(self)
        if len(tried) < 3:
            raise OSError("no space")
        return link(self)

    monkeypatch.setattr(ChatbotLink, "link", broken)
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, "2026-03-17", GIFT, fails=True)
        wait_until(lambda: gaps(tenant))
        assert len(tried) == 3


@pytest.mark.own_store
def test_questions_join_gaps_between_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many: a new wording joins the gap that it is near to, a stranger stays alone."""
    monkeypatch.setattr(pace, "MANY", 5)
    monkeypatch.setattr(pace, "_CHANGED", 1.0)
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
        wait_until(lambda: len(gaps(tenant)) == 2 and not tenant.get("/v1/gaps")["meta"]["waiting_questions"])
        gift, link = gap_about(tenant, "gift"), tenant.get("/v1/gaps")["meta"]["link"]
        wording, stranger = "Please gift wrap my order", "What is the weather on Mars?"
        ask(tenant, "2026-03-18", (wording, stranger), fails=True)
        wait_until(lambda: questions(tenant)[wording])
        assert questions(tenant)[wording] == gift["id"]
        assert questions(tenant)[stranger] is None
        page = tenant.get("/v1/gaps")
        assert (page["meta"]["link"], page["meta"]["waiting_questions"]) == (link, 0)
        grown = tenant.get(f"/v1/gaps/{gift['id']}")["gap"]
        assert (grown["distinct_questions"], grown["sessions"]) == (4, 4)


@pytest.mark.own_store
def test_words_leave_a_company_whose_plan_has_no_gaps_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found while it had them does not outlive the conversations."""
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, "2026-03-17", GIFT, fails=True)
        wait_until(lambda: gaps(tenant))
        engine = tenant.world.engine
        engine.accounts.set_plan(tenant.company.id, "free")
        for number, text in enumerate(GIFT):
            tenant.send(deletion(f"2026-03-17-{text[:12]}-{number}", "conversation"))

        def words() -> list[str]:
            found = []
            for table, column in (
                ("gap_vectors", "question"),
                ("gap_members", "question"),
                ("gap_summaries", "content"),
            ):
                found += [row[0].lower() for row in engine.store.maintain(f"SELECT {column} FROM {table}")]
            return [each for each in found if "gift" in each]

        wait_until(lambda: not words())
        of_tables = "store/*/*/mutation_*.txt"  # not beneath: folders of parts come and go
        removals = [each.read_text() for each in (tmp_path / "events").glob(of_tables)]
        assert removals
        assert not [each for each in removals if "wrap my order" in each]


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


@pytest.mark.own_store
def test_a_change_that_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process ends when a merge or a split is in the accounts alone: the next one does the rest."""
    with opened(tmp_path, LinkOptions()) as world:
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL, *TRAIN), fails=True)
        relink(tenant)
        gift, parcel, train = (gap_about(tenant, word)["id"] for word in ("gift", "parcel", "train"))
        cycle = GapLifeCycle(world.engine.accounts.database, world.engine.accounts.clock)
        cycle.merge_gaps(company.id, "bot", gift, [parcel], who="ann")
        parted = [normal_form(TRAIN[0])]
        _, new = cycle.split_gap(company.id, "bot", train, parted, who="ann")
    monkeypatch.setattr(link_job, "_ROUND_SECONDS", 0.1)
    for each in (due, company_link):
        monkeypatch.setattr(each, "night_between", lambda *_: False)
    with opened(tmp_path, LinkOptions(by_itself=True)) as world:
        tenant = Tenant(world, company, key)
        wait_until(lambda: new.gap_id in {each["id"] for each in gaps(tenant)})
        assert {each["id"]: each["distinct_questions"] for each in gaps(tenant)} == {
            gift: 6,
            train: 2,
            new.gap_id: 1,
        }
