"""The figures of gaps over events: counted again once a conversation changed that has a part in them.

A busy chatbot has an event every second, and to count takes longer than all else of a page. Most of what
comes asks nothing that is in a gap. So it is kept which conversations were counted, and which questions are
in gaps: one that changed, was not counted and asks none of these changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from botlens.gaps.kept.memberships import QuestionKeys, known_members
from botlens.gaps.kept.summaries import Links
from botlens.gaps.reading.changes import ChangedConversation, ConversationChanges
from botlens.gaps.reading.figures import FiguresOfGaps, figures
from botlens.gaps.reading.memory import GapMemory
from botlens.query.window import Window
from botlens.store.reading import CompanyReader

_AS_A_GAP: Final = 10
"""So many ids or questions take the room of a gap with its texts."""


@dataclass(frozen=True, slots=True)
class CountedGaps:
    """The figures of gaps, as they were counted.

    Attributes:
        found: the figures, and the conversations that have a part in them.
        since: the highest version of facts that was known; what changed later has a higher one.
        reading: another object each time that they are counted.
    """

    found: FiguresOfGaps
    since: int
    reading: object = field(default_factory=object)


def counted_gaps(
    reader: CompanyReader,
    memory: GapMemory,
    links: Links,
    weaker: Sequence[str],
    window: Window,
    reached: int,
    changes: ConversationChanges,
) -> CountedGaps:
    """The figures of the gaps of some links in a window, counted now or before.

    Args:
        reader: of the company.
        memory: of what was counted.
        links: that count.
        weaker: the gaps with weaker signs alone.
        window: of the conversations' starts.
        reached: the highest version of the chatbots' facts, read before.
        changes: of the chatbots.
    """
    if not links:
        return CountedGaps(figures(reader, links, weaker, window), reached)
    linked = frozenset(links.items())

    def members() -> QuestionKeys | None:
        (found,) = memory.recall_written(
            reader,
            ("members", linked),
            lambda: (known_members(reader, links),),
            lambda found: len(found[0] or ()) // _AS_A_GAP,
        )
        return found

    def still(kept: CountedGaps) -> CountedGaps | None:
        if reached == kept.since:
            return kept
        changed, counted = changes.since(kept.since), kept.found.conversations
        if changed is None or counted is None or any(each.key in counted for each in changed):
            return None
        known = members()
        return None if known is None or _ask(changed, known) else replace(kept, since=reached)

    return memory.recall_written(
        reader,
        ("figures", linked, window),
        lambda: CountedGaps(figures(reader, links, weaker, window), reached),
        lambda kept: len(kept.found.by_gap) + len(kept.found.conversations or ()) // _AS_A_GAP,
        still,
    )


def _ask(changed: Iterable[ChangedConversation], known: QuestionKeys) -> bool:
    """Whether a conversation asks a question that is in a gap."""
    return any((each.key[0], question) in known for each in changed for question in each.questions)
