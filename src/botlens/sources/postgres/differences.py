"""What a comparison of keys finds: what is gone from the source, and what of it does not count here."""

from collections import Counter
from dataclasses import dataclass, field

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.row_transaction import EventName
from botlens.sources.postgres.sheets import Spot


@dataclass(slots=True)
class Differences:
    """What differs between the source and us.

    Attributes:
        gone: what counts here and no row says.
        conversations: those that are here, and not in the source.
        missing: by entity and field to read by, the values of rows that say what does not count here.
        different: votes and ratings that say something else here; they are among `missing`, too.
        deleted: conversations that the source has, and that were deleted here, which is final.
        stale: by entity, keys of rows that are set aside, and that the source has no more.
        here: by kind, how much there is here.
        compared: how many names were looked at.
    """

    gone: list[tuple[ReadEntity, EventName]] = field(default_factory=list)
    conversations: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    missing: dict[tuple[int, str], dict[str, None]] = field(default_factory=dict)
    deleted: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    stale: list[tuple[ReadEntity, set[str]]] = field(default_factory=list)
    different: int = 0
    here: Counter[str] = field(default_factory=Counter)
    compared: int = 0

    def misses(self, entity: ReadEntity, field: str, value: str) -> None:
        """Rows of an entity, of which a field is this, say what does not count here."""
        self.missing.setdefault((entity.number, field), {})[value] = None

    def gone_by_kind(self) -> Counter[str]:
        """How much is gone."""
        found = Counter(name.kind for _, name in self.gone)
        found["conversation"] += len(self.conversations)
        return found

    @property
    def missing_rows(self) -> int:
        """How much is missing."""
        return sum(map(len, self.missing.values()))
