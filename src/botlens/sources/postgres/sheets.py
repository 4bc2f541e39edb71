"""Some rows of one entity, what they say, and where that belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from botlens.events.types import Event
from botlens.sources.postgres.entities import WITHOUT_REVISION, Fields, ReadEntity
from botlens.sources.postgres.outgoing import checked_events
from botlens.sources.postgres.state import CUT, SetAside
from botlens.sources.postgres.telling import ToldRows, tell


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is said: the source's conversation, and whose it is here."""

    company_id: str
    chatbot_id: str
    conversation: str


@dataclass
class Sheet:
    """Rows of one entity.

    Attributes:
        entity: of the mapping, as it is read.
        keys: of the rows.
        telling: what they say.
        revisions: at which they say it.
        spots: where that belongs; None where it is not known (yet), or nothing is said.
        events: what is to be committed.
        aside: those that were set aside, or cut, by their places.
    """

    entity: ReadEntity
    keys: list[str]
    telling: ToldRows
    revisions: list[int]
    spots: list[Spot | None] = field(default_factory=list)
    events: list[Event | None] = field(default_factory=list)
    aside: dict[int, SetAside] = field(default_factory=dict)

    @classmethod
    def of(cls, entity: ReadEntity, keys: Sequence[str], fields: Fields, revisions: Sequence[int]) -> "Sheet":
        """Rows with these keys and fields."""
        count = len(keys)
        telling = tell(entity.entity, fields, count)
        return cls(entity, list(keys), telling, list(revisions), [None] * count, [None] * count)

    @classmethod
    def of_table(cls, entity: ReadEntity, table: pa.Table, revision: int = 0) -> "Sheet":
        """Rows that a statement gave: see `ReadEntity.read`."""
        keys = table.column("key").to_pylist()
        return cls.of(entity, keys, entity.fields_of(table), [revision] * len(keys))

    def column(self, name: str) -> list[Any]:
        """What the rows say of a field of the events; None where nothing was said."""
        found = self.telling.columns.get(name)
        return [None] * len(self.keys) if found is None else found.to_pylist()

    # Asked for row by row, and of many rows: so they are made once.

    @cached_property
    def conversations(self) -> list[str | None]:
        """The conversation that each row names."""
        return self.column("id" if self.entity.kind == "conversation" else "conversation_id")

    @cached_property
    def names(self) -> list[str]:
        """What each row's event is called in its conversation."""
        by = {"message": "id", "feedback": "message_id"}.get(self.entity.kind)
        return ["" for _ in self.keys] if by is None else [each or "" for each in self.column(by)]

    def refuse(self, place: int, reason: str, word: str = "", waits_for: str | None = None) -> None:
        """Set a row aside."""
        self.telling.good[place] = False
        spot = self.spots[place]
        company, chatbot = (None, None) if spot is None else (spot.company_id, spot.chatbot_id)
        self.aside[place] = SetAside(
            self.entity.name, self.keys[place], reason, word, company, chatbot, waits_for
        )

    def say(self) -> None:
        """Make the events of rows whose spots are known, and set aside what cannot be one."""
        for place, reason, word in self.telling.aside:
            self._note(place, reason, word)
        places = [
            place for place in np.flatnonzero(self.telling.good).tolist() if self.spots[place] is not None
        ]
        rows = self._rows(places)
        for row, place in zip(rows, places, strict=True):
            if self.entity.kind not in WITHOUT_REVISION:
                row["revision"] = self.revisions[place]
        events, refused = checked_events(self.entity.kind, rows)
        for place, event in zip(places, events, strict=True):
            self.events[place] = event
        for number, code, field_name in refused:
            self.refuse(places[number], code, field_name)

    def _note(self, place: int, reason: str, word: str) -> None:
        if reason == CUT and not self.telling.good[place]:
            return
        spot = self.spots[place]
        company, chatbot = (None, None) if spot is None else (spot.company_id, spot.chatbot_id)
        self.aside[place] = SetAside(self.entity.name, self.keys[place], reason, word, company, chatbot)

    def _rows(self, places: Sequence[int]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            pa.table(dict(self.telling.columns)).take(pa.array(places, pa.int64())).to_pylist()
        )
        for row, place in zip(rows, places, strict=True):
            spot = self.spots[place]
            if spot is None:
                raise AssertionError("only rows with a spot are said")
            row["chatbot_id"] = spot.chatbot_id
            if self.entity.kind != "conversation":
                row["conversation_id"] = spot.conversation
        return rows


def by_entity(sheets: Sequence[Sheet]) -> Mapping[int, list[Sheet]]:
    """Sheets by the numbers of their entities."""
    found: dict[int, list[Sheet]] = {}
    for each in sheets:
        found.setdefault(each.entity.number, []).append(each)
    return found
