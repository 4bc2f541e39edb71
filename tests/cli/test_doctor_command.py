"""`botlens doctor`."""

import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import AccountsThere, CompanyThere
from tests.cli.conftest import COMMAND, EXCHANGE, PATIENCE, Shell

SECRET = "a secret that is long enough for HS256"


def marks(found: list[dict[str, str]], word: str) -> list[str]:
    return [each["mark"] for each in found if word in each["what"]]


def test_a_folder_in_good_order_is_fine(shell: Shell) -> None:
    """Nothing is wrong with a new folder, nor with one that has events; --verify says that they are equal."""
    created = shell.company()
    shell.json("import", str(shell.write("day.ndjson", *EXCHANGE)))
    done = shell.run("doctor", "--verify")
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout
    assert f"Numbers of {created['company_id']} (Acme) are equal" in done.stdout


def test_before_the_first_company_nothing_is_made(shell: Shell) -> None:
    """The doctor looks and does not touch: no folder comes into being."""
    found = shell.json("doctor")
    assert marks(found, "There is nothing in") == ["note"]
    assert not shell.data_dir.exists()


@pytest.mark.parametrize("command", ["doctor", "sync"])
def test_a_file_that_was_named_is_not_blamed_on_a_variable(shell: Shell, command: str) -> None:
    """Whoever wrote `@FILE` reads of that file, and of no variable that they never set."""
    said = shell.run(command, "@no-such-file")
    assert said.returncode == 2
    assert "no-such-file cannot be read: No such file" in said.stderr
    assert "BOTLENS_SYNC_URL" not in said.stderr


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"BOTLENS_JWT_SECRET": "short"}, "BOTLENS_JWT_SECRET: The JWT secret has 5 bytes"),
        ({"BOTLENS_STORE_MEMORY_MIB": "lots"}, "BOTLENS_STORE_MEMORY_MIB: "),
        ({"BOTLENS_PLANS": "{"}, "BOTLENS_PLANS is not valid JSON"),
        ({"BOTLENS_PLANS": '{"pro": {"analytics": "yes"}}'}, "BOTLENS_PLANS: 'analytics' of plan 'pro'"),
        (
            {"BOTLENS_JWT_SECRET": SECRET, "BOTLENS_JWT_ISSUER": "https://abc.supabase.co/auth/v1"},
            "BOTLENS_JWT_AUDIENCE is not set",
        ),
    ],
)
def test_a_broken_setting_is_named_with_its_variable(
    shell: Shell, settings: dict[str, str], line: str
) -> None:
    """A setting that cannot be right is one line that names the variable, once; the exit code is 1."""
    found = shell.json("doctor", code=1, **settings)
    assert marks(found, line) == ["wrong"]
    assert [each["mark"] for each in found].count("wrong") == 1


def test_a_slip_in_the_name_of_a_setting_is_noticed(shell: Shell) -> None:
    """A variable that botlens does not know is pointed out, with the one that was probably meant."""
    found = shell.json("doctor", BOTLENS_JWT_AUDIENC="x")
    (slip,) = [each for each in found if "BOTLENS_JWT_AUDIENC " in each["what"]]
    assert slip["mend"] == "Did you mean BOTLENS_JWT_AUDIENCE?"


def test_a_damaged_journal_file_is_wrong_until_it_is_moved_away(shell: Shell) -> None:
    """The doctor names the file that recovery kept, and says what to do; without it, nothing is wrong."""
    shell.company()
    shell.json("doctor")
    path = shell.data_dir / "journal" / "00000000000000000001.damaged"
    path.write_bytes(b"1234")
    found = shell.json("doctor", code=1)
    (one,) = [each for each in found if "file is damaged" in each["what"]]
    assert one["mark"] == "wrong"
    assert f"{path} (4 bytes)" in one["what"]
    assert "move the file out of the journal folder" in one["mend"]
    path.unlink()
    shell.json("doctor")


@pytest.mark.slow
def test_events_that_wait_in_the_journal_are_told_and_kept(shell: Shell) -> None:
    """After kill -9 the doctor says what the next start will bring in, and brings it in by opening."""
    created = shell.company()
    shell.json("import", str(shell.write("day.ndjson", *EXCHANGE)))
    with shell.serving() as server:
        import httpx2

        event = {"type": "rating", "chatbot_id": "bot", "conversation_id": "c1", "score": 5}
        event["created_at"] = "2026-03-01T11:00:00Z"
        headers = {"Authorization": f"Bearer {created['api_key']}"}
        answer = httpx2.post(f"{server.url}/v1/events", json={"events": [event]}, headers=headers)
        assert answer.json()["accepted"] == 1
        server.process.kill()
        server.process.wait()
        found = shell.json("doctor", "--verify")
    assert marks(found, "cut off") in (["note"], [])  # the event may have reached the store just in time
    assert shell.report("csat") == 1.0


PASSWORD = "s3cret-pass"


def test_a_database_is_looked_at_before_it_is_followed(shell: Shell) -> None:
    """One that does not answer is wrong; its password is in nothing that is printed."""
    url = f"postgresql://me:{PASSWORD}@127.0.0.1:1/postgres"
    found = shell.json("doctor", url, code=1)
    assert marks(found, "127.0.0.1:1/postgres cannot be reached") == ["wrong"]
    done = shell.run("doctor", url)
    assert done.returncode == 1
    assert PASSWORD not in done.stdout + done.stderr
    assert not shell.data_dir.exists()


def test_an_unknown_mapping_is_refused(shell: Shell) -> None:
    """Those that are built in are named."""
    said = shell.misused("doctor", "postgresql://me@127.0.0.1:1/postgres", "--mapping", "intercom")
    assert "built in are supabase, chatwoot, dify" in said


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the arguments of others are not shown so")
@pytest.mark.parametrize(
    "written", ["//me:{password}@127.0.0.1:{port}/db", "//me@127.0.0.1:{port}/db?password={password}"]
)
def test_a_password_is_in_no_list_of_processes(shell: Shell, written: str) -> None:
    """While the command waits for a server that says nothing, nobody reads the password in its arguments."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = "postgresql:" + written.format(password=PASSWORD, port=port)
        command = [*COMMAND, "doctor", url]
        process = subprocess.Popen(command, env=shell.environment(), stdout=subprocess.DEVNULL)
        silent.settimeout(PATIENCE)
        silent.accept()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.kill()
        process.wait()
    assert written.format(password="*" * len(PASSWORD), port=port).encode() in arguments
    assert PASSWORD.encode() not in arguments


def test_accounts_of_a_source(shell: Shell) -> None:
    """How many there are, what is held, and what is worth knowing of them; plans that are not configured."""
    shell.data_dir.mkdir(mode=0o700)
    companies = (CompanyThere("acme", "Acme", "ann"), CompanyThere("beta", "Beta", "bob"))
    there = AccountsThere(companies, plans={"ann": ("agency",)})
    with Accounts.open(f"sqlite:///{shell.data_dir}/accounts.db") as accounts:
        accounts.take_over("supabase", there)
        accounts.take_over("supabase", replace(there, companies=()))
        accounts.create_company("Mine", owner="me", plan="pro")
    plans = json.dumps({"gold": {"analytics": True, "conversations_per_month": 1}})
    shell.json("company", "create", "Gold", "--owner", "me", "--plan", "gold", BOTLENS_PLANS=plans)
    found = shell.json("doctor", code=1)
    assert marks(found, "Accounts of the source supabase (companies: 2, chatbots: 0)") == ["fine"]
    (held,) = [each for each in found if "2 of 2 companies are gone" in each["what"]]
    assert (held["mark"], "botlens source confirm supabase" in held["mend"]) == ("wrong", True)
    assert marks(found, "1 company is on the plan 'gold', which is not configured and counts as free") == [
        "wrong"
    ]
    (listed,) = shell.json("source", "list")
    assert (listed["name"], listed["companies"], listed["holds"][0]["gone"]) == ("supabase", 2, 2)
    assert "nothing is deleted" in shell.run("source", "list").stdout
    assert shell.json("source", "confirm", "supabase") == {
        "source": "supabase",
        "confirmed": {"companies": 2},
    }
    assert "2 of 2 companies go" in shell.run("sync", "--confirm").stdout.replace("rows of ", "")
    assert "There is no source 'other'" in shell.misused("source", "confirm", "other")
    released = shell.json("source", "release", "supabase", "--yes")
    assert released == {"source": "supabase", "companies": 2, "chatbots": 0}
    assert "all accounts are your own" in shell.run("source", "list").stdout


def test_a_source_without_its_driver(shell: Shell) -> None:
    """Whoever installed without `[postgres]` reads what to install, from each command that takes a URL."""
    without = "import sys; sys.modules['psycopg'] = None; from botlens.__main__ import main; main()"
    for command in ("sync", "doctor"):
        ended = subprocess.run(
            [sys.executable, "-c", without, command, "postgresql://x"],
            cwd=shell.folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert "pip install 'botlens[postgres]'" in ended.stderr
        assert "Traceback" not in ended.stderr
