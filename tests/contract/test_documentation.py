"""`/docs` works without the internet, and lets no script in but its own."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from botlens.api.app import create_app
from botlens.tenants.credentials import TokenVerifier
from tests.conftest import Tenant

ADDRESS = re.compile(r"""(?:src|href|data-document)=["']([^"']*)["']""")


@pytest.mark.parametrize("mounted", [False, True])
def test_everything_that_the_page_needs_is_here(tenant: Tenant, mounted: bool) -> None:
    """Scripts, styles and the description: all from this app, wherever it is mounted."""
    app = create_app(tenant.world.engine, TokenVerifier())
    around = FastAPI()
    around.mount("/botlens", app)
    root = "/botlens" if mounted else ""
    client = TestClient(around if mounted else app)
    page = client.get(f"{root}/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    needed = [each for each in ADDRESS.findall(page.text) if each != "data:,"]
    assert len(needed) == 5
    for address in needed:
        assert address.startswith(f"{root}/")
        found = client.get(address)
        assert found.status_code == 200
        again = client.get(address, headers={"If-None-Match": found.headers.get("etag", "none")})
        assert again.status_code == (200 if address.endswith("/openapi.json") else 304)
    assert "url(http" not in client.get(f"{root}/docs/swagger-ui.css").text


def test_no_script_but_its_own(tenant: Tenant) -> None:
    """The policy allows scripts of this server alone, and the page has none in it; no page frames it."""
    page = tenant.world.client.get("/docs")
    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    assert page.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL) == ["", ""]
    assert not re.search(r"\son\w+=", page.text)
    start = tenant.world.client.get("/docs/start.js")
    assert start.headers["content-type"].startswith("text/javascript")
    assert "validatorUrl: null" in start.text  # which would send the description elsewhere
    assert "persistAuthorization: false" in start.text
