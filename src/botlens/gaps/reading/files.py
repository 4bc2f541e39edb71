"""Gaps as files: a table for spreadsheets, and a FAQ whose answers are to be filled in."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from botlens.answers.formats import FRACTION, NUMBER, TEXT, CsvEncoder, ExportColumn
from botlens.gaps.reading.figures import GapQuestion
from botlens.gaps.reading.shapes import GapShape

GapRows = Sequence[tuple[GapShape, Sequence[GapQuestion]]]
"""Gaps, each with its questions."""

_COLUMNS: Final = (
    ExportColumn("gap_id", TEXT),
    ExportColumn("chatbot_id", TEXT),
    ExportColumn("title", TEXT),
    ExportColumn("state", TEXT),
    ExportColumn("strength", TEXT),
    ExportColumn("sessions", NUMBER),
    ExportColumn("questions", NUMBER),
    ExportColumn("distinct_questions", NUMBER),
    ExportColumn("conversations_per_month", FRACTION),
    ExportColumn("languages", TEXT),
    ExportColumn("phrases", TEXT),
    ExportColumn("first_asked_at", TEXT),
    ExportColumn("last_asked_at", TEXT),
    ExportColumn("examples", TEXT),
)
_EXAMPLES: Final = 10
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def csv_of(rows: GapRows) -> bytes:
    """A line a gap; texts that a spreadsheet would run are escaped."""
    encoder = CsvEncoder(_COLUMNS)
    lines = [
        (
            gap["id"],
            gap["chatbot_id"],
            gap["title"],
            gap["state"],
            gap["strength"],
            gap["sessions"],
            gap["questions"],
            gap["distinct_questions"],
            gap["impact"]["conversations_per_month"],
            " ".join(each["language"] for each in gap["languages"]),
            "; ".join(gap["phrases"]),
            gap["first_asked_at"],
            gap["last_asked_at"],
            " | ".join(each.text for each in questions[:_EXAMPLES]),
        )
        for gap, questions in rows
    ]
    return encoder.begin() + encoder.rows(lines) + encoder.end()


def markdown_of(rows: GapRows) -> bytes:
    """A heading a gap, how it was asked, and room for the answer."""
    parts = ["# Questions without an answer\n"]
    for gap, questions in rows:
        asked = f"{gap['sessions']:,} sessions, {gap['questions']:,} questions"
        parts.append(f"\n## {_plain(gap['title'])}\n\n{asked}. Asked as:\n\n")
        parts += [f"- {_plain(each.text)}\n" for each in questions[:_EXAMPLES]]
        parts.append("\n**Answer:** \n")
    return "".join(parts).encode()


def _plain(text: str) -> str:
    """What somebody typed, as text that means nothing to a reader of Markdown."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


FORMATS: Final[Mapping[str, Callable[[GapRows], bytes]]] = MappingProxyType(
    {"csv": csv_of, "markdown": markdown_of}
)
