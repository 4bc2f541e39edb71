"""Pieces that are made in another thread while one is looked at."""

from collections.abc import Iterator
from contextlib import closing
from threading import Event, current_thread

import pytest

from botlens.sources.postgres.reading_ahead import ahead

PATIENCE = 60


def unwanted() -> None:
    raise AssertionError("it is wanted")


def test_one_is_made_while_another_is_looked_at() -> None:
    """In their order, and no more than one of them."""
    made: list[int] = []
    is_made = [Event() for _ in range(6)]

    def pieces() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            is_made[number].set()
            yield number

    for number in ahead(pieces(), unwanted):
        if number < 4:
            assert is_made[number + 1].wait(PATIENCE)
        assert not is_made[number + 2].wait(0.01) if number < 3 else True
    assert made == list(range(5))


def test_what_goes_wrong_there_is_raised_here() -> None:
    """After what was made before."""

    def pieces() -> Iterator[str]:
        yield current_thread().name
        raise OSError("gone")

    found = ahead(pieces(), unwanted)
    assert next(found) != current_thread().name
    with pytest.raises(OSError, match="gone"):
        next(found)


def test_nobody_waits_for_what_nobody_wants() -> None:
    """Closed before the end, it asks for what is being made to be given up, and ends when it has been."""
    given_up = Event()

    def pieces() -> Iterator[int]:
        yield 1
        assert given_up.wait(PATIENCE)
        yield 2

    with closing(ahead(pieces(), given_up.set)) as found:
        assert next(found) == 1
    assert given_up.is_set()
