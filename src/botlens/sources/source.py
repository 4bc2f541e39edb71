"""What every source of events is: something that is read in batches, each with a place to go on from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botlens.errors import BadRequestError
from botlens.events.types import Deletion

START = ""
"""The position before everything that a source has."""


class UnknownPositionError(BadRequestError):
    """A position that this source did not give, or does not know any more: it must be read from its start."""

    code = "unknown_position"


@dataclass(frozen=True, slots=True)
class SourceChatbot:
    """A chatbot of a source. Settings are those of `PUT /v1/chatbots/{id}`, by the same names: `name`,
    `is_published`, `average_rating`, `confidence_threshold`, `timezone`.

    Attributes:
        id: 1 to 128 characters, as in the events' `chatbot_id`.
        defaults: what it begins with where it has to be made; one that is there stays as it is.
        settings: what the source decides, now and whenever it says something else: a chatbot for which a
            source has settings is there even if it never has an event.
    """

    id: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of what a source has, in its order.

    Attributes:
        events: dicts in the wire format, not validated beyond being JSON objects.
        chatbots: the distinct chatbots that `events` need, in order of appearance, and any others that the
            source has something to say of.
        position: what to hand to `Source.batches(after=...)` to go on behind this batch: a text that nobody
            but the source looks into.
        records: the numbers (from 1) of the records that were read for it: dialogs, lines, rows. For people,
            and for a progress bar.
        broken: records that are no JSON object, as (number, reason). They are read past, and handed on
            so that whoever reads can report them.
        deletions: what is gone from the source, to be taken back after `events` were taken. Among `events`
            it may be refused, and the rest goes on; a source that cannot have its deletions done ends.
    """

    events: list[dict[str, Any]]
    chatbots: tuple[SourceChatbot, ...]
    position: str
    records: range
    broken: tuple[tuple[int, str], ...] = ()
    deletions: tuple[Deletion, ...] = ()


class Source(Protocol):
    """Something to take events from, more than once and from any of its positions."""

    @property
    def total(self) -> int | None:
        """How many records there are, for a progress bar.

        None where counting costs as much as reading, and where there is no end.
        """

    def batches(self, *, after: str = START, size: int = 1000) -> Iterator[Batch]:
        """Reads on after a position, in batches of about `size` events.

        The same source gives the same events, whatever the sizes and positions it was read with. One without
        an end gives a batch without events where nothing comes, so that whoever reads can stop.

        Raises:
            UnknownPositionError: it cannot go on there.
        """


def chatbots_needed(
    events: Iterable[dict[str, Any]], names: Mapping[str, str] | None = None
) -> tuple[SourceChatbot, ...]:
    """The distinct chatbots of `events`, in order of appearance, named by `names` where it knows them.

    An event whose `chatbot_id` is missing or no string needs none: it will be rejected.
    """
    known = names or {}
    ids = dict.fromkeys(bot for event in events if isinstance(bot := event.get("chatbot_id"), str) and bot)
    return tuple(SourceChatbot(bot, {"name": known[bot]} if bot in known else {}) for bot in ids)
