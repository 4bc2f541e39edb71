"""What the events of a body must be, besides decoded, to be taken as they are: looked at all at once."""

import re
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

import msgspec
from msgspec import Struct

from botlens.events.nesting import DEEPEST, is_too_deep
from botlens.events.times import EARLIEST, LATEST, moment_of
from botlens.events.types import EVENT_TYPES, Conversation, Deletion, Event, Message
from botlens.identifiers import has_control_character

IDS = frozenset({"id", "chatbot_id", "conversation_id", "message_id"})
"""The fields of events that are ids."""

_getters = {
    kind: attrgetter(*[name for name in kind.__struct_fields__ if name in IDS])
    for kind in EVENT_TYPES.values()
}


class _Timed(Struct):
    created_at: str | None = None


class _TimedBody(Struct):
    events: list[_Timed]


_timed_body = msgspec.json.Decoder(_TimedBody)
_timed = msgspec.json.Decoder(_Timed)

# A fraction of a second of more than six digits: msgspec rounds it, and the end of a day to the next day.
_FINE = re.compile(rb"\.\d{7,}[Zz+\-]")


def set_exact_times(events: list[Event], body: bytes, *, in_lines: bool) -> bool:
    """Cut times to the microsecond where the decoder has rounded them; False if that cannot be done."""
    if not _FINE.search(body):
        return True
    with_times = _timed.decode_lines(body) if in_lines else _timed_body.decode(body).events
    try:
        for event, each in zip(events, with_times, strict=True):
            if each.created_at is not None:
                event.created_at = moment_of(each.created_at)
    except ValueError:
        return False
    return True


def are_flawless(events: list[Event], body: bytes) -> bool:
    """Whether events that were decoded keep the rules that a type cannot express.

    A "no" may be wrong, and costs only time: then each of them is looked at by itself.
    """
    times = [event.created_at for event in events if event.created_at is not None]
    return not (
        b"\\u0000" in body
        or (times and not EARLIEST <= min(times) <= max(times) < LATEST)
        or (_may_have_control_characters(body) and has_control_character(_all_ids(events)))
        or (b'"metadata"' in body and any(map(_has_deep_metadata, events)))
        or (Deletion in set(map(type, events)) and any(map(_names_wrongly, events)))
    )


def _may_have_control_characters(body: bytes) -> bool:
    """In JSON, those of ASCII are escaped, but for DEL; the others begin with one of these in UTF-8."""
    return b"\\" in body or b"\x7f" in body or b"\xc2" in body or b"\xe2\x80" in body


def _all_ids(events: Iterable[Event]) -> str:
    return "".join(chain.from_iterable(map(_ids_of, events)))


def _ids_of(event: Event) -> Iterable[str]:
    ids: Iterable[str | None] = _getters[type(event)](event)
    return filter(None, ids)


def _names_wrongly(event: Event) -> bool:
    """Whether it is a deletion that names no message though it should, or one though it should not."""
    return isinstance(event, Deletion) and event.is_of_message != (event.message_id is not None)


def _has_deep_metadata(event: Event) -> bool:
    return (
        isinstance(event, (Message, Conversation))
        and event.metadata is not None
        and is_too_deep(event.metadata, DEEPEST - 1)
    )
