"""What the rows of one transaction have said and taken back: looked at together, at its end."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.mapping import TableName
from botlens.sources.postgres.sheets import Spot

_FEWEST_HELD: Final = 100
_FEWEST_OF_ALL: Final = 10

PlaceOfRow = tuple[int, str]
"""The number of an entity, and the key of a row."""

_TAKEN_BACK: Final = ("message", "feedback", "rating")


@dataclass(frozen=True, slots=True)
class EventName:
    """What an event is of."""

    kind: str
    spot: Spot
    name: str


@dataclass(slots=True)
class Transaction:
    """What one revision has said and taken back so far.

    Attributes:
        revision: of all of it.
        said: by which row, the last that did.
        gone: what a row said, and no longer does.
        rows_gone: how many rows of each table are gone.
        conversations: that are gone, or elsewhere.
        moved: of what is gone from where it was, what its row says in another place.
        untold: messages that say nothing any more.
    """

    revision: int
    said: dict[EventName, PlaceOfRow] = field(default_factory=dict)
    gone: dict[EventName, ReadEntity] = field(default_factory=dict)
    rows_gone: Counter[TableName] = field(default_factory=Counter)
    conversations: dict[Spot, ReadEntity] = field(default_factory=dict)
    moved: set[EventName | Spot] = field(default_factory=set)
    untold: dict[str, None] = field(default_factory=dict)

    def release(self, name: EventName, row: PlaceOfRow, entity: ReadEntity) -> None:
        """A row says this no more.

        It may have said it in this transaction: what is read besides is as it is by now, which came later.
        """
        if name.kind in _TAKEN_BACK and self.said.get(name) in (None, row):
            self.said.pop(name, None)
            self.gone[name] = entity

    def keep(self, table: TableName) -> None:
        """Nothing that was gone from a table is, but for what has moved: else it would count twice."""
        self.gone = {
            name: each for name, each in self.gone.items() if each.table.name != table or name in self.moved
        }
        self.conversations = {
            spot: each
            for spot, each in self.conversations.items()
            if each.table.name != table or spot in self.moved
        }


def is_held(gone: int, of: int) -> bool:
    """Whether so many rows of a table are not taken back before an operator has confirmed that they are gone.

    More than half of a table at once is more often a mistake than meant; of small tables it is every day.
    """
    return 2 * gone > of and gone >= (_FEWEST_OF_ALL if gone >= of else _FEWEST_HELD)
