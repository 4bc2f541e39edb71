"""A team's database as `botlens doctor` looks at it: the tables of the origin, and a role that reads them."""

import psycopg

from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.examination import examine_source, followed_tables
from botlens.sources.postgres.mapping import TableMapping
from botlens.sources.postgres.mapping_text import built_in
from botlens.sources.postgres.source_findings import Severity, SourceFinding
from botlens.sources.postgres.ways import find_ways

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
