"""Who takes what a source gives: the API of a server, or an engine in this process."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from botlens.sources.source import Batch


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the event at `index` (of those that were given, from 0) was not taken."""

    index: int
    code: str
    message: str


@dataclass(slots=True)
class Taken:
    """What became of some events, and of what came with them.

    Attributes:
        accepted: how many events are durable.
        rejected: the others, by their index.
        warnings: warnings of accepted events, by code.
        created: the ids of chatbots that were made.
    """

    accepted: int = 0
    rejected: list[Refusal] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    created: list[str] = field(default_factory=list)


class Receiver(Protocol):
    """Takes batches of one company."""

    def take(self, batch: Batch) -> Taken:
        """Take all of a batch that can be taken; it is durable when this returns.

        A chatbot is made when the first good event for it comes, never for events that are all rejected.
        """
