"""A store of an older botlens: what is computed of facts is added, what was made of events is made anew."""

from botlens.events.lines import lines_of, records_of
from botlens.events.record import MESSAGE, USER, Record
from botlens.moments import microseconds
from botlens.store.raw_events import insert_events
from botlens.store.upgrades import open_tables
from tests.conftest import Tenant
from tests.events import answer, conversation, message

ASKED = {
    "metrics": ["conversations", "unique_sessions", "returning_sessions", "rephrase_rate"],
    "dimensions": ["session_kind"],
    "period": "30d",
}


def test_columns_that_are_computed(tenant: Tenant) -> None:
    """They are there at once, for rows that were written without them."""
    tenant.send(
        message("a", "1", "Where is my parcel?", "2026-03-17T10:00:00Z", session_id="ann"),
        answer("a", "2", at="2026-03-17T10:00:01Z"),
        message("b", "1", "where is my parcel", "2026-03-18T09:00:00Z", session_id="ann"),
        message("c", "1", "Hello", "2026-03-18T09:00:00Z", session_id="bob"),
        conversation("d", "2026-03-18T09:00:00Z", session_id="cleo", test=True),
    )
    engine = tenant.world.engine
    expected = tenant.query(ASKED)
    assert {row["session_kind"]: row["rephrase_rate"] for row in expected["rows"]} == {
        "new": 0.0,
        "returning": 1.0,
    }
    for column in ("session", "asked", "shown"):
        engine.store.maintain(f"ALTER TABLE conversation_facts DROP COLUMN {column}")
    open_tables(engine.store)
    assert tenant.query(ASKED) == expected
    tenant.send(message("e", "1", "Hello", "2026-03-18T09:30:00Z", session_id="bob"))
    rows = tenant.query(ASKED)["rows"]
    assert {row["session_kind"]: row["conversations"] for row in rows} == {"new": 2, "returning": 2}


def test_what_an_older_version_made_of_events(tenant: Tenant) -> None:
    """Normal forms and codes of languages that it stored, or left in a journal, are made anew."""
    at = microseconds(tenant.world.now)
    asked = {"role": USER, "question": "在哪里?", "language": "EN"}  # the older rules
    old = [
        Record("bot", "a", MESSAGE, "1", 0, 1, at, content="在哪里？", **asked),
        Record("bot", "b", MESSAGE, "1", 0, 2, at, content="在哪里。", **asked),
    ]
    engine, company = tenant.world.engine, tenant.company
    insert_events(engine.store, [(company.id, lines_of(old))])
    engine.commits.rebuild(company.id, "bot")
    for dimension, value in (("question", "在哪里"), ("language", "en")):
        metric = "questions" if dimension == "question" else "conversations"
        request = {"metrics": [metric], "dimensions": [dimension], "period": "all"}
        assert tenant.query(request)["rows"] == [{dimension: value, metric: 2}]
    assert {(each.question, each.language) for each in records_of(lines_of(old))} == {("在哪里", "en")}
