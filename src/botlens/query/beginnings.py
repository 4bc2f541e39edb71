"""Since when there is anything to count, so that what lies before is not taken for nothing happening."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from botlens.metrics.calendar import start_of_day
from botlens.moments import instant, microseconds
from botlens.query.window import Window


class Recorded(StrEnum):
    """How much of a window there is anything to count in."""

    WHOLE = "whole"
    PART = "part"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Beginnings:
    """When the first conversations of some chatbots started.

    Whoever begins in the middle of a day has been there for all of that day, here.

    Attributes:
        zone: of local days.
        by_chatbot: microseconds, of those chatbots that have had one.
    """

    zone: ZoneInfo
    by_chatbot: Mapping[str, int]

    def first_day(self, chatbot_id: str | None = None) -> date | None:
        """The first local day of one chatbot, or of all together; None if there was no conversation."""
        if chatbot_id is None:
            first = min(self.by_chatbot.values(), default=None)
        else:
            first = self.by_chatbot.get(chatbot_id)
        return None if first is None else instant(first).astimezone(self.zone).date()

    def known(self, window: Window, chatbot_id: str | None = None) -> Recorded:
        """How much of a window is not before the first day."""
        day = self.first_day(chatbot_id)
        if day is None:
            return Recorded.NOTHING
        since = microseconds(start_of_day(self.zone, day))
        if window.end is not None and window.end <= since:
            return Recorded.NOTHING
        return Recorded.PART if window.start is not None and window.start < since else Recorded.WHOLE
