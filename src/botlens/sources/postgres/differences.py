"""What a comparison of keys finds: what is gone from the source, and what of it does not count here."""

from collections import Counter
from dataclasses import dataclass, field, replace

from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.row_transaction import EventName
from botlens.sources.postgres.sheets import Spot


@dataclass(slots=True)
class Differences:
    """What differs between the source and us.

    Attributes:
        gone: what counts here and no row says.
        conversations: those that are here, and not in the source.
        moved_away: those of them that had moved before they were gone: they counted nowhere where they were.
        missing: by entity and field to read by, the values of rows that say what does not count here.
        different: votes and ratings that say something else here; they are among `missing`, too.
        deleted: conversations that the source has, and that were deleted here, which is final.
        stale: by entity, keys of rows that are set aside, and that the source has no more.
        relocated: by entity, keys of rows that were set aside when they were of another chatbot.
        here: by kind, how much there is here.
        compared: how many names were looked at.
    """

    gone: list[tuple[ReadEntity, EventName]] = field(default_factory=list)
    conversations: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    moved_away: set[Spot] = field(default_factory=set)
    missing: dict[tuple[int, str], dict[str, None]] = field(default_factory=dict)
    deleted: list[tuple[ReadEntity, Spot]] = field(default_factory=list)
    stale: list[tuple[ReadEntity, set[str]]] = field(default_factory=list)
    relocated: list[tuple[ReadEntity, list[str]]] = field(default_factory=list)
    different: int = 0
    here: Counter[str] = field(default_factory=Counter)
    compared: int = 0

    def misses(self, entity: ReadEntity, field: str, value: str) -> None:
        """Rows of an entity, of which a field is this, say what does not count here."""
        self.missing.setdefault((entity.number, field), {})[value] = None

    def apart_from_moved(self, placing: Placing) -> "Differences":
        """The same, but for what is gone from where it was because a row says it in another place by now.

        Args:
            placing: knows where everything is in the source.
        """
        chatbot_of, conversation_of = placing.conversations.chatbot_of, placing.conversation_of_message
        conversations = [
            (entity, spot)
            for entity, spot in self.conversations
            if chatbot_of(spot.conversation) in (None, spot.chatbot_id)
        ]
        gone = [
            (entity, name)
            for entity, name in self.gone
            if name.kind == "rating" or conversation_of(name.name) in (None, name.spot.conversation)
        ]
        return replace(self, gone=gone, conversations=conversations)

    def without(self, kind: str, held: "Differences") -> "Differences":
        """The same, but for what of a kind is gone by other differences."""
        names = {name for _, name in held.gone if name.kind == kind}
        spots = {spot for _, spot in held.conversations if kind == "conversation"}
        return replace(
            self,
            gone=[(entity, name) for entity, name in self.gone if name not in names],
            conversations=[(entity, spot) for entity, spot in self.conversations if spot not in spots],
        )

    def gone_by_kind(self) -> Counter[str]:
        """How much is gone of what counted."""
        found = Counter(name.kind for _, name in self.gone)
        found["conversation"] += sum(spot not in self.moved_away for _, spot in self.conversations)
        return found

    @property
    def missing_rows(self) -> int:
        """How much is missing."""
        return sum(map(len, self.missing.values()))
