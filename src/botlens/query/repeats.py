"""Questions that repeat one of another conversation of their session, which started shortly before.

Few sessions come twice within a day. The store finds them and gives their questions, in order; they are
compared here, by the rule that `derive` has for the questions of one conversation.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from botlens.events.question import Words, near_identical, words_of
from botlens.metrics.expressions import HAS_SESSION, SESSION, STARTED
from botlens.moments import DAY
from botlens.query.selection import FactsSource, Selection
from botlens.query.statement import Statement
from botlens.query.window import Window

_GAP = (
    f"{STARTED} - lagInFrame({STARTED}) OVER "
    f"(PARTITION BY {SESSION} ORDER BY started_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
)
_COLUMNS = ("chatbot_id", "conversation_id", "started_at", "questions", SESSION)


def compared_statement(selection: Selection, facts: FactsSource) -> Statement:
    """The conversations of sessions that came twice within a day, by session and in order."""
    start = None if selection.window.start is None else selection.window.start - DAY
    days, parameters = Window(start, selection.window.end).days()
    spanned = f"chatbot_id IN {{chatbots:Array(String)}} AND {days}"
    visits = facts(f"{spanned} AND {HAS_SESSION}", (SESSION, "started_at"))
    gaps = f"(SELECT {SESSION}, {_GAP} AS gap FROM {visits})"
    near = f"(SELECT {SESSION} FROM {gaps} WHERE gap <= {DAY})"
    rows = facts(f"{spanned} AND {SESSION} IN {near}", _COLUMNS)
    return Statement(
        f"SELECT {SESSION}, chatbot_id, conversation_id, {STARTED}, questions "
        f"FROM {rows} ORDER BY {SESSION}, started_at, conversation_id",
        {**parameters, "chatbots": list(selection.chatbots) or [""]},
        (SESSION, "chatbot_id", "conversation_id", "started", "questions"),
    )


def repeated_elsewhere(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], int]:
    """By (chatbot id, conversation id): how many questions repeat one of another conversation, but none of
    their own.

    Args:
        rows: see `compared_statement`.
    """
    found: dict[tuple[str, str], int] = {}
    whose = None
    lately: OrderedDict[Words, int] = OrderedDict()  # words -> when they were last asked
    for session, chatbot_id, conversation_id, started, questions in rows:
        if session != whose:
            whose = session
            lately.clear()
        while lately and next(iter(lately.values())) < started - DAY:
            lately.popitem(last=False)
        forms = [words_of(question) for question in questions]
        if lately and (count := sum(_only_elsewhere(forms, place, lately) for place in range(len(forms)))):
            found[chatbot_id, conversation_id] = count
        for words in filter(None, forms):
            lately[words] = started
            lately.move_to_end(words)
    return found


def _only_elsewhere(forms: list[Words], place: int, lately: Collection[Words]) -> bool:
    """Whether a question is near one of others and near no earlier one of its own conversation."""
    words = forms[place]
    if not (words in lately or any(near_identical(words, other) for other in lately)):
        return False
    return not any(near_identical(words, other) for other in forms[:place])
