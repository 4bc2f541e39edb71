"""`botlens move`: from a folder to a PostgreSQL and ClickHouse servers, which several nodes serve."""

from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, DataDir, Json

AccountsTo = Annotated[
    str,
    typer.Option(
        "--accounts",
        help="The PostgreSQL that gets the accounts: postgresql://user:password@host/database.",
        show_default=False,
    ),
]
ShardsTo = Annotated[
    str,
    typer.Option(
        "--shards",
        help="The ClickHouse servers that get the events, with commas between them: "
        "https://user:password@host:8443/database,...",
        show_default=False,
    ),
]
ClusterTo = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="The cluster in which each of them replicates its tables, as they call it.",
        show_default=False,
    ),
]


def move(
    accounts: AccountsTo,
    shards: ShardsTo,
    cluster: ClusterTo = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Move a folder to a PostgreSQL and ClickHouse servers, compare both, and serve it from there.

    The server on the folder is stopped first. Cut off anywhere, the same command goes on; doing it again
    changes nothing. The folder keeps everything, and is not served any more.
    """
    from botlens.cli.console import counted, out, print_json
    from botlens.cli.move.telling import stages_on_stderr
    from botlens.clock import utc_now
    from botlens.folder.ownership import owned
    from botlens.moving.move import MoveRequest, move_folder
    from botlens.settings import Settings

    settings = Settings.read(data_dir=data_dir, clickhouse_cluster=None, shards=())
    urls = [each.strip() for each in shards.split(",") if each.strip()]
    with owned(settings.data_dir, "move"), stages_on_stderr() as listener:
        moved = move_folder(settings, MoveRequest(accounts, urls, cluster), utc_now, listener)
    if json:
        print_json(
            {
                "companies": moved.companies,
                "rows": moved.rows,
                "rows_sent": moved.sent,
                "accounts_written": moved.accounts,
                "answers_compared": moved.answers,
            }
        )
        return
    out.print(
        f"Companies: {moved.companies:,}. {counted(moved.rows, 'row')} of events and facts, of which "
        f"{moved.sent:,} were sent now; {counted(moved.answers, 'answer')} that both sides give alike. "
        f"{settings.data_dir} keeps its copy, and is not served any more.",
        markup=False,
        soft_wrap=True,
    )
