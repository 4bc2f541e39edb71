"""Erases what lies of a chatbot on shards where its slot is not: what a move has brought there, or left.

Else it would stay there for as long as the move, or that shard, stands still; and once a chatbot is made anew
by the same id, nobody could tell its old conversations from some that the slot's own shard has lost.
"""

from collections.abc import Callable, Sequence

from botlens.cluster.holdings import SlotHolding
from botlens.cluster.slot_moves import SlotMoveTable
from botlens.commit.cluster.entrance import ShardEntrance
from botlens.commit.port import Wait
from botlens.errors import OverloadedError
from botlens.store.erasure import WholeErasure


def erase_beside(
    moves: SlotMoveTable,
    entrances: Sequence[ShardEntrance],
    holding: SlotHolding,
    company_id: str,
    chatbot_id: str | None,
    still: Callable[[], None],
    wait: Wait,
) -> None:
    """Erase a chatbot, or a company (None), where its slot may have something besides its own shard.

    Args:
        moves: say where.
        entrances: of all shards.
        holding: of the slot: what comes after this is not erased, should the slot get there meanwhile.
        company_id: whose.
        chatbot_id: which.
        still: raises once the slot may be another node's.
        wait: see `WholeErasure.finish`.

    Raises:
        OverloadedError: a shard cannot be used now: it is to be tried again.
    """
    below = holding.number + 1
    shards = {each.shard for each in moves.remains() if each.slot == holding.slot}
    shards |= {each.target for each in moves.moves() if each.slot == holding.slot}
    for number in sorted(shards - {holding.shard}):
        if number >= len(entrances) or entrances[number].problem():
            raise OverloadedError(f"Something of it may lie on shard {number + 1}, which cannot be used now.")
        rows = WholeErasure(entrances[number].store, company_id, chatbot_id, below, still)
        rows.begin()
        rows.finish(wait)
