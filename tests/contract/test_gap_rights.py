"""Gaps and whoever is made less, or removed, while the page is open: it holds from the next request on."""

from typing import Any

from httpx2 import Response

from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, fix, gap_about, questions, relink
from tests.contract.test_session import OWN, code, cookie

SECRET = "parcel"


class Page:
    """A page that is open: whatever it has read, it asks for anew by what it was given with it."""

    def __init__(self, tenant: Tenant) -> None:
        self._client = tenant.world.client
        self._sent = {"Cookie": cookie(tenant), **OWN}
        self._known: dict[str, str] = {}

    def reads(self, path: str) -> Response:
        known = {"If-None-Match": self._known[path]} if path in self._known else {}
        answer = self._client.get(path, headers={**self._sent, **known})
        if "ETag" in answer.headers:
            self._known[path] = answer.headers["ETag"]
        return answer

    def says(self, method: str, path: str, body: dict[str, Any]) -> Response:
        return self._client.request(method, path, json=body, headers=self._sent)


def test_a_right_that_is_lost_while_the_page_is_open(tenant: Tenant) -> None:
    """No text below the floor comes any more, nor can anything be changed; who is out gets nothing."""
    ask(tenant, "2026-03-16", GIFT[:1], fails=True)
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    accounts = tenant.world.engine.accounts
    accounts.change_company(tenant.company.id, question_floor=2)
    gift, parcel = gap_about(tenant, "gift")["id"], gap_about(tenant, "parcel")["id"]
    page = Page(tenant)
    texts = (
        *("/v1/gaps", f"/v1/gaps/{parcel}", f"/v1/gaps?near={gift}", "/v1/gaps?q=parcel"),
        *("/v1/gaps/questions", "/v1/gaps/export", "/v1/gaps/export?format=markdown"),
    )
    for path in texts:
        assert SECRET in page.reads(path).text, path
    assert page.reads("/v1/gaps").status_code == 304
    changes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PATCH", f"/v1/gaps/{gift}", {"title": "Wrapping"}),
        ("PATCH", f"/v1/gaps/{gift}", {"state": "fixed"}),
        ("POST", f"/v1/gaps/{gift}/merge", {"with": [parcel]}),
        ("POST", f"/v1/gaps/{gift}/split", {"questions": [GIFT[1]]}),
        ("POST", "/v1/gaps/relink?wait=0", {}),
    )

    accounts.add_member(tenant.company.id, "bob", "viewer")
    for path in texts:
        answer = page.reads(path)
        assert answer.status_code in (200, 404), path
        assert SECRET not in answer.text, path
        assert GIFT[1] not in answer.text, path
    for each in changes:
        assert code(page.says(*each)) == (403, "missing_scope"), each
    before = questions(tenant)
    assert gap_about(tenant, "gift")["version"] == 0

    accounts.remove_member(tenant.company.id, "bob")
    for path in texts:
        assert code(page.reads(path)) == (401, "unknown_session"), path
    for each in changes:
        assert code(page.says(*each)) == (401, "unknown_session"), each
    assert questions(tenant) == before


def test_what_an_admin_and_a_reader_are_told_is_not_mixed_up(tenant: Tenant) -> None:
    """They ask the same, one after the other: neither gets what is remembered for the other."""
    ask(tenant, "2026-03-17", (*GIFT, *PARCEL), fails=True)
    relink(tenant)
    tenant.world.engine.accounts.change_company(tenant.company.id, question_floor=2)
    fix(tenant, gap_about(tenant, "gift")["id"], "2026-03-18T00:00:00Z")
    _, secret = tenant.world.engine.accounts.create_key(tenant.company.id, scopes=["read"])
    reader = Tenant(tenant.world, tenant.company, secret)
    for _ in range(2):
        assert SECRET in Page(tenant).reads("/v1/gaps?state=open,fixed").text
        seen = reader.get("/v1/gaps", state="open,fixed")
        assert (seen["gaps"], seen["meta"]["hidden"]) == ([], 2)
