"""How far a source has been brought in, and what of it was set aside: what outlives the process."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from botlens.database.database import Database
from botlens.sources.postgres import rows

CUT = "too_long"
"""The reason of rows that were taken all the same, but for what was too long in them."""

DELETED_HERE = "deleted_here"
"""The reason of conversations of which a deletion was taken, which is final."""


@dataclass(slots=True)
class FollowedState:
    """How far the source has been brought in.

    Attributes:
        identity: of the server and the database.
        mapping: the digest of the mapping that rows were read by.
        base: what is added to positions in the WAL of this server to make revisions of them, so that those of
            another server before it stay below.
        highest: no revision was higher than this when it was written down.
        mark: the transactions below this number (64 bits) are fully taken; None: not all was read once.
        bulk_mark: what will be the mark when all ranges have been read; None: none has.
        ranges: by table, how far it has been read; once there is a mark, the tables that could not be, of
            which it says nothing.
        held: by table, how many rows are gone at once of how many: nothing of it is deleted until somebody
            confirms it.
        confirmed: somebody has.
        seen: what `--status` says: the way, how far behind, when.
    """

    identity: str = ""
    mapping: str = ""
    base: int = 0
    highest: int = 0
    mark: int | None = None
    bulk_mark: int | None = None
    ranges: dict[str, "Range"] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    confirmed: bool = False
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Range:
    """How far a table, or a part of it, has been read.

    Attributes:
        file: what its rows lie in: another one after they were all written anew.
        block: the first block that was not read yet.
        done: all of it was read.
    """

    file: int
    block: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that says nothing that can be taken, or (`CUT`) not all of it.

    Attributes:
        entity: what of the mapping it is read by.
        key: of the row.
        reason: a word: a code of `POST /v1/events`, or `unknown_role`, `unknown_vote`, `no_time`,
            `unknown_conversation`, `unknown_message`, `unknown_chatbot`, `too_long`; `DELETED_HERE`.
        word: what it says instead of what is known, or the field.
        company_id: whose it would be, if that is known.
        chatbot_id: likewise.
        waits_for: what would let it be taken: `conversation:ID`, `message:ID` or `chatbot:ID`.
    """

    entity: str
    key: str
    reason: str
    word: str = ""
    company_id: str | None = None
    chatbot_id: str | None = None
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class SetAsideCount:
    """How many rows are set aside for one reason."""

    reason: str
    word: str
    company_id: str | None
    chatbot_id: str | None
    rows: int


class StateStore:
    """Keeps all that in the accounts database. For one thread at a time.

    Nobody remembers any of it (`database.memory`): else who asks would have to be read anew whenever
    something is written, which is every few seconds.

    Every method may raise `OverloadedError`: the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> FollowedState:
        """What was kept; a new state if nothing was."""
        with self._database.reading() as session:
            row = rows.source_row(session)
            if row is None:
                return FollowedState()
            return FollowedState(
                row.identity,
                row.mapping,
                row.base,
                row.highest,
                row.mark,
                row.bulk_mark,
                msgspec.json.decode(row.ranges, type=dict[str, Range]),
                msgspec.json.decode(row.held, type=dict[str, tuple[int, int]]),
                row.confirmed,
                msgspec.json.decode(row.seen),
            )

    def save(self, state: FollowedState) -> None:
        """Keep this, but for what is confirmed: see `confirm`."""
        values: dict[str, Any] = {name: getattr(state, name) for name in _PLAIN}
        for name in ("ranges", "held", "seen"):
            values[name] = msgspec.json.encode(getattr(state, name)).decode()
        with self._database.writing(remembered=False) as session:
            rows.put_source(session, values)

    def note_seen(self, seen: Mapping[str, Any]) -> None:
        """Keep what `--status` says, and nothing else; not of a source of which nothing was kept yet."""
        with self._database.writing(remembered=False) as session:
            rows.put_seen(session, msgspec.json.encode(seen).decode())

    def confirm(self, *, confirmed: bool) -> bool:
        """What is held may go, or no longer; False if there is nothing that is followed."""
        with self._database.writing(remembered=False) as session:
            return rows.confirm_source(session, confirmed=confirmed)

    def change_set_aside(self, aside: Sequence[SetAside], taken: Mapping[str, Iterable[str]]) -> None:
        """Rows were set aside; others, by entity, are (wholly) taken or gone by now."""
        with self._database.writing(remembered=False) as session:
            for entity, keys in taken.items():
                rows.forget_set_aside(session, entity, keys)
            rows.put_set_aside(session, [asdict(each) for each in aside])

    def forget_set_aside(self, entity: str | None = None) -> None:
        """None is set aside, of an entity or at all."""
        with self._database.writing(remembered=False) as session:
            rows.forget_all_set_aside(session, entity)

    def set_aside_keys(self, entity: str) -> tuple[set[str], set[str]]:
        """The keys of rows of an entity of which nothing was taken, and of those that were cut."""
        with self._database.reading() as session:
            found = rows.set_aside_of(session, entity)
        cut = {key for key, reason, _ in found if reason == CUT}
        return {key for key, *_ in found} - cut, cut

    def chatbots_of_set_aside(self, entity: str) -> dict[str, str | None]:
        """By the keys of rows of an entity of which nothing was taken, the chatbots that they were of.

        Also of one that is not known; None where not even its name is.
        """
        with self._database.reading() as session:
            found = rows.set_aside_of(session, entity)
        return {key: chatbot for key, reason, chatbot in found if reason != CUT}

    def deleted_here(self, entity: str) -> dict[str, str | None]:
        """By the keys of conversations that were deleted here, the chatbots that they were deleted of."""
        with self._database.reading() as session:
            found = rows.set_aside_of(session, entity)
        return {key: chatbot for key, reason, chatbot in found if reason == DELETED_HERE}

    def waited_for(self) -> set[str]:
        """All that rows wait for."""
        with self._database.reading() as session:
            return rows.waited_for(session)

    def waiting_for(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """(entity, key) of the rows that wait for one of these."""
        with self._database.reading() as session:
            return rows.waiting_for(session, names)

    def counts(self) -> list[SetAsideCount]:
        """How many rows are set aside: by reason and chatbot, the most first."""
        with self._database.reading() as session:
            return [SetAsideCount(*each) for each in rows.set_aside_counts(session)]


_PLAIN = ("identity", "mapping", "base", "highest", "mark", "bulk_mark")
