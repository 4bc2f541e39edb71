"""Lists of conversations, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botlens.answers.conversations.shape import listed
from botlens.errors import InvalidError
from botlens.query.selection import Selection
from botlens.store.conversations import SORTS, ListOrder, Place, conversation_count, conversations, places
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


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        conversations: as they are sent.
        total: how many there are in all.
        last: where the page ends, if more follow.
    """

    conversations: list[dict[str, Any]]
    total: int
    last: Place | None


def page_of(reader: CompanyReader, selection: Selection, paging: ListRequest, after: Place | None) -> Page:
    """A page of a selection, after a place or from the beginning; the store must not change meanwhile."""
    found = places(reader, selection, paging.order, after, paging.limit + 1)
    listed_places = found[: paging.limit]
    known = conversations(reader, [each.key for each in listed_places], [each.day for each in listed_places])
    rows = [listed(known[each.key]) for each in listed_places]
    last = listed_places[-1] if len(found) > len(listed_places) else None
    return Page(rows, conversation_count(reader, selection), last)
