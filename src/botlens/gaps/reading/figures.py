"""The figures of gaps in a period, all of them in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botlens.gaps.kept.memberships import MEMBERS, MEMBERS_OF
from botlens.gaps.kept.standing import FAILS
from botlens.gaps.kept.summaries import Links, of_links
from botlens.gaps.questions.asked import asked
from botlens.gaps.questions.signals import NAMES
from botlens.query.window import Window
from botlens.store.reading import CompanyReader


@dataclass(frozen=True, slots=True)
class GapFigures:
    """What happened with a gap in a period.

    Attributes:
        questions: how often it was asked and failed.
        sessions: who asked and failed.
        distinct: questions by normal form.
        asked: who asked it in these words, answered or not.
        signals: who got which sign, by its name.
        first, last: the starts of the first and last conversation that failed, microseconds since 1970.
        languages: how often it failed by language.
    """

    questions: int
    sessions: int
    distinct: int
    asked: int
    signals: Mapping[str, int]
    first: int
    last: int
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FiguresOfGaps:
    """What was counted.

    Attributes:
        by_gap: the figures by (chatbot, gap), of those gaps that were asked.
        conversations: the (chatbot, conversation) of all that asked; None if they are very many.
    """

    by_gap: Mapping[tuple[str, str], GapFigures]
    conversations: frozenset[tuple[str, str]] | None


_MOST_CONVERSATIONS: Final = 20_000
_COUNTED: Final = ("chatbot_id", "question", "asker", "started", "language", "mask")
_SIGNS: Final = ", ".join(f"uniqExactIf(asker, bitAnd(mask, {int(sign)}) > 0)" for sign in NAMES.values())


def figures(reader: CompanyReader, links: Links, weaker: Sequence[str], window: Window) -> FiguresOfGaps:
    """The figures of the gaps of some links in a window."""
    if not links:
        return FiguresOfGaps({}, frozenset())
    condition, parameters = window.condition()
    statement = (
        f"WITH {FAILS} AS fails "
        "SELECT toString(chatbot_id), toString(gap_id), countIf(fails), uniqExactIf(asker, fails), "
        "uniqExactIf(question, fails), uniqExact(asker), minIf(started, fails), maxIf(started, fails), "
        "sumMapIf(map(language, toUInt64(1)), fails), "
        f"groupUniqArray({_MOST_CONVERSATIONS})(conversation_id), {_SIGNS} "
        f"FROM {asked(condition, *_COUNTED, 'conversation_id')} AS asked "
        f"INNER JOIN {MEMBERS} AS members USING (chatbot_id, question) GROUP BY 1, 2"
    )
    bound: dict[str, Any] = {
        **parameters,
        **of_links(links),
        "chatbots": list(links),
        "weaker": list(weaker),
    }
    found, conversations, most = {}, set[tuple[str, str]](), 0
    for row in reader.rows(statement, bound):
        signals = dict(zip(NAMES, map(int, row[10:]), strict=True))
        conversations |= {(row[0], each) for each in row[9]}
        most = max(most, len(row[9]))
        found[row[0], row[1]] = GapFigures(
            questions=int(row[2]),
            sessions=int(row[3]),
            distinct=int(row[4]),
            asked=int(row[5]),
            signals=signals,
            first=int(row[6]),
            last=int(row[7]),
            languages={name: int(count) for name, count in row[8].items()},
        )
    many = most >= _MOST_CONVERSATIONS or len(conversations) > _MOST_CONVERSATIONS
    return FiguresOfGaps(found, None if many else frozenset(conversations))


_SOUGHT: Final = ("chatbot_id", "question", "asker", "mask")


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """One of a gap's questions in a period: as it is mostly written, who failed on it, and when last."""

    question: str
    text: str
    sessions: int
    last: int
    language: str


_QUESTIONS = (
    "SELECT toString(chatbot_id), toString(gap_id), question, sumMap(map(text, toUInt64(1))), "
    "uniqExact(asker), max(started), sumMap(map(language, toUInt64(1))) FROM "
)


def questions_of_gaps(
    reader: CompanyReader, links: Links, gaps: Sequence[str], weaker: Sequence[str], window: Window
) -> dict[tuple[str, str], list[GapQuestion]]:
    """By (chatbot, gap), the questions that failed in a window, those that most failed on first.

    Args:
        reader: of the company.
        links: that count, of the chatbots that the gaps are of.
        gaps: whose questions.
        weaker: the gaps with weaker signs alone.
        window: of the conversations' starts.
    """
    if not gaps:
        return {}
    condition, parameters = window.condition()
    statement = (
        f"{_QUESTIONS} {asked(condition, *_COUNTED, 'text')} AS asked INNER JOIN {MEMBERS_OF} AS members "
        f"USING (chatbot_id, question) WHERE {FAILS} GROUP BY 1, 2, 3"
    )
    bound: dict[str, Any] = {
        **parameters,
        **of_links(links),
        "chatbots": list(links),
        "weaker": list(weaker),
        "gaps": list(gaps),
    }
    found: dict[tuple[str, str], list[GapQuestion]] = {}
    for block in reader.blocks(statement, bound):
        for chatbot_id, gap_id, question, texts, sessions, last, languages in block:
            each = GapQuestion(question, _most(texts), int(sessions), int(last), _most(languages))
            found.setdefault((chatbot_id, gap_id), []).append(each)
    for questions in found.values():
        questions.sort(key=lambda each: (-each.sessions, -each.last, each.question))
    return found


def gaps_that_say(
    reader: CompanyReader, links: Links, weaker: Sequence[str], window: Window, sought: str, least: int
) -> set[tuple[str, str]]:
    """The gaps, by (chatbot, gap), a question of which failed in a window and has a text in it.

    Args:
        reader: of the company.
        links: that count.
        weaker: the gaps with weaker signs alone.
        window: of the conversations' starts.
        sought: as in normal forms.
        least: so many sessions must have failed on the question.
    """
    if not links or not sought:
        return set()
    condition, parameters = window.condition()
    statement = (
        "SELECT DISTINCT toString(chatbot_id), toString(gap_id) FROM "
        f"(SELECT chatbot_id, gap_id, question FROM {asked(condition, *_SOUGHT)} AS asked INNER JOIN "
        f"(SELECT * FROM {MEMBERS} AS known WHERE position(question, {{sought:String}}) > 0) AS members "
        "USING (chatbot_id, question) "
        f"WHERE {FAILS} GROUP BY chatbot_id, gap_id, question HAVING uniqExact(asker) >= {{least:UInt32}})"
    )
    bound: dict[str, Any] = {
        **parameters,
        **of_links(links),
        "chatbots": list(links),
        "weaker": list(weaker),
        "sought": sought,
        "least": least,
    }
    return {(row[0], row[1]) for row in reader.rows(statement, bound)}


def _most(counts: Mapping[str, int]) -> str:
    return " ".join(min(counts, key=lambda one: (-counts[one], one)).split())
