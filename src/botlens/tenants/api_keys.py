"""API keys of a company: made, listed, revoked."""

import secrets
from collections.abc import Iterable
from dataclasses import replace

from botlens.database.database import Repository
from botlens.errors import InvalidError, NotFoundError
from botlens.tenants import fields, rows
from botlens.tenants.key_uses import KeyUses
from botlens.tenants.keys import digest_of, new_secret, prefix_of
from botlens.tenants.rights import EVERYTHING, SCOPES, Rights
from botlens.tenants.tables import ApiKeyRow
from botlens.tenants.values import ApiKey


class ApiKeys(Repository):
    """The part of `Accounts` that knows API keys."""

    key_uses: KeyUses

    def create_key(
        self,
        company_id: str,
        *,
        scopes: Iterable[str] = SCOPES,
        name: str = "",
        by: Rights = EVERYTHING,
    ) -> tuple[ApiKey, str]:
        """Make an API key.

        Args:
            company_id: whose.
            scopes: what it may do.
            name: what it is for; `who` did something with it reads `key:NAME`.
            by: the rights of whoever makes it, which those of the key may not exceed.

        Returns:
            What is known of the key, and its secret, which is not stored: this is the only time to see it.

        Raises:
            InvalidError: A scope is unknown, there is none, or the name is too long.
            ForbiddenError: the rights of whoever makes it do not suffice.
            NotFoundError: `unknown_company`.
        """
        may = fields.scopes(scopes)
        by.require("admin")
        by.require_scopes(may)
        secret = new_secret()
        row = ApiKeyRow(
            id="k_" + secrets.token_urlsafe(12),
            company_id=company_id,
            name=fields.label(name),
            prefix=prefix_of(secret),
            digest=digest_of(secret),
            scopes=" ".join(sorted(may)),
            created_at=self._clock(),
        )
        with self._database.writing() as session:
            rows.lock_company(session, company_id)
            session.add(row)
            session.flush()
            return _key(row), secret

    def keys(self, company_id: str) -> list[ApiKey]:
        """The company's API keys, revoked ones too, the oldest first."""
        if not fields.storable(company_id):
            return []
        with self._database.reading() as session:
            return [self._with_use(row) for row in rows.keys_of(session, company_id)]

    def revoke_key(self, company_id: str, key_id_or_prefix: str) -> ApiKey:
        """End a key at once. A key that is revoked already stays as it is.

        Raises:
            NotFoundError: `unknown_key`, the company has no such key.
            InvalidError: `ambiguous_key`, two of its keys share the prefix.
        """
        if not (fields.storable(company_id) and fields.storable(key_id_or_prefix)):
            raise _unknown_key()
        with self._database.writing() as session:
            found = rows.lock_keys(session, company_id, key_id_or_prefix)
            if not found:
                raise _unknown_key()
            if len(found) > 1:
                message = "More than one key starts like this. Name the one you mean by its id."
                raise InvalidError(message, code="ambiguous_key", field="key")
            found[0].revoked_at = found[0].revoked_at or self._clock()
            return _key(found[0])

    def write_key_uses(self) -> None:
        """Write down when keys were used, as far as it is not."""
        uses = self.key_uses.all()
        if uses:
            with self._database.writing(remembered=False) as session:
                rows.note_key_uses(session, uses)
            self.key_uses.written(uses)

    def _with_use(self, row: ApiKeyRow) -> ApiKey:
        known = _key(row)
        return replace(known, last_used_at=self.key_uses.of(row.id) or known.last_used_at)


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )


def _unknown_key() -> NotFoundError:
    # What was asked for is not repeated: people paste whole secrets here.
    message = "The company has no API key with this id or prefix. See its keys with `botlens key list`."
    return NotFoundError(message, code="unknown_key")
