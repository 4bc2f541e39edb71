"""`botlens doctor URL` on a real PostgreSQL: what can be wrong, its sentence and the SQL that mends it."""

from dataclasses import replace

import psycopg
import pytest

from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.examination import examine_source, followed_tables
from botlens.sources.postgres.followable import SourceServer, of_server
from botlens.sources.postgres.mapping_text import built_in, parse_mapping
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.source_findings import Severity
from botlens.sources.postgres.ways import SourceWays
from tests.engine.team import NAMES, Team


def test_a_source_in_good_order(team: Team) -> None:
    """All is fine, and the best way is said."""
    found = team.findings()
    assert {each.severity for each in found} == {Severity.FINE}
    assert [each.sentence for each in found][-1] == "It can be followed as a stream: every change, at once"
    assert team.way() == "stream"


def test_hidden_rows(team: Team) -> None:
    """Row level security without BYPASSRLS is wrong, never an empty copy; the SQL mends it."""
    team.run(f"ALTER ROLE {team.role} NOBYPASSRLS; ALTER TABLE messages ENABLE ROW LEVEL SECURITY")
    found = team.found("hides rows of public.messages")
    assert found.severity is Severity.WRONG
    with pytest.raises(SourceError, match="lacks BYPASSRLS"):
        SourceWays(parse_address(team.url)).open(followed_tables(built_in("supabase")), print)
    team.run(found.sql)
    assert {each.severity for each in team.findings()} == {Severity.FINE}


def test_no_right_to_follow(team: Team) -> None:
    """Sweeps are what is left; the SQL gives the right."""
    team.run(f"ALTER ROLE {team.role} NOREPLICATION")
    found = team.found("may not read the log of changes")
    assert found.severity is Severity.NOTE
    assert team.way() == "sweep"
    assert "by sweeps" in team.findings()[-1].sentence
    team.run(found.sql)
    assert team.way() == "stream"


def test_no_publication(team: Team) -> None:
    """The SQL makes it; tables without a key get one that breaks nothing."""
    team.run("DROP PUBLICATION botlens; ALTER TABLE message_feedback DROP CONSTRAINT message_feedback_pkey")
    found = team.found("The log of changes says nothing of public.conversations")
    assert team.way() == "sweep"
    team.run(found.sql)
    sentence = team.found("").sentence
    assert "public.message_feedback has no primary key: the log of changes says what is inserted" in sentence
    assert team.way() == "stream"
    team.run("UPDATE message_feedback SET feedback = 'down'")


def test_accounts_need_not_be_published(team: Team) -> None:
    """They are read whole: nothing is said of a publication without them, but that they must be readable."""
    team.run("ALTER PUBLICATION botlens DROP TABLE companies, chatbots, subscriptions")
    assert all(each.severity is Severity.FINE for each in team.findings())
    assert team.way() == "stream"
    team.run(f"REVOKE SELECT ON subscriptions FROM {team.role}")
    assert "may not read public.subscriptions (plan, user_id)" in team.found("").sentence


def test_a_table_that_is_not_in_the_publication(team: Team) -> None:
    """It is named; the SQL adds it."""
    team.run("ALTER PUBLICATION botlens DROP TABLE messages")
    found = team.found("The log of changes says nothing of public.messages")
    team.run(found.sql)
    assert team.way() == "stream"


def test_a_published_table_without_a_key(team: Team) -> None:
    """The bot's own updates fail: that is wrong, and said before all else; the SQL mends it."""
    team.run("ALTER TABLE subscriptions REPLICA IDENTITY DEFAULT")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        team.run("UPDATE subscriptions SET plan = 'free'")
    (found,) = (each for each in team.findings() if each.severity is Severity.WRONG)
    assert "the bot's own UPDATE and DELETE of it fail" in found.sentence
    team.run(found.sql)
    team.run("UPDATE subscriptions SET plan = 'free'")


@pytest.mark.parametrize(
    ("altered", "word"),
    [
        ("SET (publish = 'insert, update, truncate')", "says nothing of delete of"),
        ("ADD TABLE messages WHERE (id > 7)", "only some rows of public.messages"),
        (
            "ADD TABLE messages (id, role)",
            "leaves out confidence_score, content, conversation_id, created_at of public.messages",
        ),
    ],
)
def test_a_publication_that_says_less(team: Team, altered: str, word: str) -> None:
    """The log cannot be followed then; the SQL mends it."""
    if "ADD TABLE" in altered:
        team.run("ALTER PUBLICATION botlens DROP TABLE messages")
    team.run(f"ALTER PUBLICATION botlens {altered}")
    found = [each for each in team.findings() if each.bars]
    assert word in found[0].sentence
    assert team.way() == "sweep"
    team.run(found[0].sql)
    assert team.way() == "stream"


def test_missing_tables_columns_and_rights(team: Team) -> None:
    """Each is named; a column that is not needed stays empty."""
    team.run("ALTER TABLE messages RENAME role TO sender; ALTER TABLE messages DROP confidence_score")
    team.run("DROP TABLE chatbots")
    team.run(
        f"REVOKE SELECT ON conversations FROM {team.role}; GRANT SELECT (id) ON conversations TO {team.role}"
    )
    found = [each for each in team.findings() if each.severity is not Severity.FINE]
    said = [each.sentence for each in found]
    assert said[0].startswith("There is no table public.chatbots")
    assert "public.messages has no column `role`" in said[1]
    assert "public.messages has no column `confidence_score`" in said[2]
    assert found[2].severity is Severity.NOTE
    assert "may not read public.conversations (chatbot_id, created_at, language, session_id)" in said[3]
    team.run(found[3].sql)
    assert not any("may not read" in each.sentence for each in team.findings())


def test_a_column_that_is_not_needed(team: Team) -> None:
    """It stays empty, which is said; everything else is looked at all the same."""
    team.run("ALTER TABLE messages DROP confidence_score; UPDATE messages SET role = 'narrator'")
    said = [each.sentence for each in team.findings() if each.severity is not Severity.FINE]
    assert "[message] confidence_score: that stays empty" in said[0]
    assert "narrator (2)" in said[1]


SERVER = SourceServer(180_004, False, "logical", "botlens", True, 3, 5, 1, 10, "0")


@pytest.mark.parametrize(
    ("server", "word", "severity", "barred"),
    [
        (replace(SERVER, version=140_009), "PostgreSQL 14 is too old", Severity.WRONG, {"sweep"}),
        (replace(SERVER, is_replica=True), "use the primary", Severity.WRONG, {"sweep", "stream"}),
        (replace(SERVER, statement_timeout="2min"), "2min cannot be lifted", Severity.WRONG, {"sweep"}),
        (replace(SERVER, wal_level="replica"), "wal_level is replica", Severity.NOTE, {"stream", "slot"}),
        (replace(SERVER, slots=5), "All 5 slots of the server are taken", Severity.NOTE, {"stream", "slot"}),
        (replace(SERVER, senders=10), "All 10 streams of the server are taken", Severity.NOTE, {"stream"}),
        (
            replace(SERVER, version=150_008, may_replicate=False),
            "Before 17 a superuser must do it",
            Severity.NOTE,
            {"stream", "slot"},
        ),
    ],
)
def test_a_server_that_is_not_as_it_must_be(
    server: SourceServer, word: str, severity: Severity, barred: set[str]
) -> None:
    """Each in a sentence, with the ways that it bars."""
    assert list(of_server(SERVER)) == []
    (found,) = of_server(server)
    assert word in found.sentence
    assert found.severity is severity
    assert barred <= found.bars
    assert found.bars >= {"stream", "slot", "sweep"} or severity is Severity.NOTE


def test_no_table_at_all(team: Team) -> None:
    """Most often it is the wrong database: said once, not of each table."""
    team.run(f"DROP TABLE {NAMES}")
    found = team.findings()
    assert [each.severity for each in found] == [Severity.FINE, Severity.WRONG]
    assert "None of the tables of the mapping is in this database (public.companies, " in found[1].sentence


def test_entities_of_one_table(team: Team) -> None:
    """What is to be said of the table is said once."""
    team.run("ALTER TABLE messages ALTER created_at TYPE timestamp")
    message = """
        [[message]]
        table = "messages"
        id = { sql = "id || 'NAME'" }
        conversation = "conversation_id"
        role = { constant = "user" }
        content = "content"
        created_at = "created_at"
    """
    mapping = parse_mapping(
        """
        timezone = "UTC"
        [company]
        table = "companies"
        id = "id"
        [chatbot]
        table = "chatbots"
        id = "id"
        company = "company_id"
        [conversation]
        table = "conversations"
        id = "id"
        chatbot = "chatbot_id"
        """
        + message.replace("NAME", "a")
        + message.replace("NAME", "b")
    )
    team.found("Times of public.messages have no zone", mapping)


def test_a_view_and_an_expression_that_cannot_be_run(team: Team) -> None:
    """The first says nothing of its changes; the second says what PostgreSQL says."""
    team.run(
        "ALTER TABLE messages RENAME TO all_messages; CREATE VIEW messages AS SELECT * FROM all_messages"
    )
    assert "public.messages is a view" in team.findings()[1].sentence
    team.run("DROP VIEW messages; ALTER TABLE all_messages RENAME TO messages")
    text = """
        [company]
        table = "companies"
        id = "id"
        [chatbot]
        table = "chatbots"
        id = "id"
        company = "company_id"
        [conversation]
        table = "conversations"
        id = "id"
        chatbot = "chatbot_id"
        [message]
        table = "messages"
        id = "id"
        conversation = "conversation_id"
        role = { sql = "lower(sender)" }
        content = "content"
        created_at = "created_at"
    """
    found = team.found("[message] role of the mapping cannot be run", parse_mapping(text))
    assert 'column "sender" does not exist' in found.sentence


def test_nobody_answers() -> None:
    """One finding, which is wrong, without the password."""
    (found,) = examine_source("postgresql://me:s3cret-pass@127.0.0.1:1/db", built_in("supabase"), (), ())
    assert found.severity is Severity.WRONG
    assert "127.0.0.1:1" in found.sentence
    assert "s3cret" not in found.sentence
