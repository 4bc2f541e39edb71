"""Which slot a company falls into, and on which of several shards the companies of a slot lie."""

from hashlib import sha256
from typing import Final

SLOTS: Final = 256


def slot_of(company_id: str) -> int:
    """The slot of a company that is not pinned to another: the same for all time, on every machine."""
    return sha256(company_id.encode()).digest()[0]


def first_shard_of(slot: int, shards: int) -> int:
    """The number of the shard that a slot begins on, where slots are spread over so many."""
    return slot % shards
