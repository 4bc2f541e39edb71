"""What stands in the rows of a source that cannot be taken as it is: words, scores, times, lone votes."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args, get_type_hints

import psycopg
from psycopg import sql

from botlens.events.types import Feedback, Message
from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.mapping import ACCOUNTS, Entity, FieldSource, TableMapping
from botlens.sources.postgres.source_findings import SourceFinding, is_wrong, worth_knowing

_WORDS: Final = {
    ("message", "role"): get_args(get_type_hints(Message)["role"]),
    ("feedback", "value"): get_args(get_type_hints(Feedback)["value"]),
}
# Bounds of events: see `events/types.py`.
_NUMBERS: Final = {
    ("message", "confidence_score"): (0.0, 1.0),
    ("rating", "score"): (1.0, 5.0),
    ("message", "latency_ms"): (0.0, 1e12),
    ("chatbot", "average_rating"): (0.0, 5.0),
}
_NUMERIC: Final = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})
_WITH_ZONE: Final = "timestamptz"
_WITHOUT_ZONE: Final = frozenset({"timestamp", "date"})
_PERCENT: Final = 100
_NAMED: Final = 10

_REFERENCES: Final = (
    ("message", "conversation", "conversation"),
    ("feedback", "message", "message"),
    ("feedback", "conversation", "conversation"),
    ("rating", "conversation", "conversation"),
    ("handoff", "conversation", "conversation"),
    ("outcome", "conversation", "conversation"),
    ("conversation", "chatbot", "chatbot"),
    ("chatbot", "company", "company"),
)


class SourceContents:
    """Looks at the rows of a source, each table once or twice.

    Args:
        connection: to read with.
        mapping: what the rows mean. Its tables can be read.
    """

    def __init__(self, connection: SourceConnection, mapping: TableMapping) -> None:
        self._connection = connection
        self._mapping = mapping

    def examine(self) -> Iterator[SourceFinding]:
        """What cannot be taken, with how many rows it is of.

        Raises:
            psycopg.Error: it cannot be read.
        """
        for entity in self._mapping.entities:
            types = self._types(entity)
            yield from self._words(entity)
            yield from self._numbers(entity, types)
            if entity.kind not in ACCOUNTS and "created_at" in types:
                yield from self._times(entity, types["created_at"])
        for kind, field, target in _REFERENCES:
            yield from self._without(kind, field, target)

    def _types(self, entity: Entity) -> dict[str, str]:
        """The types of the fields that are read."""
        read = {name: each for name, each in entity.fields.items() if each.constant is None}
        columns = ", ".join(each.expression for each in read.values())
        found = self._run(
            f"SELECT {columns} FROM {entity.source} WHERE {entity.condition} LIMIT 0"
        ).description
        kinds = (self._connection.adapters.types.get(each.type_code) for each in found or ())
        return {name: "" if kind is None else kind.name for name, kind in zip(read, kinds, strict=True)}

    def _words(self, entity: Entity) -> Iterator[SourceFinding]:
        for (kind, field), ours in _WORDS.items():
            source = entity.fields.get(field)
            if entity.kind != kind or source is None:
                continue
            unknown = self._unknown_words(entity, source, ours)
            if not unknown:
                continue
            named = ", ".join(f"{word or 'NULL'} ({count:,})" for word, count in unknown)
            example = next((word for word, _ in unknown if word), "word")
            sentence = (
                f"{entity.table} has words for {field} that the mapping does not know: {named}. Their rows "
                f"are set aside until a mapping of your own says what they mean, under [{kind}]: "
                f'{field} = {{ ..., map = {{ ..., "{example}" = "{ours[0]}" }} }}.'
            )
            yield worth_knowing(sentence)

    def _unknown_words(
        self, entity: Entity, source: FieldSource, ours: Sequence[str]
    ) -> list[tuple[str | None, int]]:
        if source.constant is not None:
            return [] if source.constant in ours else [(str(source.constant), self._count(entity))]
        known = [word for word in (*source.words, *ours) if source.words.get(word, word) in ours]
        statement = (
            f"SELECT ({source.expression})::text, count(*) FROM {entity.source} WHERE {entity.condition} "
            f"GROUP BY 1 HAVING ({source.expression})::text IS NULL OR NOT ({source.expression})::text = "
            "ANY (%s) "
            f"ORDER BY 2 DESC, 1 LIMIT {_NAMED}"
        )
        return self._ask(statement, [known])

    def _numbers(self, entity: Entity, types: dict[str, str]) -> Iterator[SourceFinding]:
        for (kind, field), (lowest, highest) in _NUMBERS.items():
            source = entity.fields.get(field)
            if entity.kind != kind or source is None or field not in types:
                continue
            if types[field] not in _NUMERIC:
                yield _of_wrong_type(entity, field, types[field], "a number", "::float8")
                continue
            value = f"({source.expression})::float8 * {source.scale or 1.0!r}"
            [(outside, none, largest)] = self._ask(
                f"SELECT count(*) FILTER (WHERE v < {lowest!r} OR v > {highest!r} AND v <> 'NaN'), "
                f"count(*) FILTER (WHERE v = 'NaN'), max(v) FILTER (WHERE v <> 'NaN') "
                f"FROM (SELECT {value} AS v FROM {entity.source} WHERE {entity.condition}) AS found"
            )
            if outside:
                scaled = source.column is not None and highest == 1 and 1 < largest <= _PERCENT
                hint = (
                    f' They look like percent: {field} = {{ column = "{source.column}", scale = 0.01 }}.'
                    if scaled
                    else ""
                )
                sentence = (
                    f"{entity.table} has {outside:,} rows whose {field} is not between {lowest:g} and "
                    f"{highest:g}: they are set aside.{hint}"
                )
                yield worth_knowing(sentence)
            if none:
                yield worth_knowing(
                    f"{entity.table} has {none:,} rows whose {field} is NaN, which is no number: it is left "
                    "out."
                )

    def _times(self, entity: Entity, kind: str) -> Iterator[SourceFinding]:
        source = entity.fields["created_at"]
        zone = self._mapping.zone.key
        value = source.expression
        if kind in _WITHOUT_ZONE:
            yield worth_knowing(
                f"Times of {entity.table} have no zone: they are read as {zone}, as `timezone` of the "
                "mapping says."
            )
            value = f"({value})::timestamp AT TIME ZONE '{zone}'"
        elif kind != _WITH_ZONE:
            yield _of_wrong_type(entity, "created_at", kind, "a time", "::timestamptz")
            return
        [(missing, endless, future, outside)] = self._ask(
            "SELECT count(*) FILTER (WHERE v IS NULL), count(*) FILTER (WHERE NOT isfinite(v)), "
            "count(*) FILTER (WHERE isfinite(v) AND v > now() + interval '5 min' AND v < '2200-01-01Z'), "
            "count(*) FILTER (WHERE isfinite(v) AND (v < '1970-01-01Z' OR v >= '2200-01-01Z')) "
            f"FROM (SELECT {value} AS v FROM {entity.source} WHERE {entity.condition}) AS found"
        )
        of = f"{entity.table} has"
        if missing:
            yield worth_knowing(f"{of} {missing:,} rows whose created_at is NULL: they are set aside.")
        if endless:
            yield worth_knowing(f"{of} {endless:,} rows whose created_at is infinite: they are set aside.")
        if outside:
            yield worth_knowing(f"{of} {outside:,} rows from before 1970 or after 2199: they are set aside.")
        if future:
            yield worth_knowing(
                f"{of} {future:,} rows from the future: they count on the day that they name. Look at the "
                "clock that wrote them."
            )

    def _without(self, kind: str, field: str, target: str) -> Iterator[SourceFinding]:
        """Rows that name something that is not there."""
        targets = [each for each in self._mapping.of(target) if "id" in each.fields]
        for entity in self._mapping.of(kind):
            source = entity.fields.get(field)
            if source is None or source.constant is not None or not targets:
                continue
            there = " UNION ALL ".join(
                f"SELECT ({each.fields['id'].expression})::text AS v FROM {each.source} WHERE "
                f"{each.condition}"
                for each in targets
            )
            [(count,)] = self._ask(
                f"SELECT count(*) FROM (SELECT ({source.expression})::text AS v FROM {entity.source} "
                f"WHERE {entity.condition}) AS found WHERE v IS NULL OR NOT EXISTS "
                f"(SELECT FROM ({there}) AS there WHERE there.v = found.v)"
            )
            if count:
                sentence = (
                    f"{entity.table} has {count:,} rows whose {field} is not there: they are set aside "
                    "until it comes."
                )
                yield worth_knowing(sentence)

    def _count(self, entity: Entity) -> int:
        [(count,)] = self._ask(f"SELECT count(*) FROM {entity.source} WHERE {entity.condition}")
        return int(count)

    def _ask(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        return self._run(statement, parameters).fetchall()

    def _run(
        self, statement: str, parameters: Sequence[Any] | None = None
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        # Expressions of the mapping may have a percent sign.
        if parameters is not None:
            statement = statement.replace("%", "%%").replace("%%s", "%s")
        return self._connection.execute(sql.SQL(statement), parameters)


def _of_wrong_type(entity: Entity, field: str, kind: str, wanted: str, cast: str) -> SourceFinding:
    source = entity.fields[field]
    written = source.column or source.sql or ""
    sentence = (
        f"{field} of {entity.table} is {kind or 'of a type of its own'}, not {wanted}: if it can be read as "
        "one, "
        f"[{entity.kind}] {field} = {{ sql = '{written}{cast}' }}."
    )
    return is_wrong(sentence)
