"""What a link finds of each gap, and of the chatbot as a whole: kept, so that a page need not ask for it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import gap_rows, insert_gap_rows
from botlens.store.gap_tables import GAP_SUMMARIES
from botlens.store.reading import CompanyReader

WHOLE: Final = ""
"""In place of a gap: what a link found of the chatbot as a whole."""


class GapSummary(Struct, frozen=True, gc=False):
    """What a link found of a gap.

    Attributes:
        title: the most central question of those that stand by themselves, as it is mostly written.
        titles: the same of each language that it is asked in.
        often: the most central question of those that so many ask, from few to many: askers, text, language.
        phrases: that tell it from others.
        topic: a number that gaps of one topic share, within the link.
        questions: how many distinct ones are in it.
        unanswered: whether one of them got an unanswered answer; else there are weaker signs alone.
        first_asked: the start of the first conversation that asked and failed, microseconds since 1970.
        sessions: that failed in the 28 days before the link.
        sessions_of_it_alone: those of them that failed on no other gap.
        weeks: how many failed in each of the last 8 weeks, from the oldest on.
        lately: how many failed in the last 14 days.
        before: how many in the 14 days before these.
    """

    title: str
    titles: dict[str, str]
    often: list[tuple[int, str, str]]
    phrases: list[str]
    topic: int
    questions: int
    unanswered: bool
    first_asked: int = 0
    sessions: int = 0
    sessions_of_it_alone: int = 0
    weeks: list[int] = field(default_factory=list)
    lately: int = 0
    before: int = 0


class ChatbotSummary(Struct, frozen=True, gc=False):
    """What a link found of a chatbot.

    Attributes:
        linked_at: when, microseconds since 1970.
        seen: the highest version of its facts that was looked at; what is newer waits.
        has_scores: whether its answers say how sure they are, or that they are fallbacks.
        model: name, version, and whether it is the plain one; None without a model.
        model_missing: why there is none.
        questions: distinct ones that were linked.
        first: the start of its first conversation, microseconds since 1970; 0 if there was none, None where
            it was not kept yet.
        gone_until: of what began before this some was there once, and was not any more.
    """

    linked_at: int
    seen: int
    has_scores: bool
    model: tuple[str, str, bool] | None
    model_missing: str | None
    questions: int
    first: int | None = None
    gone_until: int = 0


Links = Mapping[str, int]
"""The number of the link that counts, by chatbot."""

OF_LINKS: Final = (
    "(chatbot_id, link) IN (SELECT key.1, key.2 FROM (SELECT arrayJoin(arrayZip("
    "{linked:Array(String)}, {links:Array(UInt64)})) AS key))"
)
"""SQL: rows of the links in `of_links`."""


def of_links(links: Links) -> dict[str, Any]:
    """The parameters of `OF_LINKS`."""
    return {"linked": list(links), "links": list(links.values())}


def write_summaries(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    link: int,
    summaries: Iterable[tuple[str, GapSummary | ChatbotSummary]],
    written: int,
) -> None:
    """Write what a link found, by gap."""
    rows = (
        {
            "chatbot_id": chatbot_id,
            "link": link,
            "gap_id": gap_id,
            "content": msgspec.json.encode(each).decode(),
            "written": written,
        }
        for gap_id, each in summaries
    )
    insert_gap_rows(store, GAP_SUMMARIES, company_id, rows)


_READ = "SELECT toString(chatbot_id), toString(gap_id), content FROM " + gap_rows(
    GAP_SUMMARIES, OF_LINKS, ("chatbot_id", "gap_id", "content")
)
_gap = msgspec.json.Decoder(GapSummary)
_chatbot = msgspec.json.Decoder(ChatbotSummary)


def read_summaries(
    reader: CompanyReader, links: Links
) -> tuple[dict[tuple[str, str], GapSummary], dict[str, ChatbotSummary]]:
    """By (chatbot, gap), and by chatbot, what the links found."""
    gaps: dict[tuple[str, str], GapSummary] = {}
    chatbots: dict[str, ChatbotSummary] = {}
    rows: Sequence[Sequence[str]] = reader.rows(_READ, of_links(links)) if links else ()
    for chatbot_id, gap_id, content in rows:
        if gap_id == WHOLE:
            chatbots[chatbot_id] = _chatbot.decode(content)
        else:
            gaps[chatbot_id, gap_id] = _gap.decode(content)
    return gaps, chatbots
