"""Companies, chatbots and plans of a source's tables: read whole, which is little, and taken over.

They are read of one moment. Whatever type a column has, its values come as the text that JSON writes them
in, so that neither the server's date style nor the session's zone says how a time is read.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from botlens.errors import InvalidError
from botlens.sources.postgres.connection import SourceConnection
from botlens.sources.postgres.mapping import (
    ACCOUNTS,
    CHATBOT,
    COMPANY,
    SUBSCRIPTION,
    Entity,
    TableMapping,
    TableName,
)
from botlens.tenants import fields
from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import AccountChanges, AccountsThere, ChatbotThere, CompanyThere

log = structlog.get_logger(__name__)

_HIGHEST_RATING: Final = 5
_TRUE: Final = frozenset({"true", "t", "1", "yes", "on"})
# Those that the role may read: rights may be given by column.
_COLUMNS: Final = """
SELECT attname::text FROM pg_catalog.pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
  AND has_column_privilege(attrelid, attnum, 'SELECT')"""

TextRow = Mapping[str, str | None]


class SourceAccounts:
    """Keeps the accounts as a source has them.

    Args:
        accounts: ours.
        source: its name, see `Accounts.take_over`.
        mapping: where they are.
    """

    def __init__(self, accounts: Accounts, source: str, mapping: TableMapping) -> None:
        self._accounts = accounts
        self._source = source
        self._mapping = mapping
        self._logged: tuple[str, ...] = ()

    def refresh(self, connection: SourceConnection) -> AccountChanges:
        """Read what the source has, and take it over; what an operator should know is logged when it is new.

        Args:
            connection: to the source, outside of any transaction.

        Returns:
            See `Accounts.take_over`.

        Raises:
            psycopg.Error: it cannot be read; then nothing is changed.
            OverloadedError: the accounts cannot be written.
        """
        changes = self._accounts.take_over(self._source, read_accounts(connection, self._mapping))
        sentences = (*(each.sentence for each in changes.holds), *changes.remarks)
        for sentence in sentences:
            if sentence not in self._logged:
                log.warning("accounts_of_source", source=self._source, remark=sentence)
        self._logged = sentences
        return changes


def read_accounts(connection: SourceConnection, mapping: TableMapping) -> AccountsThere:
    """What a source has of accounts, of one moment.

    Args:
        connection: to the source, outside of any transaction.
        mapping: where they are.

    Raises:
        psycopg.Error: it cannot be read.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        entities = [each.found_in(_columns(connection, each.table)) for each in mapping.of(*ACCOUNTS)]
        rows = [(each, _rows(connection, each)) for each in entities]
    reading = _Reading(mapping.zone)
    for entity, found in rows:
        reading.read(entity, found)
    return reading.found()


def _columns(connection: SourceConnection, table: TableName) -> frozenset[str]:
    return frozenset(name for (name,) in connection.execute(_COLUMNS, (table.sql,)))


def _rows(connection: SourceConnection, entity: Entity) -> list[TextRow]:
    """The rows of an entity, by our names of its fields."""
    names = [name for name, each in entity.fields.items() if each.constant is None]
    read = ", ".join(f"to_json({entity.fields[name].expression}) #>> '{{}}'" for name in names)
    where = "" if entity.where is None else f" WHERE {entity.where}"
    # The table's own name is kept, for expressions that name it; and no parameters, so that a % is one.
    found = connection.execute(f"SELECT {read} FROM {entity.table.sql}{where}".encode())
    constants = {
        name: str(each.constant) for name, each in entity.fields.items() if each.constant is not None
    }
    return [{**constants, **dict(zip(names, row, strict=True))} for row in found]


@dataclass
class _Reading:
    """Rows become accounts; what cannot be one is counted."""

    zone: ZoneInfo
    companies: list[CompanyThere] = field(default_factory=list)
    chatbots: list[ChatbotThere] = field(default_factory=list)
    plans: dict[str, list[str]] = field(default_factory=dict)
    has_plans: bool = False
    company_fields: set[str] = field(default_factory=set)
    chatbot_fields: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)

    def read(self, entity: Entity, rows: Iterable[TextRow]) -> None:
        """The rows of one entity."""
        said = [
            {name: _worded(entity.fields[name].words, value) for name, value in row.items()} for row in rows
        ]
        if entity.kind == COMPANY:
            self.company_fields |= entity.fields.keys() & {"name", "owner", "plan"}
            self.companies += self._companies(said)
        elif entity.kind == CHATBOT:
            self.chatbot_fields |= entity.fields.keys() & {"name", "is_published", "average_rating"}
            self.chatbots += self._chatbots(said)
        elif entity.kind == SUBSCRIPTION:
            self.has_plans = True
            self.company_fields.add("plan")
            self._subscriptions(said)

    def found(self) -> AccountsThere:
        return AccountsThere(
            tuple(self.companies),
            tuple(self.chatbots),
            {user: tuple(words) for user, words in self.plans.items()} if self.has_plans else None,
            frozenset(self.company_fields),
            frozenset(self.chatbot_fields),
            dict(self.left_out),
        )

    def _companies(self, rows: Iterable[TextRow]) -> Iterator[CompanyThere]:
        for row in rows:
            company_id = self._id(row["id"], "companies")
            if company_id is not None:
                yield CompanyThere(
                    company_id,
                    _name(row.get("name")),
                    self._user(row.get("owner")),
                    self._plan(row.get("plan")),
                    row.get("timezone"),
                    self._moment(row.get("created_at")),
                )

    def _chatbots(self, rows: Iterable[TextRow]) -> Iterator[ChatbotThere]:
        for row in rows:
            chatbot_id = self._id(row["id"], "chatbots")
            if chatbot_id is None:
                continue
            company_id = row["company"]
            if company_id is None:
                self.left_out["a chatbot without a company"] += 1
                continue
            yield ChatbotThere(
                chatbot_id,
                company_id,
                _name(row.get("name")),
                _is_true(row["is_published"]) if "is_published" in row else True,
                self._rating(row.get("average_rating")),
                row.get("timezone"),
                self._moment(row.get("created_at")),
            )

    def _subscriptions(self, rows: Iterable[TextRow]) -> None:
        for row in rows:
            user, plan = self._user(row["user"]), self._plan(row["plan"])
            if user is not None and plan is not None:
                self.plans.setdefault(user, []).append(plan)

    def _id(self, said: str | None, what: str) -> str | None:
        try:
            return fields.identifier(said, "id")
        except InvalidError:
            self.left_out[f"an id of {what} that is none (1 to 128 characters, no control characters)"] += 1
            return None

    def _user(self, said: str | None) -> str | None:
        if said is None or not said.strip():
            return None
        try:
            return fields.user(said, "user")
        except InvalidError:
            self.left_out[f"a user of more than {fields.NAME_LENGTH} characters"] += 1
            return None

    def _plan(self, said: str | None) -> str | None:
        if said is None or not said.strip():
            return None
        return said[: fields.NAME_LENGTH].replace("\n", " ")

    def _rating(self, said: str | None) -> float | None:
        if said is None:
            return None
        try:
            rating = float(said)
        except ValueError:
            rating = math.nan
        if not 0 <= rating <= _HIGHEST_RATING:
            self.left_out["an average rating that is not 0 to 5; it counts as none"] += 1
            return None
        return rating

    def _moment(self, said: str | None) -> datetime | None:
        """A time; one without offset is of the mapping's zone, an infinite one is not known."""
        if said is None:
            return None
        try:
            moment = datetime.fromisoformat(said)
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.left_out["a creation time that is none; it counts as unknown"] += 1
            return None


def _worded(words: Mapping[str, str], value: str | None) -> str | None:
    return value if value is None else words.get(value, value)


def _name(said: str | None) -> str | None:
    return said[: fields.NAME_LENGTH] if said is not None and said.strip() else None


def _is_true(said: str | None) -> bool:
    return said is not None and said.lower() in _TRUE
