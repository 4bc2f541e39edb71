"""Knowledge gaps over HTTP: found by meaning, followed until they are proven fixed."""

import csv
import io
import time
from collections.abc import Callable
from datetime import timedelta

from botlens.events.question import normal_form
from tests.conftest import Tenant
from tests.contract.embedding import Reader, linked
from tests.contract.gap_story import GIFT, PARCEL, ask, change, fix, gap_about, gaps, questions, relink
from tests.events import deletion

PATIENCE = 60.0
WEATHER = "What is the weather on Mars?"


def wait_until(what: Callable[[], bool]) -> None:
    """Files are rewritten in the background."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_questions_become_gaps(tenant: Tenant) -> None:
    """What means the same is one gap, whatever the words; a question alone is none, nor is small talk."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL, WEATHER, "Hello!"), fails=True)
    before = tenant.get("/v1/gaps")
    assert (before["gaps"], before["meta"]["link"], before["meta"]["waiting_questions"]) == ([], 0, 7)
    assert before["meta"]["lag_seconds"] == 26 * 3600
    assert set(questions(tenant).values()) == {None}
    done = relink(tenant)
    assert (done["state"], done["questions"], done["gaps"]) == ("done", 7, 2)
    after = tenant.get("/v1/gaps")
    assert {each["sessions"] for each in after["gaps"]} == {3}
    assert (after["meta"]["link"], after["meta"]["waiting_questions"], after["meta"]["lag_seconds"]) == (
        1,
        0,
        0,
    )
    gift, parcel = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    assert questions(tenant) == {
        **dict.fromkeys(GIFT, gift["id"]),
        **dict.fromkeys(PARCEL, parcel["id"]),
        WEATHER: None,
        "Hello!": None,
    }
    assert gift["title"] in GIFT
    assert (gift["state"], gift["strength"], gift["distinct_questions"]) == ("open", "unanswered", 3)
    assert gift["signals"] == {
        "low_score": 3,
        "fallback": 0,
        "negative_vote": 0,
        "rephrased": 0,
        "handoff": 0,
    }
    assert (gift["failing_share"]["value"], gift["failing_share"]["n"]) == (1.0, 3)
    assert gift["impact"]["sessions_28d"] == 3
    assert gaps(tenant, period="today") == []
    for sought in ("gift", *GIFT):
        assert [each["id"] for each in gaps(tenant, q=sought)] == [gift["id"]]
    assert gaps(tenant, signal="fallback") == []


def test_a_fix_is_verified_and_another_is_not(tenant: Tenant) -> None:
    """All later questions of that meaning decide, answered ones too; a relapse reopens what was verified."""
    ask(tenant, "2026-03-02", (*GIFT, *PARCEL), fails=True, sessions=12)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    fix(tenant, gift["id"], "2026-03-03T00:00:00Z")
    fix(tenant, parcel["id"], "2026-03-03T00:00:00Z")
    assert gap_about(tenant, "gift")["proof"]["waiting_questions"] == 6  # nothing was looked at yet
    ask(tenant, "2026-03-04", GIFT, fails=False, sessions=2)
    relink(tenant)
    assert gap_about(tenant, "gift")["proof"]["waiting_questions"] == 0
    ask(tenant, "2026-03-05", GIFT, fails=False, sessions=2)
    assert gap_about(tenant, "gift")["proof"]["waiting_questions"] == 2
    undecided = gap_about(tenant, "gift")
    assert (undecided["state"], undecided["proof"]["decided"]) == ("fixed", None)
    assert undecided["proof"]["after"]["sessions"] == 2
    assert undecided["proof"]["more_sessions_needed"] >= 3
    for day in ("05", "06", "07", "08"):
        ask(tenant, f"2026-03-{day}", GIFT, fails=False, sessions=6)
        ask(tenant, f"2026-03-{day}", PARCEL, fails=True, sessions=3)
    relink(tenant)
    verified, reopened = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    assert (verified["state"], reopened["state"]) == ("verified", "reopened")
    assert (verified["id"], reopened["id"]) == (gift["id"], parcel["id"])
    proof = verified["proof"]
    assert (proof["before"]["sessions"], proof["before"]["failing"]) == (6, 6)
    assert (proof["after"]["sessions"], proof["after"]["failing"], proof["decided"]) == (26, 0, "verified")
    for day in ("10", "11", "12", "13", "14"):
        ask(tenant, f"2026-03-{day}", GIFT, fails=True, sessions=6)
    relink(tenant)
    relapsed = tenant.get(f"/v1/gaps/{gift['id']}")["gap"]
    assert relapsed["state"] == "reopened"
    assert [(each["from"], each["to"], each["by"]) for each in relapsed["history"]][-2:] == [
        ("fixed", "verified", "botlens"),
        ("verified", "reopened", "botlens"),
    ]
    assert {"day": "2026-03-10", "sessions": 6, "failing": 6} in relapsed["curve"]


def test_a_relapse_is_found_at_one_look(tenant: Tenant) -> None:
    """That the fix had worked for a while is in the history, although nobody looked at the time."""
    ask(tenant, "2026-03-02", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    fix(tenant, gap["id"], "2026-03-03T00:00:00Z")
    for number in range(4, 14):
        ask(tenant, f"2026-03-{number:02}", GIFT, fails=number >= 9, sessions=6)
    relink(tenant)
    found = tenant.get(f"/v1/gaps/{gap['id']}")["gap"]
    assert [(each["from"], each["to"]) for each in found["history"]] == [
        ("open", "fixed"),
        ("fixed", "verified"),
        ("verified", "reopened"),
    ]


def test_a_question_as_long_as_a_book(tenant: Tenant) -> None:
    """Its gap has a title that fits on a page; the question itself is told as it was written."""
    book = "How do I wrap a gift? " * 500
    ask(tenant, "2026-03-17", (book,), fails=True, sessions=2)
    relink(tenant)
    (gap,) = gaps(tenant)
    assert (len(gap["title"]), gap["title"][-1]) == (500, "…")
    assert book in questions(tenant)


def test_merged_and_split_again(tenant: Tenant) -> None:
    """What people put together stays so, and an old id leads to where its questions went."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift"), gap_about(tenant, "parcel")
    client, headers = tenant.world.client, tenant.headers
    merged = client.post(f"/v1/gaps/{gift['id']}/merge", json={"with": [parcel["id"]]}, headers=headers)
    assert (merged.status_code, merged.json()["gap"]["distinct_questions"]) == (200, 6)
    assert merged.json()["gap"]["merged_from"] == [parcel["id"]]
    relink(tenant)
    (only,) = gaps(tenant)
    assert (only["id"], only["distinct_questions"]) == (gift["id"], 6)
    followed = tenant.get(f"/v1/gaps/{parcel['id']}")
    assert (followed["gap"]["id"], followed["followed_from"]) == (gift["id"], parcel["id"])
    split = client.post(f"/v1/gaps/{gift['id']}/split", json={"questions": list(PARCEL)}, headers=headers)
    assert split.status_code == 200, split.text
    new = split.json()["new_gap"]
    assert (new["distinct_questions"], split.json()["gap"]["distinct_questions"]) == (3, 3)
    relink(tenant)
    assert {each["id"]: each["distinct_questions"] for each in gaps(tenant)} == {gift["id"]: 3, new["id"]: 3}
    assert set(questions(tenant).items()) == {
        *((text, gift["id"]) for text in GIFT),
        *((text, new["id"]) for text in PARCEL),
    }


def test_the_nearest_come_first(tenant: Tenant) -> None:
    """Beside a gap stand the others, by their nearness in meaning; last those of which it is not known."""
    delivery = ("When will the courier deliver?", "When does the courier come to deliver", "Courier: when?")
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL, *delivery), fails=True)
    ask(tenant, "2026-03-16", GIFT, fails=True)
    relink(tenant)
    gift, parcel, courier = (gap_about(tenant, word)["id"] for word in ("gift", "parcel", "courier"))

    def near(gap_id: str, **more: str) -> list[str]:
        return [each["id"] for each in gaps(tenant, near=gap_id, **more)]

    assert gaps(tenant)[0]["id"] == gift
    assert (near(parcel), near(courier)) == ([courier, gift], [parcel, gift])
    first = tenant.get("/v1/gaps", near=parcel, limit="1")
    assert [each["id"] for each in first["gaps"]] == [courier]
    assert near(parcel, limit="1", cursor=first["next_cursor"]) == [gift]
    assert tenant.status("/v1/gaps", cursor=first["next_cursor"]) == (422, "invalid_cursor")
    assert tenant.status("/v1/gaps", near=parcel, order="newest") == (422, "invalid_parameter")
    assert tenant.status("/v1/gaps", near="g_nobody") == (404, "unknown_gap")
    client, headers = tenant.world.client, tenant.headers
    split = client.post(f"/v1/gaps/{courier}/split", json={"questions": [delivery[0]]}, headers=headers)
    new = split.json()["new_gap"]["id"]
    assert (near(parcel), near(new)) == ([courier, gift, new], [gift, parcel, courier])
    client.post(f"/v1/gaps/{gift}/merge", json={"with": [courier]}, headers=headers)
    assert (near(parcel), near(courier)) == ([gift, new], [parcel, new])


def test_changes_need_the_version_that_was_read(tenant: Tenant) -> None:
    """A stale one is refused; dismissed ones are left out; what the proof finds nobody sets."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    named = change(tenant, gap["id"], title="Gift wrapping", if_version=0).json()
    assert (named["title"], named["version"]) == ("Gift wrapping", 1)
    stale = change(tenant, gap["id"], state="dismissed", reason="no", if_version=0)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "version_conflict")
    assert change(tenant, gap["id"], state="verified").status_code == 422
    for at in ("0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"):
        assert change(tenant, gap["id"], state="fixed", at=at).status_code == 422, at
    assert change(tenant, gap["id"], state="dismissed", reason="We sell no gifts.").status_code == 200
    assert gaps(tenant) == []
    assert [each["state"] for each in gaps(tenant, state="dismissed")] == ["dismissed"]
    assert change(tenant, "g_nobody", state="open").status_code == 404


def test_a_fix_that_is_said_twice(tenant: Tenant) -> None:
    """Whoever got no answer sends it again: it is fixed since the first time, or one that is named."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    first = change(tenant, gap["id"], state="fixed").json()
    tenant.world.now += timedelta(seconds=7)
    again = change(tenant, gap["id"], state="fixed").json()
    assert again["proof"]["fixed_at"] == first["proof"]["fixed_at"] == "2026-03-18T12:00:00.000000Z"
    assert (again["version"], len(again["history"])) == (1, 1)
    noted = change(tenant, gap["id"], state="fixed", note="By the way.").json()
    assert [each["change"] for each in noted["history"]] == ["state", "note"]
    moved = change(tenant, gap["id"], state="fixed", at="2026-03-17T12:00:00Z").json()
    assert (moved["proof"]["fixed_at"], moved["version"]) == ("2026-03-17T12:00:00.000000Z", 3)


def test_files(tenant: Tenant) -> None:
    """A line a gap, and a FAQ to fill in."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    client = tenant.world.client
    table = client.get("/v1/gaps/export", headers=tenant.headers)
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["sessions"], row["state"], set(row["examples"].split(" | "))) == ("3", "open", set(GIFT))
    faq = client.get("/v1/gaps/export", params={"format": "markdown"}, headers=tenant.headers)
    assert f"## {row['title']}" in faq.text
    assert all(f"- {text}\n" in faq.text for text in GIFT)


def test_deleted_words_are_nowhere(tenant: Tenant) -> None:
    """A conversation that is deleted: its words leave titles, examples, questions and the tables of gaps."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    gone = gap["title"]
    number = GIFT.index(gone)
    conversation = f"2026-03-17-{gone[:12]}-{number}"
    tenant.send(deletion(conversation, "conversation"))
    relink(tenant)
    again = tenant.get(f"/v1/gaps/{gap['id']}")["gap"]
    assert again["distinct_questions"] == 2
    assert gone not in str(again)
    assert gone not in questions(tenant)
    store = tenant.world.engine.store
    for table in ("gap_vectors", "gap_members"):
        own = f"SELECT question FROM {table} WHERE company_id = {{company:String}}"
        asked = {"company": tenant.company.id}
        wait_until(lambda: normal_form(gone) not in {row[0] for row in store.maintain(own, asked)})  # noqa: B023


def test_another_company_sees_nothing(new_tenant: Callable[..., Tenant]) -> None:
    """Its gaps are not there, under no id; a plan without gaps is told so."""
    mine, theirs = new_tenant(), new_tenant()
    ask(mine, "2026-03-17", GIFT, fails=True)
    relink(mine)
    gap = gap_about(mine, "gift")
    assert theirs.status(f"/v1/gaps/{gap['id']}") == (404, "unknown_gap")
    assert change(theirs, gap["id"], state="open").status_code == 404
    assert gaps(theirs) == []
    ask(theirs, "2026-03-17", PARCEL, fails=True)
    relink(theirs)
    own = gap_about(theirs, "parcel")
    for path, body in (
        (f"/v1/gaps/{gap['id']}/merge", {"with": [own["id"]]}),
        (f"/v1/gaps/{own['id']}/merge", {"with": [gap["id"]]}),
        (f"/v1/gaps/{gap['id']}/split", {"questions": [GIFT[0]]}),
    ):
        answer = theirs.world.client.post(path, json=body, headers=theirs.headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_gap"), path
    assert {each["distinct_questions"] for each in (*gaps(mine), *gaps(theirs))} == {3}
    free = new_tenant(plan="free")
    for path in ("/v1/gaps", "/v1/gaps/questions", "/v1/gaps/export", f"/v1/gaps/{gap['id']}"):
        assert free.status(path)[0] == 402, path


def test_the_floor(tenant: Tenant) -> None:
    """Readers below admin see no text that fewer sessions than the floor have asked: nowhere."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    ask(tenant, "2026-03-16", GIFT[:1], fails=True)
    ask(tenant, "2026-03-17", PARCEL, fails=True)
    relink(tenant)
    accounts = tenant.world.engine.accounts
    accounts.change_company(tenant.company.id, question_floor=2)
    _, secret = accounts.create_key(tenant.company.id, scopes=["read"])
    reader = Tenant(tenant.world, tenant.company, secret)
    assert len(gaps(tenant)) == 2
    page = reader.get("/v1/gaps")
    (seen,) = page["gaps"]
    assert (page["meta"]["hidden"], page["meta"]["shown_from_sessions"]) == (1, 2)
    assert (seen["title"], set(seen["titles"].values())) == (GIFT[0], {GIFT[0]})
    detail = reader.get(f"/v1/gaps/{seen['id']}")["gap"]
    assert [each["question"] for each in detail["examples"]] == [GIFT[0]]
    assert set(questions(reader)) == {GIFT[0]}
    assert [len(gaps(each, q=GIFT[1])) for each in (tenant, reader)] == [1, 0]
    hidden = gap_about(tenant, "parcel")
    assert reader.status(f"/v1/gaps/{hidden['id']}") == (404, "unknown_gap")
    assert "parcel" not in reader.world.client.get("/v1/gaps/export", headers=reader.headers).text
    assert change(reader, seen["id"], state="open").status_code == 403
    for path in (f"/v1/gaps/{seen['id']}/merge", f"/v1/gaps/{seen['id']}/split", "/v1/gaps/relink"):
        assert reader.world.client.post(path, json={}, headers=reader.headers).status_code == 403, path


def test_an_embed_link_shows_no_gaps(tenant: Tenant) -> None:
    """Whoever sees a page that embeds figures sees no list, no file and no question of gaps."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    gap = gap_about(tenant, "gift")
    reader = Reader(tenant, linked(tenant, transcripts=True)["secret"])
    for path in ("/v1/gaps", "/v1/gaps/questions", "/v1/gaps/export", f"/v1/gaps/{gap['id']}"):
        assert reader.refused(path)[0] == 403, path
