"""What gaps answer to parameters, questions and changes that nobody means."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from botlens.gaps.reading.request import KEYS
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, change, gap_about, gaps, questions, relink

HOSTILE = (
    "\0",
    "a\0b",
    "x" * 3_000,
    "'; DROP TABLE x --",
    "\\",
    "%",
    "{sought:String}",
    "[]",
    "-1",
    "💥",
    ",",
)


def test_hostile_parameters(tenant: Tenant) -> None:
    """Each is answered, or refused with a sentence; none breaks anything, and the list is as before."""
    ask(tenant, "2026-03-17", GIFT, fails=True)
    relink(tenant)
    before, client, headers = gaps(tenant), tenant.world.client, tenant.headers
    codes = {}
    for value in HOSTILE:
        for name in KEYS:
            codes[name, value] = client.get("/v1/gaps", params={name: value}, headers=headers).status_code
        path = "/v1/gaps/" + quote(value, safe="")
        codes["id", value] = client.get(path, headers=headers).status_code
        for name, body in (("merge", {"with": [value]}), ("split", {"questions": [value]})):
            under = f"/v1/gaps/{before[0]['id']}/{name}"
            codes[name, value] = client.post(under, json=body, headers=headers).status_code
    assert not {each: code for each, code in codes.items() if code not in (200, 404, 422)}
    assert {code for (name, _), code in codes.items() if name not in ("q", "language")} == {404, 422}
    assert gaps(tenant) == before


def test_no_state_at_all(tenant: Tenant) -> None:
    """A comma alone names none: that is said, and is no list without gaps."""
    assert tenant.status("/v1/gaps", state=" , ") == (422, "invalid_parameter")


def post(tenant: Tenant, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    found = tenant.world.client.post(path, json=body, headers=tenant.headers)
    return found.status_code, found.json()


@pytest.mark.parametrize("limit", ["-1", "0", "501", "9" * 40, "1e3", "1.5", "NaN", "--"])
def test_limits_that_are_none(tenant: Tenant, limit: str) -> None:
    """Each is refused with a sentence."""
    assert tenant.status("/v1/gaps", limit=limit)[0] == 422


CURSORS = (
    b'["impact", 1e999, "g"]',
    b'["impact", NaN, "g"]',
    b'["impact", "1", "g"]',
    b'["impact"]',
    b"[",
    b"\xff",
)


@pytest.mark.parametrize("content", CURSORS)
def test_cursors_that_no_list_gave(tenant: Tenant, content: bytes) -> None:
    """Each is refused as what it is; one of a place that no gap is at goes on from there."""
    cursor = urlsafe_b64encode(content).decode()
    assert tenant.status("/v1/gaps", cursor=cursor) == (422, "invalid_cursor")
    somewhere = urlsafe_b64encode(b'["impact", -1e308, "g"]').decode().rstrip("=")
    assert tenant.get("/v1/gaps", cursor=somewhere)["gaps"] == []


def test_what_others_have(new_tenant: Callable[..., Tenant]) -> None:
    """Chatbots and gaps of another company are not there, by any parameter; linking is of one's own alone."""
    mine, theirs = new_tenant(chatbots=("mine",)), new_tenant(chatbots=("theirs",))
    for tenant, chatbot in ((mine, "mine"), (theirs, "theirs")):
        ask(tenant, "2026-03-17", GIFT, fails=True, chatbot=chatbot)
    relink(theirs)
    gap = gap_about(theirs, "gift")
    for path in ("/v1/gaps", "/v1/gaps/questions", "/v1/gaps/export"):
        assert mine.status(path, chatbot_id="theirs") == (404, "unknown_chatbot"), path
    assert mine.status("/v1/gaps", near=gap["id"]) == (404, "unknown_gap")
    assert gaps(mine) == []
    assert set(questions(mine).values()) == {None}
    relink(mine)
    own = gap_about(mine, "gift")
    assert own["id"] != gap["id"]
    assert (own["sessions"], own["chatbot_id"]) == (3, "mine")
    cursor = urlsafe_b64encode(f'["impact", 0.0, "{gap["id"]}"]'.encode()).decode()
    assert gap["id"] not in str(mine.get("/v1/gaps", cursor=cursor))


def test_gaps_of_two_chatbots_and_a_gap_with_itself(new_tenant: Callable[..., Tenant]) -> None:
    """Neither becomes one; nor is a gap split into all of itself, or by what others ask."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    ask(tenant, "2026-03-17", GIFT, fails=True)
    ask(tenant, "2026-03-17", PARCEL, fails=True, chatbot="shop")
    relink(tenant)
    before = gaps(tenant)
    gift, parcel = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]
    for path, body in (
        (f"{gift}/merge", {"with": [parcel]}),
        (f"{gift}/merge", {"with": [gift]}),
        (f"{gift}/merge", {"with": []}),
        (f"{gift}/merge", {"with": [gift] * 101}),
        (f"{gift}/split", {"questions": list(GIFT)}),
        (f"{gift}/split", {"questions": [PARCEL[0]]}),
        (f"{gift}/split", {"questions": [GIFT[0], "?"]}),
        (f"{gift}/split", {"questions": []}),
    ):
        status, said = post(tenant, f"/v1/gaps/{path}", body)
        assert (status, said["error"]["code"][:7]) in ((422, "invalid"), (400, "invalid")), (path, body)
    assert gaps(tenant) == before


def test_changes_at_one_time(tenant: Tenant) -> None:
    """Of several that read the same version one is taken; two parts do not leave a gap empty."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    gift, parcel = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]

    def renamed(number: int) -> int:
        return change(tenant, gift, title=f"Title {number}", if_version=0).status_code

    def parted(texts: tuple[str, ...]) -> int:
        return post(tenant, f"/v1/gaps/{parcel}/split", {"questions": list(texts)})[0]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(renamed, range(8))) == [200, *[409] * 7]
        assert sorted(pool.map(parted, [PARCEL[:1], PARCEL[1:]])) == [200, 422]
    assert sorted(each["distinct_questions"] for each in gaps(tenant)) == [1, 2, 3]
    (entry,) = tenant.get(f"/v1/gaps/{gift}")["gap"]["history"]
    assert entry["to"] == gap_about(tenant, "Title".lower())["title"]


STRANGE = (
    "<script>alert(1)</script> gift?",
    "\u202egift eht pu parw\u202c",
    "كيف أغلّف الهدية؟",
    "🎁🎀",
    "🎁 🎀 🎁",
    '=HYPERLINK("http://x","gift")',
    "{question} %s \\ ' \" `",
    "long " * 1_000,
)


def test_strange_questions(tenant: Tenant) -> None:
    """Each is told as it was written, is in one gap at most, and can be named, merged and parted again."""
    ask(tenant, "2026-03-16", STRANGE, fails=True)
    ask(tenant, "2026-03-17", STRANGE, fails=True)
    relink(tenant)
    assert set(questions(tenant)) == set(STRANGE)
    found = gaps(tenant)
    titles = {" ".join(each.split())[:499] for each in STRANGE}
    assert {each["title"].rstrip("…") for each in found} <= {each.strip() for each in titles}
    assert len(found) > 1
    one, *others = (each["id"] for each in found)
    status, merged = post(tenant, f"/v1/gaps/{one}/merge", {"with": others})
    assert (status, merged["gap"]["distinct_questions"]) == (200, len(found))
    in_it = [text for text, gap in questions(tenant).items() if gap]
    assert set(STRANGE) - set(in_it) <= {"🎁🎀", "🎁 🎀 🎁"}  # which says nothing
    for text in in_it[1:]:
        status, said = post(tenant, f"/v1/gaps/{one}/split", {"questions": [text]})
        assert status == 200, (text, said)
    relink(tenant)
    assert len({gap for gap in questions(tenant).values() if gap}) == len(gaps(tenant)) == len(in_it)
    for text in STRANGE[:3]:
        assert change(tenant, one, title=text).json()["title"] == text


@pytest.mark.slow
def test_ten_thousand_wordings(tenant: Tenant) -> None:
    """Of one question, that differ by a number alone: they are one gap."""
    texts = tuple(f"How do I wrap gift number {number}?" for number in range(10_000))
    for at in range(0, len(texts), 1_000):
        ask(tenant, f"2026-03-{at // 1_000 + 2:02}", texts[at : at + 1_000], fails=True)
    relink(tenant)
    (found,) = gaps(tenant)
    assert found["title"] in texts
    assert (found["sessions"], found["distinct_questions"]) == (10_000, 10_000)
