"""What may go wrong with the event store, and what it was that a driver said."""

from clickhouse_connect.driver.exceptions import ClickHouseError

from botlens.errors import InvalidError, OverloadedError
from botlens.store.pool import StuckError

_TOO_MUCH = ("TIMEOUT_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "TOO_SLOW")


class TooSlowError(InvalidError):
    """A question that takes more time or memory than one may."""

    code = "query_too_large"

    def __init__(self) -> None:
        super().__init__(
            "This question takes more time or memory than one may: ask for a shorter period, fewer chatbots "
            "or fewer values of a dimension."
        )


_SILENT = "The event store does not answer; the server's log says why. Try again."


class StoreError(OverloadedError):
    """The event store cannot be opened or does not answer.

    What the engine said is the error's cause: for the log and for whoever operates it, and for no tenant.
    """

    code = "store_unavailable"

    def __init__(self, message: str = _SILENT) -> None:
        super().__init__(message)


class OtherStoreError(StoreError):
    """What answers is another database than the one that is meant: nothing may be read or written there."""


class StoreRefusedError(StoreError):
    """A server answers, and will not let botlens work before somebody changes something there or here."""


def is_too_much(error: BaseException | None) -> bool:
    """Whether the engine itself ended a statement: it is as sound as before."""
    return any(code in str(error) for code in _TOO_MUCH)


def is_silence(error: BaseException | None) -> bool:
    """Whether a server said nothing, or cannot be reached: an error that has a number is an answer."""
    return isinstance(error, StuckError) or (isinstance(error, ClickHouseError) and not is_answer(error))


def is_answer(error: BaseException | None) -> bool:
    return isinstance(error, ClickHouseError) and getattr(error, "code", None) is not None
