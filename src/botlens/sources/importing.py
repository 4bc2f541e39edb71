"""Bringing a source in: batch after batch, each durable before its position is kept."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec

from botlens.sources.receiver import Receiver, Taken
from botlens.sources.source import START, Batch, Source

BATCH = 5_000


class ImportProgress(msgspec.Struct):
    """How far a source has been brought in.

    Attributes:
        position: where it goes on, in the source's own words.
        records: how many records lie before that, for people.
        accepted: events.
        rejected: events and broken records, by code.
    """

    position: str = START
    records: int = 0
    accepted: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)


class Mark(Protocol):
    """Keeps how far one source has come on its way to one place."""

    def load(self) -> ImportProgress:
        """Where to go on; the start if there is nothing to go on from."""

    def save(self, progress: ImportProgress) -> None:
        """Keep this much."""

    def remove(self) -> None:
        """The source has come to its end."""


Begun = Callable[[ImportProgress], None]
"""Told where it goes on, before anything is read."""

Brought = Callable[[Batch, Taken, ImportProgress], None]
"""Told of each batch, and how far it is with it."""


def _silent(*_: object) -> None:
    """Nobody wants to know."""


def bring_in(
    source: Source,
    receiver: Receiver,
    mark: Mark,
    *,
    begun: Begun = _silent,
    brought: Brought = _silent,
    stop: Callable[[], bool] = lambda: False,
    size: int = BATCH,
) -> ImportProgress:
    """Have a receiver take all that a source has, from where the mark says that it was left.

    Killed in the middle, it goes on behind the last batch whose position was kept; what was taken since is
    taken once more, which changes nothing.

    Args:
        source: gives it.
        receiver: takes it.
        mark: keeps how far it has come, and is removed at the source's end.
        begun: see `Begun`.
        brought: see `Brought`; called when the mark is kept.
        stop: asked after each batch whether to leave off there.
        size: about how many events go at once.

    Raises:
        BotlensError: the source is broken, or nothing is taken any more. The mark stands at the last batch
            that was taken.
        OSError: the mark cannot be kept.
    """
    progress = mark.load()
    begun(progress)
    for batch in source.batches(after=progress.position, size=size):
        taken = receiver.take(batch)
        _advance(progress, batch, taken)
        mark.save(progress)
        brought(batch, taken, progress)
        if stop():
            return progress
    mark.remove()
    return progress


def _advance(progress: ImportProgress, batch: Batch, taken: Taken) -> None:
    progress.position = batch.position
    progress.records = max(progress.records, batch.records.stop - 1)
    progress.accepted += taken.accepted
    codes = Counter(progress.rejected)
    codes.update(each.code for each in taken.rejected)
    if batch.broken:
        codes["broken_record"] += len(batch.broken)
    progress.rejected = dict(codes)
