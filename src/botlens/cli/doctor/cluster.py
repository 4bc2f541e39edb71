"""The doctor's look at a cluster: its shards and nodes, who has which slots, and how old the journal is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from botlens.cli.console import counted
from botlens.cli.doctor.findings import Finding, fine, note, wrong
from botlens.cli.doctor.reach import reach_findings
from botlens.cli.doctor.shards import shard_findings
from botlens.cluster.durability import ASYNCHRONOUS, says_too_early
from botlens.cluster.frames import FrameTable
from botlens.cluster.slot_moves import SlotMoveTable
from botlens.cluster.slots import FIRST_DEFINITION, SlotTable
from botlens.cluster.view import MEND_URL, same_url
from botlens.errors import BotlensError
from botlens.opening import accounts_of
from botlens.settings import Settings

_OLD_SECONDS = 60.0


def cluster(settings: Settings) -> Iterator[Finding]:
    """What PostgreSQL says of the nodes, as any machine sees it; nothing where no shards are named."""
    if not settings.shards:
        return
    try:
        with ExitStack() as stack:
            accounts = stack.enter_context(accounts_of(settings))
            statements = accounts.database.brief_statements()
            stack.callback(statements.close)
            if too_early := says_too_early(statements):
                yield wrong(too_early) if too_early == ASYNCHRONOUS else note(too_early)
            table = SlotTable(statements, settings.lease_seconds)
            companies = [each.id for each in accounts.companies()]
            yield from shard_findings(settings, statements, companies)
            yield from node_findings(table)
            yield from reach_findings(table.nodes())
            yield from _moves(SlotMoveTable(statements))
            patient = accounts.database.statements()  # a long journal takes long to be added up
            stack.callback(patient.close)
            yield _journal(FrameTable(patient))
    except BotlensError as error:
        yield wrong(error.message)


def node_findings(table: SlotTable) -> Iterator[Finding]:
    """Which nodes live, what each has, and what nobody has."""
    states, nodes = table.states(), table.nodes()
    if not states:
        yield note("The cluster has no slots yet: no node has ever begun.", "Start one: botlens serve")
        return
    works_by = {each.instance: each.definition or FIRST_DEFINITION for each in table.beats()}
    differ = len({works_by[each.instance] for each in nodes if each.instance in works_by}) > 1
    for node in nodes:
        by = f"; facts by definition {works_by.get(node.instance, '?')}" if differ else ""
        own = [each for each in states if each.owner == node.instance]
        if own:
            epochs = f"epochs {min(each.epoch for each in own)} to {max(each.epoch for each in own)}"
            shards = Counter(each.shard + 1 for each in own)
            of = ", ".join(f"{count} of shard {shard}" for shard, count in sorted(shards.items()))
            yield fine(f"Node {node.name} at {node.url} has {counted(len(own), 'slot')} ({of}; {epochs}{by})")
        else:
            yield note(f"Node {node.name} at {node.url} has no slot yet{by}.")
        if any(each.url == node.url and each.instance != node.instance for each in nodes):
            yield wrong(same_url(node.name, node.url), MEND_URL)
    for node, ago in table.lost_nodes():
        yield note(
            f"Node {node.name} at {node.url} has said nothing for {ago:,.0f} s, and did not end in order.",
            "It was killed, or is cut off: start it again. An hour after its last word nobody asks for it.",
        )
    if len(definitions := Counter(each.facts for each in states)) > 1:
        of = ", ".join(f"{counted(count, 'slot')} by {each}" for each, count in sorted(definitions.items()))
        yield note(f"Facts are by several definitions ({of}): an upgrade is under way.")
    if underived := [each for each in states if each.is_derived and not each.is_over]:
        line = f"The facts of {counted(len(underived), 'slot')} are being derived"
        yield note(f"{line}: the companies are answered after that.")
    free = [each for each in states if each.is_over]
    if free:
        mend = "They are taken within seconds by a node that lives; its log says why not."
        yield wrong(
            f"{counted(len(free), 'slot')} of {len(states)} have no owner: their companies wait.", mend
        )


def _journal(table: FrameTable) -> Finding:
    total = table.total()
    if not total.frames:
        return fine("The journal in PostgreSQL is empty: the shards have everything")
    frames = counted(total.frames, "frame")
    line = f"{frames} in the journal, {total.size:,} bytes, the oldest {total.oldest:.0f} s old"
    if total.oldest < _OLD_SECONDS:
        return fine(line)
    return note(f"{line}.", "A shard does not take what is committed: look at /readyz of each node.")


def _moves(table: SlotMoveTable) -> Iterator[Finding]:
    for each in table.moves():
        line = (
            f"Slot {each.slot} is on its way to shard {each.target + 1}: {counted(each.rows, 'row')} so far"
        )
        yield fine(line) if not each.said else note(f"{line}.", each.said)
