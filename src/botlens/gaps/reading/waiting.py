"""What no link has looked at yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from botlens.gaps.kept.evidence import Fix
from botlens.gaps.kept.summaries import OF_LINKS, Links, of_links
from botlens.gaps.questions.asked import OF_CHATBOTS, asked
from botlens.gaps.questions.signals import HAS_SIGNALS
from botlens.gaps.reading.changes import ConversationChanges
from botlens.gaps.reading.memory import GapMemory
from botlens.metrics.pleasantries import says_nothing
from botlens.store.gap_rows import gap_rows
from botlens.store.gap_tables import GAP_MEMBERS
from botlens.store.reading import CompanyReader, all_facts


@dataclass(frozen=True, slots=True)
class WaitingQuestions:
    """Questions that are in no link.

    Attributes:
        questions: how many distinct ones, without small talk; of more than 1,000 with it.
        oldest: the start of the first conversation that asked one, microseconds since 1970.
        newest_event: the latest time that an event of the chatbots tells.
    """

    questions: int
    oldest: int | None
    newest_event: int | None


_LOOKED_AT = 1_000


def _seen(chatbots: str) -> str:
    """SQL: the version that was looked at of a chatbot, of those in a parameter."""
    return (
        f"transform(toString(chatbot_id), {{{chatbots}:Array(String)}}, {{seen:Array(UInt64)}}, toUInt64(0))"
    )


_LINKED = gap_rows(GAP_MEMBERS, OF_LINKS, ("chatbot_id", "question"))


def _waiting(sign: str, has_sign: str) -> str:
    """The statement that finds what waits; `sign` is the column of `asked` that a condition is on."""
    new = asked(f"{HAS_SIGNALS} AND version > {_seen('linked')}", "chatbot_id", "question", "started", sign)
    return (
        f"SELECT question, min(started), count() OVER () FROM {new} "
        f"WHERE {has_sign} AND (chatbot_id, question) NOT IN {_LINKED} GROUP BY chatbot_id, question "
        f"ORDER BY 2 LIMIT {_LOOKED_AT}"
    )


_ALL_SIGNS = _waiting("mask", "mask > 0")
_SIGNS_OF_FACTS = _waiting("told", "told")
_LATER = (
    "SELECT toString(chatbot_id), uniqExact(question) FROM "
    + asked(
        f"version > {_seen('looked')}",
        "chatbot_id",
        "question",
    )
    + " GROUP BY chatbot_id"
)


def asked_since(reader: CompanyReader, seen: Mapping[str, int]) -> dict[str, int]:
    """By chatbot, how many distinct questions, answered or not, are in facts of higher versions."""
    if not seen:
        return {}
    parameters = {"chatbots": list(seen), "looked": list(seen), "seen": list(seen.values())}
    return {row[0]: int(row[1]) for row in reader.rows(_LATER, parameters)}


def asked_within(reader: CompanyReader, fix: Fix) -> int:
    """How many distinct questions are to be read for a fix, answered or not."""
    condition, parameters = fix.window.condition()
    statement = f"SELECT uniqExact(question) FROM {asked(condition, 'question')}"
    ((found,),) = reader.rows(statement, {**parameters, "chatbots": [fix.chatbot_id]})
    return int(found)


_NEWEST = (
    "SELECT toString(chatbot_id), max(version), max(toUnixTimestamp64Micro(newest_at)) FROM "
    f"{all_facts(OF_CHATBOTS, ('chatbot_id', 'version', 'newest_at'))} GROUP BY 1"
)


Reached = Mapping[str, tuple[int, int]]
"""By chatbot that has facts, the highest version of them, and the latest time that an event tells."""


def reached(
    reader: CompanyReader, memory: GapMemory, chatbots: Sequence[str], changes: ConversationChanges
) -> Reached:
    """How far the facts of some chatbots are: what is remembered, and what changed since."""

    def find() -> Reached:
        rows = reader.rows(_NEWEST, {"chatbots": list(chatbots)})
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}

    def still(kept: Reached) -> Reached | None:
        changed = changes.since(max((version for version, _ in kept.values()), default=0))
        if changed is None:
            return None
        found = dict(kept)
        for each in changed:
            if each.newest is None or each.newest < kept.get(each.key[0], (0, 0))[1]:
                return None  # what was the latest may be gone
            version, newest = found.get(each.key[0], (0, 0))
            found[each.key[0]] = max(version, each.version), max(newest, each.newest)
        return found

    return memory.recall_written(reader, ("reached", tuple(chatbots)), find, len, still)


def waiting(
    reader: CompanyReader,
    links: Links,
    seen: Mapping[str, int],
    newest: Reached,
    changes: ConversationChanges,
) -> WaitingQuestions:
    """What waits.

    Args:
        reader: of the company.
        links: that count.
        seen: by chatbot, the highest version of facts that was looked at.
        newest: of the chatbots that are asked about, see `reached`.
        changes: of them.
    """
    latest = max((moment for _, moment in newest.values()), default=None)
    behind = [chatbot_id for chatbot_id, (version, _) in newest.items() if version > seen.get(chatbot_id, 0)]
    if not behind:
        return WaitingQuestions(0, None, latest)
    low = min(seen.get(each, 0) for each in behind)
    changed = changes.since(low) if low else None  # else one was never looked at: that is all there is
    new = None
    if changed is not None:
        new = [each for each in changed if each.has_signals and each.version > seen.get(each.key[0], 0)]
        if not new:  # most of what comes was answered
            return WaitingQuestions(0, None, latest)
    is_told = new is not None and not any(each.needs_records for each in new)
    parameters = {**of_links(links), "chatbots": behind, "seen": [seen.get(each, 0) for each in links]}
    found = reader.rows(_SIGNS_OF_FACTS if is_told else _ALL_SIGNS, parameters)
    asks = [int(started) for question, started, _ in found if not says_nothing(question)]
    questions = len(asks) if len(found) < _LOOKED_AT else int(found[0][2])
    return WaitingQuestions(questions, min(asks, default=None), latest)
