"""Pieces that come one after the other: while one is looked at, the next is made in another thread."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final, TypeVar

T = TypeVar("T")

_LOOK_SECONDS: Final = 0.5


def ahead(pieces: Iterator[T], give_up: Callable[[], object]) -> Generator[T, None, None]:
    """The same pieces, and no more than one of them ahead. Close it where its end may not be reached.

    Args:
        pieces: used in the other thread alone; none is None.
        give_up: has the one that is being made end soon, since nobody wants it any more.

    Raises:
        BaseException: what `pieces` raises.
    """
    with ThreadPoolExecutor(1, "botlens-ahead") as beside:
        coming = beside.submit(next, pieces, None)
        try:
            while (found := coming.result()) is not None:
                coming = beside.submit(next, pieces, None)
                yield found
        except BaseException:  # or it was closed
            while not coming.done():
                give_up()
                wait([coming], _LOOK_SECONDS)
            raise
