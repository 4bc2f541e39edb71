"""`botlens doctor URL` on a real PostgreSQL: what can be wrong, its sentence and the SQL that mends it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.examination import examine_source, followed_tables
from botlens.sources.postgres.followable import SourceServer, of_server
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.mapping_text import built_in, parse_mapping
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.slot import PolledLog
from botlens.sources.postgres.source_findings import Severity, SourceFinding
from botlens.sources.postgres.stream import StreamedLog
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.ways import find_ways, open_way
from tests.engine.pooler import Pooler

TABLES = """
CREATE TABLE companies (id text PRIMARY KEY, owner_id text);
CREATE TABLE subscriptions (user_id text, plan text, status text);
CREATE TABLE chatbots (id text PRIMARY KEY, company_id text, name text, is_published bool, average_rating
numeric); CREATE TABLE conversations (id text PRIMARY KEY, chatbot_id text, session_id text, language text,
                            created_at timestamptz);
CREATE TABLE messages (id int PRIMARY KEY, conversation_id text, role text, content text, created_at
                       timestamptz, confidence_score float);
CREATE TABLE message_feedback (id int PRIMARY KEY, message_id int, chatbot_id text, feedback text,
                               created_at timestamptz);
INSERT INTO companies VALUES ('c1', 'u1');
INSERT INTO subscriptions VALUES ('u1', 'pro', 'active');
INSERT INTO chatbots VALUES ('b1', 'c1', 'Bot', true, 4.5);
INSERT INTO conversations VALUES ('v1', 'b1', 's1', 'en', '2026-03-01T09:00Z');
INSERT INTO messages VALUES (1, 'v1', 'user', 'Hello?', '2026-03-01T09:00Z', NULL),
                            (2, 'v1', 'bot', 'Hello!', '2026-03-01T09:01Z', 0.9);
INSERT INTO message_feedback VALUES (1, 2, 'b1', 'thumbs_up', '2026-03-01T09:02Z');
"""
NAMES = "companies, subscriptions, chatbots, conversations, messages, message_feedback"
PUBLISHED = """
ALTER TABLE subscriptions REPLICA IDENTITY FULL;
CREATE PUBLICATION botlens FOR TABLE companies, subscriptions, chatbots, conversations, messages,
message_feedback;
"""


class Team:
    """A database with the tables of the origin, and a role that reads it."""

    def __init__(self, url: str) -> None:
        self.admin = psycopg.connect(url, autocommit=True)
        self.role = "reads_" + url.rpartition("/t_")[2][:8]
        self.run(TABLES + PUBLISHED)
        self.run(
            f"CREATE ROLE {self.role} LOGIN REPLICATION BYPASSRLS; GRANT SELECT ON {NAMES} TO {self.role}"
        )
        self.url = url.replace("postgres@", f"{self.role}@")

    def run(self, statements: str) -> None:
        self.admin.execute(statements.encode())

    def findings(self, mapping: TableMapping | None = None, own: tuple[str, ...] = ()) -> list[SourceFinding]:
        plans = ("free", "pro", "enterprise")
        return list(examine_source(self.url, mapping or built_in("supabase"), plans, own))

    def found(
        self, word: str, mapping: TableMapping | None = None, own: tuple[str, ...] = ()
    ) -> SourceFinding:
        """The one finding that is not fine; it has a word in it."""
        (found,) = (each for each in self.findings(mapping, own) if each.severity is not Severity.FINE)
        assert word in found.sentence
        return found

    def way(self) -> str:
        """The best that can be gone."""
        ways = find_ways(parse_address(self.url), followed_tables(built_in("supabase")))
        return next(each.name for each in ways if each.is_open)


@pytest.fixture
def team(new_postgres: Callable[[], str]) -> Iterator[Team]:
    found = Team(new_postgres())
    yield found
    found.run(f"DROP OWNED BY {found.role}; DROP ROLE {found.role}")
    found.admin.close()


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
        open_way(parse_address(team.url), followed_tables(built_in("supabase")), print)
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


def test_words_that_the_mapping_does_not_know(team: Team) -> None:
    """With how many rows have them; those that it knows are not named."""
    team.run(
        "INSERT INTO messages SELECT n, 'v1', 'narrator', 'x', '2026-03-01Z' FROM generate_series(3, 5) n"
    )
    team.run(
        "INSERT INTO messages VALUES (6, 'v1', NULL, 'x', '2026-03-01Z'), (7, 'v1', 'tool', 'x', "
        "'2026-03-01Z')"
    )
    assert "narrator (3), NULL (1)." in team.found("words for role").sentence
    team.run("DELETE FROM messages WHERE id IN (3, 4, 5, 6)")
    team.run("UPDATE message_feedback SET feedback = 'meh'")
    assert "meh (1)" in team.found("words for value").sentence


def test_scores_that_are_none(team: Team) -> None:
    """Out of range, with the scale where they look like percent; NaN; of another type."""
    team.run("UPDATE messages SET confidence_score = 87 WHERE id = 2")
    found = team.found("1 rows whose confidence_score is not between 0 and 1")
    assert 'confidence_score = { column = "confidence_score", scale = 0.01 }' in found.sentence
    team.run("UPDATE messages SET confidence_score = 'NaN' WHERE id = 2")
    team.found("1 rows whose confidence_score is NaN")
    team.run("ALTER TABLE messages ALTER confidence_score TYPE text")
    found = team.found("confidence_score of public.messages is text, not a number")
    assert found.severity is Severity.WRONG


def test_times_that_are_none(team: Team) -> None:
    """NULL, infinite, from the future and from before all clocks; without zone; of another type."""
    team.run(
        "INSERT INTO messages SELECT n, 'v1', 'user', 'x', t FROM (VALUES (3, NULL), (4, 'infinity'),"
        " (5, now() + interval '3 days'), (6, '1815-01-01Z')) AS v (n, t)"
    )
    said = [each.sentence for each in team.findings() if each.severity is not Severity.FINE]
    assert [each.partition(":")[0] for each in said] == [
        "public.messages has 1 rows whose created_at is NULL",
        "public.messages has 1 rows whose created_at is infinite",
        "public.messages has 1 rows from before 1970 or after 2199",
        "public.messages has 1 rows from the future",
    ]
    team.run("DELETE FROM messages WHERE id > 2; ALTER TABLE messages ALTER created_at TYPE timestamp")
    team.found("Times of public.messages have no zone: they are read as UTC")
    team.run("ALTER TABLE messages ALTER created_at TYPE text")
    assert (
        "created_at::timestamptz" in team.found("created_at of public.messages is text, not a time").sentence
    )


def test_rows_that_belong_to_nothing(team: Team) -> None:
    """Votes without message, messages without conversation: with how many there are."""
    team.run("INSERT INTO message_feedback VALUES (2, 77, 'b1', 'up', now()), (3, NULL, 'b1', 'up', now())")
    team.found("public.message_feedback has 2 rows whose message is not there")
    team.run("DELETE FROM message_feedback WHERE id > 1; DELETE FROM conversations")
    team.found("public.messages has 2 rows whose conversation is not there")


def test_accounts_that_cannot_be_as_they_are(team: Team) -> None:
    """Several active plans, several companies, plans that are not ours, ids that are taken."""
    team.run("INSERT INTO subscriptions VALUES ('u1', 'free', 'active'), ('u1', 'free', 'ended')")
    team.found("1 users have several active plans, of which the best counts: u1 (2)")
    team.run("DELETE FROM subscriptions WHERE plan = 'free'; INSERT INTO companies VALUES ('c2', 'u1')")
    team.found("1 owners have several companies, and see the oldest of them first: u1 (2)")
    team.run("DELETE FROM companies WHERE id = 'c2'; UPDATE subscriptions SET plan = 'agency'")
    assert "agency (1). They count as free" in team.found("plans that are not configured").sentence
    team.run("UPDATE subscriptions SET plan = 'pro'")
    assert team.found("has the id `c1`", own=("c1", "c9")).severity is Severity.WRONG


def test_a_pooler(team: Team, postgres_server: str) -> None:
    """Through it the log is read by statements; streaming is said not to go."""
    pooler = Pooler(postgres_server)
    direct = team.url
    database = direct.partition("@/")[2].partition("?")[0]
    team.url = f"postgresql://{team.role}@127.0.0.1:{pooler.port}/{database}"
    assert "is a pooler" in team.found("").sentence
    assert team.way() == "slot"
    name, follower = open_way(parse_address(team.url), followed_tables(built_in("supabase")), print)
    follower.close()
    assert name == "slot"
    pooler.close()
    team.url = direct


def test_a_way_that_is_wanted(team: Team) -> None:
    """Each can be asked for, and goes with the rights that are granted; one that cannot be gone says why."""
    tables = followed_tables(built_in("supabase"))
    for wanted, kind in {"stream": StreamedLog, "slot": PolledLog, "sweep": Sweep}.items():
        name, follower = open_way(parse_address(team.url), tables, print, wanted)
        assert (name, type(follower)) == (wanted, kind)
        team.run(f"INSERT INTO conversations VALUES ('{wanted}', 'b1')")
        (batch,) = follower.batches(4)
        assert [(each.table.name, each.key) for each in batch.changes] == [("conversations", (wanted,))]
        follower.acknowledge(batch.upto)
        assert follower.lag().behind < 100_000_000
        follower.close()
    team.run(f"ALTER ROLE {team.role} NOREPLICATION")
    with pytest.raises(SourceError, match="cannot be followed as slot") as raised:
        open_way(parse_address(team.url), tables, print, "slot")
    assert raised.value.code == "no_way_to_follow"


def test_nobody_answers() -> None:
    """One finding, which is wrong, without the password."""
    (found,) = examine_source("postgresql://me:s3cret-pass@127.0.0.1:1/db", built_in("supabase"), (), ())
    assert found.severity is Severity.WRONG
    assert "127.0.0.1:1" in found.sentence
    assert "s3cret" not in found.sentence
