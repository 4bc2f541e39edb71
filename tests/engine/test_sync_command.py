"""`botlens sync` and `BOTLENS_SYNC_URL`: the real commands on a real database."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.engine.platform import Platform

PATIENCE = 60.0


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_once(platform: Platform, shell: Shell) -> None:
    """From nothing to numbers in one command; what was set aside is said, by reason."""
    conversation, (_, answer) = platform.conversation("Where?", "There")
    platform.message(conversation, "Beep", "robot")
    platform.vote(answer)
    found = shell.json("sync", platform.url, "--once")
    assert (found["gone"], found["set_aside"]) == (0, 1)
    assert found["events"] >= 4  # a conversation, two messages, a vote; some are seen twice
    assert shell.report("messages_per_conversation") == 2
    said = shell.run("sync", "--status").stdout
    assert "set aside: 1, unknown_role `robot`" in said
    assert "Rows that are set aside" in said
    assert "way: once (brought in by a command" in said
    assert "written down: 20" in said
    platform.run("DELETE FROM messages WHERE id = %s", answer)
    assert shell.json("sync", "--once", BOTLENS_SYNC_URL=platform.url)["gone"] == 2  # with its vote
    assert shell.report("messages_per_conversation") == 1
    assert "nothing differs" in shell.run("sync", platform.url, "--verify").stdout
    assert "not complete" not in shell.run("sync", platform.url, "--once").stderr


@pytest.mark.slow
def test_verify_of_a_new_folder(platform: Platform, shell: Shell) -> None:
    """It brings everything in before it compares, and says so."""
    platform.conversation("Where?", "There")
    found = shell.run("sync", platform.url, "--verify")
    assert "events brought in" in found.stderr
    assert "nothing differs" in found.stdout


@pytest.mark.slow
def test_a_server_follows(platform: Platform, shell: Shell) -> None:
    """Given BOTLENS_SYNC_URL; `readyz`, `jobs` and `--status` say how it goes, no password anywhere."""
    platform.conversation("Where?", "There")
    url = platform.url.replace("postgres@", "postgres:s3cret-pass@")
    (shell.folder / "url").write_text(url + "\n")
    with shell.serving(BOTLENS_SYNC_URL=f"@{shell.folder}/url") as server:
        until(lambda: "way: stream" in shell.run("sync", "--status").stdout)
        until(lambda: shell.report("messages_per_conversation") == 2)
        platform.conversation("When?")
        until(lambda: shell.report("messages_per_conversation") == 1.5)
        (job,) = [each for each in shell.json("jobs") if each["name"] == "sync"]
        assert (job["running"], job["error"]) == (True, None)
        assert job["said"].startswith("stream")
        assert job["succeeded_at"] is not None
        assert "botlens_sync_behind_bytes" in server.get("/metrics", "none").text
        refused = shell.run("sync", platform.url, "--once")
        assert refused.returncode != 0
        assert "BOTLENS_SYNC_URL" in refused.stderr
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 23
    assert platform.slots() == 0
    assert "s3cret" not in (shell.folder / "server.log").read_text()


@pytest.mark.slow
def test_a_source_that_cannot_be_reached(shell: Shell) -> None:
    """A command says so and fails; a server serves on, and says it in `readyz`."""
    away = "postgresql://me:s3cret-pass@127.0.0.1:1/postgres"
    failed = shell.run("sync", away, "--once")
    assert failed.returncode == 1
    assert "cannot be reached" in failed.stderr
    assert "s3cret" not in failed.stderr + failed.stdout
    with shell.serving(BOTLENS_SYNC_URL=away) as server:
        found = until(lambda: server.get("/readyz", "none").json().get("warnings", {}).get("jobs"))
        assert "cannot be reached" in found
        # Nothing was read, which is no company of one's own to be made, and not a folder without a source.
        assert "the source was not read yet" in server.get("/readyz", "none").json()["warnings"]["sync"]
        assert "Nothing of a database is in this folder yet" in shell.run("sync", "--status").stdout
        printed = (shell.folder / "server.out").read_text()
        assert "Follows the database of BOTLENS_SYNC_URL" in printed
        assert "company create" not in printed


def test_the_doctor_reads_a_file_and_prints_what_to_paste(platform: Platform, shell: Shell) -> None:
    """@FILE is read as by a server, one that is not there is named; each statement stands on its own line."""
    platform.run("ALTER TABLE message_feedback DROP CONSTRAINT message_feedback_pkey")
    (shell.folder / "url").write_text(platform.url + "\n")
    said = shell.run("doctor", f"@{shell.folder}/url").stdout
    assert "✗ public.message_feedback has no primary key" in said
    at = said.index("  → ALTER")
    drop, create = said[at:].splitlines()[:2]
    assert drop == "  → ALTER PUBLICATION botlens DROP TABLE public.message_feedback;"
    assert create.startswith("    CREATE PUBLICATION botlens_inserts FOR TABLE public.message_feedback")
    missing = shell.run("doctor", f"@{shell.folder}/none")
    assert missing.returncode != 0
    assert f"{shell.folder}/none cannot be read" in missing.stderr
    assert "built in are" in shell.run("doctor", "postgresql://x", BOTLENS_SYNC_MAPPING="none.toml").stderr


def test_wrong_usage(shell: Shell) -> None:
    """Without a URL, with one that is none, or a way that is none."""
    assert "BOTLENS_SYNC_URL" in shell.run("sync").stderr
    assert shell.run("sync", "mysql://x").returncode == 2
    assert "--way" in shell.run("sync", "postgresql://x", "--way", "pigeon").stderr
    assert "built in are" in shell.run("sync", "postgresql://x", "--mapping", "none.toml").stderr


def test_beside_a_cluster_its_nodes_do_it(shell: Shell) -> None:
    """Whatever `sync` is asked to do itself; and it says how they are told to."""
    shards = "http://127.0.0.1:1/x"
    for more in ((), ("--once",), ("--verify",)):
        said = shell.refused("sync", "postgresql://me@127.0.0.1:1/x", *more, BOTLENS_SHARDS=shards)
        assert "nodes follow the database themselves: set BOTLENS_SYNC_URL" in said
