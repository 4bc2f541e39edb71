"""How many conversations started when: counts by quarter of an hour (or by second) that add up fast."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

QUARTER = 900
_CHUNK = 128 * 96
_HOURS = 24
_REMEMBERED = 500


class Timeline(Protocol):
    """Counts over time. All arguments are seconds since 1970, UTC; spans are half open.

    Attributes:
        step: seconds; spans and offsets must be multiples of it.
    """

    step: int

    def span(self) -> tuple[int, int] | None:
        """The first and one past the last second that may hold a count; None while there is nothing."""

    def count(self, start: int, end: int) -> int:
        """How many conversations started in `start <= t < end`."""

    def by_hour(self, start: int, end: int, offset: int) -> NDArray[np.int64]:
        """The same by hour of the day, on clocks that are `offset` seconds ahead of UTC: 24 counts."""


class QuarterTimeline:
    """Counts by quarter hour of UTC that can change. Exact for spans and offsets that are multiples of 900 s.

    Kept in dense chunks of 128 days, so that adding is one index and a span is a few sums, while an outlier
    decades away costs one chunk.
    """

    step = QUARTER

    def __init__(self) -> None:
        self._chunks: dict[int, NDArray[np.int32]] = {}
        self._hours: dict[tuple[int, int, int], NDArray[np.int64]] = {}

    def add(self, second: int, count: int = 1) -> None:
        """Add conversations that started at `second`; a negative count takes them out again."""
        for span in [span for span in self._hours if span[0] <= second < span[1]]:
            del self._hours[span]
        number, place = divmod(second // QUARTER, _CHUNK)
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = np.zeros(_CHUNK, dtype=np.int32)
        chunk[place] += count

    def add_all(self, seconds: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """`add` many; the quarters must be distinct."""
        numbers, places = np.divmod(seconds // QUARTER, _CHUNK)
        self._hours.clear()
        for number in np.unique(numbers):
            chosen = numbers == number
            chunk = self._chunks.setdefault(int(number), np.zeros(_CHUNK, dtype=np.int32))
            chunk[places[chosen]] += counts[chosen].astype(np.int32)

    def flat(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The seconds at which quarters with conversations begin, and how many each has: see `add_all`."""
        quarters: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        counts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        for number, chunk in sorted(self._chunks.items()):
            (places,) = chunk.nonzero()
            quarters.append(places + number * _CHUNK)
            counts.append(chunk[places].astype(np.int64))
        return np.concatenate(quarters) * QUARTER, np.concatenate(counts)

    def span(self) -> tuple[int, int] | None:
        """The bounds of the chunks in use: a little wider than what they hold."""
        if not self._chunks:
            return None
        return min(self._chunks) * _CHUNK * QUARTER, (max(self._chunks) + 1) * _CHUNK * QUARTER

    def count(self, start: int, end: int) -> int:
        """See `Timeline`."""
        return sum(int(part.sum()) for _, part in self._parts(start, end))

    def by_hour(self, start: int, end: int, offset: int) -> NDArray[np.int64]:
        """See `Timeline`. Remembered until something is added in the span: the past seldom changes."""
        hours = self._hours.get((start, end, offset))
        if hours is None:
            if len(self._hours) >= _REMEMBERED:
                self._hours.clear()
            hours = self._hours[start, end, offset] = self._by_hour(start, end, offset)
        return hours

    def _by_hour(self, start: int, end: int, offset: int) -> NDArray[np.int64]:
        quarters = np.zeros(96, dtype=np.int64)
        for first, part in self._parts(start, end):
            head = min(-first % 96, len(part))
            tail = (len(part) - head) % 96
            whole = part[head : len(part) - tail]
            quarters += whole.reshape(-1, 96).sum(axis=0)
            at = first % 96
            quarters[at : at + head] += part[:head]
            quarters[:tail] += part[len(part) - tail :]
        hours: NDArray[np.int64] = np.roll(quarters, offset // QUARTER % 96).reshape(_HOURS, 4).sum(axis=1)
        return hours

    def _parts(self, start: int, end: int) -> list[tuple[int, NDArray[np.int32]]]:
        """The slices of the chunks between two times, each with the number of its first quarter."""
        low, high = start // QUARTER, end // QUARTER
        found = []
        for number in range(low // _CHUNK, -(-high // _CHUNK)):
            chunk = self._chunks.get(number)
            if chunk is not None:
                base = number * _CHUNK
                begin, stop = max(low, base), min(high, base + _CHUNK)
                found.append((begin, chunk[begin - base : stop - base]))
        return found


class SecondTimeline:
    """Counts by second, fixed. For zones whose offsets are not multiples of a quarter (years ago)."""

    step = 1

    def __init__(self, seconds: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        order = np.argsort(seconds, kind="stable")
        self._seconds = seconds[order]
        self._counts = counts[order]

    def span(self) -> tuple[int, int] | None:
        """See `Timeline`."""
        return (int(self._seconds[0]), int(self._seconds[-1]) + 1) if len(self._seconds) else None

    def count(self, start: int, end: int) -> int:
        """See `Timeline`."""
        return int(self._counts[self._slice(start, end)].sum())

    def by_hour(self, start: int, end: int, offset: int) -> NDArray[np.int64]:
        """See `Timeline`."""
        chosen = self._slice(start, end)
        hours = (self._seconds[chosen] + offset) // 3_600 % _HOURS
        return np.bincount(hours, weights=self._counts[chosen], minlength=_HOURS).astype(np.int64)

    def _slice(self, start: int, end: int) -> slice:
        low, high = np.searchsorted(self._seconds, [start, end])
        return slice(int(low), int(high))
