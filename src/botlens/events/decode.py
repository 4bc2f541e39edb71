"""From the bytes of a request body to events, and a reason for each one that is not taken.

The whole body is decoded at once while it is flawless; only when something is wrong is it taken apart, event
by event, so that one bad event never sinks its batch.
"""

import contextlib
import functools
import json
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from botlens.errors import BadRequestError, TooLargeError
from botlens.events.flawless import IDS, are_flawless, set_exact_times
from botlens.events.nesting import DEEPEST, is_too_deep, without_deep_events
from botlens.events.reasons import in_words
from botlens.events.times import NO_TIME, moment_of
from botlens.events.types import EVENT_TYPES, Deletion, Event
from botlens.events.warnings import Rejection, Warnings
from botlens.identifiers import RULE, has_control_character

MAX_EVENTS = 10_000


@dataclass(slots=True)
class Decoded:
    """What a body holds: the good events with their places, and the rest with the reasons.

    `warnings` tell of events that were taken although they carried a field that botlens does not know.
    """

    events: list[Event] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)


class _Body(Struct):
    events: list[Event]


class _LooseBody(Struct):
    events: list[msgspec.Raw]


_whole = msgspec.json.Decoder(_Body)
_loose = msgspec.json.Decoder(_LooseBody)
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_BLANK_LINES = re.compile(rb"\n\s*\n")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_json(body: bytes) -> Decoded:
    """Decode `{"events": [...]}`.

    Raises:
        BadRequestError: it is not JSON, or not an object with a list `events`.
        TooLargeError: it holds more than `MAX_EVENTS` events.
    """
    body = _bare(body)
    try:
        return _flawless(_whole.decode(body).events, body)
    except (*_UNREADABLE, _OneByOne):
        pass
    deep: set[int] = set()
    try:
        raws = _events_of(body)
    except RecursionError:
        try:
            body, deep = without_deep_events(body)
            raws = _events_of(body)
        except RecursionError:
            raise BadRequestError("The body is nested too deeply.", code="invalid_json") from None
    return _one_by_one(raws, deep)


def _events_of(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """The events of a body, each still JSON."""
    _refuse_crowd(body)
    try:
        return _loose.decode(body).events
    except msgspec.ValidationError as error:
        raise BadRequestError(
            f'The body must be a JSON object {{"events": [...]}} ({error}). '
            "For one event a line send Content-Type: application/x-ndjson.",
            code="invalid_body",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _forgiving(body, error)


def _refuse_crowd(body: bytes) -> None:
    """Refuse a list of too many events before there is an object for each: a body has room for millions.

    Raises:
        TooLargeError: that is what the body is.
    """
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):  # whoever reads on sees it, too
        if _crowd().decode(body).events.last:
            raise _too_many("These")


@functools.cache
def _crowd() -> msgspec.json.Decoder[Any]:
    """Reads a body as if its list were an object with a field for each event; what goes beyond is skipped."""
    nothing = msgspec.Raw(b"")
    names = [*(f"e{place}" for place in range(MAX_EVENTS)), "last"]
    events = msgspec.defstruct("Events", [(name, msgspec.Raw, nothing) for name in names], array_like=True)
    return msgspec.json.Decoder(msgspec.defstruct("Crowd", [("events", events)]))


def _forgiving(body: bytes, error: Exception) -> list[bytes]:
    """The events of a body that the standard library reads though msgspec does not.

    JSON with half a surrogate pair, a NaN or a raw control character in one event is such a body: its other
    events are good.
    """
    try:
        plain = json.loads(body.decode("utf-8", "surrogateescape"), strict=False)
        events = plain["events"]
        _refuse_too_many(len(events))
        return [json.dumps(event).encode() for event in events]
    except (ValueError, TypeError, KeyError):
        raise BadRequestError(f"The body is not JSON: {error}.", code="invalid_json") from None


def decode_ndjson(body: bytes) -> Decoded:
    """Decode one event a line. Blank lines are skipped; a broken line is rejected alone.

    Raises:
        BadRequestError: there is no line at all.
        TooLargeError: it holds more than `MAX_EVENTS` events.
    """
    body = _bare(body)
    if body.count(b"\n") > MAX_EVENTS:
        body = _BLANK_LINES.sub(b"\n", body.strip())
        _refuse_too_many(body.count(b"\n") + 1)
    lines = [line for line in body.split(b"\n") if line.strip()]
    _refuse_too_many(len(lines))
    try:
        events = _event.decode_lines(body)
        if len(events) == len(lines):
            return _flawless(events, body, in_lines=True)
    except (*_UNREADABLE, _OneByOne):
        pass
    return _one_by_one(lines)


class _OneByOne(Exception):  # noqa: N818 - a signal between two functions, not an error
    """The fast path decoded the body but must not take it as it is."""


def _bare(body: bytes) -> bytes:
    """The body without a byte order mark, if there is anything else in it."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise BadRequestError('The body is empty: send {"events": [...]}.', code="empty_body")
    return body


def _flawless(events: list[Event], body: bytes, *, in_lines: bool = False) -> Decoded:
    _refuse_too_many(len(events))
    if not (set_exact_times(events, body, in_lines=in_lines) and are_flawless(events, body)):
        raise _OneByOne
    return Decoded(events, list(range(len(events))))


def _refuse_too_many(count: int) -> None:
    if count > MAX_EVENTS:
        raise _too_many(str(count))


def _too_many(count: str) -> TooLargeError:
    return TooLargeError(
        f"{count} events are more than the {MAX_EVENTS} that one request may carry: send them in parts.",
        code="too_many_events",
    )


def _one_by_one(lines: Sequence[bytes | msgspec.Raw], deep: Container[int] = ()) -> Decoded:
    _refuse_too_many(len(lines))  # before the work
    decoded = Decoded()
    for index, line in enumerate(lines):
        try:
            if index in deep:
                raise _too_deep()
            event = _one(bytes(line), index, decoded.warnings)
        except _Refused as refusal:
            decoded.rejected.append(Rejection(index, refusal.code, refusal.message, refusal.field))
        else:
            decoded.events.append(event)
            decoded.places.append(index)
    return decoded


class _Refused(Exception):  # noqa: N818 - carries a rejection from the checks to the loop above
    def __init__(self, code: str, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = name


def _moment(written: str) -> datetime:
    try:
        return moment_of(written)
    except ValueError as error:
        raise _Refused("invalid_time", f"`created_at`: {error}.", "created_at") from None


def _too_deep() -> _Refused:
    return _Refused(
        "too_deep",
        f"The event is nested more than {DEEPEST} levels deep: send flatter `metadata`, or a text.",
    )


def _one(line: bytes, index: int, warnings: Warnings) -> Event:
    plain = _object(line)
    name = plain.get("type")
    kind = EVENT_TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        kinds = ", ".join(EVENT_TYPES)
        raise _Refused("unknown_type", f"`type` is missing or unknown: it is one of {kinds}.", "type")
    known, required = _FIELDS[kind]
    if unknown := [each for each in plain if each not in known]:
        warnings.unknown_fields(index, unknown, str(name), known)
        for each in unknown:
            del plain[each]
    for field_name in required:
        if field_name not in plain:
            raise _Refused("missing_field", f"`{field_name}` is missing; a {name} needs it.", field_name)
    for field_name in _WHOLE & plain.keys():
        value = plain[field_name]
        if isinstance(value, float) and value.is_integer():
            plain[field_name] = int(value)
    if isinstance(written := plain.get("created_at"), str):
        plain["created_at"] = _moment(written)
    try:
        event: Event = msgspec.convert(plain, kind)  # type: ignore[assignment]
    except msgspec.ValidationError as error:
        raise _refusal(kind, str(error)) from None
    _check(event)
    return event


_FIELDS = {
    kind: (
        ("type", *kind.__struct_fields__),
        tuple(each.name for each in msgspec.structs.fields(kind) if each.required),
    )
    for kind in EVENT_TYPES.values()
}
"""By type of event: all fields, and those that it must have."""

_WHOLE = {"sequence", "revision", "score"}  # some senders write whole numbers as 5.0


def _object(line: bytes) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(line)
    except UnicodeDecodeError:
        raise _Refused("invalid_utf8", "The event is not valid UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except msgspec.DecodeError as error:
        code = "invalid_utf8" if "utf-8" in str(error).lower() else "invalid_json"
        raise _Refused(code, f"The event is not JSON: {error}.") from None
    if not isinstance(plain, dict):
        raise _Refused("wrong_type", "An event must be a JSON object.")
    if is_too_deep(plain):
        raise _too_deep()
    return plain


def _check(event: Event) -> None:
    """The rules that a type cannot express."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, (str, dict)) and _has_nul(value):
            raise _Refused("nul_byte", f"`{name}` contains a NUL character (\\u0000): remove it.", name)
        if name in IDS and value is not None and has_control_character(value):
            raise _Refused("invalid_id", f"`{name}`: {RULE}.", name)
    if isinstance(event, Deletion):
        _check_deletion(event)


def _check_deletion(event: Deletion) -> None:
    named = event.message_id is not None
    if event.is_of_message and not named:
        reason = f"`message_id` is missing; a deletion of a {event.of} needs it."
        raise _Refused("missing_field", reason, "message_id")
    if named and not event.is_of_message:
        reason = (
            f"`message_id`: a deletion of a {event.of} names no message. Leave it out, or say "
            '`"of": "message"` (or `"feedback"`, its vote).'
        )
        raise _Refused("invalid_value", reason, "message_id")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return "\\u0000" in json.dumps(value).replace("\\\\", "")


_PLACE = re.compile(r" - at `\$\.(?P<name>\w+)[^`]*`$")


def _refusal(kind: type[Struct], said: str) -> _Refused:
    """A rejection with a code and a sentence, from what msgspec says of the fields of such an event."""
    place = _PLACE.search(said)
    name = place["name"] if place else ""
    reason = said[: place.start()] if place else said
    return _Refused(_code(name, reason), f"`{name}`: {_sentence(kind, name, reason)}", name or None)


def _code(name: str, reason: str) -> str:
    # What was sent stands only in the reason of an enum, so that is looked for first.
    if reason.startswith("Invalid enum"):
        return "invalid_value"
    if name == "created_at":
        return "invalid_time"
    if "of length" in reason:
        return "invalid_id" if name in IDS else "invalid_length"
    return "out_of_range" if ">=" in reason or "<=" in reason else "wrong_type"


def _sentence(kind: type[Struct], name: str, reason: str) -> str:
    if name == "created_at":
        return f"{NO_TIME}."
    if "of length" in reason and name in IDS:
        return f"{RULE}."
    return f"{in_words(reason, kind, name)}."
