"""Leafing back and forth, and from inside a conversation to the ones before and after it in the list."""

from typing import Any

import pytest

from tests.conftest import Tenant
from tests.events import conversation, message, rating

PATH = "/v1/conversations"
NAMES = "abcdefg"


def ids(page: dict[str, Any]) -> str:
    return "".join(each["conversation_id"] for each in page["conversations"])


@pytest.fixture
def seven(tenant: Tenant) -> Tenant:
    """One an hour, a to g; b and e are rated 1, g is rated 5."""
    tenant.send(*(message(name, "1", at=f"2026-03-18T0{hour}:00:00Z") for hour, name in enumerate(NAMES)))
    tenant.send(rating("b", 1), rating("e", 1), rating("g", 5))
    return tenant


@pytest.mark.parametrize(
    ("sort", "order"),
    [("started_at", NAMES), ("-started_at", NAMES[::-1]), ("rating", "begacdf"), ("-rating", "gbeacdf")],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_there_and_back(seven: Tenant, sort: str, order: str, limit: int) -> None:
    """The pages back are those that came before, in the same order; the first has none before it."""
    asked = {"sort": sort, "limit": str(limit)}
    pages = [seven.get(PATH, **asked)]
    while pages[-1]["next"]:
        pages.append(seven.get(PATH, **asked, cursor=pages[-1]["next"]))
    assert [ids(page) for page in pages] == [order[at : at + limit] for at in range(0, 7, limit)]
    assert pages[0]["previous"] is None
    page = pages[-1]
    for before in reversed(pages[:-1]):
        page = seven.get(PATH, **asked, cursor=page["previous"])
        assert (ids(page), page["total"]) == (ids(before), 7)
        assert page["next"] == before["next"]
    assert page["previous"] is None


def around(tenant: Tenant, name: str, **params: str) -> tuple[str, int, str | None, str | None]:
    page = tenant.get(PATH, near=name, **params)
    found = page["position"]
    near = [found[side] and found[side]["conversation_id"] for side in ("previous", "next")]
    return ids(page), found["number"], *near


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [
        ("d", "3", ("edc", 4, "e", "c")),
        ("d", "1", ("d", 4, "e", "c")),
        ("d", "2", ("dc", 4, "e", "c")),
        ("d", "50", ("gfedcba", 4, "e", "c")),
        ("g", "3", ("gfe", 1, None, "f")),
        ("f", "5", ("gfedc", 2, "g", "e")),
        ("a", "3", ("ba", 7, "b", None)),
        ("b", "5", ("dcba", 6, "c", "a")),
    ],
)
def test_around(seven: Tenant, name: str, limit: str, expected: tuple[str, int, str, str]) -> None:
    """The page has it in its middle; its number and its neighbours are those of the whole list."""
    assert around(seven, name, limit=limit) == expected


def test_around_in_the_list_that_was_asked_for(seven: Tenant) -> None:
    """With its filters, order and search: the neighbours are those of that list, and one must be in it."""
    assert around(seven, "e", filter="rating:is not:null", sort="started_at") == ("beg", 2, "b", "g")
    assert seven.status(PATH, near="a", metric="ratings") == (404, "unknown_conversation")
    assert seven.status(PATH, near="x") == (404, "unknown_conversation")
    assert around(seven, "e", search="hello", sort="started_at")[1:] == (5, "d", "f")
    assert around(seven, "d", limit="1", chatbot="bot") == ("d", 4, "e", "c")


def test_leafing_on_from_there(seven: Tenant) -> None:
    """The cursors of a page around go both ways, in the list without `near`."""
    page = seven.get(PATH, near="d", limit="3")
    assert ids(seven.get(PATH, limit="3", cursor=page["previous"])) == "gf"
    assert ids(seven.get(PATH, limit="3", cursor=page["next"])) == "ba"
    whole = seven.get(PATH, near="d")
    assert (whole["previous"], whole["next"]) == (None, None)


def test_what_comes_meanwhile(seven: Tenant) -> None:
    """One more at the top of the list is before the first page that was seen, and shifts nothing."""
    second = seven.get(PATH, limit="3", cursor=seven.get(PATH, limit="3")["next"])
    seven.send(message("new", "1", at="2026-03-18T08:00:00Z"))
    back = seven.get(PATH, limit="3", cursor=second["previous"])
    assert ids(back) == "gfe"
    assert ids(seven.get(PATH, limit="3", cursor=back["previous"])) == "new"


def test_whose(new_tenant: Any) -> None:
    """Where several chatbots may have it, the question says whose it is; not another company's."""
    tenant: Tenant = new_tenant(chatbots=("bot", "shop"))
    tenant.send(message("a", "1"), message("a", "1", chatbot_id="shop"), conversation("b"))
    assert tenant.status(PATH, near="a") == (422, "ambiguous_conversation")
    assert tenant.get(PATH, near="a", chatbot="shop")["position"]["previous"] == {
        "chatbot_id": "bot",
        "conversation_id": "b",
    }
    assert around(tenant, "a", chatbots="shop") == ("a", 1, None, None)
    assert tenant.status(PATH, near="a", chatbot="nobody") == (404, "unknown_chatbot")
    other: Tenant = new_tenant()
    other.send(message("theirs", "1"))
    assert tenant.status(PATH, near="theirs", chatbot="bot") == (404, "unknown_conversation")


def test_one_or_the_other(seven: Tenant) -> None:
    """A cursor says where the page is, and so does `near`."""
    cursor = seven.get(PATH, limit="1")["next"]
    assert seven.status(PATH, limit="1", cursor=cursor, near="d") == (422, "invalid_parameter")


def test_hostile_ids(tenant: Tenant) -> None:
    """Whatever an id holds."""
    names = ["a/b", "<b>", "%2F", "\u202ex", "'; --", "é", "😀"]
    tenant.send(*(message(name, "1") for name in names))
    for name in names:
        assert around(tenant, name, limit="1")[0] == name
