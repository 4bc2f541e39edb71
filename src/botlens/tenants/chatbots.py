"""Chatbots: what a company says of each of its bots."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from botlens.database.database import Repository
from botlens.database.erasure import erase
from botlens.errors import NotFoundError
from botlens.tenants import fields, rows
from botlens.tenants.synced.refusal import refuse_deletion, refuse_gone, refuse_synced
from botlens.tenants.tables import ChatbotRow
from botlens.tenants.values import UNSET, Chatbot, Unset

_UNKNOWN_AGE: Final = datetime.min.replace(tzinfo=UTC)


class Chatbots(Repository):
    """The part of `Accounts` that knows chatbots."""

    def put_chatbot(
        self,
        company_id: str,
        chatbot_id: str,
        *,
        name: str | Unset | None = UNSET,
        is_published: bool | Unset = UNSET,
        confidence_threshold: float | Unset = UNSET,
        timezone: str | Unset | None = UNSET,
        average_rating: float | Unset | None = UNSET,
    ) -> tuple[Chatbot, bool]:
        """Create a chatbot, or change the fields that are given and keep the rest.

        Args:
            company_id: Whose it is.
            chatbot_id: 1..128 characters, unique within the company.
            name: Up to 200 characters; None (the default) reads "Untitled".
            is_published: True by default.
            confidence_threshold: 0..1; an answer scored below it counts as unanswered. 0.2 by default.
            timezone: An IANA name; None (the default) is the company's.
            average_rating: 0..5, what a synced platform says; None (the default) when it says nothing.

        Returns:
            The chatbot as it is now, and whether this call created it.

        Raises:
            InvalidError: A value cannot be right, or (`synced`) is decided by the source; `field` names it.
            NotFoundError: `unknown_company`.
            OverloadedError: `being_deleted`, one of this id is still being erased.
        """
        fields.identifier(chatbot_id, "chatbot_id")
        changes = fields.chatbot_changes(
            {
                "name": name,
                "is_published": is_published,
                "confidence_threshold": confidence_threshold,
                "timezone": timezone,
                "average_rating": average_rating,
            }
        )
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            row = session.get(ChatbotRow, (company_id, chatbot_id))
            created = row is None
            if row is None:
                rows.refuse_while_erased(session, company_id, chatbot_id)
                row = ChatbotRow(company_id=company_id, id=chatbot_id, **fields.CHATBOT_DEFAULTS)
                session.add(row)
            refuse_gone(row)
            for field, value in changes.items():
                if not created:
                    refuse_synced(row, field, getattr(row, field), value)
                setattr(row, field, value)
            return _chatbot(row), created

    def delete_chatbot(self, company_id: str, chatbot_id: str) -> None:
        """Have a chatbot unknown from now on, and leave an erasure behind for what the store has of it.

        Doing it again while it is being erased changes nothing.

        Raises:
            InvalidError: `synced`, it is of a source, and would be back in a moment.
            NotFoundError: `unknown_company`, or `unknown_chatbot`: the company has none of this id.
        """
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            storable = fields.storable(chatbot_id)
            row = session.get(ChatbotRow, (company_id, chatbot_id)) if storable else None
            if row is not None:
                refuse_deletion(row)
                rows.add_erasure(session, company_id, chatbot_id)
                erase(session, company_id, chatbot_id)
            elif not (storable and rows.is_being_erased(session, company_id, chatbot_id)):
                raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")

    def chatbot(self, company_id: str, chatbot_id: str) -> Chatbot | None:
        """One chatbot of this company, or None: also for another company's, which must look the same."""
        if not (fields.storable(company_id) and fields.storable(chatbot_id)):
            return None
        return self._by_id(company_id).get(chatbot_id)

    def chatbots(self, company_id: str, *, with_gone: bool = False) -> list[Chatbot]:
        """The company's chatbots: those of a source in its order (since when there are any), else by id.

        Args:
            company_id: whose.
            with_gone: also those that their source has no more, and that are not erased yet.
        """
        if not fields.storable(company_id):
            return []
        return list((self._with_gone if with_gone else self._by_id)(company_id).values())

    def chatbots_by_id(self, company_id: str) -> Mapping[str, Chatbot]:
        """The company's chatbots by their ids, in the order of `chatbots`."""
        return MappingProxyType(self._by_id(company_id) if fields.storable(company_id) else {})

    def thresholds(self, company_id: str) -> Mapping[str, float]:
        """The confidence thresholds of a company's chatbots, by chatbot id: also the list of those it has.

        Those that their source has no more are among them: until they are erased, what is said to them
        counts, and is there if they come back.
        """

        def read() -> Mapping[str, float]:
            chatbots = self._with_gone(company_id) if fields.storable(company_id) else {}
            return MappingProxyType({each.id: each.confidence_threshold for each in chatbots.values()})

        return self._database.memory.recall(("thresholds", company_id), read)

    def _by_id(self, company_id: str) -> dict[str, Chatbot]:
        return self._all(company_id)[0]

    def _with_gone(self, company_id: str) -> dict[str, Chatbot]:
        return self._all(company_id)[1]

    def _all(self, company_id: str) -> tuple[dict[str, Chatbot], dict[str, Chatbot]]:
        """The company's chatbots in their order: without those that their source has no more, and with."""
        return self._database.memory.recall(("chatbots", company_id), lambda: self._read_all(company_id))

    def _read_all(self, company_id: str) -> tuple[dict[str, Chatbot], dict[str, Chatbot]]:
        with self._database.reading() as session:
            # Sorted here: the order of a database depends on its collation.
            found = sorted(rows.chatbots_of(session, company_id), key=_order)
            everything = {row.id: _chatbot(row) for row in found}
            return {row.id: everything[row.id] for row in found if row.gone_at is None}, everything


def _order(row: ChatbotRow) -> tuple[datetime, int, str]:
    return (row.created_at or _UNKNOWN_AGE, *rows.source_order(row.source, row.id))


def _chatbot(row: ChatbotRow) -> Chatbot:
    return Chatbot(
        company_id=row.company_id,
        id=row.id,
        name=row.name,
        is_published=row.is_published,
        confidence_threshold=row.confidence_threshold,
        timezone=row.timezone,
        average_rating=row.average_rating,
        source=row.source,
        created_at=row.created_at,
    )
