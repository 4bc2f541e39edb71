"""What a page of gaps answers to parameters that nobody means."""

from urllib.parse import quote

from botlens.gaps.reading.request import KEYS
from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, ask, gaps, relink

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
