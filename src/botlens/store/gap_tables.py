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
_CONTENT = Column("content", "String CODEC(ZSTD(1))", pa.string())

GAP_VECTORS: Final = Table(
    name="gap_vectors",
    columns=(
        _COMPANY,
        _CHATBOT,
        Column("model", "LowCardinality(String)", pa.string()),
        _QUESTION,
        Column("vector", "Array(Float32) CODEC(NONE)", pa.list_(pa.float32())),  # does not get smaller
        _WRITTEN,
    ),
    key=("company_id", "chatbot_id", "model", "question"),
    version="written",
    granularity=1024,
    comment="botlens: what questions mean, by model",
)

GAP_MEMBERS: Final = Table(
    name="gap_members",
    columns=(_COMPANY, _CHATBOT, _LINK, _QUESTION, _GAP, _WRITTEN),
    key=("company_id", "chatbot_id", "link", "question"),
    version="written",
    granularity=1024,
    comment="botlens: which gap a question is in, by link",
)
"""A question that is in no gap has the empty id."""

GAP_SUMMARIES: Final = Table(
    name="gap_summaries",
    columns=(_COMPANY, _CHATBOT, _LINK, _GAP, _CONTENT, _WRITTEN),
    key=("company_id", "chatbot_id", "link", "gap_id"),
    version="written",
    granularity=256,
    comment="botlens: what a link found of each gap",
)

GAP_SPACES: Final = Table(
    name="gap_spaces",
    columns=(
        _COMPANY,
        _CHATBOT,
        _LINK,
        _GAP,
        Column("model", "LowCardinality(String)", pa.string()),
        _CONTENT,
        _WRITTEN,
    ),
    key=("company_id", "chatbot_id", "link", "gap_id"),
    version="written",
    granularity=256,
    comment="botlens: in which space a link or a fix measures",
)

"""Of a whole link the gap is empty. A fix keeps one of its own: the gap, and the moment as its link."""

GAP_SIGNALS: Final = Table(
    name="gap_signals",
    columns=(
        _COMPANY,
        _CHATBOT,
        Column("conversation_id", "String", pa.string()),
        Column("signals", "Array(UInt8) CODEC(ZSTD(1))", pa.list_(pa.uint8())),
        _WRITTEN,
    ),
    key=("company_id", "chatbot_id", "conversation_id"),
    version="written",
    granularity=1024,
    comment="botlens: what facts do not say of each question",
)
"""`signals`: of each question of the conversation, in order, see `gaps.signals`; `written`: the version of
the facts that they were found beside."""

GAP_EVIDENCE: Final = Table(
    name="gap_evidence",
    columns=(
        _COMPANY,
        _CHATBOT,
        _GAP,
        Column("basis", "String", pa.string()),
        _QUESTION,
        Column("similarity", "Float32", pa.float32()),
        _WRITTEN,
    ),
    key=("company_id", "chatbot_id", "gap_id", "basis", "question"),
    version="written",
    granularity=1024,
    comment="botlens: how near questions are to gaps that were fixed",
)
"""`basis`: of which fix, by which model."""

GAP_TABLES: Final = (GAP_VECTORS, GAP_MEMBERS, GAP_SUMMARIES, GAP_SPACES, GAP_SIGNALS, GAP_EVIDENCE)
