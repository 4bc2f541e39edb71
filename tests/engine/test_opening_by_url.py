"""A ClickHouse server that cannot be used: each reason is a sentence with what to do."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.topology import Topology
from tests.clickhouse_server import ClickHouseServer

PASSWORD = "p@ss/w:rd"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine that it has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.fixture(scope="module")
def plain() -> Iterator[ClickHouseServer]:
    server = ClickHouseServer(password=PASSWORD)
    yield server
    server.close()


@pytest.fixture(scope="module")
def secure(certificate: Path) -> Iterator[ClickHouseServer]:
    server = ClickHouseServer(certificate=certificate)
    yield server
    server.close()


def refusal(url: str, cluster: str | None = None) -> str:
    """What whoever starts a process over this URL reads."""
    with pytest.raises(StoreError) as raised:
        ClickHouse(url, cluster=cluster)
    assert PASSWORD not in raised.value.message
    return raised.value.message


def opens(url: str) -> None:
    store = ClickHouse(url)
    assert store.maintain("SELECT 1") == [(1,)]
    store.close()


def test_a_password_with_signs_of_addresses(plain: ClickHouseServer) -> None:
    """It is written in the URL as addresses have it."""
    opens(plain.url("default"))


def test_the_database_is_missing(plain: ClickHouseServer) -> None:
    """The statement that makes it is there to be copied, for a cluster too."""
    where = f"on the ClickHouse server 127.0.0.1:{plain.port}. Make it there, once: CREATE DATABASE nowhere"
    assert refusal(plain.url("nowhere")) == f"There is no database nowhere {where}"
    assert refusal(plain.url("nowhere"), "two") == f"There is no database nowhere {where} ON CLUSTER 'two'"


def test_the_password_is_wrong(plain: ClickHouseServer) -> None:
    """And so it is with none."""
    for url in (plain.url("default", user="ann", password="wrong"), plain.url("default", password="")):
        said = refusal(url)
        assert "is not let in by the ClickHouse server" in said
        assert "check user and password in BOTLENS_CLICKHOUSE_URL" in said
    assert "The user ann" in refusal(plain.url("default", user="ann", password="wrong"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (115, "too old"),
        (164, "may not change a setting that botlens needs; give it a profile without `readonly`"),
        (452, "may not change a setting that botlens needs"),
        (497, "lacks a right"),
    ],
)
def test_what_the_server_refuses(clickhouse_server: ClickHouseServer, code: int, said: str) -> None:
    """Settings that it does not know, or that its user may not change, and rights: found at the start."""
    clickhouse_server.goes_wrong({"does": "refuse", "statements": "SELECT 1$", "code": code})
    try:
        assert said in refusal(clickhouse_server.url("default"))
    finally:
        clickhouse_server.goes_wrong()


def _connections_to(port: int) -> int:
    """How many there are, of whomever on this machine."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = [each.split()[2:4] for each in lines]  # the other end, and 01: established
    return sum(end.endswith(f":{port:04X}") and state == "01" for end, state in ends)


def test_what_the_server_refuses_keeps_no_connection(clickhouse_server: ClickHouseServer) -> None:
    """It is tried again and again, for hours perhaps: no descriptor is lost each time."""
    url = clickhouse_server.new_database()
    before = _connections_to(clickhouse_server.port)
    clickhouse_server.goes_wrong({"does": "refuse", "statements": "SELECT 1", "code": 202})
    try:
        for _ in range(3):
            refusal(url)
    finally:
        clickhouse_server.goes_wrong()
    assert _connections_to(clickhouse_server.port) <= before


def test_there_is_no_such_host() -> None:
    """The name that cannot be found is said."""
    assert refusal("http://no-such-host.invalid:8123/botlens").startswith(
        "There is no host no-such-host.invalid"
    )


def test_nothing_listens() -> None:
    """With the ports that it most often is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        said = refusal(f"http://127.0.0.1:{port}/botlens")
    assert said.startswith(f"Nothing listens at 127.0.0.1:{port}")
    assert "8443" in said


def test_tls(secure: ClickHouseServer, certificate: Path) -> None:
    """A certificate of nobody that is known; it is taken once the URL says whose it is."""
    said = refusal(secure.url("default"))
    assert f"The certificate of 127.0.0.1:{secure.port} cannot be trusted: self" in said
    assert "?ca_cert=/path/to/ca.pem" in said
    opens(f"{secure.url('default')}?ca_cert={certificate}")


def test_tls_where_there_is_none_and_none_where_there_is(
    plain: ClickHouseServer, secure: ClickHouseServer
) -> None:
    """The scheme of the URL decides, whatever the port: nothing is ever sent in clear instead."""
    said = refusal(plain.url("default").replace("http:", "https:"))
    assert said.startswith(f"No TLS is spoken at 127.0.0.1:{plain.port}")
    said = refusal(secure.url("default").replace("https:", "http:"))
    assert f"127.0.0.1:{secure.port}" in said
    assert "https://" in said


def test_an_option_that_is_not_known(clickhouse_server: ClickHouseServer) -> None:
    """It is named, and so is one whose value cannot be."""
    for option in ("colour=red", "connect_timeout=soon"):
        said = refusal(f"{clickhouse_server.url('default')}?{option}")
        assert said.startswith("BOTLENS_CLICKHOUSE_URL cannot be right")
        assert option.partition("=")[0] in said


class Page(BaseHTTPRequestHandler):
    """Something else that speaks HTTP."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_it_is_no_clickhouse_server() -> None:
    """Whatever answers there, it cannot say its version."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        said = refusal(f"http://127.0.0.1:{server.server_address[1]}/botlens")
        server.shutdown()
    assert "is no ClickHouse server" in said


@pytest.mark.parametrize("cluster", [None, "two"])
def test_every_connection_has_every_setting(clickhouse_server: ClickHouseServer, cluster: str | None) -> None:
    """As the server sees them, of readers and of writers: those of the embedded engine, and its own."""
    wanted = Topology(is_shared=True, cluster=cluster).connection_settings
    embedded = Topology().connection_settings
    assert embedded.items() <= wanted.items()
    store = ClickHouse(clickhouse_server.new_database(), cluster=cluster)
    asked = (
        "SELECT name, value FROM system.settings WHERE name IN {names:Array(String)}",
        {"names": list(wanted)},
    )
    for each in (store, store.reserved):
        found = dict(map(tuple, each.maintain(*asked)))
        assert found == {name: str(value) for name, value in wanted.items()}
    store.close()
