"""From the bytes of a request body to events, and a reason for each one that is not taken.

The whole body is decoded at once while it is flawless; only when something is wrong is it taken apart, event
by event, so that one bad event never sinks its batch.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from botlens.errors import BadRequestError, TooLargeError
from botlens.events.types import EVENT_TYPES, Event

MAX_EVENTS = 10_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Rejection(Struct, frozen=True):
    """Why the event at `index` (its place in the body, from 0) was not taken."""

    index: int
    code: str
    message: str


@dataclass(slots=True)
class Decoded:
    """What a body holds: the good events with their places, and the rest with the reasons.

    `warnings` tell of events that were taken although they carried a field that botlens does not know.
    """

    events: list[Event] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[Rejection] = field(default_factory=list)


class _Body(Struct):
    events: list[Event]


class _LooseBody(Struct):
    events: list[msgspec.Raw]


class _Typed(Struct):
    type: str


_whole = msgspec.json.Decoder(_Body)
_loose = msgspec.json.Decoder(_LooseBody)
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_typed = msgspec.json.Decoder(_Typed)
_plain = msgspec.json.Decoder(dict[str, Any])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_json(body: bytes) -> Decoded:
    """Decode `{"events": [...]}`.

    Raises:
        BadRequestError: it is not JSON, or not an object with a list `events`.
        TooLargeError: it holds more than `MAX_EVENTS` events.
    """
    _refuse_empty(body)
    try:
        return _flawless(_whole.decode(body).events, body)
    except (*_UNREADABLE, _OneByOne):
        pass
    try:
        raws = _loose.decode(body).events
    except msgspec.ValidationError as error:
        raise BadRequestError(
            f'The body must be a JSON object {{"events": [...]}} ({error}). '
            "For one event a line send Content-Type: application/x-ndjson.",
            code="invalid_body",
        ) from None
    except _UNREADABLE as error:
        return _one_by_one(_forgiving(body, error))
    return _one_by_one(bytes(raw) for raw in raws)


def _forgiving(body: bytes, error: Exception) -> list[bytes]:
    """The events of a body that the standard library reads though msgspec does not.

    JSON with half a surrogate pair or a NaN in one event is such a body: its other events are good.
    """
    try:
        return [json.dumps(event).encode() for event in json.loads(body)["events"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadRequestError(f"The body is not JSON: {error}.", code="invalid_json") from None


def decode_ndjson(body: bytes) -> Decoded:
    """Decode one event a line. Blank lines are skipped; a broken line is rejected alone.

    Raises:
        BadRequestError: there is no line at all.
        TooLargeError: it holds more than `MAX_EVENTS` events.
    """
    _refuse_empty(body)
    try:
        return _flawless(_event.decode_lines(body), body)
    except (*_UNREADABLE, _OneByOne):
        return _one_by_one(line for line in body.split(b"\n") if line.strip())


class _OneByOne(Exception):  # noqa: N818 - a signal between two functions, not an error
    """The fast path decoded the body but must not take it as it is."""


def _refuse_empty(body: bytes) -> None:
    if not body.strip():
        raise BadRequestError('The body is empty: send {"events": [...]}.', code="empty_body")


def _flawless(events: list[Event], body: bytes) -> Decoded:
    _refuse_too_many(len(events))
    if b"\\u0000" in body or not all(_in_range(event) for event in events):
        raise _OneByOne
    return Decoded(events, list(range(len(events))))


def _refuse_too_many(count: int) -> None:
    if count > MAX_EVENTS:
        raise TooLargeError(
            f"{count} events are more than the {MAX_EVENTS} that one request may carry: send them in parts.",
            code="too_many_events",
        )


def _in_range(event: Event) -> bool:
    at = event.created_at
    return at is None or EARLIEST <= at < LATEST


def _one_by_one(lines: Iterable[bytes]) -> Decoded:
    decoded = Decoded()
    count = 0
    for index, line in enumerate(lines):
        count += 1
        try:
            event = _one(line, partial(_warn, decoded, index))
        except _Refused as refusal:
            decoded.rejected.append(Rejection(index, refusal.code, refusal.message))
        else:
            decoded.events.append(event)
            decoded.places.append(index)
    _refuse_too_many(count)
    return decoded


def _warn(decoded: Decoded, index: int, code: str, message: str) -> None:
    decoded.warnings.append(Rejection(index, code, message))


class _Refused(Exception):  # noqa: N818 - carries a rejection from the checks to the loop above
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _one(line: bytes, warn: Callable[[str, str], None]) -> Event:
    try:
        event = _event.decode(line)
    except msgspec.ValidationError as error:
        unknown = re.search(r"unknown field `(.*)`", str(error))
        if unknown is None:
            raise _refusal(str(error), line) from None
        event = _without_unknown_fields(line, warn)
    except UnicodeDecodeError:
        raise _Refused("invalid_utf8", "The event is not valid UTF-8.") from None
    except (msgspec.DecodeError, RecursionError) as error:
        code = "invalid_utf8" if "utf-8" in str(error).lower() else "invalid_json"
        raise _Refused(code, f"The event is not JSON: {error}.") from None
    _check(event)
    return event


def _without_unknown_fields(line: bytes, warn: Callable[[str, str], None]) -> Event:
    """Take an event without the fields that botlens does not know, and say which were left out."""
    plain = _plain.decode(line)
    known = set(EVENT_TYPES[plain["type"]].__struct_fields__) | {"type"}
    for name in [name for name in plain if name not in known]:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "own data belongs in `metadata`."
        warn("unknown_field", f"`{name}` is not a field of a {plain['type']} and was left out; {hint}")
        del plain[name]
    return _one(msgspec.json.encode(plain), warn)


def _check(event: Event) -> None:
    """The rules that a type cannot express."""
    if not _in_range(event):
        raise _Refused("invalid_time", f"`created_at` must lie between {EARLIEST:%Y} and {LATEST:%Y}.")
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if (isinstance(value, str) and "\x00" in value) or (isinstance(value, dict) and _has_nul(value)):
            raise _Refused("nul_byte", f"`{name}` contains a NUL character (\\u0000): remove it.")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_has_nul(part) for part in value)


_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<name>.*)`")


def _refusal(said: str, line: bytes) -> _Refused:
    """A rejection with a code and a sentence, from what msgspec says of an event."""
    missing = _MISSING.search(said)
    if missing:
        name = missing["name"]
        if name == "type":
            return _Refused("unknown_type", f"`type` is missing: it is one of {', '.join(EVENT_TYPES)}.")
        return _Refused("missing_field", f"`{name}` is missing; a {_typed.decode(line).type} needs it.")
    place = _PLACE.search(said)
    name = place["place"] if place else ""
    reason = said[: place.start()] if place else said
    if name == "type":
        return _Refused("unknown_type", f"{reason}: `type` is one of {', '.join(EVENT_TYPES)}.")
    if not name:
        return _Refused("wrong_type", f"An event must be a JSON object ({reason}).")
    return _Refused(_code(name, reason), f"`{name}`: {_sentence(name, reason)}")


def _code(name: str, reason: str) -> str:
    if name == "created_at":
        return "invalid_time"
    if "of length" in reason:
        return "invalid_id" if name.endswith("id") and name != "session_id" else "invalid_length"
    if ">=" in reason or "<=" in reason:
        return "out_of_range"
    return "invalid_value" if "Invalid enum" in reason else "wrong_type"


def _sentence(name: str, reason: str) -> str:
    if name == "created_at":
        return "send an ISO 8601 time with an offset or Z, like 2026-03-01T09:30:00+01:00."
    if "of length" in reason and name.endswith("id"):
        return "ids are strings of 1 to 128 characters."
    return f"{reason}."
