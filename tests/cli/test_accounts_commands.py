"""`botlens company`, `botlens member`, `botlens chatbot` and `botlens key`."""

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
        company_id = accounts.create_company("Acme", owner="user-1").id
        accounts.create_key(company_id)
        accounts.add_marker(company_id, "Release", nine, who="local")
    names = {"company": "created_at", "key": "created_at", "member": "since", "marker": "at"}
    for command, name in names.items():
        assert [each[name] for each in shell.json(command, "list")] == ["2026-03-18T09:00:00.000000Z"]


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


def test_what_holds_for_the_gaps_of_a_company(shell: Shell) -> None:
    """`company set` takes the limit of fixes and the floor of questions, and names the wrong option."""
    company = shell.company()["company_id"]
    listed = shell.json("company", "list")[0]
    assert (listed["gap_limit"], listed["question_floor"]) == (0.2, 1)
    changed = shell.json("company", "set", company, "--gap-limit", "0.1", "--question-floor", "5")
    assert (changed["gap_limit"], changed["question_floor"]) == (0.1, 5)
    assert "--gap-limit" in shell.misused("company", "set", company, "--gap-limit", "1")
    assert "--question-floor" in shell.misused("company", "set", company, "--question-floor", "0")


def test_name_and_zone_of_a_company(shell: Shell) -> None:
    """What is said changes, the rest stays; what cannot be names its option."""
    company = shell.company()["company_id"]
    changed = shell.json("company", "set", company, "--name", "Bäcker", "--timezone", "Asia/Kathmandu")
    assert (changed["name"], changed["timezone"]) == ("Bäcker", "Asia/Kathmandu")
    shell.json("company", "set", company, "--retention-days", "9")
    (listed,) = shell.json("company", "list")
    assert (listed["name"], listed["timezone"], listed["retention_days"]) == ("Bäcker", "Asia/Kathmandu", 9)
    assert "--timezone" in shell.misused("company", "set", company, "--timezone", "Mars")
    assert "--name" in shell.misused("company", "set", company, "--name", " ")


def test_plan_of_a_company(shell: Shell) -> None:
    """Whoever runs botlens sets it, also later; a plan that is none changes nothing."""
    company = shell.company()["company_id"]
    said = shell.misused("company", "set", company, "--plan", "gold", "--name", "Other")
    assert "'--plan'" in said
    assert "Choose from: " in said
    assert [each["name"] for each in shell.json("company", "list")] == ["Acme"]
    assert shell.json("company", "set", company, "--plan", "free")["plan"] == "free"
    (listed,) = shell.json("company", "list")
    assert (listed["plan"], listed["name"]) == ("free", "Acme")


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


def test_members_come_and_go(shell: Shell) -> None:
    """`member add` says the role, `list` shows the owner first, `remove` ends it; the owner stays."""
    shell.company()
    shell.json("member", "add", "ada")
    assert shell.json("member", "add", "ada", "--role", "admin")["role"] == "admin"
    listed = [(each["user"], each["role"]) for each in shell.json("member", "list")]
    assert listed == [("user-1", "owner"), ("ada", "admin")]
    assert "'USER'" in shell.misused("member", "remove", "user-1")
    shell.json("member", "remove", "ada")
    assert "'USER'" in shell.misused("member", "remove", "ada")
    assert shell.misused("member", "add", "  ").count("blank") == 1
    assert [each["user"] for each in shell.json("member", "list")] == ["user-1"]


@pytest.mark.slow
def test_chatbots_are_set_listed_and_deleted(shell: Shell) -> None:
    """What is said changes, what cannot be names its option; through a server here, and without one."""
    shell.company()
    with shell.serving():
        made = shell.json("chatbot", "set", "a/b", "--name", "Bot", "--threshold", "0.5", "--unpublished")
        assert (made["name"], made["confidence_threshold"], made["is_published"]) == ("Bot", 0.5, False)
        changed = shell.json("chatbot", "set", "a/b", "--timezone", "Asia/Kathmandu", "--published")
        assert (changed["timezone"], changed["is_published"], changed["name"]) == (
            *("Asia/Kathmandu", True, "Bot"),
        )
        assert shell.json("chatbot", "set", "a/b", "--timezone", "off")["timezone"] is None
        assert "'--threshold'" in shell.misused("chatbot", "set", "a/b", "--threshold", "2")
        assert "'CHATBOT'" in shell.misused("chatbot", "delete", "a/c", "--yes")
    assert [each["chatbot_id"] for each in shell.json("chatbot", "list")] == ["a/b"]
    shell.json("chatbot", "delete", "a/b", "--yes")
    assert shell.json("chatbot", "list") == []


def test_a_source_that_is_none_is_not_asked_about(shell: Shell) -> None:
    """It is refused at once, without a question whose answer would not matter."""
    shell.company()
    assert "There is no source 'none'" in shell.misused("source", "release", "none")
