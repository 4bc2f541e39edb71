"""Settings that are more than a word or a number."""

import pytest

from botlens.errors import InvalidError
from botlens.settings import Settings


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://a.example, http://localhost:5173", ("https://a.example", "http://localhost:5173")),
        ("HTTPS://A.Example:443,http://b:80,http://c:443", ("https://a.example", "http://b", "http://c:443")),
    ],
)
def test_origins(monkeypatch: pytest.MonkeyPatch, said: str, read: tuple[str, ...]) -> None:
    """As browsers send them: in small letters, without the port that goes without saying."""
    monkeypatch.setenv("BOTLENS_CORS_ORIGINS", said)
    assert Settings.read().cors_origins == read


@pytest.mark.parametrize(
    "said", ["a.example", "https://a.example/", "null", "https://*.a.example/x", "ftp://a", "https://a..b"]
)
def test_what_is_no_origin(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """It would never match; so it is refused at the start, by the name of the setting."""
    monkeypatch.setenv("BOTLENS_CORS_ORIGINS", said)
    with pytest.raises(InvalidError, match=r"BOTLENS_CORS_ORIGINS: .* is no origin"):
        Settings.read()


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("https://b.example", "https://b.example"),
        ("https://B.example/app/", "https://b.example/app"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
    ],
)
def test_the_address_for_browsers(monkeypatch: pytest.MonkeyPatch, said: str, read: str) -> None:
    """Without a slash at the end; links are made by adding to it."""
    monkeypatch.setenv("BOTLENS_PUBLIC_URL", said)
    assert Settings.read().public_url == read


@pytest.mark.parametrize(
    "said",
    [
        *("b.example", "ftp://b.example", "https://", "https://b.example/#x", "https://b.example?x=1"),
        *("https://u:p@b.example", "https://b.example:port", "https://..."),
    ],
)
def test_what_is_no_address_for_browsers(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """It is refused at the start, by the name of the setting."""
    monkeypatch.setenv("BOTLENS_PUBLIC_URL", said)
    with pytest.raises(InvalidError, match="BOTLENS_PUBLIC_URL"):
        Settings.read()


def test_trusted_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses and networks, or any; a name is none, since whoever answers for it could change."""
    monkeypatch.setenv("BOTLENS_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert Settings.read().trusted_proxies == ("10.0.0.0/8", "::1")
    for wrong in ("proxy.example", "10.0.0.1/8", "300.1.1.1"):
        monkeypatch.setenv("BOTLENS_TRUSTED_PROXIES", wrong)
        with pytest.raises(InvalidError, match="BOTLENS_TRUSTED_PROXIES"):
            Settings.read()


@pytest.mark.parametrize(
    "said",
    [
        "clickhouse.example:8443/botlens",
        "tcp://h:9000/b",
        "https://",
        "http://h:port/b",
        "http://h/b http://i/b",
        "http://h:0/b",
        "https://.../b",
        "chdb:///f",
    ],
)
def test_what_is_no_clickhouse_server(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """It is refused at the start: without a scheme, a server of this machine would be asked."""
    monkeypatch.setenv("BOTLENS_CLICKHOUSE_URL", said)
    with pytest.raises(InvalidError, match="BOTLENS_CLICKHOUSE_URL: it reads like https://user:password@"):
        Settings.read()


@pytest.mark.parametrize(
    "said", ["http://h/b", "https://u:p%40@h:8443/b", "clickhouse://h:8123/b?ca_cert=/ca.pem"]
)
def test_clickhouse_servers(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """They are taken as they are."""
    monkeypatch.setenv("BOTLENS_CLICKHOUSE_URL", said)
    assert Settings.read().events_url == said


def test_a_cluster_goes_with_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name or its servers' macro; alone, or as what could end a statement, it is refused."""
    monkeypatch.setenv("BOTLENS_CLICKHOUSE_CLUSTER", "{cluster}")
    with pytest.raises(InvalidError, match="BOTLENS_CLICKHOUSE_CLUSTER: A cluster is named"):
        Settings.read()
    monkeypatch.setenv("BOTLENS_CLICKHOUSE_URL", "http://h/b")
    assert Settings.read().clickhouse_cluster == "{cluster}"
    monkeypatch.setenv("BOTLENS_CLICKHOUSE_CLUSTER", "a'b")
    with pytest.raises(InvalidError, match="BOTLENS_CLICKHOUSE_CLUSTER"):
        Settings.read()
