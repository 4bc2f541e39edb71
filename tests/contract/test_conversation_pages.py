"""Leafing through `GET /v1/conversations`, and from a figure to the conversations that it is made of."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from botlens.metrics.catalogue import METRICS
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

PATH = "/v1/conversations"


def ids(page: dict[str, Any]) -> list[str]:
    return [each["conversation_id"] for each in page["conversations"]]


@pytest.fixture
def three(tenant: Tenant) -> Tenant:
    """One conversation a day: a, b and then c, which is rated."""
    tenant.send(
        message("a", "1", at="2026-03-16T10:00:00Z"),
        message("b", "1", at="2026-03-17T10:00:00Z"),
        message("c", "1", at="2026-03-18T10:00:00Z"),
        rating("c", 5),
    )
    return tenant


def test_new_conversations_while_leafing(tenant: Tenant) -> None:
    """What comes meanwhile repeats nothing and hides nothing."""
    hours = range(9)
    tenant.send(*(message(f"c{hour}", "1", at=f"2026-03-18T0{hour}:00:00Z") for hour in hours))
    for sort, order in (("-started_at", reversed(hours)), ("started_at", hours)):
        expected = [f"c{hour}" for hour in order]
        page = tenant.get(PATH, sort=sort, limit="3")
        found = ids(page)
        for turn in range(2):
            at = "2026-03-18T10:30:00Z" if sort[0] == "-" else "2026-03-17T10:30:00Z"
            tenant.send(message(f"new {sort} {turn}", "1", at=at))
            page = tenant.get(PATH, sort=sort, limit="3", cursor=page["next"])
            found += ids(page)
        assert [each for each in found if not each.startswith("new")] == expected


def test_midnight_while_leafing(tenant: Tenant) -> None:
    """All pages are of the first one's moment: what the last days are does not move in between."""
    tenant.send(*(message(f"c{day}", "1", at=f"2026-03-{day}T10:00:00Z") for day in (16, 17, 18)))
    first = tenant.get(PATH, period="3d", limit="2")
    assert (ids(first), first["total"]) == (["c18", "c17"], 3)
    tenant.world.now += timedelta(days=1)
    second = tenant.get(PATH, period="3d", limit="2", cursor=first["next"])
    assert (ids(second), second["total"], second["meta"]) == (["c16"], 3, first["meta"])
    assert ids(tenant.get(PATH, period="3d")) == ["c18", "c17"]


def test_a_page_may_end_at_what_is_gone(three: Tenant) -> None:
    """The conversation that a page ended with becomes a test: the next page goes on after its place."""
    first = three.get(PATH, limit="2")
    assert ids(first) == ["c", "b"]
    three.send(conversation("b", None, test=True))
    assert ids(three.get(PATH, limit="2", cursor=first["next"])) == ["a"]


def test_a_cursor_of_another_request(three: Tenant, new_tenant) -> None:
    """A cursor goes with its request: another one, or another company's, is refused; the limit may change."""
    cursor = three.get(PATH, limit="1")["next"]
    assert ids(three.get(PATH, limit="2", cursor=cursor)) == ["b", "a"]
    assert ids(three.get(PATH, sort="-started_at", cursor=cursor)) == ["b", "a"]
    for other in ({"sort": "started_at"}, {"period": "all"}, {"filter": "rating:is:5"}, {"tz": "UTC"}):
        assert three.status(PATH, cursor=cursor, **other) == (422, "invalid_cursor")
    stranger = new_tenant()
    assert stranger.status(PATH, cursor=cursor) == (422, "invalid_cursor")


def forged(cursor: str, **changes: Any) -> str:
    values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place, value in changes.items():
        values[int(place[1:])] = value
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def test_bad_cursors(three: Tenant) -> None:
    """What no list gave: 422, whatever it is."""
    cursor = three.get(PATH, limit="1")["next"]
    assert ids(three.get(PATH, cursor=forged(cursor))) == ["b", "a"]
    bad = ["x", "é", "AAAA", "bnVsbA", "W10", cursor[:-3], cursor + "AAAA", f"{cursor}\n"]
    bad += [forged(cursor, _1=value) for value in (2**60, -(10**30), "now", 1.5, None)]
    bad += [forged(cursor, _3=value) for value in (True, "1", 2**70, None)]
    bad += [forged(cursor, _4=value) for value in (None, 5, "\ud800")]
    for each in bad:
        assert three.status(PATH, cursor=each) == (422, "invalid_cursor"), each


# The sessions that return are those that came before the period: under "all" there are none.
COUNTED = [
    name
    for name, metric in METRICS.items()
    if metric.measure and "countIf(" in metric.measure.value and name != "returning_sessions"
]


@pytest.mark.parametrize("metric", COUNTED)
def test_behind_a_figure(tenant: Tenant, metric: str) -> None:
    """A figure that counts conversations opens into just as many: its value, or the numerator of its rate."""
    tenant.world.now += timedelta(days=30)
    tenant.send(
        conversation("a", session_id="s"),
        message("a", "1", "Hello"),
        answer("a", "2", 0.9, "2026-03-18T10:00:01Z"),
        conversation("b", "2026-03-18T11:00:00Z", session_id="s"),
        answer("b", "1", 0.1, "2026-03-18T11:00:00Z"),
        message("b", "2", "Hello", "2026-03-18T11:00:01Z"),
        message("b", "3", "Hello?", "2026-03-20T11:00:01Z"),
        vote("b", "1", "positive"),
        handoff("b"),
        conversation("c", session_id="t"),
        message("c", "1", "Bye"),
        answer("c", "2", None, "2026-03-18T10:00:01Z"),
        rating("c", 5, "2026-03-18T10:00:02Z"),
        outcome("c", "sold"),
        message("d", "1", "Hi"),
        rating("d", 1),
        conversation("e", session_id="u"),
        message("e", "1", "Opening hours"),
        answer("e", "2", 0.9, "2026-03-18T10:00:01Z"),
    )
    asked = {"period": "all"}
    found = tenant.query({"metrics": [metric], **asked})
    stands_on = found["meta"]["n"].get(metric, [{}])[0]
    figure = stands_on.get("numerator", found["rows"][0][metric])
    assert tenant.get(PATH, metric=metric, **asked)["total"] == figure
    assert 0 < figure <= 5
