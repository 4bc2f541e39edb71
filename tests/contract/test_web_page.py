"""The web page: one file at the addresses of pages and nowhere else, and what a browser may do with it."""

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from botlens.api.app import App, Serving, create_app
from botlens.api.auth.public_address import DEFAULT_URL, PublicAddress
from botlens.api.routes.web import web_router
from botlens.errors import OverloadedError
from botlens.tenants.credentials import TokenVerifier
from botlens.web.instead import STYLE_HASH
from botlens.web.site import read_site
from tests.conftest import Tenant

SCRIPT = b"document.title = 'a page';" * 100
SCRIPT_NAME = "start-1a2b.js"
PAGE = (
    '<!doctype html><html><head><meta name="botlens-root" content="" />'
    '<script type="module" crossorigin src="./assets/start-1a2b.js"></script></head></html>'
)
PAGES = (
    "/",
    "/login",
    "/c/acme",
    "/c/acme/",
    "/c/acme/b/bot",
    "/c/acme/b/bot/gaps",
    "/c/acme/b/a%2Fb/conversations/c%3F1",
    "/c/acme/settings/keys",
)
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "require-trusted-types-for": "'script'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

STILL = {
    "default-src": "'none'",
    "style-src": STYLE_HASH,
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
"""The policy of what stands instead of the page."""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built page of a page, a script and a sign."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "assets" / "start-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "start-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT, 9))
    return tmp_path


def app_of(tenant: Tenant, page: Path) -> App:
    return create_app(tenant.world.engine, TokenVerifier(), serving=Serving(page=page))


@pytest.fixture
def client(tenant: Tenant, built: Path) -> TestClient:
    return TestClient(app_of(tenant, built), base_url=DEFAULT_URL)


def policy_of(header: str) -> dict[str, str]:
    return dict(each.split(" ", 1) for each in header.split("; "))


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_the_same_file(client: TestClient, address: str) -> None:
    """It is asked for anew each time, answered by 304 while it is the same, and framed by nobody."""
    page = client.get(address)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'src="/assets/start-1a2b.js"' in page.text
    assert policy_of(page.headers["content-security-policy"]) == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/c",
        "/c/",
        "/embed",
        "/embed/a/b",
        "/login/x",
        "/index.html",
        "/manifest.json",
        "/assets/none.js",
        "/assets/start-1a2b.js.gz",
        "/assets/..%2Findex.html",
        "/assets/%2e%2e/index.html",
        "/v1",
        "/v1/none",
        "/analytics/none",
        "/docs/none",
        "/metrics/none",
        "/robots.txt",
        "/none",
    ],
)
def test_what_is_nobodys_is_not_the_page(client: TestClient, address: str) -> None:
    """An address that is no page's has nothing, and says so as the API does."""
    found = client.get(address)
    assert (found.status_code, found.json()["error"]["code"]) == (404, "not_found")


def test_the_api_is_never_the_page(client: TestClient) -> None:
    """What was there before answers as before; a page takes no other method."""
    assert client.get("/healthz").headers["content-type"] == "application/json"
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    assert "swagger" in client.get("/docs").text
    assert client.get("/v1/chatbots").status_code == 401
    assert client.get("/analytics/overview").status_code == 401
    refused = client.post("/c/acme/")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_files_with_a_hash_are_kept_for_good(client: TestClient) -> None:
    """As gzip that was packed by the build, for whoever takes it; the content is the same."""
    for takes, encoding in (("gzip", "gzip"), ("identity", None)):
        found = client.get("/assets/start-1a2b.js", headers={"Accept-Encoding": takes})
        assert found.content == SCRIPT
        assert found.headers["content-type"] == "text/javascript; charset=utf-8"
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert found.headers["vary"] == "Accept-Encoding"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers.get("content-encoding") == encoding
    icon = client.get("/favicon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "no-cache")
    same = client.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]})
    assert same.status_code == 304


def test_mounted_elsewhere(tenant: Tenant, built: Path) -> None:
    """Addresses in the page begin with where the app is mounted, and the page is told."""
    around = FastAPI()
    around.mount("/in/here", app_of(tenant, built))
    client = TestClient(around, base_url=DEFAULT_URL)
    for address in ("/in/here/", "/in/here/c/acme/b/bot"):
        page = client.get(address).text
        assert 'src="/in/here/assets/start-1a2b.js"' in page
        assert '<meta name="botlens-root" content="/in/here"' in page
    assert client.get("/in/here/assets/start-1a2b.js").content == SCRIPT


def test_a_page_that_was_not_built(tenant: Tenant, tmp_path: Path) -> None:
    """It says what to do, and the API works."""
    client = TestClient(app_of(tenant, tmp_path / "none"), base_url=DEFAULT_URL)
    for address in PAGES:
        page = client.get(address)
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "make web" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert policy_of(page.headers["content-security-policy"]) == STILL
    assert client.get("/assets/start-1a2b.js").status_code == 404
    assert client.get("/v1/chatbots", headers=tenant.headers).status_code == 200


def test_an_embed_link_says_who_frames_it(built: Path) -> None:
    """By its id: the origins of that link, and of no other page; a browser keeps none of it by mistake."""
    app = FastAPI()
    app.include_router(
        web_router(
            read_site(built),
            PublicAddress(DEFAULT_URL),
            {"l-1": ["https://a.example", "https://b.example"]}.__getitem__,
        )
    )
    client = TestClient(app, base_url=DEFAULT_URL)
    page = client.get("/embed/l-1")
    ancestors = policy_of(page.headers["content-security-policy"])["frame-ancestors"]
    assert ancestors == "https://a.example https://b.example"
    other = client.get("/login")
    assert policy_of(other.headers["content-security-policy"])["frame-ancestors"] == "'none'"
    assert other.headers["etag"] != page.headers["etag"]


def test_an_embed_link_that_cannot_be_looked_up(built: Path) -> None:
    """While the accounts do not answer a frame shows a sentence, in the reader's language, and no JSON."""

    def unavailable(_: str) -> list[str]:
        raise OverloadedError("The accounts do not answer.", retry_after=1, code="accounts_unavailable")

    app = FastAPI()
    app.include_router(web_router(read_site(built), PublicAddress(DEFAULT_URL), unavailable))
    client = TestClient(app, base_url=DEFAULT_URL)
    page = client.get("/embed/l-1", headers={"Accept-Language": "de"})
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Das kann gerade nicht gezeigt werden" in page.text
    assert policy_of(page.headers["content-security-policy"]) == {**STILL, "frame-ancestors": "*"}


@pytest.mark.parametrize(
    ("public", "host", "status"),
    [
        ("http://stats.example:8000", "stats.example:8000", 200),
        ("http://stats.example:8000", "127.0.0.1:8000", 200),
        ("http://stats.example:8000", "localhost:9000", 200),
        ("http://stats.example:8000", "[::1]:8000", 200),
        ("http://stats.example:8000", "stats.example", 403),
        ("http://stats.example:8000", "evil.example:8000", 403),
        ("http://stats.example:8000", "<script>.example", 403),
        ("https://stats.example", "evil.example", 200),  # no certificate of that name
    ],
)
def test_without_tls_a_page_has_one_address(
    tenant: Tenant, built: Path, public: str, host: str, status: int
) -> None:
    """Its own or this machine: to any other name every page says why not, whatever the name is."""
    serving = Serving(page=built, public_url=public)
    client = TestClient(create_app(tenant.world.engine, TokenVerifier(), serving=serving))
    for address in PAGES:
        page = client.get(address, headers={"Host": host})
        assert page.status_code == status, page.text
        assert (SCRIPT_NAME in page.text) == (status == 200)
        assert ("BOTLENS_PUBLIC_URL" in page.text) == (status == 403)
        assert "<script>.example" not in page.text
        assert policy_of(page.headers["content-security-policy"]) == (POLICY if status == 200 else STILL)
