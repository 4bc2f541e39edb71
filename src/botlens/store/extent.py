"""Since when there are events of chatbots, and until when."""

from collections.abc import Sequence

from botlens.query.window import Window
from botlens.store.reading import CompanyReader, facts

_FIRST = "toUnixTimestamp64Micro(if(toUnixTimestamp64Micro(started_at) = 0, newest_at, started_at))"
_LAST = "toUnixTimestamp64Micro(newest_at)"


def load_extent(
    reader: CompanyReader, chatbot_ids: Sequence[str], window: Window
) -> dict[str, tuple[int | None, int | None, int]]:
    """When the first conversation of each chatbot started, when its last event was, and how much is counted.

    Args:
        reader: of their company.
        chatbot_ids: which.
        window: which conversations are counted; the times are of all, tests too.

    Returns:
        By chatbot: microseconds since 1970 or None, the same, and conversations. Without events it is absent.
    """
    within, parameters = window.condition()
    rows = reader.rows(
        f"SELECT chatbot_id, minIf({_FIRST}, {_FIRST} != 0), maxIf({_LAST}, {_LAST} != 0), "
        f"countIf({_LAST} != 0), countIf(counted AND {within}) "
        f"FROM {facts('chatbot_id IN {chatbots:Array(String)}', _COLUMNS)} GROUP BY chatbot_id",
        {"chatbots": list(chatbot_ids), **parameters},
    )
    return {
        chatbot_id: (first if timed else None, last if timed else None, counted)
        for chatbot_id, first, last, timed, counted in rows
    }


_COLUMNS = ("chatbot_id", "started_at", "newest_at", "counted", "day")
