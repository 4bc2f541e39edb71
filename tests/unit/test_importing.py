"""Bringing a source in: nothing is skipped, whatever breaks off, and an endless source can be left."""

from collections.abc import Iterator

import pytest

from botlens.errors import BotlensError
from botlens.sources.importing import ImportProgress, bring_in
from botlens.sources.receiver import Refusal, Taken
from botlens.sources.source import Batch


class Letters:
    """An endless source: a, b, c, and then nothing for ever. Its positions are the letters."""

    total = None

    def batches(self, *, after: str = "", size: int = 1000) -> Iterator[Batch]:
        for number, letter in enumerate("abc", 1):
            if letter > after:
                yield Batch([{"id": letter}], (), letter, range(number, number + 1))
        while True:
            yield Batch([], (), "c", range(4, 4))


class Memory:
    """A mark that is kept in memory."""

    def __init__(self) -> None:
        self.kept: list[ImportProgress] = []

    def load(self) -> ImportProgress:
        return self.kept[-1] if self.kept else ImportProgress()

    def save(self, progress: ImportProgress) -> None:
        self.kept.append(
            ImportProgress(progress.position, progress.records, progress.accepted, progress.rejected)
        )

    def remove(self) -> None:
        raise AssertionError("the source has no end")


class Failing:
    """A receiver that takes everything but `b` the first time, and rejects `c`."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def take(self, batch: Batch) -> Taken:
        [letter] = [event["id"] for event in batch.events] or [""]
        self.taken.append(letter)
        if self.taken == ["a", "b"]:
            raise BotlensError("not now")
        return Taken(rejected=[Refusal(0, "bad", "c")]) if letter == "c" else Taken(accepted=len(letter))


def test_a_source_goes_on_behind_the_last_batch_that_was_taken() -> None:
    """A batch that failed is read again; the counts go on; where nothing comes, whoever reads can leave."""
    mark, receiver = Memory(), Failing()
    with pytest.raises(BotlensError):
        bring_in(Letters(), receiver, mark)
    assert mark.load() == ImportProgress("a", 1, 1, {})
    quiet: list[int] = []
    done = bring_in(
        Letters(),
        receiver,
        mark,
        brought=lambda batch, _taken, _progress: quiet.append(len(batch.events)),
        stop=lambda: quiet[-1] == 0,
    )
    assert receiver.taken == ["a", "b", "b", "c", ""]
    assert done == ImportProgress("c", 3, 2, {"bad": 1})
