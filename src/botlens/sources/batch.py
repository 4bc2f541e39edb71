"""The shape that every source of events shares: batches with a place to resume from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SourceChatbot:
    """A chatbot that a batch's events need; the importer creates it where it is missing.

    Attributes:
        id: 1 to 128 characters, as in the events' `chatbot_id`.
        name: what to call it, or None where the source does not say.
    """

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events of a source, in the order of the source.

    Attributes:
        events: dicts in the wire format, not validated beyond being JSON objects.
        chatbots: the distinct chatbots that `events` need, in order of appearance.
        position: records (dialogs, lines or elements) read so far, counted from the start of the file,
            this batch included: what to hand to `Source.batches(start=...)` to go on after it.
        broken: records that are no JSON object, as (record number from 1, reason). They are read past,
            and handed on so that the importer can report them.
    """

    events: list[dict[str, Any]]
    chatbots: tuple[SourceChatbot, ...]
    position: int
    broken: tuple[tuple[int, str], ...] = ()


class Source(Protocol):
    """Something to import events from, more than once and from any position."""

    @property
    def total(self) -> int | None:
        """How many records there are, for a progress bar; None where counting costs as much as reading."""

    def batches(self, *, start: int = 0, size: int = 1000) -> Iterator[Batch]:
        """Reads on after `start` records, in batches of about `size` events.

        The same file gives the same events, whatever the sizes and starts it was read with.
        """


def chatbots_of(
    events: Iterable[dict[str, Any]], names: dict[str, str] | None = None
) -> tuple[SourceChatbot, ...]:
    """The distinct chatbots of `events`, in order of appearance, named by `names` where it knows them.

    An event whose `chatbot_id` is missing or no string needs none: the importer will reject it.
    """
    ids = dict.fromkeys(bot for event in events if isinstance(bot := event.get("chatbot_id"), str) and bot)
    return tuple(SourceChatbot(bot, (names or {}).get(bot)) for bot in ids)
