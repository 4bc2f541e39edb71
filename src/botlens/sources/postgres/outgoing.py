"""What rows say becomes events, checked as those of `POST /v1/events` are, and is committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from botlens.commit.source_commits import SourceCommits
from botlens.events.decode import MAX_EVENTS, decode_ndjson
from botlens.events.record import record_of
from botlens.events.types import Event
from botlens.moments import iso
from botlens.sources.postgres.entities import TIME

_AT_ONCE = 5_000
_encode = msgspec.json.Encoder().encode


def checked_events(
    kind: str, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[Event | None], list[tuple[int, str, str]]]:
    """The events that rows say, each None where it cannot be, and (row, code, field) of these.

    Args:
        kind: the type of all of them.
        rows: fields by name, without those that were not said; `created_at` in microseconds.
    """
    found: list[Event | None] = [None] * len(rows)
    refused: list[tuple[int, str, str]] = []
    for at in range(0, len(rows), MAX_EVENTS):
        lines = b"\n".join(_encode(_wire(kind, row)) for row in rows[at : at + MAX_EVENTS])
        decoded = decode_ndjson(lines)
        for place, event in zip(decoded.places, decoded.events, strict=True):
            found[at + place] = event
        refused += [(at + each.index, each.code, each.field or "") for each in decoded.rejected]
    return found, refused


def _wire(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    said = {"type": kind, **{name: value for name, value in row.items() if value is not None}}
    if TIME in said:
        said[TIME] = iso(said[TIME])
    return said


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event that is to be committed.

    Attributes:
        company_id: whose it is.
        event: itself.
        row: the name of the entity and the key of the row that says it; None of what no row says.
        refusal: why it was not kept, a code of `POST /v1/events`; empty unless it was refused.
    """

    company_id: str
    event: Event
    row: tuple[str, str] | None = None
    refusal: str = ""


class Outgoing:
    """Events by company, in the order in which they are to be committed."""

    def __init__(self, commits: SourceCommits) -> None:
        self._commits = commits
        self._waiting: dict[str, list[OutgoingEvent]] = {}
        self.committed = 0

    def add(self, company_id: str, event: Event, row: tuple[str, str] | None = None) -> None:
        """Have an event committed with the others; of which row it is, by entity and key."""
        self._waiting.setdefault(company_id, []).append(OutgoingEvent(company_id, event, row))

    def commit(self) -> list[OutgoingEvent]:
        """Commit all of them; durable and counted when this returns. Gives those that were not kept.

        A chatbot may have left its company since an event was added: then nothing of it counts there.

        Raises:
            OverloadedError: they cannot be taken now: commit them again.
        """
        refused: list[OutgoingEvent] = []
        for company_id, events in self._waiting.items():
            known = self._commits.chatbots(company_id)
            there = [each for each in events if each.event.chatbot_id in known]
            refused += [
                replace(each, refusal="unknown_chatbot")
                for each in events
                if each.event.chatbot_id not in known
            ]
            for at in range(0, len(there), _AT_ONCE):
                part = there[at : at + _AT_ONCE]
                records = [record_of(each.event) for each in part]
                places = self._commits.submit(company_id, records)
                refused += [replace(part[place], refusal="conversation_too_long") for place in places]
                self.committed += len(part) - len(places)
        self._waiting = {}
        return refused
