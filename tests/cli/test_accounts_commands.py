"""`botlens company` and `botlens key`."""

from datetime import UTC, datetime

import pytest

from botlens.tenants import Accounts
from tests.cli.conftest import Shell


def test_company_create_prints_the_two_things_that_a_script_needs(shell: Shell) -> None:
    """`company create --json` prints company_id and api_key, and nothing else."""
    created = shell.company()
    assert set(created) == {"company_id", "api_key"}
    assert created["api_key"].startswith("blk_")
    (listed,) = shell.json("company", "list")
    assert listed["company_id"] == created["company_id"]
    assert (listed["name"], listed["plan"], listed["timezone"]) == ("Acme", "pro", "Europe/Berlin")


@pytest.mark.parametrize("wrong", [("--plan", "gold"), ("--timezone", "Mars/Base"), ("--owner", " ")])
def test_a_company_that_cannot_be_leaves_nothing_behind(shell: Shell, wrong: tuple[str, str]) -> None:
    """A wrong value is told before a folder or a database is made for it."""
    assert wrong[0] in shell.misused("company", "create", "Acme", "--owner", "user-1", *wrong)
    assert not shell.data_dir.exists()


def test_the_data_folder_is_its_owners_alone(shell: Shell) -> None:
    """Other users of the machine see nothing of a folder that botlens made."""
    shell.company()
    assert shell.data_dir.stat().st_mode & 0o077 == 0


def test_a_key_has_the_scopes_it_was_made_with_and_can_be_revoked(shell: Shell) -> None:
    """`key create` shows the secret once; `key list` never; `key revoke` takes the id."""
    company = shell.company()["company_id"]
    made = shell.json("key", "create", "--company", company, "--scope", "ingest", "--name", "bot")
    assert made["scopes"] == ["ingest"]
    listing = shell.run("key", "list", "--company", company, "--json").stdout
    assert made["key_id"] in listing
    assert made["api_key"] not in listing
    assert shell.json("key", "revoke", made["key_id"])["revoked_at"] is not None


def test_times_have_the_format_of_the_api(shell: Shell) -> None:
    """Six digits behind the second, and Z: also for a moment that needs none."""
    shell.data_dir.mkdir()
    nine = datetime(2026, 3, 18, 9, tzinfo=UTC)
    with Accounts.open(f"sqlite:///{shell.data_dir / 'accounts.db'}", clock=lambda: nine) as accounts:
        accounts.create_key(accounts.create_company("Acme", owner="user-1").id)
    for command in ("company", "key"):
        assert [each["created_at"] for each in shell.json(command, "list")] == ["2026-03-18T09:00:00.000000Z"]


def test_a_slip_in_the_folder_makes_no_folder(shell: Shell) -> None:
    """A command that only reads says that there is nothing there, and leaves nothing behind."""
    assert "There are no accounts in" in shell.refused("company", "list")
    assert not shell.data_dir.exists()


def test_how_long_conversations_are_kept(shell: Shell) -> None:
    """`company set` takes days or `off`, and says what is wrong with anything else."""
    company = shell.company()["company_id"]
    assert shell.json("company", "list")[0]["retention_days"] is None
    shell.json("company", "set", company, "--retention-days", "30")
    assert shell.json("company", "list")[0]["retention_days"] == 30
    assert "--retention-days" in shell.misused("company", "set", company, "--retention-days", "0")
    shell.json("company", "set", company, "--retention-days", "off")
    assert shell.json("company", "list")[0]["retention_days"] is None


def test_a_company_is_deleted_with_a_server_and_without(shell: Shell) -> None:
    """Only after a yes; by the server where one runs, which knows it no more at once."""
    company, other = shell.company(), shell.company()
    refused = shell.run("company", "delete", company["company_id"])
    assert (refused.returncode, "Aborted" in refused.stderr) == (1, True)
    assert len(shell.json("company", "list")) == 2
    done = shell.json("company", "delete", company["company_id"], "--yes")
    assert done == {"company_id": company["company_id"], "erased": True}
    with shell.serving() as server:
        assert server.get("/v1/chatbots", other["api_key"]).status_code == 200
        assert shell.json("company", "delete", other["company_id"], "--yes")["erased"]
        assert server.get("/v1/chatbots", other["api_key"]).status_code == 401
    assert shell.json("company", "list") == []
