"""Brings the rows of every chatbot into the shard of its company; what is there already is not sent again."""

from collections.abc import Callable, Mapping, Sequence

from botlens.database.copying import NotCopiedError
from botlens.moving.shards import Shard, shard_of
from botlens.store.connection import ClickHouse
from botlens.store.held_rows import HolderKey, Holding, holder_pages, holdings, table_in
from botlens.store.schema import MOVED_TABLES

Heard = Callable[[int], None]
"""Hears how many rows are there by now."""

_TABLES = {table.name: table for table in MOVED_TABLES}


def move_events(
    source: ClickHouse, found: Mapping[HolderKey, Holding], shards: Sequence[Shard], heard: Heard
) -> int:
    """Have every row in its shard, and compared; returns how many were sent.

    Args:
        source: has them, and does not change.
        found: what it holds.
        shards: get them; each holds a part of that, or nothing.
        heard: hears of progress.

    Raises:
        NotCopiedError: what is there afterwards is not the same.
        StoreError: a store does not answer, or takes nothing more. What was sent stays.
    """
    there = sent = 0
    for key, holding in sorted(found.items(), key=lambda each: (each[0][1:], each[0].table)):
        shard = shard_of(key.company_id, shards)
        if shard.held.get(key) != holding:
            table, rows = _TABLES[key.table], there
            for page in holder_pages(source, table, key):
                if page.rows.num_rows:
                    shard.store.insert(table, [page.rows], table_in(shard.store, table))
                rows += page.rows.num_rows
                heard(rows)
            sent += holding.rows
            _check(shard, key, holding)
        there += holding.rows
        heard(there)
    return sent


def _check(shard: Shard, key: HolderKey, expected: Holding) -> None:
    held = holdings(shard.store, key).get(key)
    if held != expected:
        raise NotCopiedError(
            f"{shard.name} has not the same rows of {key.table} as the folder, of chatbot {key.chatbot_id} "
            f"of company {key.company_id}: {held.rows if held else 0:,} of {expected.rows:,}, or others. "
            "Empty its database, and move again."
        )
