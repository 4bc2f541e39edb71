"""What lies where at the end of a storm in which numbers were wrong: for whoever looks for the cause."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from botlens.cluster.slots import slot_of
from tests.clickhouse_server import ClickHouseServer
from tests.soak.database import Database

_IN_POSTGRES = ("slots", "slot_facts", "slot_moves", "slot_remains", "intentions")


def keep_evidence(
    folder: Path, company_id: str, database: Database | None, shards: Sequence[ClickHouseServer]
) -> None:
    """Write into the folder what PostgreSQL and the shards have of a company."""
    lines = [*_of_slot(database, slot_of(company_id))] if database else []
    for number, shard in enumerate(shards, 1):
        lines += [f"-- shard {number}", *_of_company(shard, company_id)]
    (folder / f"evidence-{company_id}.txt").write_text("\n".join(lines))


def _of_slot(database: Database, slot: int) -> Iterator[str]:
    for table in _IN_POSTGRES:
        known = database.run("SELECT to_regclass(%s)", f"botlens.{table}")
        if known[0][0] is not None:
            yield f"-- {table}"
            yield from map(str, database.run(f"SELECT * FROM botlens.{table} WHERE slot = %s", slot))


def _of_company(shard: ClickHouseServer, company_id: str) -> Iterator[str]:
    own = f"WHERE company_id = '{company_id}'"
    for table in shard.ask("SELECT name FROM system.tables WHERE database = 'storm' ORDER BY name").split():
        name = f"storm.{table}"
        if table.startswith("conversation_facts"):
            yield f"-- {table}"
            columns = "chatbot_id, conversation_id, day, version, gone"
            yield shard.ask(f"SELECT {columns} FROM {name} {own} ORDER BY ALL")
        elif table == "raw_events":
            yield f"-- {table}"
            yield shard.ask(
                f"SELECT chatbot_id, conversation_id, arraySort(groupArray(arrival)) FROM {name} {own} "
                "GROUP BY ALL ORDER BY ALL"
            )
