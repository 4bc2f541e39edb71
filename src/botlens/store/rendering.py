"""The tables as statements, for whoever wants to read, review or run them before botlens does."""

from collections.abc import Iterator

from botlens.store.schema import TABLES
from botlens.store.topology import Topology
from botlens.store.writer import WRITERS

_BY_OPERATORS = "By whoever runs the server, once:"
_BY_BOTLENS = "By botlens, at a start that does not find the table:"
_SETTINGS = "By botlens, for each of its connections:"
_FOR_EYES = (
    "By whoever runs the cluster, to look at all shards at once, and again after an upgrade. botlens reads "
    "none of them; without a sharding key several shards take no rows by them:"
)


def rendered(topology: Topology, database: str | None) -> Iterator[tuple[str, list[str]]]:
    """What is run where, in the order in which it is: a heading and its statements.

    Args:
        topology: where the tables will lie.
        database: in which they are; None is that of the connection, as the embedded engine has it.
    """
    prefix = f"{database}." if database else ""
    tables = (*TABLES, *((WRITERS,) if topology.is_shared else ()))
    if database:
        yield _BY_OPERATORS, [_database(database, topology)]
    yield _BY_BOTLENS, [each.create(topology, prefix + each.name) for each in tables]
    said = ", ".join(f"{name} = {_literal(value)}" for name, value in topology.connection_settings.items())
    yield _SETTINGS, [f"SET {said}"]
    if topology.cluster is not None and database:
        whole = f"{database}_all"
        views = [topology.over_all(f"{whole}.{each.name}", database, each.name) for each in tables]
        yield _FOR_EYES, [_database(whole, topology), *views]


def _database(name: str, topology: Topology) -> str:
    return f"CREATE DATABASE IF NOT EXISTS {name}{topology.on_all}"


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
