"""The second witness of tenancy: no statement passes that could read more than one company."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.store import schema
from botlens.store.guard import TenantGuardError, _tables_in, check
from botlens.store.reading import all_facts, events, facts

MINE = {"company_id": "mine"}
SCOPED = "company_id = {company_id:String}"

GOOD = [
    f"SELECT count() FROM raw_events WHERE {SCOPED}",
    f"SELECT count() FROM raw_events FINAL WHERE {SCOPED} AND (kind = 'message')",
    f"select count() from conversation_facts final where {SCOPED} and (counted) group by chatbot_id",
    f"SELECT * FROM raw_events WHERE {SCOPED} ORDER BY created_at LIMIT 10",
    "SELECT * FROM raw_events\nWHERE  company_id={company_id:String}\n AND ((a OR b) AND c)\nLIMIT 1",
    f"SELECT count() FROM {facts()}",
    f"SELECT chatbot_id, count() FROM {facts('counted AND (a OR b)')} WHERE x OR y GROUP BY chatbot_id",
    f"SELECT count() FROM {events('chatbot_id = {chatbot_id:String}')}",
    f"SELECT count() FROM {events()} AS e JOIN {facts()} AS f ON f.conversation_id = e.conversation_id",
    f"SELECT count() FROM {facts('counted', ('day', 'session'))}",
    f"SELECT 1 FROM {facts()} UNION ALL SELECT 2 FROM {all_facts('counted')}",
    f"SELECT count() FROM {facts(f'conversation_id IN (SELECT conversation_id FROM {events()})')}",
    "SELECT 1",
]


@pytest.mark.parametrize("statement", GOOD)
def test_a_statement_that_is_bound_to_one_company_passes(statement):
    """Every table carries the company; conditions, joins and unions of such selects are fine."""
    check(statement, MINE)


TABLES = pytest.mark.parametrize("table", ["raw_events", "conversation_facts", "RAW_EVENTS"])


@TABLES
@pytest.mark.parametrize(
    "statement",
    [
        # No company, or not as the first condition of its own select.
        "SELECT * FROM {t}",
        "SELECT * FROM {t} FINAL",
        "SELECT * FROM {t} WHERE 1",
        "SELECT * FROM {t} WHERE chatbot_id = 'x'",
        "SELECT * FROM {t} WHERE 1 AND {s}",
        "SELECT * FROM {t} WHERE chatbot_id = 'x' OR {s}",
        "SELECT * FROM {t} WHERE ({s})",
        "SELECT * FROM {t} WHERE NOT {s}",
        "SELECT * FROM {t} PREWHERE {s}",
        "SELECT * FROM {t} GROUP BY company_id HAVING {s}",
        "SELECT * FROM (SELECT * FROM {t}) WHERE {s}",
        # Another company, or any.
        "SELECT * FROM {t} WHERE company_id = 'other'",
        "SELECT * FROM {t} WHERE company_id = {{other:String}}",
        "SELECT * FROM {t} WHERE company_id = {{chatbot_id:String}}",
        "SELECT * FROM {t} WHERE company_id != {{company_id:String}}",
        "SELECT * FROM {t} WHERE company_id >= {{company_id:String}}",
        "SELECT * FROM {t} WHERE company_id = company_id",
        "SELECT * FROM {t} WHERE company_id IN ({{company_id:String}})",
        "SELECT * FROM {t} WHERE company_id LIKE {{company_id:String}}",
        "SELECT * FROM {t} WHERE chatbot_id = {{company_id:String}}",
        "SELECT * FROM {t} WHERE other_company_id = {{company_id:String}}",
        # Widened after it.
        "SELECT * FROM {t} WHERE {s} OR 1",
        "SELECT * FROM {t} WHERE {s} OR (1)",
        "SELECT * FROM {t} WHERE {s} AND 1 OR 1",
        "SELECT * FROM {t} WHERE {s} AND (1) OR (1)",
        "SELECT * FROM {t} WHERE {s} AND (1) OR 1 GROUP BY 1",
        "SELECT * FROM {t} WHERE {s} AND (a = ')') OR (b = '(')",
        "SELECT * FROM {t} WHERE {s} AND (1",
        "SELECT * FROM {t} WHERE {s} || 1",
        "SELECT * FROM {t} WHERE {s} != 0",
        "SELECT * FROM {t} WHERE {s} ? 1 : 1",
        "SELECT * FROM {t} WHERE {s} IS NOT NULL",
        "SELECT * FROM {t} WHERE {s} IN (0, 1)",
        "SELECT * FROM {t} WHERE {s} UNION ALL SELECT * FROM {t}",
        "SELECT * FROM {t} WHERE {s} AND (1) UNION ALL SELECT * FROM {t} WHERE 1",
        "SELECT * FROM {t} WHERE {s} LIMIT 1 UNION ALL SELECT * FROM {t}",
        # A second table that carries none.
        "SELECT * FROM {t} WHERE {s} GROUP BY (SELECT count() FROM {t})",
        "SELECT * FROM {t} WHERE {s} AND (id IN (SELECT id FROM {t}))",
        "SELECT * FROM {t} WHERE {s} AND (id IN {t})",
        "SELECT (SELECT count() FROM {t}), 1 FROM {t} WHERE {s}",
        "SELECT * FROM (SELECT * FROM {t} WHERE {s}) AS a JOIN {t} AS b ON a.id = b.id",
        "SELECT * FROM (SELECT * FROM {t} WHERE {s}) AS a, {t}",
        "SELECT * FROM {t}, {t} WHERE {s}",
        "SELECT * FROM {t} AS a JOIN {t} AS b ON 1 WHERE {s}",
        "WITH x AS (SELECT * FROM {t}) SELECT * FROM x WHERE {s}",
        # Other ways to name a table.
        "SELECT * FROM botlens.{t} WHERE {s}",
        "SELECT * FROM `{t}` WHERE {s}",
        'SELECT * FROM "{t}"',
        "SELECT * FROM {t} AS t WHERE {s}",
        "SELECT * FROM merge(currentDatabase(), '{t}')",
        "SELECT * FROM remote('127.0.0.1', default.{t})",
        # Hidden in a comment, or behind a first statement.
        "SELECT * FROM {t} -- WHERE {s}",
        "SELECT * FROM {t} /* WHERE {s} */",
        "SELECT * FROM {t} WHERE {s} -- AND (1)",
        "SELECT 1; SELECT * FROM {t}",
        "SELECT * FROM {t} WHERE {s}; SELECT * FROM {t} WHERE {s}",
        # Not a read at all.
        "DROP TABLE {t}",
        "TRUNCATE TABLE {t}",
        "ALTER TABLE {t} DELETE WHERE {s}",
        "INSERT INTO {t} SELECT * FROM {t} WHERE {s}",
    ],
)
def test_a_statement_that_could_read_more_is_refused(table, statement):
    """Whatever else it carries, and in whatever case: it never reaches the store."""
    with pytest.raises(TenantGuardError):
        check(statement.format(t=table, s=SCOPED), MINE)


@pytest.mark.parametrize(
    "statement", ["SELECT 1 -- x", "SELECT /* x */ 1", "SELECT 1; SELECT 2", "SELECT 1;"]
)
def test_comments_and_second_statements_are_refused_even_without_a_table(statement):
    """They are where the next evasion would hide."""
    with pytest.raises(TenantGuardError):
        check(statement, MINE)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"company_id": ""},
        {"company_id": None},
        {"company_id": 7},
        {"company_id": ["mine"]},
        {"company_id": b"mine"},
        {"COMPANY_ID": "mine"},
    ],
)
def test_a_statement_without_a_company_to_bind_is_refused(parameters):
    """A name that is missing, empty or not a text must not turn into "all" on the way to the store."""
    with pytest.raises(TenantGuardError):
        check(f"SELECT * FROM {facts()}", parameters)


def test_a_statement_without_a_table_needs_no_company():
    """There is nothing in it that belongs to anybody."""
    check("SELECT 1", {})


CONDITIONS = st.recursive(
    st.sampled_from(["a = 1", "b", "c IN {ids:Array(String)}"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner),
    max_leaves=6,
)


@given(CONDITIONS, CONDITIONS)
def test_conditions_pass_inside_the_parentheses_and_never_after_them(inside, after):
    """The reader can add any condition; nobody can put one beside the company's."""
    check(f"SELECT * FROM {facts(inside)}", MINE)
    for word in ("AND", "OR"):
        with pytest.raises(TenantGuardError):
            check(f"SELECT * FROM raw_events WHERE {SCOPED} AND ({inside}) {word} {after}", MINE)


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT content FROM raw_events WHERE {SCOPED} AND (content = '(') OR 1 = 1 OR (content = ')')",
        f"SELECT {{company_id:String}} AS company_id, content FROM raw_events WHERE {SCOPED}",
        f"WITH {{company_id:String}} AS company_id SELECT content FROM raw_events WHERE {SCOPED}",
        f"SELECT content FROM (SELECT content, 'mine' company_id FROM raw_events WHERE {SCOPED})",
        "SELECT content FROM {t:Identifier}",
        "SELECT content FROM merge(currentDatabase(), '^raw_ev')",
        'SELECT content FROM "raw\\x5fevents"',
        f"SELECT content FROM raw_events WHERE {SCOPED} UNION ALL SELECT * FROM system.parts",
        f"SELECT content FROM raw_events WHERE {SCOPED} LIMIT 1 INTO OUTFILE 'x'",
        f"SELECT content FROM raw_events WHERE {SCOPED} AND (content = 'it\\'s (') OR (1 = 1",
    ],
)
def test_found_evasions(statement: str) -> None:
    """Statements that once passed and read another company's rows, each run against a real store."""
    with pytest.raises(TenantGuardError):
        check(statement, {"company_id": "mine"})


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM gap_titles",
        f"SELECT * FROM {facts()} AS f, gap_titles",
        f"SELECT * FROM {facts()} AS f, numbers(10)",
        f"SELECT * FROM {facts()} AS f LEFT JOIN gap_titles AS g ON f.day = g.day",
        f"SELECT * FROM {facts()} WHERE day IN gap_titles",
        f"SELECT * FROM {facts()} WHERE day IN system.parts",
        f"SELECT * FROM {facts()} WHERE day IN (gap_titles)",
        f"SELECT * FROM {facts()} WHERE day IN (other.gap_titles)",
        "SELECT * FROM (gap_titles)",
        f"SELECT * FROM {facts()} ARRAY JOIN questions AS q JOIN gap_titles ON 1",
        f"SELECT file('/etc/passwd') FROM {facts()}",
        f"SELECT dictGet('d', 'a', day) FROM {facts()}",
        f"SELECT joinGet('j', 'a', day) FROM {facts()}",
        f"SELECT * FROM {facts()} AS f, LATERAL",
        f"TABLE raw_events WHERE {SCOPED}",
        f"EXPLAIN SELECT * FROM raw_events WHERE {SCOPED}",
        f"DESCRIBE TABLE raw_events WHERE {SCOPED}",
        f"SELECT * FROM \u201craw_events\u201d WHERE {SCOPED}",
        f"SELECT * FROM raw_events\u00a0WHERE {SCOPED} OR 1",
        f"SELECT $$ $$ FROM raw_events WHERE {SCOPED}",
        f"SELECT * FROM raw_events WHERE {SCOPED} AND (content = '\u2019)') OR (1 = 1 OR content = ''",
        f"SELECT * FROM raw_events WHERE {SCOPED} AND (1))",
        f"SELECT * FROM raw_events SAMPLE 1 WHERE {SCOPED}",
        f"SELECT * FROM raw_events FINAL FINAL WHERE {SCOPED}",
        f"SELECT * FROM raw_events WHERE {SCOPED} SETTINGS additional_table_filters = {{}}",
        f"SELECT * FROM raw_events WHERE {SCOPED} AND (1) QUALIFY 1",
        f"SELECT * FROM raw_events WHERE {SCOPED} WINDOW w AS ()",
        f"SELECT * FROM {facts()} AS {{x:Identifier}}",
        f"SELECT 1 AS {{company_id:Identifier}} FROM {facts()}",
        f"SELECT {{company_id:String}} FROM {facts()}",
        f"SELECT {{company_id:Array(String)}} FROM {facts()}",
        f"SELECT * FROM conversation_facts_2 WHERE {SCOPED} OR 1",
        "SELECT * FROM conversation_facts_2",
        "SELECT * FROM conversation_facts_x",
        "SELECT * FROM writers",
        "(SELECT * FROM raw_events)",
        "",
    ],
)
def test_what_else_could_be_read(statement: str) -> None:
    """Tables that nobody declared, by a comma, a set or a function; signs that hide where something ends."""
    with pytest.raises(TenantGuardError):
        check(statement, MINE)


@pytest.mark.parametrize("table", ["conversation_facts_2", "CONVERSATION_FACTS_17"])
def test_tables_of_facts_of_other_definitions_are_tables_of_companies(table: str) -> None:
    """They are declared as one: none is named here or in the guard."""
    check(f"SELECT count() FROM {table} FINAL WHERE {SCOPED} AND (counted)", MINE)
    with pytest.raises(TenantGuardError):
        check(f"SELECT count() FROM {table} FINAL", MINE)


def test_a_new_declared_table_needs_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard has the names from the declarations: one can be read, of one company, and no other way."""
    vectors = replace(schema.RAW_EVENTS, name="gap_titles")
    monkeypatch.setattr(schema, "TABLES", (*schema.TABLES, vectors))
    _tables_in.cache_clear()
    check(f"SELECT * FROM gap_titles WHERE {SCOPED}", MINE)
    for statement in ("SELECT * FROM gap_titles", f"SELECT * FROM gap_titles WHERE {SCOPED} OR 1"):
        with pytest.raises(TenantGuardError):
            check(statement, MINE)
    _tables_in.cache_clear()
