"""Many events of one type as columns: what may be loaded, and what of it is not taken.

    load(company_id, EventColumns("message", table))

The columns of `table` have the names of the fields of that type in `events.types`, as in `POST /v1/events`
(`chatbot_id`, `conversation_id`, `id`, `role`, ...), but for `metadata`, which is not loaded. One that is
missing was sent by no row, and a null was not sent by its row.

| fields | Arrow types |
|---|---|
| texts (ids, `role`, `value` of a vote, `content`, ...) | string, large_string, or a dictionary of them |
| `created_at` | int64: microseconds since 1970 in UTC; or a timestamp with a zone, in any unit |
| `confidence_score`, `latency_ms`, `value` of an outcome | float64, or whatever Arrow casts to it safely |
| `sequence`, `revision`, `score` | int64, or whatever Arrow casts to it safely |
| `fallback`, `test` | bool |
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

LoadedType = Literal["message", "conversation", "feedback", "rating", "handoff", "outcome"]
"""The types of events that can be loaded. What takes back goes through `submit`."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events of one type, a row each, in the order of arrival; of any chatbots of one company.

    Attributes:
        type: of all of them.
        table: see above.
    """

    type: LoadedType
    table: pa.Table


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows that were not taken, for one reason: that of the first rule that each of them breaks.

    Attributes:
        code: as `POST /v1/events` says it: `missing_field`, `invalid_id`, `invalid_length`, `invalid_value`,
            `out_of_range`, `invalid_time`, `nul_byte`, `unknown_chatbot`, `conversation_too_long`.
        field: which is wrong.
        places: of the rows in the table, from 0, ascending.
    """

    code: str
    field: str
    places: Sequence[int]


@dataclass(frozen=True, slots=True)
class LoadedRows:
    """What became of the rows that were loaded.

    Attributes:
        kept: how many are in the store, or were before; also those that change nothing since what they name
            was deleted, of which nothing is kept.
        refused: the others. Loaded again they would be refused again.
    """

    kept: int
    refused: Sequence[RefusedRows] = field(default=())
