"""Lists of conversations, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botlens.answers.conversations.shape import listed
from botlens.errors import InvalidError, NotFoundError
from botlens.query.selection import Selection
from botlens.store.conversations import (
    SORTS,
    ListOrder,
    Place,
    conversation_count,
    conversations,
    count_before,
    place_of,
    places,
)
from botlens.store.reading import CompanyReader

MOST = 200
DEFAULT_LIMIT = 50
DEFAULT_SORT = "-started_at"


@dataclass(frozen=True, slots=True)
class ListRequest:
    """How a list is asked for: in which order, and how many at once."""

    order: ListOrder
    limit: int

    @classmethod
    def parse(cls, request: Mapping[str, Any]) -> "ListRequest":
        """From the keys `sort` and `limit` of a request.

        Raises:
            InvalidError: they are none.
        """
        sort, limit = request.get("sort"), request.get("limit")
        sort = DEFAULT_SORT if sort is None else sort
        limit = DEFAULT_LIMIT if limit is None else limit
        key = sort.removeprefix("-") if isinstance(sort, str) else ""
        if key not in SORTS:
            raise InvalidError(
                f"Lists are sorted by one of {', '.join(SORTS)}, with a - before it to descend.",
                code="unknown_order",
                field="sort",
            )
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST:
            raise InvalidError(
                f"`limit` is a whole number from 1 to {MOST}.", code="invalid_parameter", field="limit"
            )
        return cls(ListOrder(key, sort.startswith("-")), limit)


ConversationKey = tuple[str, str]
"""(chatbot id, conversation id)."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation stands in a list: its number, from 1, and those right before and after it."""

    number: int
    previous: ConversationKey | None
    next: ConversationKey | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        places: the places of its conversations.
        total: how many there are in all.
        more_before: whether there are some before it.
        more_after: whether there are some after it.
        position: of the conversation that the page is near.
    """

    places: tuple[Place, ...]
    total: int
    more_before: bool
    more_after: bool
    position: Position | None = None

    @property
    def first(self) -> Place | None:
        """Where the page begins, if there is something before it."""
        return self.places[0] if self.places and self.more_before else None

    @property
    def last(self) -> Place | None:
        """Where the page ends, if more follow."""
        return self.places[-1] if self.places and self.more_after else None

    def rows(self, reader: CompanyReader) -> list[dict[str, Any]]:
        """The conversations as they are sent; the store must not have changed meanwhile."""
        known = conversations(reader, [each.key for each in self.places], [each.day for each in self.places])
        return [listed(known[each.key]) for each in self.places]


@dataclass(frozen=True, slots=True)
class ConversationListing:
    """A list of conversations: pages are cut out of it while the store does not change."""

    reader: CompanyReader
    selection: Selection
    paging: ListRequest

    def after(self, place: Place | None) -> Page:
        """The page after a place, or the first one."""
        found = self._places(place, self.paging.limit + 1)
        kept = found[: self.paging.limit]
        begins = place is None or not kept or not self._places(kept[0], 1, before=True)
        return self._page(kept, not begins, len(found) > len(kept))

    def before(self, place: Place) -> Page:
        """The page before a place."""
        found = self._places(place, self.paging.limit + 1, before=True)
        kept = found[-self.paging.limit :]
        ends = not kept or not self._places(kept[-1], 1)
        return self._page(kept, len(found) > len(kept), not ends)

    def near(self, key: ConversationKey) -> Page:
        """The page with a conversation in its middle, or as near to it as there are others.

        Raises:
            NotFoundError: it is not in the list.
        """
        place = place_of(self.reader, self.selection, self.paging.order, key)
        if place is None:
            raise NotFoundError("There is no such conversation in this list.", code="unknown_conversation")
        half = (self.paging.limit - 1) // 2
        earlier = self._places(place, half + 1, before=True)
        kept = [*earlier[max(len(earlier) - half, 0) :], place]
        room = self.paging.limit - len(kept)
        later = self._places(place, room + 1)
        number = count_before(self.reader, self.selection, self.paging.order, place) + 1
        position = Position(number, earlier[-1].key if earlier else None, later[0].key if later else None)
        page = self._page([*kept, *later[:room]], len(earlier) > half, len(later) > room)
        return replace(page, position=position)

    def _places(self, beside: Place | None, limit: int, *, before: bool = False) -> list[Place]:
        return places(self.reader, self.selection, self.paging.order, beside, limit, before=before)

    def _page(self, kept: Sequence[Place], more_before: bool, more_after: bool) -> Page:
        return Page(tuple(kept), conversation_count(self.reader, self.selection), more_before, more_after)
