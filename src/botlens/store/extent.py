"""Since when there are events of chatbots, and until when."""

from collections.abc import Sequence

from botlens.live.span import ChatbotSpan
from botlens.live.timeline import QUARTER
from botlens.moments import SECOND
from botlens.query.window import Window
from botlens.store.reading import CompanyReader, facts

_FIRST = "toUnixTimestamp64Micro(if(toUnixTimestamp64Micro(started_at) = 0, newest_at, started_at))"
_LAST = "toUnixTimestamp64Micro(newest_at)"
_OF_CHATBOTS = "chatbot_id IN {chatbots:Array(String)}"


def load_spans(reader: CompanyReader, chatbot_ids: Sequence[str], since: int) -> dict[str, ChatbotSpan]:
    """When the first conversation of each chatbot started, when its last event was, and what started of late.

    Args:
        reader: of their company.
        chatbot_ids: which.
        since: seconds since 1970, whole quarters of an hour: what started before is not counted; the ends are
            those of all conversations, tests too.

    Returns:
        By chatbot; one without events has neither end.
    """
    spans = {each: ChatbotSpan(since) for each in chatbot_ids}
    parameters = {"chatbots": list(chatbot_ids)}
    for chatbot_id, first, last, timed in reader.rows(
        f"SELECT chatbot_id, minIf({_FIRST}, {_FIRST} != 0), maxIf({_LAST}, {_LAST} != 0), "
        f"countIf({_LAST} != 0) FROM {facts(_OF_CHATBOTS, _COLUMNS)} GROUP BY chatbot_id",
        parameters,
    ):
        if timed:
            spans[chatbot_id].first, spans[chatbot_id].last = first, last
    within, of_window = Window(since * SECOND).condition()
    started = facts(f"counted AND {_OF_CHATBOTS} AND {within}", _COLUMNS)
    for chatbot_id, quarter, count in reader.rows(
        f"SELECT chatbot_id, intDiv(toUnixTimestamp64Micro(started_at), {QUARTER * SECOND}) AS quarter, "
        f"count() FROM {started} GROUP BY chatbot_id, quarter",
        parameters | of_window,
    ):
        spans[chatbot_id].starts[quarter] = count
    return spans


_COLUMNS = ("chatbot_id", "started_at", "newest_at")
