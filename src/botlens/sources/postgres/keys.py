"""What identifies a row of the source, as one text; what tells one source from another."""

from collections.abc import Sequence

from botlens.sources.postgres.mapping import quoted
from botlens.sources.postgres.reader import SourceReader

_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' ||
  (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())::text"""


def identity_of(reader: SourceReader) -> str:
    """What tells this database of this server from all others."""
    return str(reader.value(_IDENTITY))


def joined_key(columns: Sequence[str]) -> str:
    """SQL of what identifies a row, as one text: the parts with a separator that no text of keys has."""
    texts = [f"{quoted(each)}::text" for each in columns]
    return texts[0] if len(texts) == 1 else f"concat_ws(E'\\x1f', {', '.join(texts)})"


def key_text(values: Sequence[str]) -> str:
    """The same of values that came by the log."""
    return "\x1f".join(values)
