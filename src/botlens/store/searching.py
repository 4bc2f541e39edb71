"""Conversations in whose texts something was said, and where: read from the raw events, which alone have all.

A message is looked at as it won: of its latest revision, as it was sent last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botlens.events.record import ROLES
from botlens.moments import DAY
from botlens.query.selection import Selection
from botlens.query.sought import Sought
from botlens.query.window import Window
from botlens.store.reading import (
    SOME_CONVERSATIONS,
    CompanyReader,
    events,
    facts,
    latest_events,
    some_conversations,
)

_SECONDS = 30.0
"""The longest that a search may take."""

_FEW = 20_000
"""So many conversations are remembered by their ids; of more the texts are read again, or the newest kept."""

MOST_TEXTS = 4_000_000
"""How many messages one page of a search may read, from the newest conversations back: two seconds of one
core, some more where the text is in most of them."""

_KEY = "chatbot_id, conversation_id"
_MESSAGE = f"{_KEY}, event_id"
_OF_MESSAGE = ("conversation_id", "event_id", "rank")
_OF_CHATBOTS = "chatbot_id IN {chatbots:Array(String)}"
_AMONG_KNOWN = (
    f"({_KEY}) IN (SELECT key.1, key.2 FROM (SELECT arrayJoin(arrayZip("
    "{said1:Array(String)}, {said2:Array(String)})) AS key))"
)
_SAID = "match(content, {sought:String})"
_ROLE = {number: name for name, number in ROLES.items()}


def _winning(where: str) -> str:
    """SQL, true of messages that meet a condition, that no higher revision has replaced, nor a deletion."""
    changed = "(kind = 'message' AND rank > 0 OR kind = 'message_deletion')"
    revised = events(f"{changed} AND {where}", ("chatbot_id", "kind", *_OF_MESSAGE))
    newest = (
        f"SELECT {_MESSAGE}, max(rank) FROM {revised} GROUP BY {_MESSAGE} HAVING argMax(kind, (rank, kind)) "
        "= 'message'"
    )
    return (
        f"kind = 'message' AND {where} AND if(rank > 0, ({_MESSAGE}, rank) IN ({newest}), "
        f"({_MESSAGE}) NOT IN (SELECT {_MESSAGE} FROM {revised}))"
    )


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found.

    Attributes:
        selection: the conversations.
        since: all of them that started at this moment or later (microseconds) were looked through; None: all.
    """

    selection: Selection
    since: int | None


def newest_where_said(
    reader: CompanyReader,
    selection: Selection,
    sought: Sought,
    *,
    before: int | None = None,
    most_found: int = _FEW,
    most_texts: int = MOST_TEXTS,
) -> Searched:
    """Those of a selection in which a message has a text, from the newest back as far as it is soon known.

    It is bounded by what it reads and finds, not by a clock: the same question has the same answer. The store
    must not change meanwhile.

    Args:
        reader: of the company.
        selection: looked through.
        sought: the text.
        before: only conversations that started before it (microseconds): where another search stopped.
        most_found: how many conversations it finds.
        most_texts: how many messages it reads, or those of one day.
    """
    reach = selection.extends
    if before is not None:
        reach = Window(reach.start, before if reach.end is None else min(before, reach.end))
    since = _affordable(reader, selection.chatbots, reach, most_texts)
    looked = reach if since is None else Window(since, reach.end)
    found = _newest_said(reader, selection.chatbots, looked, sought, most_found + 1)
    if len(found) > most_found:
        oldest = found[most_found][2]
        kept = [each for each in found if each[2] > oldest]
        since = oldest + 1
        if not kept:  # all at one moment: there is no other place to stop at
            kept, since = _newest_said(reader, selection.chatbots, Window(oldest, reach.end), sought), oldest
        found = kept
    keys = _still_said(reader, [(chatbot, conversation) for chatbot, conversation, _ in found], sought)
    return Searched(_among(selection, keys), since)


def _affordable(reader: CompanyReader, chatbots: Sequence[str], window: Window, most: int) -> int | None:
    """The moment back to which conversations of a window have so many messages; None: they have not more."""
    when, of_window = window.condition()
    chosen = facts(f"counted AND {_OF_CHATBOTS} AND {when}", ("day", "messages"))
    days = reader.rows(
        f"SELECT day, sum(messages) FROM {chosen} GROUP BY day ORDER BY day DESC",
        {**of_window, "chatbots": list(chatbots) or [""]},
    )
    messages = 0
    for place, (day, of_day) in enumerate(days):
        messages += of_day
        if messages > most and place > 0:
            return (int(day) + 1) * DAY
    return None


def _newest_said(
    reader: CompanyReader, chatbots: Sequence[str], window: Window, sought: Sought, most: int | None = None
) -> list[tuple[str, str, int]]:
    """Conversations of a window that a text was ever said in, with their starts, the newest first."""
    when, of_window = window.condition()
    columns = ("chatbot_id", "conversation_id", "started_at")
    chosen = facts(f"counted AND {_OF_CHATBOTS} AND {when}", columns)
    where = _OF_CHATBOTS
    if not window.is_open():
        where += f" AND ({_KEY}) IN (SELECT {_KEY} FROM {chosen})"
    said = events(f"kind = 'message' AND {where} AND {_SAID}", ("chatbot_id", "conversation_id"))
    rows = reader.rows(
        "SELECT toString(chatbot_id), conversation_id, toUnixTimestamp64Micro(started_at) AS started "
        f"FROM {chosen} WHERE ({_KEY}) IN (SELECT {_KEY} FROM {said}) "
        f"ORDER BY started DESC{'' if most is None else f' LIMIT {most}'}",
        {**of_window, "chatbots": list(chatbots) or [""], "sought": sought.pattern},
        seconds=_SECONDS,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _among(selection: Selection, keys: Sequence[tuple[str, str]]) -> Selection:
    """Those of a selection that are known: their texts are not read again for each thing that is asked."""
    known = {"said1": [key[0] for key in keys], "said2": [key[1] for key in keys]}
    return selection.besides(_AMONG_KNOWN, known)


def only_where_said(reader: CompanyReader, selection: Selection, sought: Sought) -> Selection:
    """All of a selection in which a message has a text; the store must not change meanwhile."""
    when, of_window = selection.extends.condition("said_")
    where = _OF_CHATBOTS
    if not selection.extends.is_open():
        # Facts lie by day, events by id: so few of them are read.
        chosen = facts(f"counted AND {_OF_CHATBOTS} AND {when}", ("chatbot_id", "conversation_id"))
        where = f"{_OF_CHATBOTS} AND ({_KEY}) IN (SELECT {_KEY} FROM {chosen})"
    parameters: dict[str, Any] = {**of_window, "sought": sought.pattern}
    keys = _ever_said(reader, where, {**parameters, "chatbots": list(selection.chatbots) or [""]})
    if len(keys) > _FEW:
        found = latest_events(f"{_winning(where)} AND {_SAID}", ("chatbot_id", "conversation_id"))
        return selection.besides(f"({_KEY}) IN (SELECT {_KEY} FROM {found})", parameters)
    return _among(selection, _still_said(reader, keys, sought))


def _ever_said(reader: CompanyReader, where: str, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Conversations that a text was ever said in, be it in a version that was replaced: some `_FEW`, and one.

    To read texts alone takes half as long as to know which version of each message is the present one.
    """
    said = events(f"kind = 'message' AND {where} AND {_SAID}", ("chatbot_id", "conversation_id"))
    statement = f"SELECT DISTINCT toString(chatbot_id), conversation_id FROM {said} LIMIT {_FEW + 1}"
    return [(row[0], row[1]) for row in reader.rows(statement, parameters, seconds=_SECONDS)]


def _still_said(reader: CompanyReader, keys: list[tuple[str, str]], sought: Sought) -> list[tuple[str, str]]:
    """Those of some conversations in which it is said now: looked up where messages were sent again."""
    if not keys:
        return []
    messages = events(
        f"kind = 'message' AND {SOME_CONVERSATIONS}", ("chatbot_id", "conversation_id", "event_id")
    )
    again = f"SELECT {_MESSAGE} FROM {messages} GROUP BY {_MESSAGE} HAVING count() > 1"
    revised = reader.rows(
        f"SELECT DISTINCT toString(chatbot_id), conversation_id FROM ({again})",
        some_conversations(keys),
        seconds=_SECONDS,
    )
    if not revised:
        return keys
    unsure = [(row[0], row[1]) for row in revised]
    found = latest_events(f"{_winning(SOME_CONVERSATIONS)} AND {_SAID}", ("chatbot_id", "conversation_id"))
    rows = reader.rows(
        f"SELECT DISTINCT toString(chatbot_id), conversation_id FROM {found}",
        {**some_conversations(unsure), "sought": sought.pattern},
        seconds=_SECONDS,
    )
    gone = set(unsure) - {(row[0], row[1]) for row in rows}
    return [key for key in keys if key not in gone]


@dataclass(frozen=True, slots=True)
class Said:
    """A message in which something was said.

    Attributes:
        message_id: its id.
        role: who said it.
        content: what it says.
        messages: how many such messages its conversation has.
    """

    message_id: str
    role: str
    content: str
    messages: int


def said_in(
    reader: CompanyReader, keys: Sequence[tuple[str, str]], sought: Sought, most: int
) -> Mapping[tuple[str, str], list[Said]]:
    """The first messages of some conversations in which something was said, at most so many of each."""
    where = f"{_winning(SOME_CONVERSATIONS)} AND {_SAID}"
    columns = (_MESSAGE, "role", "content", "created_at", "sequence")
    rows = reader.rows(
        f"SELECT {_KEY}, event_id, toInt8(role), content, count() OVER (PARTITION BY {_KEY}) AS messages "
        f"FROM {latest_events(where, columns)} ORDER BY {_KEY}, created_at, sequence, event_id "
        f"LIMIT {most} BY {_KEY}",
        {**some_conversations(keys), "sought": sought.pattern},
        seconds=_SECONDS,
    )
    found: dict[tuple[str, str], list[Said]] = {}
    for chatbot_id, conversation_id, message_id, role, content, messages in rows:
        said = Said(message_id, _ROLE[role], content, messages)
        found.setdefault((chatbot_id, conversation_id), []).append(said)
    return found
