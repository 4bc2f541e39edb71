"""Mappings of tables: the ones that are built in, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from botlens.errors import InvalidError
from botlens.sources.postgres.mapping import TableName, quoted
from botlens.sources.postgres.mapping_text import BUILT_IN, SUPABASE, parse_mapping, read_mapping

SMALL = """
company = { table = "accounts", id = "id" }
chatbot = { table = "bots", id = "id", company = "account_id" }
conversation = { table = "chat.talks", id = "id", chatbot = "bot_id" }
[message]
table = "chat.lines"
id = "id"
conversation = "talk_id"
role = { column = "who", map = { bot = "assistant" } }
content = { sql = "body || footer" }
created_at = "at"
"""


def refusal(text: str) -> str:
    with pytest.raises(InvalidError) as refused:
        parse_mapping(text)
    assert refused.value.code == "invalid_mapping"
    return refused.value.message


@pytest.mark.parametrize("name", BUILT_IN)
def test_those_that_are_built_in(name: str) -> None:
    """Each can be read and has what is needed."""
    mapping = read_mapping(name)
    assert {each.kind for each in mapping.entities} >= {"company", "chatbot", "conversation", "message"}


def test_supabase_follows_rows_as_they_come() -> None:
    """No event of the tables that most have needs a row to be read again."""
    mapping = read_mapping(SUPABASE)
    assert not any(each.is_read_again for each in mapping.events)
    assert [str(each) for each in mapping.tables] == [
        "public.companies",
        "public.subscriptions",
        "public.chatbots",
        "public.conversations",
        "public.messages",
        "public.message_feedback",
    ]


def test_one_table_may_hold_several_things() -> None:
    """A row of Dify is a question and its answer."""
    question, answer = read_mapping("dify").of("message")
    assert question.table == answer.table
    assert question.fields["role"].constant == "user"
    assert answer.where == "answer <> ''"


def test_what_is_read(tmp_path: Path) -> None:
    """Columns, words, expressions, from a file of one's own."""
    file = tmp_path / "own.toml"
    file.write_text(SMALL)
    mapping = read_mapping(str(file))
    assert mapping.zone.key == "UTC"
    (message,) = mapping.of("message")
    assert message.table == TableName("chat", "lines")
    assert message.columns == ("id", "talk_id", "who", "at")
    assert message.fields["role"].words == {"bot": "assistant"}
    assert message.fields["content"].expression == "(body || footer)"
    assert message.is_read_again
    assert message.table.sql == '"chat"."lines"'


def test_what_a_table_need_not_have() -> None:
    """An optional column that is not there is as if nothing was said of its field; any other stays."""
    (company,) = read_mapping(SUPABASE).of("company")
    assert company.found_in({"id", "owner_id", "name"}).fields.keys() == {"id", "name", "owner"}
    assert company.found_in(set()).columns == ("id", "owner_id")
    assert company.found_in(company.columns) is company


def test_names_are_quoted() -> None:
    """Whatever is in them."""
    assert quoted('a"; DROP TABLE b') == '"a""; DROP TABLE b"'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("company =", "compny ="), "there is no [compny]"),
        (('table = "bots", ', ""), "[chatbot] must name its `table`"),
        (('chatbot = "bot_id"', 'bot = "bot_id"'), "[conversation] has no `bot`; it has table, where, id"),
        (('created_at = "at"', ""), "[message] must say what `created_at` is"),
        (('created_at = "at"', "created_at = 5"), "[message] `created_at` must be the name of a column"),
        (('sql = "body || footer"', 'sql = "x", column = "y"'), "needs exactly one of"),
        (('sql = "body || footer"', 'sqll = "x"'), "[message] `content` has no `sqll`"),
        (("map = { bot =", "map = { 'bot' = 5, x ="), "`map` must be a table of words"),
        (
            ('sql = "body || footer"', 'sql = "x", optional = true'),
            "`optional` is true or false, and said of",
        ),
        (("map = { bot =", "optional = 1, map = { bot ="), "`optional` is true or false, and said of"),
        (("company =", "company"), "it is no TOML"),
        (("company =", "timezone = 5\ncompany ="), "`timezone` must be a zone"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], says: str) -> None:
    """The entry, the field, and what there is instead."""
    assert says in refusal(SMALL.replace(*change, 1))


@pytest.mark.parametrize("kind", ["company", "chatbot", "conversation"])
def test_what_is_missing(kind: str) -> None:
    """Without these nothing can be placed."""
    lines = [line for line in SMALL.splitlines() if not line.startswith(f"{kind} = {{")]
    assert f"[{kind}] is missing" in refusal("\n".join(lines))


def test_a_file_that_is_not_there() -> None:
    """It says what is built in."""
    with pytest.raises(InvalidError, match="built in are supabase, chatwoot, dify"):
        read_mapping("supabse")
