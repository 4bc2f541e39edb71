"""Saved views: a page as somebody has set it up, under a name."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botlens.database.database import Repository
from botlens.errors import ForbiddenError, InvalidError, NotFoundError
from botlens.identifiers import has_control_character
from botlens.tenants import fields, rows
from botlens.tenants.tables import ViewRow
from botlens.tenants.values import UNSET, Caller, Unset

ADDRESS_LENGTH: Final = 8_000
MOST_VIEWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class View:
    """A page that was saved.

    Attributes:
        id: unique.
        company_id: whose.
        name: for people.
        query: of the page's URL, without `?`: what it means is the page's business.
        chatbot_id: which bot's page; None is that of all.
        shared: whether all of the company see it, or only who made it.
        who: made it, as `Caller.who`.
        created_at: when.
    """

    id: str
    company_id: str
    name: str
    query: str
    chatbot_id: str | None
    shared: bool
    who: str
    created_at: datetime


class Views(Repository):
    """The part of `Accounts` that knows saved views. A company's admins keep the shared ones."""

    def add_view(
        self,
        company_id: str,
        name: str,
        query: str,
        *,
        by: Caller,
        chatbot_id: str | None = None,
        shared: bool = False,
    ) -> View:
        """Save a page.

        Args:
            company_id: whose.
            name: for people.
            query: of the page's URL.
            by: who saves it: an admin if it is shared, a person if it is not.
            chatbot_id: which bot's page.
            shared: whether all of the company see it.

        Raises:
            InvalidError: a value cannot be right, or (`too_many_views`) there are as many as may be.
            ForbiddenError: who saves it may not.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        values = _checked({"name": name, "query": query, "shared": shared})
        _may_keep(by, shared=shared)
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            rows.require_chatbot(session, company_id, chatbot_id)
            if rows.count_kept(session, ViewRow, company_id) >= MOST_VIEWS:
                message = f"A company has at most {MOST_VIEWS:,} saved views. Delete some that nobody needs."
                raise InvalidError(message, code="too_many_views")
            row = ViewRow(
                id="v_" + secrets.token_urlsafe(9),
                company_id=company_id,
                chatbot_id=chatbot_id,
                who=_owner(by),
                created_at=self._clock(),
                **values,
            )
            session.add(row)
            return _view(row)

    def change_view(
        self,
        company_id: str,
        view_id: str,
        *,
        by: Caller,
        name: str | Unset = UNSET,
        query: str | Unset = UNSET,
        shared: bool | Unset = UNSET,
        chatbot_id: str | Unset | None = UNSET,
    ) -> View:
        """Change what is given; the rest stays as it is.

        Raises:
            InvalidError: a value cannot be right.
            ForbiddenError: `by` may not.
            NotFoundError: `unknown_company`, `unknown_chatbot`, `unknown_view`: also what is somebody else's.
        """
        values = _checked({"name": name, "query": query, "shared": shared})
        with self._database.writing() as session:
            row = _seen(rows.lock_kept(session, ViewRow, company_id, view_id), by)
            for is_shared in {row.shared, values.get("shared", row.shared)}:
                _may_keep(by, shared=is_shared)
            if not values.get("shared", row.shared) and row.who != _owner(by):
                message = "Only who saved a view can make it a personal one."
                raise ForbiddenError(message, code="not_yours")
            if not isinstance(chatbot_id, Unset):
                rows.require_chatbot(session, company_id, chatbot_id)
                row.chatbot_id = chatbot_id
            for field, value in values.items():
                setattr(row, field, value)
            return _view(row)

    def remove_view(self, company_id: str, view_id: str, *, by: Caller) -> None:
        """Delete a view.

        Raises:
            ForbiddenError: `by` may not.
            NotFoundError: `unknown_company`, `unknown_view`: also what is somebody else's.
        """
        with self._database.writing() as session:
            row = _seen(rows.lock_kept(session, ViewRow, company_id, view_id), by)
            _may_keep(by, shared=row.shared)
            session.delete(row)

    def views(self, company_id: str, by: Caller) -> list[View]:
        """What somebody sees: the shared ones and its own, by name."""
        if not fields.storable(company_id):
            return []
        with self._database.reading() as session:
            kept = rows.kept_by(session, ViewRow, company_id)
            found = [_view(row) for row in kept if _sees(row, by)]
            # Sorted here: the order of a database depends on its collation.
            return sorted(found, key=lambda view: (view.name.casefold(), view.id))


def _seen(row: ViewRow | None, by: Caller) -> ViewRow:
    if row is None or not _sees(row, by):
        raise NotFoundError("There is no such saved view.", code="unknown_view")
    return row


def _sees(row: ViewRow, by: Caller) -> bool:
    return row.shared or row.who == _owner(by)


def _owner(by: Caller) -> str:
    """Whose a personal view is: a person's, however that is logged in."""
    return by.who if by.user is None else f"user:{by.user}"


def _may_keep(by: Caller, *, shared: bool) -> None:
    if shared:
        by.require_scope("admin")
    elif by.user is None:
        message = "An API key is no person: save a shared view with it, `shared: true`."
        raise ForbiddenError(message, code="no_person")
    else:
        by.require_scope("read")


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _CHECKS[name](value) for name, value in given.items() if value is not UNSET}


def _name(value: object) -> str:
    name = fields.title(value)
    if has_control_character(name):
        raise InvalidError("'name' must be one line, without control characters.", field="name")
    return name.strip()


def _query(value: object) -> str:
    right = isinstance(value, str) and len(value) <= ADDRESS_LENGTH
    if not right or any(c <= " " or c > "~" or c in '#<>"\\' for c in str(value)):
        message = (
            f"'query' must be the query of the page's URL as it stands there, escaped, without `?` and `#`, "
            f"of at most {ADDRESS_LENGTH:,} characters."
        )
        raise InvalidError(message, field="query")
    return str(value).removeprefix("?")


def _shared(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidError("'shared' must be true or false.", field="shared")
    return value


_CHECKS: Final[Mapping[str, Any]] = {"name": _name, "query": _query, "shared": _shared}


def _view(row: ViewRow) -> View:
    return View(
        row.id,
        row.company_id,
        row.name,
        row.query,
        row.chatbot_id,
        row.shared,
        row.who,
        row.created_at,
    )
