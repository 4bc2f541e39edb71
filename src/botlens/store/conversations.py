"""Single conversations out of the store: which ones, in which order, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botlens.events.question import display_text
from botlens.metrics.expressions import ABANDONED, CONFIRMED, ENDED, HUMAN, STARTED
from botlens.moments import Moment
from botlens.query.selection import Selection
from botlens.store.reading import SOME_CONVERSATIONS, CompanyReader, facts, some_conversations

SORTS = {
    "started_at": STARTED,
    "ended_at": ENDED,
    "messages": "toInt64(messages)",
    "rating": "toInt64(rating)",
    "unanswered": "toInt64(unanswered)",
}
"""What lists can be ordered by."""

IDENTITY = "identity"
"""The order of ids alone: that in which the store keeps raw events."""

_VALUES = {**SORTS, IDENTITY: "toInt64(0)"}
_UNKNOWN = {"rating": "rating = 0"}


_SECONDS = 30.0
"""The longest that choosing conversations may take: the store does not change meanwhile."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """An order in which no two conversations are equal; those without a value come last either way."""

    key: str
    descending: bool = False

    def expressions(self) -> tuple[str, ...]:
        """SQL by which the conversations ascend."""
        sign = "-" if self.descending else ""
        unknown = _UNKNOWN.get(self.key, "0")
        return f"toInt64({unknown})", f"{sign}{_VALUES[self.key]}", "toString(chatbot_id)", "conversation_id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands in an order, and how to find it."""

    unknown: int
    value: int
    chatbot_id: str
    conversation_id: str
    day: int = 0
    messages: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """(chatbot id, conversation id)."""
        return self.chatbot_id, self.conversation_id


_PLACE = "({page_unknown:Int64}, {page_value:Int64}, {page_chatbot:String}, {page_conversation:String})"


def _of_place(place: Place) -> dict[str, Any]:
    """The parameters of `_PLACE`."""
    return {
        "page_unknown": place.unknown,
        "page_value": place.value,
        "page_chatbot": place.chatbot_id,
        "page_conversation": place.conversation_id,
    }


def places(
    reader: CompanyReader,
    selection: Selection,
    order: ListOrder,
    beside: Place | None,
    limit: int,
    *,
    before: bool = False,
) -> list[Place]:
    """Some places of a selection that stand next to each other, in order.

    Args:
        reader: of their company.
        selection: of which conversations.
        order: of the list.
        beside: the place that they come after, which need not be there any more; None: the list begins.
        limit: how many at most.
        before: they are the last ones before that place, not the first ones after it.
    """
    expressions = order.expressions()
    by = ", ".join(expressions)
    source, parameters = selection.source(facts, by, "day, messages")
    parameters["page_limit"] = limit
    beyond = ""
    if beside is not None:
        beyond = f" WHERE ({by}) {'<' if before else '>'} {_PLACE}"
        parameters |= _of_place(beside)
    ordered = ", ".join(f"{each} DESC" for each in expressions) if before else by
    rows = reader.rows(
        f"SELECT {by}, day, messages FROM {source}{beyond} ORDER BY {ordered} LIMIT {{page_limit:UInt32}}",
        parameters,
        seconds=_SECONDS,
    )
    found = [Place(*row) for row in rows]
    return found[::-1] if before else found


def place_of(
    reader: CompanyReader, selection: Selection, order: ListOrder, key: tuple[str, str]
) -> Place | None:
    """Where a conversation (chatbot id, conversation id) stands in a selection, if it is in it."""
    by = ", ".join(order.expressions())
    source, parameters = selection.source(facts, by, "day, messages, chatbot_id, conversation_id")
    one = "chatbot_id = {page_chatbot:String} AND conversation_id = {page_conversation:String}"
    rows = reader.rows(
        f"SELECT {by}, day, messages FROM {source} WHERE {one}",
        parameters | {"page_chatbot": key[0], "page_conversation": key[1]},
        seconds=_SECONDS,
    )
    return Place(*rows[0]) if rows else None


def conversation_count(reader: CompanyReader, selection: Selection) -> int:
    """How many conversations there are in a selection."""
    source, parameters = selection.source(facts)
    ((total,),) = reader.rows(f"SELECT count() FROM {source}", parameters, seconds=_SECONDS)
    return int(total)


def count_before(reader: CompanyReader, selection: Selection, order: ListOrder, place: Place) -> int:
    """How many conversations of a selection come before a place."""
    by = ", ".join(order.expressions())
    source, parameters = selection.source(facts, by)
    statement = f"SELECT count() FROM {source} WHERE ({by}) < {_PLACE}"
    ((number,),) = reader.rows(statement, parameters | _of_place(place), seconds=_SECONDS)
    return int(number)


def chatbots_in(reader: CompanyReader, selection: Selection) -> list[str]:
    """The chatbots that have conversations in a selection, by id."""
    source, parameters = selection.source(facts, "chatbot_id")
    statement = f"SELECT DISTINCT toString(chatbot_id) AS id FROM {source} ORDER BY id"
    rows = reader.rows(statement, parameters, seconds=_SECONDS)
    return [row[0] for row in rows]


def counts_by_day(reader: CompanyReader, selection: Selection) -> list[tuple[int, int]]:
    """(UTC day since 1970, how many started on it), ascending."""
    source, parameters = selection.source(facts, "day")
    statement = f"SELECT day, count() FROM {source} GROUP BY day ORDER BY day"
    rows = reader.rows(statement, parameters, seconds=_SECONDS)
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation in a list. Times are UTC; null is what is not known."""

    conversation_id: str
    chatbot_id: str
    started_at: Moment
    ended_at: Moment
    session_id: str | None
    language: str
    channel: str | None
    messages: int
    questions: int
    answers: int
    unanswered: int
    rating: int | None
    positive_feedback: int
    negative_feedback: int
    handoff: bool
    human: bool
    engaged: bool
    abandoned: bool
    confirmed: bool
    outcomes: list[str]
    first_question: str | None


@dataclass(frozen=True, slots=True)
class ConversationRow(ListedConversation):
    """What the store knows of a conversation: what a list has of it, and whether lists have it at all."""

    test: bool
    counted: bool


_COLUMNS = {
    "conversation_id": "conversation_id",
    "chatbot_id": "toString(chatbot_id)",
    "started_at": STARTED,
    "ended_at": ENDED,
    "session_id": "nullIf(session_id, '')",
    "language": "toString(language)",
    "channel": "nullIf(toString(channel), '')",
    "test": "test",
    "counted": "counted",
    "messages": "messages",
    "questions": "user_messages",
    "answers": "assistant_messages",
    "unanswered": "unanswered",
    "rating": "nullIf(rating, 0)",
    "positive_feedback": "positive",
    "negative_feedback": "negative",
    "handoff": "toBool(handoffs > 0)",
    "human": f"toBool({HUMAN})",
    "engaged": "engaged",
    "abandoned": f"toBool({ABANDONED})",
    "confirmed": f"toBool({CONFIRMED})",
    "outcomes": "arraySort(arrayDistinct(arrayMap(n -> toString(n), outcome_names)))",
    "first_question": "arrayFirst((t, q) -> q != '', question_texts, questions)",
}
_NAMES = tuple(ConversationRow.__dataclass_fields__)
_SELECTED = ", ".join(_COLUMNS[name] for name in _NAMES)


_PLACED = (
    "(chatbot_id, day, conversation_id) IN (SELECT key.1, key.2, key.3 FROM (SELECT arrayJoin(arrayZip("
    "{keys1:Array(String)}, {days:Array(Int32)}, {keys2:Array(String)})) AS key))"
)


def conversations(
    reader: CompanyReader, keys: Sequence[tuple[str, str]], days: Sequence[int] | None = None
) -> dict[tuple[str, str], ConversationRow]:
    """What is known of some conversations (chatbot id, conversation id), whether they are counted or not.

    Args:
        reader: of their company.
        keys: which.
        days: the UTC day on which each started, if that is known: much faster.
    """
    parameters: dict[str, Any] = {**some_conversations(keys)}
    where = SOME_CONVERSATIONS
    if days is not None:
        where, parameters["days"] = _PLACED, list(days)
    rows = reader.rows(f"SELECT {_SELECTED} FROM {facts(where)}", parameters)
    found = map(_row, rows)
    return {(each.chatbot_id, each.conversation_id): each for each in found}


def _row(values: Sequence[Any]) -> ConversationRow:
    named = dict(zip(_NAMES, values, strict=True))
    return ConversationRow(**named | {"first_question": display_text(named["first_question"]) or None})
