"""Embed links of a company: made, listed, revoked; their tokens; and who reads by them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from botlens.database.database import Repository
from botlens.errors import InvalidError, NotFoundError, TooManyRequestsError, UnauthorizedError
from botlens.tenants import fields, rows
from botlens.tenants.companies import company_value
from botlens.tenants.embed_link import EmbedLink
from botlens.tenants.embed_link_fields import checked
from botlens.tenants.keys import digest_of, new_secret
from botlens.tenants.rights import NOTHING
from botlens.tenants.tables import EmbedLinkRow, EmbedTokenRow
from botlens.tenants.values import Caller, Company

EMBED_START: Final = "ble_"
"""How the secret of an embed link begins, and each of its tokens."""

LONGEST_TOKEN: Final = timedelta(hours=24)
SHORTEST_TOKEN: Final = timedelta(minutes=1)
MOST_LINKS: Final = 1_000
MOST_TOKENS: Final = 10_000
"""Of one link, at one time."""


@dataclass(frozen=True, slots=True)
class _Credential:
    """What a secret stands for: a link, its company, and when the secret itself ends."""

    company: Company
    link: EmbedLink
    expires_at: datetime | None


class EmbedLinks(Repository):
    """The part of `Accounts` that knows embed links."""

    def create_embed_link(
        self,
        company_id: str,
        chatbot_id: str,
        *,
        who: str,
        name: str,
        parts: Sequence[str],
        filters: str = "[]",
        first_day: date | None = None,
        last_day: date | None = None,
        history_days: int | None = None,
        theme: str = "system",
        accent: str | None = None,
        language: str | None = None,
        origins: Sequence[str] = (),
        transcripts: bool = False,
        expires_at: datetime | None = None,
    ) -> tuple[EmbedLink, str]:
        """Make an embed link; what each value means is said by `EmbedLink`.

        Returns:
            The link, and its secret, which is not stored: this is the only time to see it.

        Raises:
            InvalidError: a value cannot be right, or (`too_many_embed_links`) there are as many as may be.
            NotFoundError: `unknown_company`, `unknown_chatbot`.
        """
        now = self._clock()
        values = checked(
            {
                "name": name,
                "parts": parts,
                "filters": filters,
                "first_day": first_day,
                "last_day": last_day,
                "history_days": history_days,
                "theme": theme,
                "accent": accent,
                "language": language,
                "origins": origins,
                "transcripts": transcripts,
                "expires_at": expires_at,
            },
            now,
        )
        secret = new_secret(EMBED_START)
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            rows.require_chatbot(session, company_id, chatbot_id)
            if rows.count_kept(session, EmbedLinkRow, company_id) >= MOST_LINKS:
                message = f"A company has at most {MOST_LINKS:,} embed links."
                raise InvalidError(message, code="too_many_embed_links")
            row = EmbedLinkRow(
                id="e_" + secrets.token_urlsafe(12),
                company_id=company_id,
                chatbot_id=chatbot_id,
                digest=digest_of(secret),
                who=who,
                created_at=now,
                **_stored(values),
            )
            session.add(row)
            session.flush()
            return _link(row), secret

    def embed_links(self, company_id: str) -> list[EmbedLink]:
        """The embed links of a company, revoked ones too, the newest first."""
        if not fields.storable(company_id):
            return []
        with self._database.reading() as session:
            return [_link(row) for row in reversed(rows.kept_by(session, EmbedLinkRow, company_id))]

    def revoke_embed_link(self, company_id: str, link_id: str) -> EmbedLink:
        """End a link and all its tokens at once. One that is revoked already stays as it is.

        Raises:
            NotFoundError: `unknown_company`, `unknown_embed_link`.
        """
        with self._database.writing() as session:
            row = _known(rows.lock_kept(session, EmbedLinkRow, company_id, link_id))
            row.revoked_at = row.revoked_at or self._clock()
            return _link(row)

    def create_embed_token(
        self, company_id: str, link_id: str, lasts: timedelta = LONGEST_TOKEN
    ) -> tuple[str, datetime]:
        """Make a token that reads what a link lets be read, for some time.

        Returns:
            The token, which is not stored, and when it ends: not after the link.

        Raises:
            InvalidError: it is to last too long or too short; or the link has ended (`ended_embed_link`).
            NotFoundError: `unknown_company`, `unknown_embed_link`.
            TooManyRequestsError: `too_many_embed_tokens`, as many as may be have not expired.
        """
        if not SHORTEST_TOKEN <= lasts <= LONGEST_TOKEN:
            message = "A token lasts from 60 seconds to 24 hours (86400 seconds)."
            raise InvalidError(message, field="seconds")
        now, secret = self._clock(), new_secret(EMBED_START)
        with self._database.writing() as session:
            row = _known(rows.lock_kept(session, EmbedLinkRow, company_id, link_id))
            if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
                message = "This embed link was revoked or has expired: make another."
                raise InvalidError(message, code="ended_embed_link", field="link")
            # Those that ended lately stay, so that who comes with one hears that it has expired.
            rows.forget_tokens(session, company_id, now - LONGEST_TOKEN)
            if rows.count_tokens(session, row.id, now) >= MOST_TOKENS:
                message = f"{MOST_TOKENS:,} tokens of this link have not expired: use one for longer."
                raise TooManyRequestsError(message, retry_after=60, code="too_many_embed_tokens")
            expires_at = now + lasts if row.expires_at is None else min(now + lasts, row.expires_at)
            token = EmbedTokenRow(
                digest=digest_of(secret),
                company_id=company_id,
                chatbot_id=row.chatbot_id,
                link_id=row.id,
                expires_at=expires_at,
            )
            session.add(token)
            return secret, expires_at

    def embed_origins(self, link_id: str) -> tuple[str, ...]:
        """The origins whose pages may frame `/embed/{link_id}`.

        Also once the link is over: its page says so. A browser that may not frame it says nothing.
        """
        if not fields.storable(link_id):
            return ()
        try:
            found = self._database.memory.recall(("embed_link", link_id), lambda: self._link_by_id(link_id))
        except NotFoundError:
            return ()
        return found.origins

    def caller_by_embed(self, secret: str) -> Caller:
        """Who reads by an embed link or one of its tokens: nobody with rights, in a company seen through it.

        Raises:
            UnauthorizedError: `unknown_embed_token`, `expired_embed_token`, `revoked_embed_link`,
                `expired_embed_link`.
        """
        digest, now = digest_of(secret), self._clock()
        found = self._database.memory.recall(("embed", digest), lambda: self._credential(digest))
        if found.link.revoked_at is not None:
            raise _over("This link was revoked.", code="revoked_embed_link")
        if found.link.is_over(now):
            raise _over("This link has expired.", code="expired_embed_link")
        if found.expires_at is not None and found.expires_at <= now:
            raise _over("This token has expired.", code="expired_embed_token")
        return Caller(f"embed:{found.link.id}", replace(found.company, link=found.link), NOTHING)

    def _link_by_id(self, link_id: str) -> EmbedLink:
        with self._database.reading() as session:
            row = session.get(EmbedLinkRow, link_id)
            if row is None:
                raise _unknown_link()
            return _link(row)

    def _credential(self, digest: str) -> _Credential:
        with self._database.reading() as session:
            found = rows.embed_token(session, digest)
            if found is None:  # an error, since these are not remembered: anybody may make secrets up
                raise _over("There is no such link any more.", code="unknown_embed_token")
            company, plan, link, expires_at = found
            return _Credential(company_value(company, plan), _link(link), expires_at)


def _known(row: EmbedLinkRow | None) -> EmbedLinkRow:
    if row is None:
        raise _unknown_link()
    return row


def _unknown_link() -> NotFoundError:
    return NotFoundError("There is no such embed link.", code="unknown_embed_link")


def _over(what: str, *, code: str) -> UnauthorizedError:
    return UnauthorizedError(f"{what} Reload the page of your provider.", code=code)


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    days = {
        name: None if values[name] is None else values[name].isoformat() for name in ("first_day", "last_day")
    }
    lists = {"parts": " ".join(values["parts"]), "origins": " ".join(values["origins"])}
    return {**values, **days, **lists}


def _link(row: EmbedLinkRow) -> EmbedLink:
    return EmbedLink(
        id=row.id,
        company_id=row.company_id,
        chatbot_id=row.chatbot_id,
        name=row.name,
        parts=tuple(row.parts.split()),
        filters=row.filters,
        first_day=None if row.first_day is None else date.fromisoformat(row.first_day),
        last_day=None if row.last_day is None else date.fromisoformat(row.last_day),
        history_days=row.history_days,
        theme=row.theme,
        accent=row.accent,
        language=row.language,
        origins=tuple(row.origins.split()),
        transcripts=row.transcripts,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        who=row.who,
        created_at=row.created_at,
    )
