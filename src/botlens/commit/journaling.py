"""What a journal promises: it makes acknowledgements true, wherever it keeps its frames."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Protocol

Commit = Sequence[tuple[str, bytes]]
"""(company id, lines of its records, see `events.lines`)."""

JournalPart = Hashable
"""Some frames that are deleted together. What it is, its journal alone knows."""


class Journal(Protocol):
    """Keeps commits from before they are acknowledged until the store has them.

    For one thread at a time, but for what `is_far` says.

    Attributes:
        is_far: whether frames are kept behind a network: then `delete` and `heal` run beside everything else,
            so that nobody holds a lock while they wait.
    """

    is_far: ClassVar[bool] = False

    @abstractmethod
    def append(self, commit: Commit) -> None:
        """Write one commit; it is durable when this returns. On an error nothing of it is acknowledged.

        Raises:
            OSError, BotlensError: it cannot be made durable now.
        """

    @abstractmethod
    def rotate(self, next_arrival: int) -> list[Any]:
        """Divide what was appended from what comes; returns all parts before, to be deleted later.

        Args:
            next_arrival: higher than all numbers of what was appended.

        Raises:
            OSError: it cannot be divided now; nothing has changed.
        """

    @property
    @abstractmethod
    def sealed(self) -> list[Any]:
        """The parts before the one that commits go to."""

    @abstractmethod
    def delete(self, sealed: Sequence[Any]) -> None:
        """Delete parts whose events are all in the store. What cannot be deleted is `sealed` still."""

    @abstractmethod
    def heal(self) -> None:
        """Go on after a failure.

        Raises:
            OSError: that cannot be yet.
        """

    @property
    @abstractmethod
    def works(self) -> bool:
        """Whether the last append went well, or the journal was healed since."""

    @abstractmethod
    def close(self) -> None:
        """Append nothing more; what is in it stays."""
