"""What of the accounts of a source cannot be as it is here: plans, owners of several companies, ids."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from psycopg import sql

from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.mapping import COMPANY, SUBSCRIPTION, Entity, TableMapping
from botlens.sources.postgres.source_findings import SourceFinding, is_wrong, worth_knowing

_NAMED = 5


class SourceOwners:
    """Looks at companies and subscriptions of a source.

    Args:
        connection: to read with.
        mapping: what the rows mean. Its tables can be read.
        plans: those that are configured here, the best last.
        own: ids of companies that are here without the source.
    """

    def __init__(
        self, connection: SourceConnection, mapping: TableMapping, plans: Sequence[str], own: Collection[str]
    ) -> None:
        self._connection = connection
        self._mapping = mapping
        self._plans = list(plans)
        self._own = list(own)

    def examine(self) -> Iterator[SourceFinding]:
        """What is to be known of them.

        Raises:
            psycopg.Error: it cannot be read.
        """
        for company in self._mapping.of(COMPANY):
            yield from self._taken(company)
            yield from self._several(
                company, "owner", "owners have several companies, and see the oldest of them first"
            )
        for subscription in self._mapping.of(SUBSCRIPTION):
            yield from self._several(
                subscription, "user", "users have several active plans, of which the best counts"
            )
        for entity in self._mapping.of(COMPANY, SUBSCRIPTION):
            yield from self._unknown_plans(entity)

    def _taken(self, company: Entity) -> Iterator[SourceFinding]:
        name = company.fields["id"].expression
        found = self._ask(
            f"SELECT ({name})::text FROM {company.source} WHERE {company.condition} AND ({name})::text = "
            "ANY (%s) "
            f"ORDER BY 1 LIMIT {_NAMED}",
            [self._own],
        )
        if found:
            ids = ", ".join(f"`{each}`" for (each,) in found)
            sentence = (
                f"{company.table} has the id {ids}, which a company has here that is not of this source: "
                "they are "
                "never made one. Sync into another data folder, or delete the one here."
            )
            yield is_wrong(sentence)

    def _several(self, entity: Entity, field: str, what: str) -> Iterator[SourceFinding]:
        source = entity.fields.get(field)
        if source is None or source.constant is not None:
            return
        value = f"({source.expression})::text"
        found = self._ask(
            f"SELECT {value}, count(*), count(*) OVER () FROM {entity.source} WHERE {entity.condition} "
            f"AND {value} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT {_NAMED}"
        )
        if found:
            named = ", ".join(f"{name} ({count})" for name, count, _ in found)
            yield worth_knowing(f"{entity.table}: {found[0][2]:,} {what}: {named}.")

    def _unknown_plans(self, entity: Entity) -> Iterator[SourceFinding]:
        source = entity.fields.get("plan")
        if source is None:
            return
        if source.constant is not None:
            if source.constant not in self._plans:
                yield self._unknown(entity, str(source.constant), str(source.constant))
            return
        value = f"({source.expression})::text"
        found = self._ask(
            f"SELECT {value}, count(*) FROM {entity.source} WHERE {entity.condition} GROUP BY 1 ORDER BY 2 "
            "DESC, 1"
        )
        others = [
            (name, count)
            for name, count in found
            if name is not None and source.words.get(name, name) not in self._plans
        ]
        if others:
            named = ", ".join(f"{name} ({count:,})" for name, count in others[:_NAMED])
            yield self._unknown(entity, named, others[0][0])

    def _unknown(self, entity: Entity, named: str, example: str) -> SourceFinding:
        return worth_knowing(
            f"{entity.table} has plans that are not configured: {named}. They count as free: name them in "
            f"BOTLENS_PLANS, or say what they mean in a mapping of your own, under [{entity.kind}]: "
            f'plan = {{ ..., map = {{ ..., "{example}" = "pro" }} }}.'
        )

    def _ask(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        if parameters is not None:
            statement = statement.replace("%", "%%").replace("%%s", "%s")
        return self._connection.execute(sql.SQL(statement), parameters).fetchall()
