"""`botlens link`, and the links that `serve` and `demo` print."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.cli.conftest import COMMAND, PATIENCE, Shell

LINK = re.compile(r"(http://\S+)/login#token=(bll_[\w-]{43})")


@contextmanager
def entered(said: str) -> Iterator[httpx2.Client]:
    """A client that is logged in by the link in a text."""
    found = LINK.search(said)
    assert found, said
    with httpx2.Client(base_url=found[1], headers={"Origin": found[1]}) as client:
        assert client.post("/v1/session", json={"token": found[2]}).status_code == 201
        assert client.post("/v1/session", json={"token": found[2]}).json()["error"]["code"] == "used_link"
        yield client


def test_a_link_logs_in_to_the_server_of_the_folder(shell: Shell) -> None:
    """It is of the server that runs, or of the setting; who is new becomes a member of that role."""
    shell.company()
    with shell.serving() as server:
        made = shell.json("link", "--user", "ada", "--role", "viewer")
        assert (made["user"], made["role"]) == ("ada", "viewer")
        with entered(made["url"]) as client:
            assert str(client.base_url).rstrip("/") == server.url
            assert client.get("/v1/chatbots").status_code == 200
            assert client.put("/v1/chatbots/bot", json={}).status_code == 403
            shell.json("member", "remove", "ada")
            assert client.get("/v1/chatbots").json()["error"]["code"] == "unknown_session"
        printed = shell.run("link", BOTLENS_PUBLIC_URL="https://b.example/")
        assert printed.stdout.startswith("https://b.example/login#token=bll_")
        assert "logs user-1 in to Acme as admin: once" in printed.stderr


def test_what_a_link_cannot_be_for(shell: Shell) -> None:
    """Wrong values name their option; more than somebody has is refused."""
    shell.company()
    shell.json("member", "add", "ada")
    assert "'--role'" in shell.misused("link", "--user", "ada", "--role", "admin")
    assert "'--user'" in shell.misused("link", "--user", " ")
    assert "BOTLENS_PUBLIC_URL" in shell.refused("link", BOTLENS_PUBLIC_URL="b.example")


@contextmanager
def terminal(shell: Shell, *arguments: str) -> Iterator["Terminal"]:
    """A command in a terminal of its own, stopped at the end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=shell.folder,
        env=shell.environment(COLUMNS="300", TERM="dumb"),
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        os.close(ours)


class Terminal:
    """What a person sees and types."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._seen = ""

    def until(self, words: str | re.Pattern[str]) -> str:
        """All that was seen once these words were."""
        end, says = time.monotonic() + PATIENCE, select.poll()  # `select` knows no descriptor above 1,023
        says.register(self._handle, select.POLLIN)
        while not re.search(re.escape(words) if isinstance(words, str) else words, self._seen):
            assert says.poll(1000 * max(0.0, end - time.monotonic())), self._seen
            self._seen += os.read(self._handle, 65_536).decode()
        return self._seen

    def type(self, line: str) -> None:
        os.write(self._handle, f"{line}\n".encode())


def printed(shell: Shell, words: str) -> str:
    """What a server has printed once these words are among it."""
    end = time.monotonic() + PATIENCE
    while words not in (said := Path(shell.folder / "server.out").read_text()):
        assert time.monotonic() < end, said
        time.sleep(0.05)
    return said


def test_serve_in_a_terminal_offers_the_first_company_and_a_link(shell: Shell) -> None:
    """Name, owner and zone are asked for once; the key and a link that works are shown."""
    with terminal(shell, "serve", "--port", "0") as seen:
        seen.until("first one")
        seen.type("Bäcker & Söhne")
        seen.until("Who owns it")
        seen.type("ann")
        seen.until("time zone")
        seen.type("Europe/Berlin")
        seen.until("blk_")
        with entered(seen.until(LINK)) as client:
            assert client.get("/v1/chatbots").json() == {"chatbots": []}
    (company,) = shell.json("company", "list")
    assert (company["name"], company["owner"], company["timezone"]) == (
        *("Bäcker & Söhne", "ann", "Europe/Berlin"),
    )


def test_serve_elsewhere_prints_no_link(shell: Shell) -> None:
    """What goes to a file is read by many: it names the command. So does a terminal with two companies."""
    shell.company()
    with shell.serving():
        said = printed(shell, "makes a link")
    assert "`botlens link` makes a link that logs its owner in" in said
    assert "token=" not in said + Path(shell.folder / "server.log").read_text()
    shell.company()
    with terminal(shell, "serve", "--port", "0") as seen:
        assert "token=" not in seen.until("`botlens link --company ID` makes a link")


def test_the_demo_begins_with_a_link(shell: Shell) -> None:
    """The link comes before the key and the lines to try, and logs in."""
    shell.data_dir = shell.folder / "demo"
    arguments = ("demo", "--port", "0", "--conversations", "20", "--data-dir", str(shell.data_dir))
    with shell.serving(*arguments):
        said = printed(shell, "Ctrl+C")
        assert said.index("/login#token=") < said.index("API key: blk_") < said.index("curl -sH")
        with entered(said) as client:
            assert client.get("/analytics/overview").json()["total_chatbots"] > 1
