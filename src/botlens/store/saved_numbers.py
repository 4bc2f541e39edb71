"""Numbers of a chatbot that are kept beside its facts, and used only where the facts prove them.

Saved are sums over the facts on days before one, as they were at a version (a `SavedBase`). They are right
for as long as every row of facts that was written there since has what it replaced written down: then the
difference is known, and what lies on later days is read. Otherwise all is read, as if nothing were saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

from botlens.live.numbers import ChatbotNumbers
from botlens.live.sessions import DIGEST, SessionCounts
from botlens.live.timeline import QuarterTimeline
from botlens.live.top_questions import TopQuestions
from botlens.metrics.differences import Change
from botlens.store.arrow import values_of
from botlens.store.connection import ClickHouse
from botlens.store.numbers import add_days, load_numbers
from botlens.store.reading import CompanyReader, all_facts
from botlens.store.replaced_facts import bases_of, facts_since, replaced_since
from botlens.store.saved_bases import SavedBase
from botlens.store.saved_rows import SavedRows

FORM = 1
"""Raised whenever what is saved, or what it means, is another: what is of another form is not used."""

_MOST_REPLACED = 50_000
"""With more, reading what was replaced takes as long as reading the facts."""

_LATE = 0.01  # so many of the conversations, at least, lie on days that are not saved
_encoder = msgspec.json.Encoder()

_SUMS_STORED = (
    "SELECT base, day, content FROM saved_numbers FINAL WHERE company_id = {company_id:String} AND "
    "(chatbot_id = {chatbot_id:String} AND part = 0) ORDER BY base DESC LIMIT 1"
)
_SESSIONS_STORED = (
    "SELECT digests, counts FROM saved_numbers WHERE company_id = {company_id:String} AND "
    "(chatbot_id = {chatbot_id:String} AND base = {base:UInt64} AND part > 0) ORDER BY part"
)


class SavedHead(Struct):
    """Questions with their counts, (normal form, text, count), and how often any other is asked at most."""

    questions: list[tuple[str, str, int]]
    floor: int


class SavedSums(Struct):
    """All of what is saved but sessions. `newest` is the highest version among the facts that it is of."""

    form: int
    definition: int
    table: str
    newest: int
    sums: list[int]
    languages: dict[str, int]
    starts: list[int]
    started: list[int]
    asked: SavedHead
    unanswered: SavedHead
    sessions: int
    checksum: int


@dataclass(frozen=True, slots=True)
class NumbersToSave:
    """What is saved of a chatbot: on which base, and in which rows."""

    base: SavedBase
    parts: list[pa.Table]
    last: pa.Table


def load_live_numbers(reader: CompanyReader, chatbot_ids: Sequence[str]) -> dict[str, ChatbotNumbers]:
    """The same as `load_numbers` of all time; of what is saved, it reads what was written since."""
    found: dict[str, ChatbotNumbers] = {}
    saved = bases_of(reader.store, reader.company_id)
    for chatbot_id in chatbot_ids:
        if chatbot_id in saved and (numbers := _saved_numbers(reader, chatbot_id)) is not None:
            found[chatbot_id] = numbers
    rest = [each for each in chatbot_ids if each not in found]
    return found | (load_numbers(reader, rest) if rest else {})


def _saved_numbers(reader: CompanyReader, chatbot_id: str) -> ChatbotNumbers | None:
    """The numbers of a chatbot from what is saved, or None if that is not proven right."""
    stored = _stored_sums(reader, chatbot_id)
    if stored is None:
        return None
    base, sums = stored
    changes = _changes(reader, chatbot_id, base, sums)
    sessions = _sessions(reader, chatbot_id, base, sums)
    if changes is None or sessions is None:
        reader.store.saved.forget(reader.company_id, [chatbot_id])
        return None
    found = _numbers_of(sums, sessions)
    found.replace(changes)
    add_days(reader, chatbot_id, found, base.day)
    return found


def _stored_sums(reader: CompanyReader, chatbot_id: str) -> tuple[SavedBase, SavedSums] | None:
    rows = reader.rows(_SUMS_STORED, {"chatbot_id": chatbot_id})
    for version, day, content in rows:
        checksum, _, text = content.partition(" ")
        if checksum != str(crc32(text.encode())):
            return None
        try:
            sums = msgspec.json.decode(text, type=SavedSums)
        except msgspec.DecodeError:  # of another form
            return None
        if (sums.form, sums.definition, sums.table) == _what_is_saved(reader.store):
            return SavedBase(version, day), sums
    return None


def _what_is_saved(store: ClickHouse) -> tuple[int, int, str]:
    """What numbers must be of to be used: form, definition, table of facts."""
    return FORM, store.facts.definition, store.facts.serving


def _changes(reader: CompanyReader, chatbot_id: str, base: SavedBase, sums: SavedSums) -> list[Change] | None:
    """How the facts before the day of a base have changed since; None if that is not known of all."""
    written = facts_since(reader, chatbot_id, base, _MOST_REPLACED + 1)
    replaced = replaced_since(reader, chatbot_id, base, _MOST_REPLACED + 1) if written else {}
    if max(len(written), len(replaced)) > _MOST_REPLACED:
        return None
    newest = _newest(reader, chatbot_id, base, sums.newest)
    # A store that was brought back from a copy may have saved numbers, and not the facts that they are of.
    if newest != sums.newest and all(each.version != sums.newest for each in replaced.values()):
        return None
    changes: list[Change] = []
    for each in written:
        before = replaced.get((each.day, each.facts.conversation_id))
        if before is None:
            return None
        changes.append((before.facts, each.facts))
    return changes


def _newest(reader: CompanyReader, chatbot_id: str, base: SavedBase, least: int = 0) -> int:
    """The highest version, up to that of a base, that the facts before its day have; `least` or higher.

    To ask for high ones alone is quicker: where there are none, nothing is read.
    """
    own = "chatbot_id = {chatbot_id:String} AND day < {day:Int32} AND version <= {version:UInt64}"
    ((newest,),) = reader.rows(
        f"SELECT max(version) FROM {all_facts(own + ' AND version >= {least:UInt64}', ('version',))}",
        {"chatbot_id": chatbot_id, "day": base.day, "version": base.version, "least": least},
    )
    return int(newest)


def _sessions(
    reader: CompanyReader, chatbot_id: str, base: SavedBase, sums: SavedSums
) -> SessionCounts | None:
    """The sessions of saved numbers; None if they are not whole."""
    rows = reader.columns(_SESSIONS_STORED, {"chatbot_id": chatbot_id, "base": base.version})
    halves, counts = _flat(rows, "digests", np.uint64), _flat(rows, "counts", np.uint32)
    if (len(counts), _checksum(halves, counts)) != (sums.sessions, sums.checksum):
        return None
    return SessionCounts(halves.view(DIGEST), counts.astype(np.int64))


def _flat(rows: pa.Table, name: str, kind: type[np.generic]) -> NDArray[np.generic]:
    chunks = [values_of(chunk.flatten(), kind) for chunk in rows.column(name).chunks]
    return np.concatenate(chunks) if chunks else np.empty(0, kind)


def _checksum(halves: NDArray[np.generic], counts: NDArray[np.generic]) -> int:
    return crc32(np.ascontiguousarray(counts).data, crc32(np.ascontiguousarray(halves).data))


def _numbers_of(sums: SavedSums, sessions: SessionCounts) -> ChatbotNumbers:
    timeline = QuarterTimeline()
    timeline.add_all(np.array(sums.starts, np.int64), np.array(sums.started, np.int64))
    found = ChatbotNumbers(sessions=sessions, timeline=timeline)
    for name, value in zip(_SUMS, sums.sums, strict=True):
        setattr(found, name, value)
    found.languages.update(sums.languages)
    found.asked, found.unanswered_questions = _top(sums.asked), _top(sums.unanswered)
    return found


def _top(head: SavedHead) -> TopQuestions:
    questions: dict[str, dict[str, int]] = {}
    for normal, text, count in head.questions:
        questions.setdefault(normal, {})[text] = count
    return TopQuestions(questions, floor=head.floor)


def day_to_save(reader: CompanyReader, chatbot_id: str) -> int | None:
    """Before which day numbers are best saved: what lies on it and later is read at each start.

    None if there is nothing to save.
    """
    own = "counted AND chatbot_id = {chatbot_id:String}"
    ((count, day),) = reader.rows(
        f"SELECT count(), quantileExact({1 - _LATE})(day) FROM {all_facts(own, ('day',))}",
        {"chatbot_id": chatbot_id},
    )
    return int(day) if count else None


def read_to_save(reader: CompanyReader, chatbot_id: str, base: SavedBase) -> NumbersToSave | None:
    """What is to be saved of a chatbot, from the facts alone: never from what was saved before.

    None if no head could be made of its questions, since too many are asked equally often.
    """
    found = load_numbers(reader, [chatbot_id], until_day=base.day)[chatbot_id]
    asked, unanswered = _head(found.asked), _head(found.unanswered_questions)
    if asked is None or unanswered is None or not isinstance(found.timeline, QuarterTimeline):
        return None
    digests, counts = found.sessions.flat()
    halves, few = digests.view(np.uint64), counts.astype(np.uint32)
    starts, started = found.timeline.flat()
    form, definition, table = _what_is_saved(reader.store)
    sums = SavedSums(
        form=form,
        definition=definition,
        table=table,
        newest=_newest(reader, chatbot_id, base),
        sums=[getattr(found, name) for name in _SUMS],
        languages=dict(found.languages),
        starts=starts.tolist(),
        started=started.tolist(),
        asked=asked,
        unanswered=unanswered,
        sessions=len(few),
        checksum=_checksum(halves, few),
    )
    text = _encoder.encode(sums).decode()
    rows = SavedRows(reader.company_id, chatbot_id, base)
    last = rows.of(0, f"{crc32(text.encode())} {text}", halves[:0], few[:0])
    return NumbersToSave(base, list(rows.of_sessions(halves, few)), last)


_SUMS = ("conversations", "messages", "unanswered", "positive", "negative", "ratings", "rating_sum")


def _head(top: TopQuestions) -> SavedHead | None:
    if top.head is None:
        return None
    questions, floor = top.head
    rows = [(normal, text, count) for normal, own in questions.items() for text, count in own.items()]
    return SavedHead(rows, floor)
