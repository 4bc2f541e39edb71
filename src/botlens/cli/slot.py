"""`botlens slot`: which companies lie on which shard of a cluster, and bringing them to another.

All of it needs the PostgreSQL of the cluster alone: the nodes do the work, while they serve.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, DataDir, Json, settings_of

if TYPE_CHECKING:
    from botlens.cluster.slot_moves import SlotMove, SlotMoveTable
    from botlens.cluster.slots import SlotTable

_LOOK_SECONDS = 0.5

app = typer.Typer(no_args_is_help=True, help="Slots of a cluster: which companies lie on which shard.")

SlotNumber = Annotated[
    int | None, typer.Option("--slot", min=0, max=255, help="Its number.", show_default=False)
]
OfCompany = Annotated[
    str | None,
    typer.Option("--company", help="The slot of this company; others of it go along.", show_default=False),
]


class _Cluster:
    """What the PostgreSQL of a cluster says."""

    def __init__(
        self,
        slots: "SlotTable",
        moves: "SlotMoveTable",
        companies: dict[int, list[str]],
        shards: Sequence[str],
    ) -> None:
        self.slots, self.moves, self.companies = slots, moves, companies
        self.shards = shards  # where they are, as far as this machine knows

    def shard_of(self, slot: int) -> int | None:
        return next((each.shard for each in self.slots.states() if each.slot == slot), None)

    def move_of(self, slot: int) -> "SlotMove | None":
        return next((each for each in self.moves.moves() if each.slot == slot), None)


@contextmanager
def _cluster(data_dir: Path, company: str | None = None) -> Iterator[_Cluster]:
    """What is known of the cluster, in which a company must be, if one is named."""
    from botlens.addresses import without_password
    from botlens.cluster.slot_moves import SlotMoveTable
    from botlens.cluster.slots import SlotTable, slot_of
    from botlens.errors import NotFoundError
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    with accounts_of(settings) as accounts:
        companies: defaultdict[int, list[str]] = defaultdict(list)
        for each in accounts.companies(with_gone=True):
            companies[slot_of(each.id)].append(each.id)
        if company is not None and not any(company in each for each in companies.values()):
            raise NotFoundError(f"There is no company {company}.", code="unknown_company")
        with closing(accounts.database.brief_statements()) as statements:
            slots = SlotTable(statements, settings.lease_seconds)
            shards = [without_password(each) for each in settings.shards]
            yield _Cluster(slots, SlotMoveTable(statements), companies, shards)


def _named(slot: int | None, company: str | None) -> int:
    """The slot that is meant.

    Raises:
        InvalidError: neither or both are named.
    """
    from botlens.cluster.slots import slot_of
    from botlens.errors import MISSING_OPTION, InvalidError

    if (slot is None) == (company is None):
        message = "Name a slot, or a company of it: either --slot or --company, not both."
        raise InvalidError(message, code=MISSING_OPTION)
    return slot_of(company) if company is not None else int(slot or 0)


@app.command("list", cls=Command)
def list_all(
    every: Annotated[bool, typer.Option("--all", help="Those without companies, too.")] = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """List the slots that hold companies: their shard, their node, and whether they are being moved.

    In an upgrade to another definition of facts: by which each has its facts, and whether they are derived.
    """
    from botlens.cli.console import out, print_json, print_table

    with _cluster(data_dir) as cluster:
        shards = cluster.shards
        moves = {each.slot: each for each in cluster.moves.moves()}
        remains: defaultdict[int, list[int]] = defaultdict(list)
        for each in cluster.moves.remains():
            remains[each.slot].append(each.shard + 1)
        found: list[dict[str, Any]] = [
            {
                "slot": each.slot,
                "shard": each.shard + 1,
                "shard_at": cluster.shards[each.shard] if each.shard < len(cluster.shards) else None,
                "node": each.node or None,
                "epoch": each.epoch,
                "companies": cluster.companies.get(each.slot, []),
                "moves_to": moves[each.slot].target + 1 if each.slot in moves else None,
                "rows": moves[each.slot].rows if each.slot in moves else None,
                "total": moves[each.slot].total if each.slot in moves else None,
                "said": moves[each.slot].said if each.slot in moves else None,
                "was_on": remains.get(each.slot, []),
                "definition_version": each.facts,
                "is_derived": each.is_derived,
            }
            for each in cluster.slots.states()
            if every or each.slot in cluster.companies or each.slot in moves
        ]
    is_mixed = len({each["definition_version"] for each in found}) > 1
    if json:
        print_json(found)
        return
    titles = ("Slot", "Shard", "Node", "Epoch", "Companies", "How it goes")
    rows = (_row(each, is_mixed=is_mixed) for each in found)
    print_table(titles, rows, wraps=("Companies", "How it goes"))
    for number, place in enumerate(shards, 1):
        out.print(f"Shard {number} is {place}", markup=False, soft_wrap=True)


def _row(each: dict[str, Any], *, is_mixed: bool) -> tuple[str, ...]:
    goes = f"facts by definition {each['definition_version']}" if is_mixed else ""
    if each["is_derived"]:
        goes = f"its facts are derived by definition {each['definition_version']}; it answers after that"
    elif each["moves_to"] is not None:
        goes = (
            f"to shard {each['moves_to']}, {_progress(each['rows'], each['total'])}. {each['said']}".strip()
        )
    elif each["was_on"]:
        goes = f"was on shard {', '.join(map(str, each['was_on']))}; for a day it cannot go back there"
    return (
        str(each["slot"]),
        str(each["shard"]),
        each["node"] or "",
        str(each["epoch"]),
        ", ".join(each["companies"]),
        goes,
    )


def _progress(rows: int, total: int) -> str:
    """How many rows were looked at, of how many there were at the beginning."""
    if total == 0:  # not counted yet
        return "which begins"
    if rows <= total:
        return f"{rows:,} of about {total:,} rows looked at"
    return f"about {total:,} rows looked at, and {rows - total:,} that came since or once more"


@app.command(cls=Command)
def move(
    to: Annotated[int, typer.Option("--to", min=1, help="The shard, as BOTLENS_SHARDS counts from 1.")],
    slot: SlotNumber = None,
    company: OfCompany = None,
    wait: Annotated[bool, typer.Option(help="Wait until it lies there.")] = True,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Bring the companies of a slot to another shard, while they are served.

    The node that has the slot does it; Ctrl+C ends the waiting alone. Doing it again changes nothing.
    """
    from botlens.cli.console import err, out, print_json

    number = _named(slot, company)
    with _cluster(data_dir, company) as cluster:
        begun = cluster.moves.begin(number, to - 1)
        companies = cluster.companies.get(number, [])
        if begun and not json:
            whose = ", ".join(companies) or "no company yet"
            err.print(f"Slot {number} ({whose}) goes to shard {to}.", markup=False, soft_wrap=True)
        said = ""
        while begun and wait and (now := cluster.move_of(number)) is not None:
            if now.said and now.said != said:
                err.print(f"Not yet: {now.said}", markup=False, soft_wrap=True)
            said = now.said
            time.sleep(_LOOK_SECONDS)
        shard = cluster.shard_of(number)
        lies_there = shard == to - 1
    if json:
        print_json(
            {
                "slot": number,
                "companies": companies,
                "shard": None if shard is None else shard + 1,
                "done": lies_there,
            }
        )
    elif lies_there:
        out.print(f"Slot {number} lies on shard {to}.", markup=False)
    elif wait:
        out.print(f"The move of slot {number} was cancelled.", markup=False)
    if wait and not lies_there:
        raise typer.Exit(1)


@app.command(cls=Command)
def cancel(slot: SlotNumber = None, company: OfCompany = None, data_dir: DataDir = DATA_DIR) -> None:
    """Give up a move that is not done; what was brought already is erased."""
    from botlens.cli.console import out

    number = _named(slot, company)
    with _cluster(data_dir, company) as cluster:
        cluster.moves.cancel(number)
    out.print(f"Slot {number} stays where it is.", markup=False)
