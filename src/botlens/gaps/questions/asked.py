"""What was asked, question by question: from the facts, with the signs that each question was not answered.

Rows are of conversations that are counted. Whoever asks without a session id counts as one asker a
conversation. Times are those of the conversations' starts, as everywhere where a period is chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from botlens.gaps.questions.signals import HAS_SIGNALS, MASK, NEEDS_RECORDS, UNANSWERED
from botlens.gaps.questions.stance import Stance
from botlens.metrics.calendar import DAY_SECONDS, stretches
from botlens.metrics.expressions import LOCAL_DAY, STARTED, columns_of, names_in
from botlens.metrics.facts import UNKNOWN_LANGUAGE
from botlens.metrics.pleasantries import says_nothing
from botlens.moments import SECOND
from botlens.query.window import Window
from botlens.store.gap_rows import gap_rows
from botlens.store.gap_tables import GAP_SIGNALS
from botlens.store.reading import CompanyReader, all_facts, facts

ASKER: Final = (
    "if(notEmpty(session), session, reinterpretAsUUID(MD5(concat(MD5(chatbot_id), MD5(conversation_id)))))"
)
"""SQL: who asked, in 128 bits."""

_EARLIEST, _LATEST = -2_208_988_800, 4_102_444_800  # 1900 and 2100: what a table of offsets is made for

OF_CHATBOTS: Final = "chatbot_id IN {chatbots:Array(String)}"

_BESIDE = (
    f"LEFT JOIN {gap_rows(GAP_SIGNALS, OF_CHATBOTS, ('chatbot_id', 'conversation_id', 'signals'))} AS beside "
    "USING (chatbot_id, conversation_id)"
)


_VALUES: Final = MappingProxyType(
    {
        "chatbot_id": "chatbot_id",
        "conversation_id": "conversation_id",
        "started": STARTED,
        "local_day": LOCAL_DAY,
        "asker": ASKER,
        "language": "toString(language)",
        "place": "place",
        "question": "question",
        "text": "text",
        "mask": MASK,
        "told": "missed > 0 OR again > 0",
        "retry": "again OR missed_before",
    }
)
"""The columns of `asked`."""

_BY_QUESTION: Final = MappingProxyType(
    {
        "question": "questions",
        "place": "arrayEnumerate(questions)",
        "text": "question_texts",
        "missed": "question_unanswered",
        "again": "question_again",
        "signs": "arrayResize(signals, length(questions))",
        "missed_before": "arrayResize(arrayPushFront(question_unanswered, 0), length(questions))",
    }
)
"""What these are made of: arrays that have a value for each question of a conversation."""


def asked(where: str, *columns: str) -> str:
    """Every question of the conversations that meet a condition, as a table expression.

    To plan a statement takes longer than to run it on a month of a chatbot, and each column and each level
    of it has its share: those that are not needed are not named, and there is one level.

    Args:
        where: on facts; "1" is all.
        columns: of `chatbot_id`, `conversation_id`, `started` (microseconds), `local_day` (days since 1970;
            see `local_days`), `asker`, `language`, `place` (from 1), `question` (its normal form; empty ones
            are left out), `text`, `mask` (its signals), `told` (whether it has one that facts tell), `retry`
            (it is near-identical to an earlier one, or the one right before it was not answered).
    """
    values = [_VALUES[each] for each in columns]
    arrays = {
        each: _BY_QUESTION[each] for each in ("question", *sorted(names_in(*values) & set(_BY_QUESTION)))
    }
    own = ("chatbot_id", "conversation_id", *columns_of(*values, *arrays.values()))
    rows = facts(f"counted AND user_messages > 0 AND {OF_CHATBOTS} AND ({where})", dict.fromkeys(own))
    beside = _BESIDE if "signs" in arrays else ""
    selected, joined = (
        ", ".join(f"{sql} AS {name}" for name, sql in named)
        for named in (zip(columns, values, strict=True), arrays.items())
    )
    return f"(SELECT {selected} FROM {rows} AS known {beside} ARRAY JOIN {joined} WHERE question != '')"


def local_days(zone: ZoneInfo, window: Window) -> dict[str, list[int]]:
    """The parameters of `local_day`, where conversations started in a window."""
    low, high = (max(min(each // SECOND, _LATEST), _EARLIEST) for each in window.bounds())
    parts = stretches(zone, low - DAY_SECONDS, high + DAY_SECONDS)
    return {
        "stretch_starts": [part.start * SECOND for part in parts],
        "stretch_offsets": [part.offset * SECOND for part in parts],
    }


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A distinct question that has some signal.

    Attributes:
        question: its normal form.
        text: its most frequent original, in one line, of 500 characters at most; of several the smallest by
            code point.
        unanswered: whether an answer to it was low or a fallback, not only weaker signs.
        askers: how many distinct ones asked it and were not answered.
        languages: how often it was asked by language.
        stance: how well it is understood by itself.
    """

    question: str
    text: str
    unanswered: bool
    askers: int
    languages: Mapping[str, int] = field(default_factory=dict)
    stance: Stance = Stance.OPENS

    @property
    def language(self) -> str | None:
        """The one that it is mostly asked in; None where nobody says one."""
        said = {name: count for name, count in self.languages.items() if name != UNKNOWN_LANGUAGE}
        return min(said, key=lambda one: (-said[one], one), default=None)


_LONGEST: Final = 500
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_FORMS = (
    "SELECT question, sumMap(map(text, toUInt64(1))), "
    f"max(bitAnd(mask, {int(UNANSWERED)})) > 0, uniqExact(asker), sumMap(map(language, toUInt64(1))), "
    f"multiIf(min(place) = 1, {Stance.OPENS}, min(retry) = 0, {Stance.FOLLOWS}, {Stance.RETRIES}) FROM "
)
_OF_FORMS = ("question", "text", "mask", "asker", "language", "place", "retry")
_FAILED = f"{_FORMS} {asked(HAS_SIGNALS, *_OF_FORMS)} WHERE mask > 0 GROUP BY question ORDER BY question"


def unanswered_questions(reader: CompanyReader, chatbot_id: str) -> list[AskedQuestion]:
    """The distinct questions of a chatbot that have some signal, by normal form; small talk is left out."""
    return [each for each in _forms(reader, _FAILED, chatbot_id) if not says_nothing(each.question)]


_SIGNED = (
    f"SELECT question, max(bitAnd(mask, {int(UNANSWERED)})) > 0, uniqExact(asker) FROM "
    f"{asked(HAS_SIGNALS, 'question', 'mask', 'asker')} WHERE mask > 0 GROUP BY question ORDER BY question"
)
_FAILED_AMONG = (
    f"{_FORMS} {asked(HAS_SIGNALS, *_OF_FORMS)} WHERE mask > 0 AND question IN {{wanted:Array(String)}} "
    "GROUP BY question ORDER BY question"
)
_AT_ONCE: Final = 1_000


def unread_questions(reader: CompanyReader, chatbot_id: str) -> list[AskedQuestion]:
    """The same without what is written: `text` is empty, and stance and languages are not told.

    To count how each of 100,000 questions is written takes longer than all else that is asked of them.
    """
    blocks = reader.blocks(_SIGNED, {"chatbots": [chatbot_id]})
    rows = (row for block in blocks for row in block)
    return [AskedQuestion(row[0], "", bool(row[1]), int(row[2])) for row in rows if not says_nothing(row[0])]


def unanswered_among(reader: CompanyReader, chatbot_id: str, questions: Sequence[str]) -> list[AskedQuestion]:
    """Those of few questions that have some signal, with what is written."""
    parts = (questions[at : at + _AT_ONCE] for at in range(0, len(questions), _AT_ONCE))
    return [
        each for part in parts for each in _forms(reader, _FAILED_AMONG, chatbot_id, {"wanted": list(part)})
    ]


def questions_among(
    reader: CompanyReader, chatbot_id: str, among: str, parameters: Mapping[str, Any]
) -> list[AskedQuestion]:
    """The distinct questions of a chatbot that are in a table expression, with a signal or without."""
    rows = asked("1", *_OF_FORMS)
    statement = f"{_FORMS} {rows} WHERE question IN {among} GROUP BY question ORDER BY question"
    return list(_forms(reader, statement, chatbot_id, parameters))


def _forms(
    reader: CompanyReader,
    statement: str,
    chatbot_id: str,
    parameters: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[AskedQuestion]:
    for block in reader.blocks(statement, {**parameters, "chatbots": [chatbot_id]}):
        for question, texts, unanswered, askers, languages, stance in block:
            text = _one_line(min(texts, key=lambda one: (-texts[one], one)))
            yield AskedQuestion(
                question, text, bool(unanswered), int(askers), dict(languages), Stance(int(stance))
            )


def _one_line(text: str) -> str:
    """What a title may be: what people paste may be as long as a book."""
    line = " ".join(text[: 10 * _LONGEST].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def has_scores(reader: CompanyReader, chatbots: Sequence[str]) -> dict[str, bool]:
    """Whether some chatbots' answers say how sure they are: by chatbot, of those that have conversations."""
    own = facts(f"counted AND {OF_CHATBOTS}", ("chatbot_id", "scored"))
    rows = reader.rows(
        f"SELECT toString(chatbot_id), max(scored) > 0 FROM {own} GROUP BY 1",
        {"chatbots": list(chatbots)},
    )
    return {row[0]: bool(row[1]) for row in rows}


def without_signals(reader: CompanyReader, chatbot_id: str, limit: int) -> list[tuple[str, int]]:
    """Conversations whose signals are not kept yet, or older than their facts: (id, version of the facts)."""
    known = gap_rows(GAP_SIGNALS, OF_CHATBOTS, ("chatbot_id", "conversation_id", "written"))
    own = facts(
        f"counted AND {OF_CHATBOTS} AND {NEEDS_RECORDS}", ("chatbot_id", "conversation_id", "version")
    )
    rows = reader.rows(
        f"SELECT conversation_id, version FROM {own} AS known LEFT JOIN {known} AS beside "
        "USING (chatbot_id, conversation_id) WHERE version > written ORDER BY conversation_id "
        "LIMIT {limit:UInt32}",
        {"chatbots": [chatbot_id], "limit": limit},
    )
    return [(row[0], int(row[1])) for row in rows]


def extent_of(reader: CompanyReader, chatbot_id: str) -> tuple[int, int]:
    """The highest version of a chatbot's facts (what comes later has a higher one), and its first start.

    A conversation that is deleted has a version, too: its words have to leave.
    """
    own = all_facts("chatbot_id = {chatbot_id:String}", ("version", "counted", "started_at"))
    statement = f"SELECT max(version), minIf(toUnixTimestamp64Micro(started_at), counted) FROM {own}"
    ((version, first),) = reader.rows(statement, {"chatbot_id": chatbot_id})
    return int(version), int(first)


def has_unanswered(reader: CompanyReader, chatbots: Sequence[str]) -> list[str]:
    """Which of some chatbots have a question with some signal."""
    own = facts(f"counted AND {OF_CHATBOTS} AND {HAS_SIGNALS}", ("chatbot_id",))
    rows = reader.rows(
        f"SELECT DISTINCT toString(chatbot_id) FROM {own}",
        {"chatbots": list(chatbots)},
    )
    return sorted(row[0] for row in rows)
