"""Facts of many conversations at once: for each what `metrics.facts.derive` makes of its events, in columns.

`derive` is where events get their meaning; this is the same again for whole chatbots, at a fifth of the time.
A property holds both against each other, bit for bit. Where something was deleted, `derive` itself is asked.
"""

from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.heard_columns import HeardColumns
from botlens.commit.row_rules import Mask
from botlens.commit.winning_rows import Places, WinningRows, apart_from_deleted, lists
from botlens.events.language import canonical
from botlens.events.record import CONVERSATION, FEEDBACK, HANDOFF, OUTCOME, RATING, Record
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import BAD, GOOD, NEUTRAL, NO_SIGNAL, UNKNOWN_LANGUAGE, Facts, derive
from botlens.moments import DAY
from botlens.store.arrow import booleans, numbers, repeated, texts
from botlens.store.facts import lay_out
from botlens.store.schema import CONVERSATION_FACTS

_LAYOUT = CONVERSATION_FACTS.arrow()
_MOMENT = _LAYOUT.field("started_at").type
_COUNT = pa.uint32()
_BLOCK_ROWS = 2_048


@dataclass(frozen=True, slots=True)
class FactsOf:
    """Whose facts are made, and as what.

    Attributes:
        company_id: whose.
        chatbot_id: of which of its chatbots.
        version: what the facts are written with.
        threshold: the chatbot's.
    """

    company_id: str
    chatbot_id: str
    version: int
    threshold: float


def facts_table(of: FactsOf, events: pa.Table) -> pa.Table:
    """The facts of conversations, in the layout of their table, by conversation id.

    Args:
        of: whose.
        events: all that the store has of these conversations: see `store.raw_events.event_columns`.
    """
    plain, others = apart_from_deleted(events)
    tables = lay_out((of.company_id, of.version, each) for each in _one_by_one(of, others))
    if len(plain):
        tables.append(_plain_facts(of, WinningRows(plain)))
    found = pa.concat_tables(tables) if tables else _LAYOUT.empty_table()
    return found if len(tables) < 2 else found.sort_by("conversation_id")


def _one_by_one(of: FactsOf, events: pa.Table) -> list[Facts]:
    found = []
    # In blocks: while one is made into rows, no other thread has the interpreter.
    blocks = (block.to_pylist() for block in events.to_batches(max_chunksize=_BLOCK_ROWS))
    records = (Record(of.chatbot_id, **row).interpret() for row in chain.from_iterable(blocks))
    for conversation_id, own in groupby(records, attrgetter("conversation_id")):
        state = ConversationState()
        for record in own:
            state.apply(record)
        found.append(derive(of.chatbot_id, conversation_id, state, of.threshold))
    return found


def _plain_facts(of: FactsOf, rows: WinningRows) -> pa.Table:
    count = rows.count
    heard = HeardColumns(rows, of.threshold)
    headers = rows.of_kind(CONVERSATION)
    started_at, has_started, ended_at = _ends(rows, heard, headers)
    is_test = np.zeros(count, np.bool_)
    is_test[rows.conversation[headers]] = rows.flags("test")[headers]
    speakers = np.concatenate([headers, heard.places])
    flags = {
        "gone": np.zeros(count, np.bool_),
        "counted": has_started & ~is_test,
        "test": is_test,
        **heard.flags(),
    }
    columns = {
        "company_id": repeated(of.company_id, count),
        "chatbot_id": repeated(of.chatbot_id, count),
        "day": numbers(started_at // DAY, pa.int32()),
        "version": numbers(np.full(count, of.version, np.uint64), pa.uint64()),
        "conversation_id": rows.ids,
        "started_at": numbers(started_at, _MOMENT),
        "ended_at": numbers(ended_at, _MOMENT),
        "session_id": rows.first_text("session_id", speakers, ""),
        "language": _canonical(rows.first_text("language", speakers, UNKNOWN_LANGUAGE)),
        "channel": rows.first_text("channel", speakers, ""),
        **{name: booleans(each) for name, each in flags.items()},
        **heard.columns(),
        **_signals(rows, ended_at),
    }
    return pa.table([columns[each.name] for each in _LAYOUT], schema=_LAYOUT)


def _ends(rows: WinningRows, heard: HeardColumns, headers: Places) -> tuple[Places, Mask, Places]:
    """When conversations began (0 if they have not), whether they have, and when they ended."""
    first, last = heard.ends()
    has_messages = rows.how_many(heard.places) > 0
    says_when = headers[~rows.missing("created_at")[headers]]
    started_at, has_started = first, has_messages.copy()
    started_at[rows.conversation[says_when]] = rows.moments()[says_when]
    has_started[rows.conversation[says_when]] = True
    return started_at, has_started, np.maximum(last, started_at)


def _canonical(languages: pa.Array) -> pa.Array:
    codes = languages.dictionary_encode()
    return texts(map(canonical, codes.dictionary.to_pylist())).take(codes.indices)


def _signals(rows: WinningRows, ended_at: Places) -> dict[str, pa.Array]:
    """What was said of conversations, and what came of them."""
    votes, ratings = rows.of_kind(FEEDBACK), rows.of_kind(RATING)
    handoffs, outcomes = rows.of_kind(HANDOFF), rows.of_kind(OUTCOME)
    value = np.where(rows.missing("value"), 0.0, rows.values("value", np.float64)) + 0.0  # minus zero is zero
    rating = np.zeros(rows.count, np.int64)
    rating[rows.conversation[ratings]] = value[ratings].astype(np.int64)
    newest = ended_at.copy()
    signals = rows.of_kind(FEEDBACK, RATING, HANDOFF, OUTCOME)
    np.maximum.at(newest, rows.conversation[signals], rows.moments()[signals])
    counts = {
        "positive": rows.how_many(votes, value[votes] == 1.0),
        "negative": rows.how_many(votes, value[votes] == -1.0),
        "rating": rating,
        "last_signal": _last_signals(rows, value),
        "handoffs": rows.how_many(handoffs),
    }
    came = rows.how_many(outcomes)  # by their names, as rows are
    return {
        "newest_at": numbers(newest, _MOMENT),
        "outcome_names": lists(came, rows.texts_at("content", outcomes)),
        "outcome_values": lists(came, numbers(value[outcomes], pa.float64())),
        **{name: numbers(each, _COUNT) for name, each in counts.items()},
    }


def _last_signals(rows: WinningRows, value: NDArray[np.float64]) -> Places:
    """What the last vote or rating said; of two at one moment the smaller counts."""
    places = rows.of_kind(FEEDBACK, RATING)
    said, is_vote = value[places], rows.kind[places] == FEEDBACK
    of_rating = np.where(said >= 4, GOOD, np.where(said >= 3, NEUTRAL, BAD))
    means = np.where(is_vote, np.where(said == 1.0, GOOD, BAD), of_rating)
    of, at = rows.conversation[places], rows.moments()[places]
    order = np.lexsort((-means, at, of))
    found = np.full(rows.count, NO_SIGNAL, np.int64)
    found[of[order]] = means[order]  # of several the last that is assigned stays
    return found
