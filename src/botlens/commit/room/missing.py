"""What of conversations must be read from the store before they can be committed to, and what was read."""

from msgspec import Struct

from botlens.commit.room.entry import ConversationEntry
from botlens.commit.room.known import Known
from botlens.commit.room.settling import settle
from botlens.metrics.conversation import ConversationState
from botlens.metrics.long import LongConversation
from botlens.metrics.unwritten import UnwrittenFacts


class Missing(Struct):
    """What must be read from the store before events of some conversations can be committed.

    False if nothing must.
    """

    company_id: str
    number: int
    chatbots: list[str]
    """Those whose conversations are not known yet."""
    without_facts: set[str]
    """Those of them whose facts may lack some."""
    keys: list[tuple[str, str]]
    """(chatbot id, conversation id)."""
    behind: list[UnwrittenFacts]
    """Of long conversations that got more events than could be compared since."""
    outdated: dict[tuple[str, str], tuple[LongConversation, ConversationState]]
    """Long conversations that were derived with another threshold, and what is known of them."""

    def __bool__(self) -> bool:
        return bool(self.keys or self.behind or self.outdated)


class Loaded(Struct):
    """What was read of what was missing."""

    missing: Missing
    known: dict[str, Known]
    entries: dict[tuple[str, str], ConversationEntry]
    unwritten: list[UnwrittenFacts]
    renewed: dict[tuple[str, str], LongConversation]
    """Those that were outdated, with the threshold that they were asked for with."""

    def settle(self) -> None:
        """Compare the questions of what was loaded, if it is long; for any thread, after it was adopted.

        Nobody has to: a flush or a reader does what is left.
        """
        settle(self.unwritten)
