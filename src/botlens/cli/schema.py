"""`botlens schema`: what botlens runs to make its tables, without running it."""

from enum import StrEnum
from typing import Annotated

import typer

_DATABASE = "botlens"


class SchemaLayout(StrEnum):
    """What `--layout` may say."""

    EMBEDDED = "embedded"
    SERVER = "server"
    CLUSTER = "cluster"


def print_schema(
    layout: Annotated[
        SchemaLayout, typer.Option(help="The engine in the process, one server, or a cluster.")
    ] = SchemaLayout.EMBEDDED,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="The cluster as its servers name it; by default their macro of the name `cluster`.",
            show_default=False,
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="The database on a server; botlens by default.", show_default=False),
    ] = None,
) -> None:
    """Print the statements that make the tables, with engines and settings, and run none of them."""
    from botlens.errors import InvalidError
    from botlens.store.rendering import rendered
    from botlens.store.topology import Topology

    shared = layout is not SchemaLayout.EMBEDDED
    if cluster is not None and layout is not SchemaLayout.CLUSTER:
        raise InvalidError("It goes with --layout cluster alone.", field="cluster")
    if database is not None and not shared:
        raise InvalidError("The embedded engine has one database; leave it out.", field="database")
    if database is not None and not database.isidentifier():
        raise InvalidError("A database is named by letters, digits and underscores.", field="database")
    named = (cluster or "{cluster}") if layout is SchemaLayout.CLUSTER else None
    topology = Topology(is_shared=shared, cluster=named)
    for heading, statements in rendered(topology, database or _DATABASE if shared else None):
        typer.echo(f"-- {heading}\n")
        for statement in statements:
            typer.echo(f"{statement};\n")
