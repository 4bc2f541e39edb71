"""Markers: what happened when, so that charts can say why a figure moved."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botlens.database.database import Repository
from botlens.errors import InvalidError, NotFoundError
from botlens.identifiers import has_control_character
from botlens.tenants import fields, rows
from botlens.tenants.addresses import web_link
from botlens.tenants.tables import MarkerRow
from botlens.tenants.values import UNSET, Unset

TEXT_LENGTH: Final = 80
MOST_MARKERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened at a moment.

    Attributes:
        id: unique.
        company_id: whose.
        chatbot_id: which bot it is about; None is all of the company.
        at: when, in UTC.
        text: what, in at most 80 characters.
        link: where to read more.
        who: made it, as `Caller.who`.
        created_at: when it was made.
    """

    id: str
    company_id: str
    chatbot_id: str | None
    at: datetime
    text: str
    link: str | None
    who: str
    created_at: datetime


class Markers(Repository):
    """The part of `Accounts` that knows markers."""

    def add_marker(
        self,
        company_id: str,
        text: str,
        at: datetime,
        *,
        who: str,
        chatbot_id: str | None = None,
        link: str | None = None,
    ) -> Marker:
        """Make a marker.

        Raises:
            InvalidError: a value cannot be right, or (`too_many_markers`) there are as many as may be.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        values = _checked({"text": text, "at": at, "link": link})
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            rows.require_chatbot(session, company_id, chatbot_id)
            if rows.count_kept(session, MarkerRow, company_id) >= MOST_MARKERS:
                message = f"A company has at most {MOST_MARKERS:,} markers. Delete some that nobody needs."
                raise InvalidError(message, code="too_many_markers")
            row = MarkerRow(
                id="m_" + secrets.token_urlsafe(9),
                company_id=company_id,
                chatbot_id=chatbot_id,
                who=who,
                created_at=self._clock(),
                **values,
            )
            session.add(row)
            return _marker(row)

    def change_marker(
        self,
        company_id: str,
        marker_id: str,
        *,
        text: str | Unset = UNSET,
        at: datetime | Unset = UNSET,
        link: str | Unset | None = UNSET,
        chatbot_id: str | Unset | None = UNSET,
    ) -> Marker:
        """Change what is given; the rest stays as it is, and so does who made it.

        Raises:
            InvalidError: a value cannot be right.
            NotFoundError: `unknown_company`, `unknown_chatbot`, `unknown_marker`.
        """
        values = _checked({"text": text, "at": at, "link": link})
        with self._database.writing() as session:
            row = _known(rows.lock_kept(session, MarkerRow, company_id, marker_id))
            if not isinstance(chatbot_id, Unset):
                rows.require_chatbot(session, company_id, chatbot_id)
                row.chatbot_id = chatbot_id
            for name, value in values.items():
                setattr(row, name, value)
            return _marker(row)

    def remove_marker(self, company_id: str, marker_id: str) -> None:
        """Delete a marker.

        Raises:
            NotFoundError: `unknown_company`, `unknown_marker`.
        """
        with self._database.writing() as session:
            session.delete(_known(rows.lock_kept(session, MarkerRow, company_id, marker_id)))

    def markers(self, company_id: str, chatbot_id: str | None = None) -> tuple[Marker, ...]:
        """The markers of a company by their time; with a chatbot, its own and those of the whole company."""
        if not fields.storable(company_id):
            return ()
        found = self._database.memory.recall(("markers", company_id), lambda: self._all_markers(company_id))
        if chatbot_id is None:
            return found
        return tuple(each for each in found if each.chatbot_id in (None, chatbot_id))

    def marker(self, company_id: str, marker_id: str) -> Marker:
        """One of them.

        Raises:
            NotFoundError: `unknown_marker`, also where it is another company's.
        """
        for each in self.markers(company_id):
            if each.id == marker_id:
                return each
        raise _unknown_marker()

    def _all_markers(self, company_id: str) -> tuple[Marker, ...]:
        with self._database.reading() as session:
            found = map(_marker, rows.kept_by(session, MarkerRow, company_id))
            return tuple(sorted(found, key=lambda marker: (marker.at, marker.id)))


def _known(row: MarkerRow | None) -> MarkerRow:
    if row is None:
        raise _unknown_marker()
    return row


def _unknown_marker() -> NotFoundError:
    return NotFoundError("There is no such marker.", code="unknown_marker")


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _CHECKS[name](value) for name, value in given.items() if value is not UNSET}


def _text(value: object) -> str:
    if (
        not isinstance(value, str)
        or not value.strip()
        or len(value) > TEXT_LENGTH
        or not fields.storable(value)
    ):
        raise InvalidError(f"'text' must be a text of 1 to {TEXT_LENGTH} characters.", field="text")
    if has_control_character(value):
        raise InvalidError("'text' must be one line, without control characters.", field="text")
    return value.strip()


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidError("'at' must be a time with an offset, like 2026-03-01T09:30:00+01:00.", field="at")
    return value


def _link(value: object) -> str | None:
    return None if value is None else web_link(value)


_CHECKS: Final[Mapping[str, Any]] = {"text": _text, "at": _moment, "link": _link}


def _marker(row: MarkerRow) -> Marker:
    return Marker(row.id, row.company_id, row.chatbot_id, row.at, row.text, row.link, row.who, row.created_at)
