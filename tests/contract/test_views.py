"""Saved views: each person's own, and those that a company shares."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.contract.test_who_may import token

QUERY = "p=30d&c=prev&f=language,is,de&m=csat&n=%E6%96%B0"


class Person:
    """A member of a company."""

    def __init__(self, tenant: Tenant, name: str, role: str) -> None:
        self._client = tenant.world.client
        self.name = f"{name} of {tenant.company.id}"
        if role != "owner":
            tenant.world.engine.accounts.add_member(tenant.company.id, self.name, role)
        else:
            self.name = tenant.company.owner
        self.headers = {"Authorization": f"Bearer {token(self.name)}"}

    def ask(self, method: str, path: str = "", body: Any = None) -> Any:
        more = {} if body is None else {"json": body}
        return self._client.request(method, f"/v1/views{path}", headers=self.headers, **more)

    def save(self, **values: Any) -> Any:
        return self.ask("POST", body={"name": "Mine", "query": QUERY, **values})

    def seen(self) -> list[str]:
        return [each["name"] for each in self.ask("GET").json()["views"]]


def refusal(found: Any) -> tuple[int, str]:
    return found.status_code, found.json()["error"]["code"]


@pytest.fixture
def people(tenant: Tenant) -> tuple[Person, Person, Person]:
    """An owner, an admin, a viewer."""
    return Person(tenant, "ann", "owner"), Person(tenant, "bob", "admin"), Person(tenant, "cat", "viewer")


def test_ones_own_and_the_shared(people: tuple[Person, Person, Person]) -> None:
    """Each sees its own and what is shared; nobody sees, changes or deletes what is another's."""
    ann, bob, cat = people
    own = cat.save(name="b of cat", chatbot_id="bot").json()
    assert (own["query"], own["shared"], own["who"], own["chatbot_id"]) == (
        QUERY,
        False,
        f"user:{cat.name}",
        "bot",
    )
    shared = bob.save(name="A of all", shared=True).json()
    assert (ann.seen(), bob.seen(), cat.seen()) == (["A of all"], ["A of all"], ["A of all", "b of cat"])
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        assert refusal(ann.ask(method, f"/{own['id']}", body)) == (404, "unknown_view")
        assert refusal(cat.ask(method, f"/{shared['id']}", body)) == (403, "missing_scope")
    assert ann.ask("PATCH", f"/{shared['id']}", {"name": "Of all"}).json()["name"] == "Of all"
    assert cat.ask("PATCH", f"/{own['id']}", {"chatbot_id": None}).json()["chatbot_id"] is None
    assert cat.ask("DELETE", f"/{own['id']}").status_code == 204
    assert ann.ask("DELETE", f"/{shared['id']}").status_code == 204
    assert cat.seen() == ann.seen() == []


def test_to_share_and_to_take_back(people: tuple[Person, Person, Person]) -> None:
    """An admin shares its own; only who saved it can make it a personal one again."""
    ann, bob, cat = people
    assert refusal(cat.save(shared=True)) == (403, "missing_scope")
    own = cat.save().json()["id"]
    assert refusal(cat.ask("PATCH", f"/{own}", {"shared": True})) == (403, "missing_scope")
    mine = bob.save().json()["id"]
    assert bob.ask("PATCH", f"/{mine}", {"shared": True}).json()["shared"] is True
    assert refusal(ann.ask("PATCH", f"/{mine}", {"shared": False})) == (403, "not_yours")
    assert bob.ask("PATCH", f"/{mine}", {"shared": False}).json()["shared"] is False


def test_a_key_is_no_person(tenant: Tenant) -> None:
    """It saves for all or not at all."""
    client = tenant.world.client
    body = {"name": "Mine", "query": QUERY}
    assert refusal(client.post("/v1/views", json=body, headers=tenant.headers)) == (403, "no_person")
    made = client.post("/v1/views", json={**body, "shared": True}, headers=tenant.headers)
    assert made.status_code == 201
    assert made.json()["who"].startswith("key:")


def test_however_one_is_logged_in(tenant: Tenant, people: tuple[Person, Person, Person]) -> None:
    """What was saved with a host's login is there with a login link, too."""
    cat = people[2]
    cat.save()
    accounts = tenant.world.engine.accounts
    _, secret = accounts.create_link(tenant.company.id, cat.name)
    _, cookie = accounts.log_in_by_link(secret)
    by_link = accounts.caller_by_session(cookie)
    assert by_link.who == f"link:{cat.name}"
    assert [each.name for each in accounts.views(tenant.company.id, by_link)] == ["Mine"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"query": "p=30d#x"}, "query"),
        ({"query": "p=30d\r\n"}, "query"),
        ({"query": "p=<script>"}, "query"),
        ({"query": "p=ü"}, "query"),
        ({"query": "x" * 8_001}, "query"),
        ({"shared": "yes"}, "shared"),
        ({"url": "https://example.com"}, "url"),
    ],
    ids=str,
)
def test_what_a_view_cannot_be(
    people: tuple[Person, Person, Person], values: dict[str, Any], field: str
) -> None:
    """The error names what is wrong, for a new one and for a change."""
    ann = people[0]
    own = ann.save().json()["id"]
    for found in (ann.save(**values), ann.ask("PATCH", f"/{own}", values)):
        assert (found.status_code, found.json()["error"]["field"]) == (422, field)


def test_another_company(new_tenant: Callable[..., Tenant]) -> None:
    """Sees none of them, and may not name its chatbots."""
    tenant, other = new_tenant(), new_tenant(chatbots=("mine",))
    ann, eve = Person(tenant, "ann", "owner"), Person(other, "eve", "owner")
    shared = ann.save(shared=True).json()["id"]
    assert eve.seen() == []
    assert refusal(eve.ask("PATCH", f"/{shared}", {"name": "x"})) == (404, "unknown_view")
    assert refusal(eve.ask("DELETE", f"/{shared}")) == (404, "unknown_view")
    assert refusal(eve.save(chatbot_id="bot")) == (404, "unknown_chatbot")
    other.world.engine.accounts.set_plan(other.company.id, "free")
    assert refusal(eve.ask("GET")) == (402, "plan_required")
