"""The tables of saved numbers: what a start reads of a large chatbot instead of the facts of all its days.

All of it can be made anew from the facts, and what is there is used only where they prove it: see
`store.saved_numbers` and decision 0049.
"""

from typing import Final

import pyarrow as pa

from botlens.store.table import Column, Table

_COMPANY = Column("company_id", "LowCardinality(String)", pa.string())
_CHATBOT = Column("chatbot_id", "LowCardinality(String)", pa.string())
_BASE = Column("base", "UInt64", pa.uint64())
_WRITTEN = Column("written", "UInt64", pa.uint64())
_CONTENT = Column("content", "String CODEC(ZSTD(1))", pa.string())

SAVED_NUMBERS: Final = Table(
    name="saved_numbers",
    columns=(
        _COMPANY,
        _CHATBOT,
        _BASE,
        Column("part", "UInt32", pa.uint32()),
        Column("day", "Int32", pa.int32()),
        _CONTENT,
        Column("digests", "Array(UInt64) CODEC(NONE)", pa.list_(pa.uint64())),  # do not get smaller
        Column("counts", "Array(UInt32) CODEC(ZSTD(1))", pa.list_(pa.uint32())),
        _WRITTEN,
    ),
    key=(_COMPANY.name, _CHATBOT.name, _BASE.name, "part"),
    version=_WRITTEN.name,
    granularity=8,
    comment="botlens: sums over the facts before a day, as they were at a version",
)
"""Part 0 is written last and says what all of it is; the others hold sessions, each digest in two halves."""

REPLACED_FACTS: Final = Table(
    name="replaced_facts",
    columns=(
        _COMPANY,
        _CHATBOT,
        _BASE,
        Column("day", "Int32", pa.int32()),
        Column("conversation_id", "String CODEC(ZSTD(1))", pa.string()),
        _CONTENT,
        _WRITTEN,
    ),
    key=(_COMPANY.name, _CHATBOT.name, _BASE.name, "day", "conversation_id"),
    version=_WRITTEN.name,
    granularity=1024,
    comment="botlens: facts before a day that were replaced after numbers were saved",
)
"""`content`: the facts as saved numbers know them, as JSON; empty where there were none. `written`: their
version, or 0."""

SAVED_TABLES: Final = (SAVED_NUMBERS, REPLACED_FACTS)
