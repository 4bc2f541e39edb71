"""Markers: kept by admins, read by all, and what a metric did around one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import answer, message, rating

AT = "2026-03-10T12:00:00+01:00"


def ask(tenant: Tenant, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key or tenant.key}"}
    more = {} if body is None else {"json": body}
    return tenant.world.client.request(method, f"/v1/markers{path}", headers=headers, **more)


def made(tenant: Tenant, **values: Any) -> dict[str, Any]:
    found = ask(tenant, "POST", "", {"at": AT, "text": "New prompt", **values})
    assert found.status_code == 201, found.text
    marker: dict[str, Any] = found.json()
    return marker


def refusal(found: Any) -> tuple[int, str]:
    return found.status_code, found.json()["error"]["code"]


def test_made_listed_changed_deleted(new_tenant: Callable[..., Tenant]) -> None:
    """By their time, with who made each; a bot's list has those of the whole company."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    first = made(tenant, chatbot_id="bot", link="https://example.com/changes?a=1#b")
    second = made(tenant, at="2026-03-09T00:00:00Z", text="Campaign")
    other = made(tenant, at="2026-03-11T00:00:00Z", chatbot_id="shop")
    assert first["at"] == "2026-03-10T11:00:00.000000Z"
    assert first["who"].startswith("key:")
    listed = tenant.get("/v1/markers")["markers"]
    assert listed == [second, first, other]
    assert tenant.get("/v1/markers", chatbot="bot")["markers"] == [second, first]
    changed = ask(tenant, "PATCH", f"/{first['id']}", {"text": "Newer prompt", "link": None}).json()
    assert changed == {**first, "text": "Newer prompt", "link": None}
    moved = ask(tenant, "PATCH", f"/{first['id']}", {"chatbot_id": None, "at": "2026-03-12T00:00:00Z"}).json()
    assert (moved["chatbot_id"], tenant.get("/v1/markers")["markers"][-1]) == (None, moved)
    assert ask(tenant, "DELETE", f"/{first['id']}").status_code == 204
    assert refusal(ask(tenant, "DELETE", f"/{first['id']}")) == (404, "unknown_marker")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " "}, "text"),
        ({"text": "x" * 81}, "text"),
        ({"text": "two\nlines"}, "text"),
        ({"text": "\0"}, "text"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "data:text/html,x"}, "link"),
        ({"link": "//example.com"}, "link"),
        ({"link": "https://bank.example@evil.example/"}, "link"),
        ({"link": "https://example.com/a b"}, "link"),
        ({"link": "https://example.com\\@evil.example"}, "link"),
        ({"link": "https://[::1"}, "link"),
        ({"link": "https://example.com/" + "x" * 2_000}, "link"),
        ({"link": ""}, "link"),
        ({"at": "2026-03-10T12:00:00"}, "at"),
        ({"at": "soon"}, "at"),
        ({"at": 5}, "at"),
        ({"colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_what_a_marker_cannot_be(tenant: Tenant, values: dict[str, Any], field: str) -> None:
    """The error names what is wrong, for a new one and for a change."""
    marker = made(tenant)["id"]
    new = ask(tenant, "POST", "", {"at": AT, "text": "x", **values})
    change = ask(tenant, "PATCH", f"/{marker}", values)
    for found in (new, change):
        assert (found.status_code, found.json()["error"]["field"]) == (422, field)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "\u202etxet\u202c",
        "🚀" * 80,
        "新しいプロンプト",
        "'; DROP TABLE markers; --",
    ],
)
def test_texts_of_all_kinds_come_back_as_they_are(tenant: Tenant, text: str) -> None:
    """What a text looks like is the page's business."""
    assert made(tenant, text=text)["text"] == text
    assert tenant.get("/v1/markers")["markers"][0]["text"] == text


def test_who_may(new_tenant: Callable[..., Tenant]) -> None:
    """Whoever reads sees them, an admin keeps them; the plan must include them; others have their own."""
    tenant, other = new_tenant(), new_tenant()
    accounts = tenant.world.engine.accounts
    _, read = accounts.create_key(tenant.company.id, scopes=["read"])
    marker = made(tenant)
    path = f"/{marker['id']}"
    assert ask(tenant, "GET", "", key=read).json()["markers"] == [marker]
    for method, where, body in (
        ("POST", "", {"at": AT, "text": "x"}),
        ("PATCH", path, {"text": "x"}),
        ("DELETE", path, None),
    ):
        assert refusal(ask(tenant, method, where, body, key=read)) == (403, "missing_scope")
    for method, body in (("PATCH", {"text": "x"}), ("DELETE", None)):
        assert refusal(ask(other, method, path, body)) == (404, "unknown_marker")
    assert refusal(ask(other, "GET", f"{path}/effect?metric=csat")) == (404, "unknown_marker")
    assert refusal(ask(other, "POST", "", {"at": AT, "text": "x", "chatbot_id": "none"})) == (
        404,
        "unknown_chatbot",
    )
    assert other.get("/v1/markers") == {"markers": []}
    accounts.set_plan(tenant.company.id, "free")
    assert refusal(ask(tenant, "GET", "")) == (402, "plan_required")


def test_as_many_as_may_be(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's markers are bounded, since each list has all of them."""
    monkeypatch.setattr("botlens.tenants.markers.MOST_MARKERS", 2)
    made(tenant)
    made(tenant)
    assert refusal(ask(tenant, "POST", "", {"at": AT, "text": "x"})) == (422, "too_many_markers")


def rated(first: int, last: int, ratings: Callable[[int], int], each_day: int) -> Iterator[dict[str, Any]]:
    """Conversations of some days of March: so many a day, the i-th rated `ratings(i)`."""
    for day in range(first, last + 1):
        for number in range(each_day):
            at = f"2026-03-{day:02}T12:00:00Z"
            yield message(f"{day}-{number}", f"{day}-{number}", at=at)
            yield rating(f"{day}-{number}", ratings(number), at=at)


def effect(tenant: Tenant, marker: dict[str, Any], **params: str) -> dict[str, Any]:
    return tenant.get(f"/v1/markers/{marker['id']}/effect", **params)


def test_an_effect_that_can_be_told(tenant: Tenant) -> None:
    """Of 70 ratings before 35 were good, of 70 after 63 are: 40 points more, and no chance.

    The marker's own day, on which all were bad, is evidence of neither side.
    """
    tenant.send(
        *rated(3, 9, lambda number: 5 if number % 2 else 1, 10),
        *rated(10, 10, lambda _: 1, 10),
        *rated(11, 17, lambda number: 5 if number else 1, 10),
    )
    marker = made(tenant, chatbot_id="bot")
    found = effect(tenant, marker, metric="csat", days="7")
    assert found["marker"] == marker
    assert (found["metric"], found["days"], found["left_out"], found["timezone"]) == (
        "csat",
        7,
        "2026-03-10",
        "UTC",
    )
    assert found["before"]["days"] == {"from": "2026-03-03", "to": "2026-03-09"}
    assert found["after"]["days"] == {"from": "2026-03-11", "to": "2026-03-17"}
    assert [(side["value"], side["n"]) for side in (found["before"], found["after"])] == [
        (0.5, 70),
        (0.9, 70),
    ]
    low, high = found["after"]["interval"]
    assert low < 0.9 < high
    assert found["change"]["absolute"] == pytest.approx(0.4)
    assert found["distinguishable"] is True


def test_no_difference_and_too_little_to_say(tenant: Tenant) -> None:
    """The same on both sides is told apart from too few on one of them."""
    tenant.send(
        *rated(3, 9, lambda number: 5 if number % 2 else 1, 6), *rated(11, 17, lambda n: 5 if n % 2 else 1, 6)
    )
    same = effect(tenant, made(tenant), metric="csat", days="7")
    assert (same["change"]["absolute"], same["distinguishable"]) == (0, False)
    few = effect(tenant, made(tenant), metric="csat", days="4")
    assert (few["before"]["n"], few["after"]["n"], few["distinguishable"]) == (24, 24, None)
    assert few["least_n"] == 30


def test_a_count_stands_on_what_it_counts(tenant: Tenant) -> None:
    """20 conversations a week before, 200 after: too few before to judge by the rule for sides."""
    tenant.send(*rated(3, 9, lambda _: 5, 3), *rated(11, 17, lambda _: 5, 30))
    found = effect(tenant, made(tenant), metric="conversations", days="7")
    assert (found["before"]["value"], found["before"]["n"], found["after"]["n"]) == (21, 21, 210)
    assert found["distinguishable"] is None


def test_as_many_days_as_have_passed(tenant: Tenant) -> None:
    """Whole days alone; of more than a week whole weeks: both sides have the same days of the week."""
    days = {
        "2026-03-18T09:00:00Z": 0,  # today
        "2026-03-17T09:00:00Z": 0,  # since then no whole day
        "2026-03-14T09:00:00Z": 3,
        "2026-03-10T09:00:00Z": 7,
        "2026-03-05T09:00:00Z": 7,
        "2026-02-20T09:00:00Z": 21,
        "2026-01-01T09:00:00Z": 28,
        "2027-01-01T09:00:00Z": 0,
    }
    tenant.send(message("a", "1", at="2026-03-14T12:00:00Z"))
    for at, length in days.items():
        found = effect(tenant, made(tenant, at=at), metric="conversations")
        assert found["days"] == length, at
        assert (found["after"] is None) == (found["change"] is None) == (length == 0)


def test_local_days(new_tenant: Callable[..., Tenant]) -> None:
    """23:30 in UTC is the next day in Kiritimati, which is the one left out."""
    tenant = new_tenant(timezone="Pacific/Kiritimati")
    marker = made(tenant, at="2026-03-09T23:30:00Z")
    assert effect(tenant, marker, metric="conversations")["left_out"] == "2026-03-10"
    assert effect(tenant, marker, metric="conversations", tz="UTC")["left_out"] == "2026-03-09"


def test_what_cannot_be_asked(new_tenant: Callable[..., Tenant]) -> None:
    """No such metric, one that is none of a period, no days, too far back: as in a query."""
    tenant = new_tenant(plan="starter")
    for at in (AT, "2027-01-01T00:00:00Z"):
        path = f"/{made(tenant, at=at)['id']}/effect"
        assert refusal(ask(tenant, "GET", f"{path}?metric=luck")) == (422, "unknown_metric")
        assert refusal(ask(tenant, "GET", f"{path}?metric=retention_rate")) == (422, "impossible_pairing")
        assert refusal(ask(tenant, "GET", f"{path}?metric=csat&days=0")) == (422, "invalid_parameter")
        assert refusal(ask(tenant, "GET", path)) == (422, "invalid_parameter")
    long_ago = (datetime(2026, 3, 18, tzinfo=UTC) - timedelta(days=380)).isoformat()
    path = f"/{made(tenant, at=long_ago)['id']}/effect?metric=csat"
    assert refusal(ask(tenant, "GET", path)) == (402, "plan_required")


def test_an_answer_that_still_holds(tenant: Tenant) -> None:
    """304, until something of the company changes."""
    path = f"/v1/markers/{made(tenant)['id']}/effect?metric=conversations"
    first = tenant.world.client.get(path, headers=tenant.headers)
    held = {**tenant.headers, "If-None-Match": first.headers["etag"]}
    assert tenant.world.client.get(path, headers=held).status_code == 304
    tenant.send(answer("a", "1", at="2026-03-12T10:00:00Z"))
    assert tenant.world.client.get(path, headers=held).status_code == 200
