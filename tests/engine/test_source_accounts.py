"""Companies, chatbots and plans as they are read of a real PostgreSQL, whatever its tables are like."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from botlens.sources.postgres.accounts import SourceAccounts, read_accounts
from botlens.sources.postgres.mapping_text import built_in, parse_mapping
from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import ChatbotThere, CompanyThere

SUPABASE = built_in("supabase")

TABLES = """
CREATE TABLE companies (id uuid PRIMARY KEY, owner_id uuid);
CREATE TABLE subscriptions (user_id uuid, plan text, status text);
CREATE TABLE chatbots (id uuid PRIMARY KEY, company_id uuid, name text, is_published boolean,
  average_rating numeric)
"""


def uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


ACME, BETA, ANN, BOB, ONE, TWO = map(uuid, range(1, 7))

ROWS = f"""
INSERT INTO companies VALUES ('{ACME}', '{ANN}'), ('{BETA}', NULL);
INSERT INTO subscriptions VALUES ('{ANN}', 'pro', 'active'), ('{ANN}', 'starter', 'active'),
  ('{BOB}', 'pro', 'trialing'), ('{BOB}', 'pro', 'canceled'), (NULL, 'pro', 'active');
INSERT INTO chatbots VALUES ('{ONE}', '{ACME}', 'One', true, 4.35), ('{TWO}', '{ACME}', NULL, NULL, NULL)
"""


@pytest.fixture
def source(new_postgres: Callable[[], str]) -> Iterator[psycopg.Connection]:
    """The tables that are relied on, and no column more."""
    with psycopg.connect(new_postgres(), autocommit=True) as connection:
        run(connection, TABLES)
        yield connection


def run(connection: psycopg.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        connection.execute(statement)  # type: ignore[arg-type]


def test_the_tables_that_are_relied_on(source: psycopg.Connection) -> None:
    """Active subscriptions alone are plans; what there is no column for is not said."""
    run(source, ROWS)
    found = read_accounts(source, SUPABASE)
    assert sorted(found.companies, key=lambda each: each.id) == [
        CompanyThere(ACME, owner=ANN),
        CompanyThere(BETA, owner=None),
    ]
    assert sorted(found.chatbots, key=lambda each: each.id) == [
        ChatbotThere(ONE, ACME, "One", True, 4.35),
        ChatbotThere(TWO, ACME, None, False, None),
    ]
    assert {user: sorted(words) for user, words in (found.plans or {}).items()} == {ANN: ["pro", "starter"]}
    assert found.company_fields == {"owner", "plan"}
    assert found.chatbot_fields == {"name", "is_published", "average_rating"}
    assert found.left_out == {}


def test_more_columns(source: psycopg.Connection) -> None:
    """Name and creation time are taken where there are any: with an offset or without one."""
    run(source, "ALTER TABLE companies ADD name text, ADD created_at timestamptz")
    run(source, "ALTER TABLE chatbots ADD created_at timestamp")
    run(source, ROWS)
    run(source, f"UPDATE companies SET name = 'Beta', created_at = '2026-05-01 10:00+02' WHERE id = '{BETA}'")
    run(source, "UPDATE chatbots SET created_at = '2026-05-01 08:00'; SET DateStyle = 'German'")
    found = read_accounts(source, SUPABASE)
    moment = datetime(2026, 5, 1, 8, tzinfo=UTC)
    beta = next(each for each in found.companies if each.id == BETA)
    assert (beta.name, beta.created_at) == ("Beta", moment)
    assert {each.created_at for each in found.chatbots} == {moment}
    assert "name" in found.company_fields


def test_columns_that_may_not_be_read(source: psycopg.Connection, new_role: Callable[[str], None]) -> None:
    """Rights may be given by column: an optional one without them is as if it were not there."""
    run(source, ROWS)
    run(source, "ALTER TABLE companies ADD name text")
    new_role(
        "GRANT SELECT (id, owner_id) ON companies TO {role};GRANT SELECT ON subscriptions, chatbots TO {role}"
    )
    assert len(read_accounts(source, SUPABASE).companies) == 2


@pytest.fixture
def new_role(source: psycopg.Connection) -> Iterator[Callable[[str], None]]:
    """Makes a role with some rights, and reads as that one from then on."""
    role = f"reader_{source.info.backend_pid}"

    def make(grants: str) -> None:
        run(source, f"CREATE ROLE {role} BYPASSRLS; {grants.format(role=role)}; SET ROLE {role}")

    yield make
    run(source, f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")


def test_what_cannot_be_taken(source: psycopg.Connection) -> None:
    """It is left out or counts as unknown, and is counted; the rest comes in."""
    run(source, "ALTER TABLE companies ALTER id TYPE text, ADD created_at timestamptz")
    run(source, "ALTER TABLE chatbots ALTER id TYPE text")
    run(source, ROWS)
    run(source, "INSERT INTO companies VALUES (E'a\\tb', NULL, NULL), ('late', NULL, 'infinity')")
    run(source, f"INSERT INTO chatbots VALUES ('x', NULL, 'x', true, 1), ('y', '{ACME}', 'y', true, 'NaN')")
    run(source, f"INSERT INTO chatbots VALUES ('z', '{ACME}', repeat('z', 300), true, 87)")
    found = read_accounts(source, SUPABASE)
    assert {each.id for each in found.companies} == {ACME, BETA, "late"}
    assert {each.id: each.average_rating for each in found.chatbots if len(each.id) == 1} == {
        "y": None,
        "z": None,
    }
    assert next(each for each in found.chatbots if each.id == "z").name == "z" * 200
    assert sorted(found.left_out.values()) == [1, 1, 1, 2]


def test_a_mapping_of_ones_own(source: psycopg.Connection) -> None:
    """Other names, expressions, words, constants, integers as ids; a `%` in an expression is one."""
    run(source, "CREATE SCHEMA chat; CREATE TABLE chat.accounts (id int, title text)")
    run(source, "CREATE TABLE chat.bots (id int, account int, state text)")
    run(source, "INSERT INTO chat.accounts VALUES (7, 'Acme'), (8, 'old: Beta')")
    run(source, "INSERT INTO chat.bots VALUES (1, 7, 'live')")
    mapping = parse_mapping("""
        conversation = { table = "t", id = "id", chatbot = "b" }
        message = { table = "t", id = "i", conversation = "c", role = "r", content = "t", created_at = "a" }
        [company]
        table = "chat.accounts"
        id = "id"
        name = { sql = "upper(accounts.title)" }
        plan = { constant = "pro" }
        where = "title NOT LIKE 'old:%'"
        [chatbot]
        table = "chat.bots"
        id = "id"
        company = "account"
        is_published = { column = "state", map = { live = "true", draft = "false" } }
    """)
    found = read_accounts(source, mapping)
    assert found.companies == (CompanyThere("7", "ACME", plan="pro"),)
    assert found.chatbots == (ChatbotThere("1", "7"),)
    assert (found.plans, found.company_fields) == (None, {"name", "plan"})
    assert found.chatbot_fields == {"is_published"}


def test_they_are_of_one_moment(source: psycopg.Connection) -> None:
    """A company that is made while they are read comes with the next look, and so do its bots."""
    run(source, ROWS)
    pid = source.info.backend_pid
    with ThreadPoolExecutor(1) as pool, psycopg.connect(source.info.dsn) as other:
        run(other, "LOCK TABLE chatbots")
        reading = pool.submit(read_accounts, source, SUPABASE)
        until = time.monotonic() + 60
        while not other.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [pid]).fetchone():
            assert time.monotonic() < until
        run(other, f"INSERT INTO companies VALUES ('{uuid(8)}', NULL)")
        run(other, f"INSERT INTO chatbots VALUES ('{uuid(9)}', '{uuid(8)}', 'new', true, NULL)")
        other.commit()
        found = reading.result()
    assert (len(found.companies), len(found.chatbots)) == (2, 2)
    again = read_accounts(source, SUPABASE)
    assert (len(again.companies), len(again.chatbots)) == (3, 3)


def test_kept_as_they_are(source: psycopg.Connection, tmp_path: Path) -> None:
    """Again and again; what an operator should know is logged once, and again when it is new."""
    run(source, ROWS)
    with Accounts.open(f"sqlite:///{tmp_path}/accounts.db") as accounts:
        ours = SourceAccounts(accounts, "supabase", SUPABASE)
        with capture_logs() as logs:
            ours.refresh(source)
            ours.refresh(source)
            run(source, "UPDATE subscriptions SET plan = 'agency'; UPDATE chatbots SET name = 'New'")
            ours.refresh(source)
            run(source, "DELETE FROM chatbots")
            ours.refresh(source)
        assert [each["remark"][:30] for each in logs if "remark" in each] == [
            "1 user has active subscription",
            "1 company is on the plan 'agen",
            "2 of 2 chatbots are gone from ",
        ]
        company = accounts.company(ACME)
        assert company is not None
        assert (company.plan, accounts.plan_of(company).name) == ("agency", "free")
        assert [each.name for each in accounts.chatbots(ACME)] == ["New", "New"]
