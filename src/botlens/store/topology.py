"""On how many servers the tables lie, and what statements and connections say of it, in one place.

What makes or changes the shape of a table is said to all servers of a cluster. What changes rows is said to
the one that is spoken to, from where it is replicated; so no statement waits for another shard.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from botlens.errors import InvalidError
from botlens.store import embedded

_NAME = re.compile(r"[\w.{}-]+")
_PATH = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"

_OF_SERVERS: Final = MappingProxyType(
    {
        **embedded.SETTINGS,
        # An insert is in the table when it is acknowledged; newer servers gather inserts before they write.
        "async_insert": 0,
        # Rows replace each other by their key. Comparing blocks besides could only swallow a retry.
        "insert_deduplicate": 0,
        # Rows are removed in the background; a job looks whether they are gone.
        "mutations_sync": 0,
        # One server answers, from what is there now, whatever the profile of its user says.
        "max_parallel_replicas": 1,
        "select_sequential_consistency": 0,
        "use_query_cache": 0,
        "join_use_nulls": 0,
        "final": 0,
        "aggregate_functions_null_for_empty": 0,
        # Nothing is cut in silence.
        "limit": 0,
        "offset": 0,
        **{
            f"{each}_overflow_mode": "throw"
            for each in ("group_by", "sort", "distinct", "set", "join", "result", "read", "timeout")
        },
    }
)

_OF_CLUSTERS: Final = MappingProxyType(
    {
        **_OF_SERVERS,
        "insert_quorum": "auto",
        "insert_quorum_parallel": 1,
        "insert_quorum_timeout": 10_000,
        # A start does not fail because a replica is down: that one catches up when it is back.
        "distributed_ddl_task_timeout": 20,
        "distributed_ddl_output_mode": "null_status_on_timeout",
    }
)


@dataclass(frozen=True, slots=True)
class Topology:
    """Where the tables lie, and the statements that name them.

    Attributes:
        is_shared: whether on a server, which other processes reach as well.
        cluster: of which cluster, where each table is replicated; None if it has one copy.
    """

    is_shared: bool = False
    cluster: str | None = None

    def __post_init__(self) -> None:
        if self.cluster is not None and not (self.is_shared and _NAME.fullmatch(self.cluster)):
            raise InvalidError(
                "A cluster is named as its ClickHouse servers have it, such as botlens, or by their macro, "
                "{cluster}; the URL of one of them goes with it.",
                field="cluster",
            )

    @property
    def connection_settings(self) -> Mapping[str, Any]:
        """What each connection sets, by name."""
        if self.cluster is not None:
            return _OF_CLUSTERS
        return _OF_SERVERS if self.is_shared else embedded.SETTINGS

    @property
    def on_all(self) -> str:
        """What stands after the name in a statement that is for all servers: nothing, where there is one."""
        return f" ON CLUSTER '{self.cluster}'" if self.cluster is not None else ""

    def engine(self, version: str) -> str:
        """The engine of a table, of whose rows with one key that with the highest version stays."""
        if self.cluster is not None:
            return f"ReplicatedReplacingMergeTree({_PATH}, {version})"
        return f"ReplacingMergeTree({version})"

    def alter(self, table: str, change: str) -> str:
        """The statement that changes the shape of a table, or its comment.

        A comment is kept by each replica for itself, so it is said to all as well.
        """
        return f"ALTER TABLE {table}{self.on_all} {change}"

    def over_all(self, table: str, database: str, of: str) -> str:
        """The statement that makes a table which reads another on all shards of a cluster."""
        return (
            f"CREATE OR REPLACE TABLE {table}{self.on_all} AS {database}.{of}\n"
            f"ENGINE = Distributed('{self.cluster}', '{database}', '{of}')"
        )

    def drop(self, table: str) -> str:
        """The statement that removes a table, if it is there."""
        return f"DROP TABLE IF EXISTS {table}{self.on_all}"

    def delete(self, table: str, where: str) -> str:
        """The statement that has rows removed, in the background."""
        return f"ALTER TABLE {table} DELETE WHERE {where}"

    def empty(self, table: str) -> str:
        """The statement that removes all rows of a table, at once."""
        return f"TRUNCATE TABLE {table} SYNC"

    def merge(self, table: str) -> str:
        """The statement that makes one part of a table."""
        return f"OPTIMIZE TABLE {table} FINAL"

    def clone(self, table: str, of: str) -> str:
        """The statement that makes a table over the same files as another, where one process owns them."""
        return f"CREATE TABLE {table} CLONE AS {of}"

    def discard(self, table: str) -> tuple[str, ...]:
        """The statements that remove such a table.

        The embedded engine drops a table minutes later, and hangs if asked to do so at once: emptied first.
        """
        return (f"TRUNCATE TABLE IF EXISTS {table}", self.drop(table))

    def attach_anew(self, table: str) -> tuple[str, ...]:
        """The statements that have the parts of a table looked for on its disk, by who owns it."""
        return (f"DETACH TABLE {table}", f"ATTACH TABLE {table}")


EMBEDDED: Final = Topology()
