"""`GET /v1/export`: conversations and messages as files, whole or visibly broken."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest

from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, outcome, rating, vote

PATH = "/v1/export"

CONVERSATION = {
    "conversation_id": "a",
    "chatbot_id": "bot",
    "started_at": "2026-03-18T10:00:00.000000Z",
    "ended_at": "2026-03-18T10:00:01.500000Z",
    "session_id": "visitor",
    "language": "de",
    "channel": None,
    "messages": 2,
    "questions": 1,
    "answers": 1,
    "unanswered": 1,
    "rating": 5,
    "positive_feedback": 0,
    "negative_feedback": 1,
    "handoff": True,
    "human": True,
    "engaged": False,
    "abandoned": False,
    "confirmed": False,
    "outcomes": ['a "b"', "sold"],
    "first_question": "Wo, bitte?",
}
OF_BOTH = {
    "conversation_id": "a",
    "chatbot_id": "bot",
    "started_at": "2026-03-18T10:00:00.000000Z",
    "session_id": "visitor",
    "language": "de",
    "channel": None,
}
MESSAGES = [
    {
        **OF_BOTH,
        "position": 1,
        "message_id": "1",
        "role": "user",
        "content": 'Wo,\r\n"bitte"?',
        "created_at": "2026-03-18T10:00:00.000000Z",
        "confidence_score": None,
        "fallback": False,
        "unanswered": False,
        "latency_ms": None,
        "feedback": None,
        "feedback_comment": None,
        "revision": 0,
    },
    {
        **OF_BOTH,
        "position": 2,
        "message_id": "2",
        "role": "assistant",
        "content": "",
        "created_at": "2026-03-18T10:00:01.500000Z",
        "confidence_score": 0.1,
        "fallback": True,
        "unanswered": True,
        "latency_ms": 900.5,
        "feedback": "negative",
        "feedback_comment": "no",
        "revision": 3,
    },
]


@pytest.fixture
def one(tenant: Tenant) -> Tenant:
    """A conversation with one of each."""
    tenant.send(
        conversation("a", session_id="visitor", language="de"),
        message("a", "1", 'Wo,\r\n"bitte"?'),
        answer(
            "a",
            "2",
            0.1,
            "2026-03-18T10:00:01.5Z",
            content="",
            fallback=True,
            latency_ms=900.5,
            revision=3,
            metadata={"cost": 1},
        ),
        vote("a", "2", "negative", comment="no"),
        rating("a", 5),
        handoff("a"),
        outcome("a", "sold"),
        outcome("a", 'a "b"'),
    )
    return tenant


def got(tenant: Tenant, **params: Any) -> httpx2.Response:
    found = tenant.world.client.get(PATH, params=params, headers=tenant.headers)
    assert found.status_code == 200, found.text
    return found


def objects(tenant: Tenant, **params: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in got(tenant, format="jsonl", **params).text.splitlines()]


def cells(tenant: Tenant, **params: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(got(tenant, **params).content.decode(), newline=""), strict=True))


def parquet(tenant: Tenant, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(
        io.BytesIO(got(tenant, format="parquet", **params).content)
    ).to_pylist()
    return found


def as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | list):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


def as_parquet(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and value else value


@pytest.mark.parametrize(("data", "rows"), [("conversations", [CONVERSATION]), ("messages", MESSAGES)])
def test_formats(one: Tenant, data: str, rows: list[dict[str, Any]]) -> None:
    """The same rows in each format, every column in its order and of its type."""
    # A question is shown with white space collapsed; what was said is exported as it was.
    expected = [{**row, "first_question": 'Wo, "bitte"?'} if "first_question" in row else row for row in rows]
    assert objects(one, data=data) == expected
    assert [list(row) for row in objects(one, data=data)] == [list(row) for row in expected]
    assert cells(one, data=data) == [
        {name: as_cell(value) for name, value in row.items()} for row in expected
    ]
    found = parquet(one, data=data)
    assert found == [{name: as_parquet(name, value) for name, value in row.items()} for row in expected]
    assert found[0]["started_at"].tzinfo is not None


def test_csv_is_rfc_4180(one: Tenant) -> None:
    """A header, CRLF, quotes doubled; UTF-8 without a mark at the beginning."""
    found = got(one, data="messages").content
    lines = found.split(b"\r\n")
    assert lines[0].startswith(b"conversation_id,chatbot_id,started_at,")
    assert found.endswith(b"\r\n")
    assert b',"Wo,\r\n""bitte""?",' in found


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("'quoted", "''quoted"),
        ("1=1", "1=1"),
        (" =1", " =1"),
        ("", ""),
    ],
)
def test_formulas(tenant: Tenant, text: str, cell: str) -> None:
    """No spreadsheet runs what a stranger typed: CSV puts a ' before it, which can be taken away again."""
    tenant.send(message("a", "1", text))
    (row,) = cells(tenant, data="messages")
    assert row["content"] == cell
    assert cell.removeprefix("'") == text
    assert objects(tenant, data="messages")[0]["content"] == text
    assert parquet(tenant, data="messages")[0]["content"] == text


def test_formulas_in_every_text(tenant: Tenant) -> None:
    """Ids, sessions, channels and comments come from outside too; numbers stay numbers."""
    tenant.send(
        conversation("=c", session_id="=s", language="=l", channel="=h"),
        message("=c", "=m", "=q"),
        vote("=c", "=m", comment="=v"),
        outcome("=c", "=o"),
    )
    (row,) = cells(tenant)
    assert [row[name] for name in ("conversation_id", "session_id", "language", "channel")] == [
        "'=c",
        "'=s",
        "'=l",
        "'=h",
    ]
    assert (row["first_question"], row["outcomes"]) == ("'=q", '["=o"]')
    (row,) = cells(tenant, data="messages")
    assert (row["message_id"], row["feedback_comment"]) == ("'=m", "'=v")


@pytest.mark.parametrize(
    ("params", "media_type", "name"),
    [
        (
            {},
            "text/csv; charset=utf-8; header=present",
            "botlens-conversations-from-2026-02-17-to-2026-03-18.csv",
        ),
        ({"format": "jsonl", "period": "all"}, "application/x-ndjson", "botlens-conversations-all.jsonl"),
        (
            {"format": "parquet", "data": "messages", "chatbots": "bot", "period": "today"},
            "application/vnd.apache.parquet",
            "botlens-messages-bot-from-2026-03-18-to-2026-03-18.parquet",
        ),
        (
            {"to": "2026-03-01"},
            "text/csv; charset=utf-8; header=present",
            "botlens-conversations-to-2026-03-01.csv",
        ),
        ({"chatbots": 'x"; y'}, "text/csv; charset=utf-8; header=present", None),
    ],
)
def test_headers(tenant: Tenant, params: dict[str, str], media_type: str, name: str | None) -> None:
    """The media type, and a file name that says what it is; nothing of an id could break out of it."""
    tenant.put('x"; y')
    found = got(tenant, **params)
    assert found.headers["content-type"] == media_type
    name = name or "botlens-conversations-from-2026-02-17-to-2026-03-18.csv"
    assert found.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert found.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("data", ["conversations", "messages"])
def test_nothing(tenant: Tenant, data: str) -> None:
    """No conversations: a header and no rows, in each format."""
    assert got(tenant, data=data, format="jsonl").content == b""
    assert got(tenant, data=data).content.count(b"\r\n") == 1
    table = pq.read_table(io.BytesIO(got(tenant, data=data, format="parquet").content))
    assert (table.num_rows, table.num_columns) == (0, {"conversations": 21, "messages": 18}[data])


def test_order_and_choice(new_tenant) -> None:
    """Conversations by start, messages by chatbot, conversation and order; of those that were chosen."""
    tenant = new_tenant(chatbots=("bot", "other"))
    tenant.send(
        message("b", "1", "first", "2026-03-16T10:00:00Z", language="de"),
        message("a", "1", "second", "2026-03-17T10:00:00Z"),
        message("a", "2", "third", "2026-03-18T10:00:00Z"),
        message("a", "1", "of another bot", "2026-03-15T10:00:00Z", chatbot_id="other"),
        conversation("t", test=True),
        message("t", "1", "a test"),
    )

    def conversations(**params: str) -> list[str]:
        return [f"{row['chatbot_id']}/{row['conversation_id']}" for row in objects(tenant, **params)]

    def contents(**params: str) -> list[str]:
        return [row["content"] for row in objects(tenant, data="messages", **params)]

    assert conversations() == ["other/a", "bot/b", "bot/a"]
    assert contents() == ["second", "third", "first", "of another bot"]
    assert contents(chatbots="bot", filter="language:is:de") == ["first"]
    assert contents(metric="messages", period="2d") == ["second", "third"]
    assert conversations(**{"from": "2026-03-16", "to": "2026-03-16"}) == ["bot/b"]


def test_agrees_with_the_list(one: Tenant) -> None:
    """An exported conversation is that of the list, field by field."""
    assert objects(one) == one.get("/v1/conversations")["conversations"]


def test_other_companies(new_tenant) -> None:
    """Nothing of anybody else's is ever in a file."""
    mine, theirs = new_tenant(), new_tenant(chatbots=("bot", "secret"))
    mine.send(message("a", "1", "mine"))
    theirs.send(message("a", "1", "theirs"), message("b", "1", "theirs"))
    for data in ("conversations", "messages"):
        (row,) = objects(mine, data=data, period="all")
        assert "theirs" not in str(row)
    assert mine.status(PATH, chatbots="secret") == (404, "unknown_chatbot")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"format": "xlsx"}, "invalid_parameter"),
        ({"data": "gaps"}, "invalid_parameter"),
        ({"period": "soon"}, "invalid_period"),
        ({"metric": "happiness"}, "unknown_metric"),
        ({"filter": "happiness:is:1"}, "unknown_field"),
        ({"limit": "5"}, "unknown_parameter"),
    ],
)
def test_bad_parameters(tenant: Tenant, params: dict[str, str], code: str) -> None:
    """What can be known to be wrong is said before the first byte."""
    assert tenant.status(PATH, **params) == (422, code)
