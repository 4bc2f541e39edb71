"""Records as lines of JSON, one a record: what the journal keeps, and what the store takes in.

Made once, when records are committed. Fields that say nothing are left out.
"""

from collections.abc import Sequence

import msgspec

from botlens.events.record import Record

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def lines_of(records: Sequence[Record]) -> bytes:
    """The lines of some records, each with a line feed at its end."""
    return _encoder.encode_lines(records)


def records_of(lines: bytes) -> list[Record]:
    """The records of some lines, by the rules of this version (see `Record.interpret`).

    Raises:
        msgspec.DecodeError: they are none.
    """
    return [record.interpret() for record in _decoder.decode_lines(lines)]
