"""A query as a file: the rows of the answer, a column a name."""

import csv
import io
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest

from tests.conftest import Tenant
from tests.contract.small_company import WEEK, ask
from tests.events import message

CHART: dict[str, Any] = {"metrics": ["conversations", "csat"], "dimensions": ["day"], "period": WEEK}


def post(tenant: Tenant, **asked: Any) -> httpx2.Response:
    found = tenant.world.client.post("/v1/query", json=asked, headers=tenant.headers)
    assert found.status_code == 200, found.text
    return found


def table(response: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(response.content)).to_pylist()
    return found


def lines(response: httpx2.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.text, newline="")))


def test_csv(company: Tenant) -> None:
    """Heads are names, null is an empty cell, lines are the rows of the answer in their order."""
    found = post(company, **CHART, format="csv")
    assert found.headers["content-type"].startswith("text/csv")
    assert lines(found)[0] == ["day", "conversations", "csat"]
    assert lines(found)[5:] == [
        ["2026-03-16", "1", "1.0"],
        ["2026-03-17", "2", "0.0"],
        ["2026-03-18", "0", ""],
    ]
    rows = ask(company, *CHART["metrics"], dimensions=["day"])["rows"]
    assert lines(found)[1:] == [
        ["" if value is None else str(value) for value in row.values()] for row in rows
    ]


def test_parquet(company: Tenant) -> None:
    """Values and nulls are those of the answer, with the types that the catalogue says."""
    found = post(company, **CHART, format="parquet")
    assert found.headers["content-type"] == "application/vnd.apache.parquet"
    assert table(found) == ask(company, *CHART["metrics"], dimensions=["day"])["rows"]
    schema = pq.read_schema(io.BytesIO(found.content))
    assert [str(each.type) for each in schema] == ["string", "int64", "double"]


def test_for_spreadsheets(company: Tenant) -> None:
    """`bom` is three bytes at the beginning, and changes nothing else."""
    plain, marked = (post(company, **CHART, format="csv", bom=bom).content for bom in (False, True))
    assert marked == b"\xef\xbb\xbf" + plain


def test_no_spreadsheet_runs_what_a_visitor_wrote(tenant: Tenant) -> None:
    """A text that begins like a formula gets a mark in front, as in exports."""
    tenant.send(message("a", "1", "=1+1", "2026-03-17T10:00:00Z"))
    asked = {"metrics": ["questions"], "dimensions": ["question"], "period": WEEK, "labels": True}
    found = lines(post(tenant, **asked, format="csv"))
    assert found == [["question", "question_label", "questions"], ["'=1+1", "'=1+1", "1"]]
    (row,) = table(post(tenant, **asked, format="parquet"))
    assert row == {"question": "=1+1", "question_label": "=1+1", "questions": 1}


def test_beside_another_period(company: Tenant) -> None:
    """The counterpart stands in the same line: its date, and its metrics."""
    found = table(post(company, **CHART, compare="previous_period", format="parquet"))
    answer = ask(company, *CHART["metrics"], dimensions=["day"], compare="previous_period")
    expected = [
        {**row, **{f"compare_{name}": value for name, value in other.items()}}
        for row, other in zip(answer["rows"], answer["compare"]["rows"], strict=True)
    ]
    assert found == expected
    assert found[5]["compare_day"] == "2026-03-10"


def test_what_values_stand_on(company: Tenant) -> None:
    """Columns of their own, where `n` asks for them."""
    asked = {"metrics": ["csat", "messages_per_conversation", "latency_p50", "conversations"], "period": WEEK}
    (row,) = table(post(company, **asked, n=True, format="parquet"))
    assert list(row) == [
        *("csat", "csat_numerator", "csat_denominator", "csat_low", "csat_high"),
        *("messages_per_conversation", "messages_per_conversation_numerator"),
        *("messages_per_conversation_denominator", "latency_p50", "latency_p50_n", "conversations"),
    ]
    assert (row["csat_numerator"], row["csat_denominator"], row["latency_p50_n"]) == (1, 2, 4)
    assert row["csat_low"] == pytest.approx(0.0945312)


def test_nothing(company: Tenant) -> None:
    """A file with heads and no line."""
    nobody = {"field": "language", "op": "is", "value": "xx"}
    asked = {"metrics": ["csat"], "dimensions": ["language"], "filters": nobody, "n": True}
    assert lines(post(company, **asked, format="csv"))[1:] == []
    assert table(post(company, **asked, format="parquet")) == []


def test_its_name(company: Tenant) -> None:
    """It says what it holds, of which chatbot, and of which local days."""
    name = post(company, **CHART, chatbots=["bot"], format="csv").headers["content-disposition"]
    expected = "botlens-conversations-csat-by-day-bot-from-2026-03-12-to-2026-03-18.csv"
    assert name == f'attachment; filename="{expected}"'
    ever = post(company, metrics=["csat"], period="all", format="parquet").headers["content-disposition"]
    assert ever == 'attachment; filename="botlens-csat-all.parquet"'


def test_a_link(company: Tenant) -> None:
    """The same file to download, which a client keeps like an answer."""
    params = {"metrics": "conversations,csat", "dimensions": "day", "period": WEEK, "format": "csv"}
    found = company.world.client.get("/v1/query", params=params, headers=company.headers)
    assert found.content == post(company, **CHART, format="csv").content
    kept = {**company.headers, "If-None-Match": found.headers["etag"]}
    assert company.world.client.get("/v1/query", params=params, headers=kept).status_code == 304
    as_json = {**params, "format": "json"}
    assert company.world.client.get("/v1/query", params=as_json, headers=kept).status_code == 200


def test_parquet_is_not_packed_again(company: Tenant) -> None:
    """It is packed already; CSV is packed for those who take it."""
    headers = {**company.headers, "Accept-Encoding": "gzip"}
    for suffix, packed in (("parquet", None), ("csv", "gzip")):
        asked = {
            "metrics": ["conversations"],
            "dimensions": ["day", "hour"],
            "period": WEEK,
            "format": suffix,
        }
        answer = company.world.client.post("/v1/query", json=asked, headers=headers)
        assert answer.headers.get("content-encoding") == packed


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"format": "xlsx"}, "format"),
        ({"format": ["csv"]}, "format"),
        ({"bom": True}, "bom"),
        ({"format": "parquet", "bom": True}, "bom"),
        ({"format": "csv", "bom": "yes"}, "bom"),
        ({"format": "csv", "totals": True}, "totals"),
        ({"format": "csv", "dimensions": ["question"], "metrics": ["questions"], "wording": True}, "wording"),
    ],
)
def test_what_no_file_holds(company: Tenant, more: dict[str, Any], field: str) -> None:
    """It is refused, and never left out silently."""
    answer = company.world.client.post("/v1/query", json={**CHART, **more}, headers=company.headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_a_batch_holds_no_files(company: Tenant) -> None:
    """It is JSON: there a format is an error of its question."""
    found = company.world.client.post(
        "/v1/queries", json={"chart": {**CHART, "format": "csv"}}, headers=company.headers
    )
    assert found.json()["errors"]["chart"]["error"]["field"] == "format"
