"""Which gap a question is in: written under the number of a link, read once that is the current one."""

from collections.abc import Iterable, Mapping
from typing import Final

from botlens.gaps.kept.summaries import OF_LINKS, Links, of_links
from botlens.gaps.questions.asked import AskedQuestion, questions_among
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import gap_rows, insert_gap_rows
from botlens.store.gap_tables import GAP_MEMBERS, GAP_SPACES, GAP_SUMMARIES
from botlens.store.reading import CompanyReader, facts

ALONE: Final = ""
"""In place of a gap: the question is in none."""

MEMBERS: Final = gap_rows(GAP_MEMBERS, f"{OF_LINKS} AND gap_id != ''", ("chatbot_id", "question", "gap_id"))
"""A table expression: the questions that are in gaps, with `OF_LINKS` bound."""

MEMBERS_OF: Final = gap_rows(
    GAP_MEMBERS, f"{OF_LINKS} AND gap_id IN {{gaps:Array(String)}}", ("chatbot_id", "question", "gap_id")
)
"""The same of some gaps, with these bound, too."""

_ALL = "SELECT question, toString(gap_id) FROM " + gap_rows(GAP_MEMBERS, OF_LINKS, ("question", "gap_id"))
QuestionKeys = frozenset[tuple[str, str]]
"""Chatbots and questions of theirs."""

_MOST_KNOWN: Final = 50_000
_KNOWN = f"SELECT toString(chatbot_id), question FROM {MEMBERS} LIMIT {_MOST_KNOWN + 1}"
_LAST = (
    "SELECT max(written) FROM ("
    + " UNION ALL ".join(
        f"SELECT max(written) AS written FROM {gap_rows(table, OF_LINKS, ('written',))}"
        for table in (GAP_MEMBERS, GAP_SUMMARIES, GAP_SPACES)
    )
    + ")"
)


def write_members(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    link: int,
    homes: Mapping[str, str],
    written: int,
) -> None:
    """Write which gap each question is in, or `ALONE`."""
    rows = (
        {
            "chatbot_id": chatbot_id,
            "link": link,
            "question": question,
            "gap_id": gap_id,
            "written": written,
        }
        for question, gap_id in homes.items()
    )
    insert_gap_rows(store, GAP_MEMBERS, company_id, rows)


def read_members(reader: CompanyReader, links: Links) -> dict[str, str]:
    """The gap of each question of one chatbot, or `ALONE`; only what was linked."""
    if not links:
        return {}
    return {row[0]: row[1] for block in reader.blocks(_ALL, of_links(links)) for row in block}


def known_members(reader: CompanyReader, links: Links) -> QuestionKeys | None:
    """The questions that are in gaps; None of more than 50,000."""
    rows = reader.rows(_KNOWN, of_links(links)) if links else ()
    return None if len(rows) > _MOST_KNOWN else frozenset((row[0], row[1]) for row in rows)


_DELETED = (
    f"SELECT question FROM {gap_rows(GAP_MEMBERS, OF_LINKS, ('question',))} WHERE question NOT IN "
    f"(SELECT arrayJoin(questions) FROM {facts('chatbot_id = {chatbot_id:String}', ('questions',))})"
)


def members_asked_by_nobody(reader: CompanyReader, chatbot_id: str, link: int) -> set[str]:
    """The questions that stand under a link of a chatbot, and that nobody has asked any more."""
    bound = {**of_links({chatbot_id: link}), "chatbot_id": chatbot_id}
    return {row[0] for block in reader.blocks(_DELETED, bound) for row in block}


def by_gap(homes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The questions of each gap."""
    found: dict[str, set[str]] = {}
    for question, gap_id in homes.items():
        if gap_id != ALONE:
            found.setdefault(gap_id, set()).add(question)
    return {gap_id: frozenset(questions) for gap_id, questions in found.items()}


_OF_GAPS = gap_rows(GAP_MEMBERS, f"{OF_LINKS} AND gap_id IN {{gaps:Array(String)}}", ("question",))


def questions_in(
    reader: CompanyReader, chatbot_id: str, link: int, gaps: Iterable[str]
) -> list[AskedQuestion]:
    """The questions of some gaps that somebody has asked, whether they were answered or not."""
    parameters = {**of_links({chatbot_id: link}), "gaps": sorted(gaps)}
    return questions_among(reader, chatbot_id, _OF_GAPS, parameters) if parameters["gaps"] else []


def last_written(reader: CompanyReader, links: Links) -> int:
    """The highest `written` of what stands under some links: whatever is written next needs a higher one."""
    ((found,),) = reader.rows(_LAST, of_links(links))
    return int(found)
