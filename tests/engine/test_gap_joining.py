"""Questions that join at once what a link found, where there are many: gaps, lone questions, each other."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from botlens.engine import Engine
from botlens.gaps.link import attaching, chatbot_link, company_link, due, pace
from botlens.gaps.link import job as link_job
from botlens.gaps.process.child import Child
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from tests.conftest import Tenant, World
from tests.contract.gap_story import GIFT, PARCEL, ask, change, gap_about, gaps, questions, relink
from tests.engine.gap_links import linking_by_itself, opened, wait_until
from tests.events import deletion

ALONE = "Do you sell vinyl records?"
JOINS_GIFT = "Please gift wrap my order"
JOINS_ALONE = "Do you sell records on vinyl?"
STRANGERS = ("Is the shop open on Sundays?", "Is your shop open on a Sunday?")
STRANGER = "What is the weather on Mars?"

pytestmark = pytest.mark.own_store


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after the first link joins at once."""
    monkeypatch.setattr(pace, "MANY", 5)
    monkeypatch.setattr(pace, "_CHANGED", 1.0)


def is_seen(tenant: Tenant) -> bool:
    """Whether all that was asked was looked at."""
    return tenant.get("/v1/gaps")["meta"]["waiting_questions"] == 0


def kept_words(engine: Engine) -> str:
    """All texts that are kept of gaps."""
    columns = {
        "gap_vectors": "question",
        "gap_points": "question",
        "gap_members": "question",
        "gap_summaries": "content",
    }
    rows = [engine.store.maintain(f"SELECT {column} FROM {table}") for table, column in columns.items()]
    return " ".join(row[0] for some in rows for row in some).lower()


def test_what_comes_joins_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the night keeps what was made by day; what is deleted leaves at once."""
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL, ALONE), fails=True)
        wait_until(lambda: len(gaps(tenant)) == 2 and is_seen(tenant))
        gift, link = gap_about(tenant, "gift"), tenant.get("/v1/gaps")["meta"]["link"]
        ask(tenant, "2026-03-18", (JOINS_GIFT, JOINS_ALONE, *STRANGERS, STRANGER), fails=True)
        wait_until(lambda: len(gaps(tenant)) == 4 and is_seen(tenant))
        by_day = questions(tenant)
        assert by_day[JOINS_GIFT] == gift["id"]
        assert by_day[ALONE] == by_day[JOINS_ALONE] is not None
        assert by_day[STRANGERS[0]] == by_day[STRANGERS[1]] is not None
        assert by_day[STRANGER] is None
        made = gap_about(tenant, "vinyl")
        assert (made["distinct_questions"], made["sessions"], made["strength"]) == (2, 2, "unanswered")
        assert "vinyl" in " ".join(made["phrases"])
        ask(tenant, "2026-03-16", ("Which vinyl records do you sell?",), fails=True)
        wait_until(lambda: gap_about(tenant, "vinyl")["distinct_questions"] == 3)
        ask(tenant, "2026-03-16", (STRANGER,), fails=True)  # a second one who asks: it is a gap by itself
        wait_until(lambda: questions(tenant)[STRANGER])
        deleted_words_leave(tenant, made["id"])
        by_day = questions(tenant)
        assert tenant.get("/v1/gaps")["meta"]["link"] == link
        relink(tenant)
        assert questions(tenant) == by_day


def deleted_words_leave(tenant: Tenant, gap_id: str) -> None:
    """Of a title, and of a gap that has no question any more; without another link."""
    title = tenant.get(f"/v1/gaps/{gap_id}")["gap"]["title"]
    for day, text in (("17", ALONE), ("18", JOINS_ALONE), ("16", "Which vinyl records do you sell?")):
        number = {"17": 6, "18": 1, "16": 0}[day]
        if text == title:
            tenant.send(deletion(f"2026-03-{day}-{text[:12]}-{number}", "conversation"))
    for number, text in enumerate(STRANGERS, 2):
        tenant.send(deletion(f"2026-03-18-{text[:12]}-{number}", "conversation"))
    wait_until(lambda: not [each for each in gaps(tenant) if "unday" in each["title"]])
    wait_until(lambda: tenant.get(f"/v1/gaps/{gap_id}")["gap"]["title"] != title)
    engine = tenant.world.engine
    wait_until(lambda: "sunday" not in kept_words(engine) and title.lower() not in kept_words(engine))
    assert tenant.get(f"/v1/gaps/{gap_id}")["gap"]["distinct_questions"] == 2


def test_orders_of_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever joined what by day, the night makes the same gaps of the same questions."""
    days = [(*GIFT, *PARCEL), (JOINS_GIFT, ALONE, STRANGERS[0]), (JOINS_ALONE, STRANGERS[1], STRANGER)]
    found = []
    for name, order in (("one", days), ("other", days[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        with linking_by_itself(folder, monkeypatch) as tenant:
            for number, texts in enumerate(order):
                ask(tenant, f"2026-03-1{number}", texts, fails=True)
                wait_until(lambda: is_seen(tenant))
            by_day = {gap for gap in questions(tenant).values() if gap}
            relink(tenant)
            homes = questions(tenant)
            assert by_day & set(homes.values())
            sets: dict[str, set[str]] = {}
            for text, gap in homes.items():
                sets.setdefault(gap or text, set()).add(text)
            found.append(sorted(map(sorted, sets.values())))
    assert found[0] == found[1]


def test_what_people_did_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merged gap takes in what is near to either part; one that was split off, what is near to it."""
    with linking_by_itself(tmp_path, monkeypatch) as tenant:
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL, ALONE, JOINS_ALONE), fails=True)
        wait_until(lambda: len(gaps(tenant)) == 3 and is_seen(tenant))
        gift, parcel, vinyl = (gap_about(tenant, word)["id"] for word in ("gift", "parcel", "vinyl"))
        client, headers = tenant.world.client, tenant.headers
        client.post(f"/v1/gaps/{vinyl}/merge", json={"with": [gift]}, headers=headers)
        split = client.post(f"/v1/gaps/{vinyl}/split", json={"questions": list(GIFT)}, headers=headers)
        own = split.json()["new_gap"]["id"]
        assert change(tenant, parcel, title="Where parcels are").status_code == 200
        before = questions(tenant)
        later = (JOINS_GIFT, "Where is my parcel right now", "Which vinyl records do you sell?")
        ask(tenant, "2026-03-18", later, fails=True)
        wait_until(lambda: is_seen(tenant) and questions(tenant).get(JOINS_GIFT))
        after = questions(tenant)
        assert [after[each] for each in later] == [own, parcel, vinyl]
        assert before.items() <= after.items()
        relink(tenant)
        assert questions(tenant) == after


def ends_between_members_and_names(folder: str) -> None:
    """Joins questions in this process, which is gone before the names of what they joined are written."""

    def gone(*_: Any, **__: Any) -> None:
        os._exit(9)

    attaching.write_summaries = gone  # type: ignore[assignment]
    pace.MANY, pace._CHANGED = 5, 1.0  # type: ignore[misc]
    link_job._ROUND_SECONDS = 0.1  # type: ignore[misc]
    due.night_between = company_link.night_between = lambda *_: False
    chatbot_link.write_summaries = gone  # type: ignore[attr-defined]
    with opened(Path(folder), LinkOptions(by_itself=True)) as world:
        assert not world.engine.jobs.finish(link_job.GAPS_JOB, 120)


def test_a_kill_between_members_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started again, all that is in a gap is counted there, and a gap that was made then has its name."""
    with opened(tmp_path, LinkOptions()) as world:
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        ask(tenant, "2026-03-17", (*GIFT, *PARCEL, ALONE), fails=True)
        relink(tenant)
        gift = gap_about(tenant, "gift")["id"]
        ask(tenant, "2026-03-18", (JOINS_GIFT, JOINS_ALONE), fails=True)
    call = f"from {__name__} import ends_between_members_and_names as end; end({str(tmp_path)!r})"
    ended = subprocess.run([sys.executable, "-c", call], check=False, timeout=180)
    assert ended.returncode == 9
    with opened(tmp_path, LinkOptions()) as world:
        tenant = Tenant(world, company, key)
        between = questions(tenant)
        assert between[JOINS_GIFT] == gift  # it was killed there, and not before
        assert len(gaps(tenant)) == 2
    with linking_again(tmp_path, monkeypatch) as world:
        tenant = Tenant(world, company, key)
        wait_until(lambda: len(gaps(tenant)) == 3 and is_seen(tenant))
        assert questions(tenant) == between
        assert gap_about(tenant, "vinyl")["distinct_questions"] == 2
        rows = world.engine.store.maintain(
            "SELECT JSONExtractInt(content, 'questions') FROM gap_summaries FINAL "
            "WHERE gap_id != '' ORDER BY 1"
        )
        assert [row[0] for row in rows] == [2, 3, 4]


def linking_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(link_job, "_ROUND_SECONDS", 0.1)
    for each in (due, company_link):
        monkeypatch.setattr(each, "night_between", lambda *_: False)
    return opened(folder, LinkOptions(by_itself=True))


def test_nothing_stays_in_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a chatbot is linked, or could not be: nothing of what was erased since is in its memory."""
    forget, forgot = LinkProcess.forget, list[World]()

    with opened(tmp_path, LinkOptions()) as world:

        def noted(process: LinkProcess) -> None:
            forget(process)
            assert set(process.ask("about")) >= {"name"}  # the same process goes on
            forgot.append(world)

        monkeypatch.setattr(LinkProcess, "forget", noted)
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        ask(tenant, "2026-03-17", GIFT, fails=True)
        relink(tenant)
    assert forgot == [world]
    child = Child(LinkOptions())
    child._points = child._vectors = [[1.0]]  # type: ignore[assignment]
    child.forget({})
    assert (child._points, child._vectors) == (None, None)
