"""What an embed link bounds: one chatbot, filters that are always true, days, and what may be asked at all.

A company that is seen through a link (`Company.link`) makes a scope that is bounded so. It is taken from the
row of the link at each request, whatever the credential says.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from botlens.errors import ForbiddenError
from botlens.metrics.values import Text
from botlens.moments import instant
from botlens.query.filters import Condition, condition_of
from botlens.query.window import Window
from botlens.tenants.embed_link import EmbedLink
from botlens.tenants.entitlements import local_day

T = TypeVar("T")

_PREFIX = "locked"


def only_its_own(link: EmbedLink, chatbots: Mapping[str, T]) -> dict[str, T]:
    """Of some chatbots that of a link, if it is among them."""
    return {key: each for key, each in chatbots.items() if key == link.chatbot_id}


def require_feature_of(link: EmbedLink, feature: str) -> None:
    """Pass if whoever reads by a link may use a feature.

    Raises:
        ForbiddenError: `beyond_embed_link`.
    """
    if feature not in link.features:
        raise beyond("Figures of one chatbot are all that it shows.")


def require_texts_of(link: EmbedLink, texts: Iterable[Text]) -> None:
    """Pass if whoever reads by a link may read texts of these kinds, or ask about them.

    Raises:
        ForbiddenError: `beyond_embed_link`.
    """
    kinds = frozenset(texts)
    if Text.QUESTION in kinds and not link.shows_questions:
        raise beyond("What visitors wrote is left out.")
    if Text.VISITOR in kinds and not link.transcripts:
        raise beyond("Which visitor it was, and in which conversation, is left out.")


def require_days_of(link: EmbedLink, window: Window, now: datetime, zone: ZoneInfo) -> None:
    """Pass if a link shows all days of a window.

    Raises:
        ForbiddenError: `beyond_embed_link`.
    """
    first, last = first_day_of(link, now, zone), link.last_day
    too_early = first is not None and (window.start is None or _day(window.start, zone) < first)
    too_late = last is not None and (window.end is None or _day(window.end - 1, zone) > last)
    if too_early or too_late:
        open_days = " ".join(
            f"{word} {day.isoformat()}" for word, day in (("from", first), ("to", last)) if day is not None
        )
        raise beyond(f"It shows the days {open_days}: ask for those.")


def first_day_of(link: EmbedLink, now: datetime, zone: ZoneInfo) -> date | None:
    """The first local day that a link shows; None if it is not bounded."""
    days = [] if link.first_day is None else [link.first_day]
    if link.history_days is not None:
        days.append(local_day(now, zone) - timedelta(days=link.history_days))
    return max(days, default=None)


def shown_window(link: EmbedLink, now: datetime, zone: ZoneInfo) -> Window:
    """All that a link shows."""
    first, last = first_day_of(link, now, zone), link.last_day
    return Window.parse(
        None if first is None else first.isoformat(), None if last is None else last.isoformat(), zone
    )


@lru_cache(maxsize=1_000)
def locked_by(filters: str) -> Condition:
    """The filters of a link, whose parameters have names of their own.

    Raises:
        InvalidError: they are none; no link is made with such.
    """
    return condition_of(msgspec.json.decode(filters), prefix=_PREFIX)


def beyond(what: str) -> ForbiddenError:
    """The error of what a link does not let see."""
    return ForbiddenError(f"This embed link does not show that. {what}", code="beyond_embed_link")


def _day(moment: int, zone: ZoneInfo) -> date:
    return local_day(instant(moment), zone)
