"""`examples/supabase` runs: the team's app with the router, and the proxies with botlens beside it.

nginx and Caddy are run where they are installed (or named in `NGINX` and `CADDY`); that of their lines on
which the answers depend is looked at everywhere.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import AccountsThere, ChatbotThere, CompanyThere
from tests.cli.conftest import PATIENCE, Shell
from tests.docs.pages import ROOT
from tests.ports import kept_port
from tests.unit.test_credentials import KeyHost

EXAMPLE = ROOT / "examples" / "supabase"
KEY = ec.generate_private_key(ec.SECP256R1())
ANN, BOB, CY = (f"00000000-0000-0000-0000-00000000000{number}" for number in range(1, 4))


@pytest.fixture
def project() -> Iterator[str]:
    """The address of a project whose users log in."""
    host = KeyHost()
    key = jwt.get_algorithm_by_name("ES256").to_jwk(KEY.public_key(), as_dict=True)
    host.answer = json.dumps({"keys": [{**key, "kid": "one", "use": "sig", "alg": "ES256"}]}).encode()
    yield host.url.removesuffix("/jwks.json")
    host.close()


@pytest.fixture
def folder(shell: Shell) -> Path:
    """A folder with what was followed: ann's company with a bot; cy has a plan, bob has nothing."""
    shell.data_dir.mkdir(mode=0o700)
    with Accounts.open(f"sqlite:///{shell.data_dir}/accounts.db") as accounts:
        there = AccountsThere(
            (CompanyThere("acme", "Acme", ANN),),
            (ChatbotThere("a/b", "acme", "Shop"),),
            {ANN: ("pro",), CY: ("pro",)},
        )
        accounts.take_over("supabase", there)
    return shell.data_dir


def access_token(project: str, user: str) -> dict[str, str]:
    """The header that the front end of a logged in user sends."""
    claims = {
        "iss": f"{project}/auth/v1",
        "aud": "authenticated",
        "sub": user,
        "role": "authenticated",
        "exp": int(time.time()) + 3600,
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='ES256', headers={'kid': 'one'})}"}


@contextmanager
def running(command: list[str], url: str, folder: Path, **environment: str) -> Iterator[httpx2.Client]:
    """A process that answers at an address, and is ended."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BOTLENS_")}
    with (folder / "process.log").open("w") as log:
        process = subprocess.Popen(
            command, env={**own, **environment}, cwd=folder, stdout=log, stderr=log, close_fds=False
        )
    try:
        with httpx2.Client(base_url=url, timeout=120) as client:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    client.get("/")
                    break
                except httpx2.TransportError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise AssertionError((folder / "process.log").read_text()) from None
                    time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(60)


def test_the_app(shell: Shell, folder: Path, project: str) -> None:
    """Its own login says who asks, its own errors stay, its front end alone may ask from a browser."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    port, listens = listener.getsockname()[1], str(listener.fileno())
    command = [sys.executable, "-m", "uvicorn", "app:app", "--fd", listens, "--app-dir", str(EXAMPLE)]
    settings = {
        "BOTLENS_DATA_DIR": str(folder),
        "SUPABASE_URL": project,
        "FRONT_END": "https://front.example",
    }
    with listener, running(command, f"http://127.0.0.1:{port}", shell.folder, **settings) as client:
        ann = access_token(project, ANN)
        overview = client.get("/analytics/overview", headers=ann)
        assert overview.status_code == 200, overview.text
        assert [each["chatbot_name"] for each in overview.json()["chatbots"]] == ["Shop"]
        assert client.get("/analytics/chatbot/a%2Fb/gaps", headers=ann).json() == []
        assert client.get("/me", headers=ann).json() == {"id": ANN, "email": None}
        without = client.get("/analytics/overview")
        assert (without.status_code, without.json()) == (
            401,
            {"detail": "Invalid authentication credentials"},
        )
        statuses = [
            client.get("/analytics/overview", headers=access_token(project, user)) for user in (BOB, CY)
        ]
        assert [each.status_code for each in statuses] == [402, 404]
        for origin, status in (("https://front.example", 200), ("https://evil.example", 400)):
            asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            assert client.options("/analytics/overview", headers=asked).status_code == status


def program(name: str) -> str:
    found = os.environ.get(name.upper()) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def nginx(folder: Path, port: int, botlens: str) -> list[str]:
    site = (EXAMPLE / "nginx.conf").read_text()
    for ours, theirs in (("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8000", botlens)):
        assert ours in site
        site = site.replace(ours, theirs)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{site} }}"
    )
    return [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, botlens: str) -> list[str]:
    site = (EXAMPLE / "Caddyfile").read_text()
    for ours, theirs in (("app.example.com {", f"http://127.0.0.1:{port} {{"), ("127.0.0.1:8000", botlens)):
        assert ours in site
        site = site.replace(ours, theirs)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tpersist_config off\n}}\n{site}")
    return [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_botlens_beside_the_app(shell: Shell, folder: Path, project: str, proxy: object) -> None:
    """The front end's token and address lead to botlens, which checks it; ids arrive as they were sent."""
    kept = kept_port()
    port = int(kept.getsockname()[1])
    settings = {"BOTLENS_SUPABASE_URL": project, "BOTLENS_TRUSTED_PROXIES": "127.0.0.1"}
    proxy(shell.folder, port, "127.0.0.1:1")  # type: ignore[operator] - skips where it is not installed
    with kept, shell.serving(**settings) as server:
        command = proxy(shell.folder, port, server.url.removeprefix("http://"))  # type: ignore[operator]
        home = {"HOME": str(shell.folder), "XDG_DATA_HOME": str(shell.folder)}
        with running(command, f"http://127.0.0.1:{port}", shell.folder, **home) as client:
            ann = access_token(project, ANN)
            assert client.get("/analytics/overview", headers=ann).json()["total_chatbots"] == 1
            assert client.get("/analytics/chatbot/a%2Fb", headers=ann).json()["chatbot_id"] == "a/b"
            assert client.get("/analytics/chatbot/a%2Fb/", headers=ann).status_code == 200
            assert client.get("/analytics/overview").json()["error"]["code"] == "missing_credentials"
            assert client.get("/analytics/overview", headers=access_token(project, BOB)).status_code == 402
            assert client.get("/me").status_code == 502  # the app, which does not run


def test_the_lines_of_the_proxies() -> None:
    """No path is put in the place of the one that was sent, and the app has all that is not /analytics."""
    site = re.sub(r"#.*", "", (EXAMPLE / "nginx.conf").read_text())
    locations = dict(re.findall(r"location (\S+) \{(.*?)\}", site, re.DOTALL))
    targets = {path: re.search(r"proxy_pass (\S+);", lines)[1] for path, lines in locations.items()}  # type: ignore[index]
    assert targets == {"/analytics/": "http://127.0.0.1:8000", "/": "http://127.0.0.1:8080"}
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in locations["/analytics/"]
    lines = re.sub(r"#.*", "", (EXAMPLE / "Caddyfile").read_text())
    assert re.findall(r"handle (\S* ?)\{\s*reverse_proxy (\S+)", lines) == [
        ("/analytics/* ", "127.0.0.1:8000"),
        ("", "127.0.0.1:8080"),
    ]
    assert "handle_path" not in lines
