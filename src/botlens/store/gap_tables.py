"""The tables of knowledge gaps: what questions mean, and which gap they are in.

All of it can be made anew but for who was together before: a link gives gaps their ids by that. What a link
makes is written under its number, and nobody reads it before that number is the current one.
"""

from typing import Final

import pyarrow as pa

from botlens.store.table import Column, Table

_COMPANY = Column("company_id", "LowCardinality(String)", pa.string())
_CHATBOT = Column("chatbot_id", "LowCardinality(String)", pa.string())
_LINK = Column("link", "UInt64", pa.uint64())
_GAP = Column("gap_id", "LowCardinality(String)", pa.string())
_QUESTION = Column("question", "String CODEC(ZSTD(1))", pa.string())
_WRITTEN = Column("written", "UInt64 CODEC(Delta, ZSTD(1))", pa.uint64())
_MODEL = Column("model", "LowCardinality(String)", pa.string())
_CONTENT = Column("content", "String CODEC(ZSTD(1))", pa.string())


def _of_chatbots(
    name: str, key: tuple[Column, ...], values: tuple[Column, ...], comment: str, *, granularity: int = 1024
) -> Table:
    """A table of what chatbots have: of each value of the `key`, the row that was `written` last."""
    owned = (_COMPANY, _CHATBOT, *key)
    return Table(
        name=name,
        columns=(*owned, *values, _WRITTEN),
        key=tuple(each.name for each in owned),
        version=_WRITTEN.name,
        granularity=granularity,
        comment=f"botlens: {comment}",
    )


GAP_VECTORS: Final = _of_chatbots(
    "gap_vectors",
    (_MODEL, _QUESTION),
    (Column("vector", "Array(Float32) CODEC(NONE)", pa.list_(pa.float32())),),  # does not get smaller
    "what questions mean, by model",
)

GAP_POINTS: Final = _of_chatbots(
    "gap_points",
    (_LINK, _QUESTION),
    (Column("vector", "Array(Float32) CODEC(NONE)", pa.list_(pa.float32())),),
    "where questions that are in no gap lie in the space of a link",
)
"""A sixth of what `gap_vectors` has of them: new questions are compared with all of these within seconds."""

GAP_MEMBERS: Final = _of_chatbots(
    "gap_members", (_LINK, _QUESTION), (_GAP,), "which gap a question is in, by link"
)
"""A question that is in no gap has the empty id."""

GAP_SUMMARIES: Final = _of_chatbots(
    "gap_summaries", (_LINK, _GAP), (_CONTENT,), "what a link found of each gap", granularity=256
)

GAP_SPACES: Final = _of_chatbots(
    "gap_spaces",
    (_LINK, _GAP),
    (_MODEL, _CONTENT),
    "in which space a link or a fix measures",
    granularity=256,
)
"""Of a whole link the gap is empty. A fix keeps one of its own: the gap, and the moment as its link."""

GAP_SIGNALS: Final = _of_chatbots(
    "gap_signals",
    (Column("conversation_id", "String", pa.string()),),
    (Column("signals", "Array(UInt8) CODEC(ZSTD(1))", pa.list_(pa.uint8())),),
    "what facts do not say of each question",
)
"""`signals`: of each question of the conversation, in order, see `gaps.questions.signals`; `written`: the
version of the facts that they were found beside."""

GAP_EVIDENCE: Final = _of_chatbots(
    "gap_evidence",
    (_GAP, Column("basis", "String", pa.string()), _QUESTION),
    (Column("similarity", "Float32", pa.float32()),),
    "how near questions are to gaps that were fixed",
)
"""`basis`: of which fix, by which model."""

GAP_TABLES: Final = (
    GAP_VECTORS,
    GAP_POINTS,
    GAP_MEMBERS,
    GAP_SUMMARIES,
    GAP_SPACES,
    GAP_SIGNALS,
    GAP_EVIDENCE,
)
