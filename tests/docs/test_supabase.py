"""What `how-to/supabase.md` says to paste, pasted on a real PostgreSQL by an owner as Supabase's is."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from botlens.sources.postgres.accounts import read_accounts
from botlens.sources.postgres.mapping_text import SUPABASE, built_in
from tests.cli.conftest import Running, Shell
from tests.docs.pages import ROOT, blocks
from tests.engine.conftest import new_postgres, postgres_server
from tests.engine.test_source_accounts import ACME, ANN, ONE, ROWS, TABLES, uuid

__all__ = ["new_postgres", "postgres_server"]

PAGE = ROOT / "docs" / "how-to" / "supabase.md"
READING, FOLLOWING, TAKING_AWAY = blocks(PAGE, "sql")
START, WATCH, LOOK = blocks(PAGE, "sh")
OWNER = "team"
MORE = """
CREATE TABLE conversations (id uuid PRIMARY KEY, chatbot_id uuid, session_id text, language text,
  created_at timestamptz);
CREATE TABLE messages (id uuid PRIMARY KEY, conversation_id uuid, role text, content text,
  created_at timestamptz, confidence_score float);
CREATE TABLE message_feedback (id uuid PRIMARY KEY, message_id uuid, chatbot_id uuid, feedback text,
  created_at timestamptz)
"""


def paste(url: str, text: str) -> None:
    """As an SQL editor does."""
    with psycopg.connect(url) as connection:
        for statement in text.split(";"):
            if statement.strip():
                connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def owner(new_postgres: Callable[[], str]) -> Iterator[str]:
    """A database as of Supabase: its owner is no superuser, and has row level security on every table."""
    superuser = new_postgres()
    with psycopg.connect(superuser, autocommit=True) as connection:
        (database,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        run = connection.execute
        run(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS")  # type: ignore[arg-type]
        run(f"ALTER DATABASE {database} OWNER TO {OWNER}")  # type: ignore[arg-type]
        run(f"ALTER SCHEMA public OWNER TO {OWNER}")  # type: ignore[arg-type]
        url = make_conninfo(superuser, user=OWNER)
        paste(url, f"{TABLES};{MORE};{ROWS}")
        for (table,) in run(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relowner = 'team'::regrole"
        ):
            run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")  # type: ignore[arg-type]
        yield url
        run("DROP PUBLICATION IF EXISTS botlens")
        if run("SELECT 1 FROM pg_roles WHERE rolname = 'botlens'").fetchone():
            run("DROP OWNED BY botlens; DROP ROLE botlens")
        run(f"REASSIGN OWNED BY {OWNER} TO postgres; DROP OWNED BY {OWNER}; DROP ROLE {OWNER}")  # type: ignore[arg-type]


def as_botlens(owner: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(owner, user="botlens"), autocommit=True)


def test_a_role_that_reads(owner: str) -> None:
    """It sees what row level security hides, and can write nothing."""
    paste(owner, READING)
    with as_botlens(owner) as connection:
        connection.execute("SET row_security = off")
        found = read_accounts(connection, built_in(SUPABASE))
        assert (len(found.companies), len(found.chatbots)) == (2, 2)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM messages")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM messages")


def test_a_role_that_follows(owner: str) -> None:
    """A slot of its own hears of changes, and ends with the connection."""
    paste(owner, READING + FOLLOWING)
    with as_botlens(owner) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('of_docs', 'pgoutput', true)")
        paste(owner, "INSERT INTO messages (id) VALUES (gen_random_uuid())")
        said = connection.execute(
            "SELECT count(*) FROM pg_logical_slot_get_binary_changes('of_docs', NULL, NULL,"
            " 'proto_version', '1', 'publication_names', 'botlens')"
        ).fetchone()
        assert said == (4,)  # begin, relation, insert, commit


@pytest.mark.parametrize("made", [READING, READING + FOLLOWING], ids=["reading", "following"])
def test_taken_away_again(owner: str, made: str) -> None:
    """Nothing of botlens is there any more."""
    paste(owner, made)
    paste(owner, TAKING_AWAY)
    with psycopg.connect(owner) as connection:
        for catalogue, name in (
            ("pg_roles", "rolname"),
            ("pg_publication", "pubname"),
            ("pg_replication_slots", "slot_name"),
        ):
            asked = f"SELECT count(*) FROM {catalogue} WHERE {name} LIKE 'botlens%'"
            assert connection.execute(asked).fetchone() == (0,)  # type: ignore[arg-type]


def said(first: int, conversation: int) -> str:
    """A question and its answer, whose ids are numbered from `first`."""
    at, of = "2026-03-18 10:00+00", uuid(conversation)
    return (
        f"INSERT INTO conversations VALUES ('{of}', '{ONE}', 'visitor', 'en', '{at}');"
        f"INSERT INTO messages VALUES ('{uuid(first)}', '{of}', 'user', 'Hello?', '{at}', NULL),"
        f"('{uuid(first + 1)}', '{of}', 'bot', 'Hello!', '{at}', 0.9);"
    )


def counted(server: Running, key: str, messages: int) -> float:
    """Seconds until so many messages count."""
    begun = time.monotonic()
    while True:
        answer = server.get("/analytics/overview", key)
        if answer.status_code == 200 and answer.json()["total_messages"] == messages:
            return time.monotonic() - begun
        assert time.monotonic() - begun < 60, answer.text
        time.sleep(0.05)


def commands(block: str) -> list[list[str]]:
    """The commands of botlens in a block, as lists of words."""
    lines = [line.partition(" #")[0] for line in block.splitlines()]
    return [line.split()[1:] for line in lines if line.startswith("botlens ")]


def key_of(shell: Shell) -> str:
    """An API key of the company that was taken over, once it is."""
    until = time.monotonic() + 60
    while ACME not in [each["company_id"] for each in shell.json("company", "list")]:
        assert time.monotonic() < until
    return str(shell.json("key", "create", "--company", ACME)["api_key"])


@pytest.mark.slow
def test_from_nothing_to_numbers(owner: str, tmp_path: Path) -> None:
    """The page's own commands: nothing is wrong, the server follows, and leaves nothing behind."""
    paste(owner, READING + FOLLOWING + said(100, 90))
    info = psycopg.conninfo.conninfo_to_dict(owner)
    url = f"postgresql://botlens@/{info['dbname']}?host={info['host']}"
    names = re.findall(r"export (\w+)=", START)
    assert names == ["BOTLENS_SYNC_URL", "BOTLENS_SUPABASE_URL"]
    settings = dict(zip(names, (url, "https://project.supabase.co"), strict=True))
    shell = Shell(tmp_path)
    doctor, serve = commands(START)
    found = shell.json(*(url if word == '"$BOTLENS_SYNC_URL"' else word for word in doctor))
    assert [each["what"] for each in found if each["mark"] == "wrong"] == []
    with shell.serving(*serve, "--port", "0", **settings) as server:
        listing, link = commands(LOOK)
        key = key_of(shell)
        counted(server, key, 2)
        paste(owner, said(200, 91))
        assert counted(server, key, 4) < 30
        paste(owner, f"DELETE FROM messages WHERE id = '{uuid(101)}'")
        assert counted(server, key, 3) < 30
        assert ACME in shell.run(*listing).stdout
        logs_in = shell.run(*(ACME if word == "COMPANY" else word for word in link))
        assert ("/login#" in logs_in.stdout, ANN in logs_in.stderr) == (True, True)
        (status,) = commands(WATCH)
        assert "way: " in shell.run(*status).stdout
        assert "/readyz" in WATCH
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
    paste(owner, TAKING_AWAY)
    assert json.loads(shell.run("source", "list", "--json").stdout)[0]["companies"] == 2
