"""The way of a request body: unpack, decode, know the chatbot, record. Each step says what it drops."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from botlens.errors import UnsupportedMediaTypeError
from botlens.events.decode import Decoded, decode_json, decode_ndjson
from botlens.events.record import MOST_RECORDS, Record, record_of
from botlens.events.times import AHEAD
from botlens.events.types import Deletion, Event
from botlens.events.warnings import Rejection, Warnings
from botlens.intake.body import unpack

_JSON = {"application/json", "text/json", ""}
_NDJSON = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a body holds for the committer, and what was not taken, in the order of the body.

    `places` are those of the records in the body.
    """

    records: list[Record]
    places: list[int]
    rejected: list[Rejection]
    warnings: Warnings


def decode(body: bytes, content_type: str | None, content_encoding: str | None) -> Decoded:
    """The events of a body.

    Raises:
        BotlensError: the body as a whole cannot be taken; nothing of it was.
    """
    plain = unpack(body, content_encoding)
    media_type = (content_type or "").split(";")[0].strip().lower()
    if media_type in _NDJSON:
        return decode_ndjson(plain)
    if media_type in _JSON:
        return decode_json(plain)
    raise UnsupportedMediaTypeError(
        f"Content-Type `{media_type}` is not known: send application/json or application/x-ndjson.",
        code="unsupported_content_type",
    )


def parcel(decoded: Decoded, chatbots: Set[str], *, may_delete: bool) -> Parcel:
    """The records of the events that can be taken; the others are rejected.

    Args:
        decoded: what a body holds.
        chatbots: those that exist; events for another one are rejected as `unknown_chatbot`.
        may_delete: whether whoever sends them may delete whole conversations; if not, that is rejected as
            `missing_scope`.
    """
    all_known = chatbots >= {event.chatbot_id for event in decoded.events}
    if all_known and (may_delete or Deletion not in set(map(type, decoded.events))):
        # Nearly always: no need to look at each.
        records = list(map(record_of, decoded.events))
        return Parcel(records, decoded.places, decoded.rejected, decoded.warnings)
    records = []
    places = []
    rejected = list(decoded.rejected)
    for place, event in zip(decoded.places, decoded.events, strict=True):
        if event.chatbot_id not in chatbots:
            rejected.append(_unknown(place, event.chatbot_id))
        elif not may_delete and _deletes_conversation(event):
            rejected.append(_not_allowed(place))
        else:
            records.append(record_of(event))
            places.append(place)
    rejected.sort(key=lambda each: each.index)
    return Parcel(records, places, rejected, decoded.warnings)


def warn_of_times_ahead(decoded: Decoded, now: datetime) -> None:
    """Have the sender told of events that are more than a day ahead of the server's clock.

    They are taken: clocks differ, and some write what will happen.
    """
    latest = now + AHEAD
    for place, event in zip(decoded.places, decoded.events, strict=True):
        if event.created_at is not None and event.created_at > latest:
            decoded.warnings.time_ahead(place, event.created_at, type(event).__name__.lower())


def without(taken: Parcel, refused: Sequence[int]) -> Parcel:
    """The parcel without records whose conversation is too long, by their places among the records."""
    left_out = set(refused)
    kept = [place for place in range(len(taken.records)) if place not in left_out]
    rejected = taken.rejected + [
        _too_long(taken.places[place], taken.records[place].conversation_id) for place in refused
    ]
    return Parcel(
        [taken.records[place] for place in kept],
        [taken.places[place] for place in kept],
        sorted(rejected, key=lambda each: each.index),
        taken.warnings,
    )


def _too_long(place: int, conversation_id: str) -> Rejection:
    return Rejection(
        place,
        "conversation_too_long",
        f"Conversation `{conversation_id}` has {MOST_RECORDS:,} records, the most that one may have: "
        "begin another one under another id.",
        "conversation_id",
    )


def _deletes_conversation(event: Event) -> bool:
    return isinstance(event, Deletion) and event.of == "conversation"


def _not_allowed(place: int) -> Rejection:
    return Rejection(
        place,
        "missing_scope",
        "To delete a whole conversation takes the scope 'admin', which your credentials lack. Use an API key "
        "that has it.",
        "of",
    )


def _unknown(place: int, chatbot_id: str) -> Rejection:
    return Rejection(
        place,
        "unknown_chatbot",
        f"There is no chatbot `{chatbot_id}`: create it with PUT /v1/chatbots/{chatbot_id}.",
        "chatbot_id",
    )
