"""What is written down before it is done: chatbots whose facts must be made anew."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Protocol


class Intentions(Protocol):
    """Chatbots that are remembered until they are done, whatever ends the process. For any thread."""

    @abstractmethod
    def intended(self, company_id: str, chatbot_id: str) -> AbstractContextManager[None]:
        """Remember the chatbot until the block has ended well, and all others of it that began meanwhile.

        A block that was refused (an error of the client's) has changed nothing, and counts as ended well.

        Raises:
            OverloadedError: it cannot be written down; the block was not begun.
        """

    @abstractmethod
    def note(self, company_id: str, chatbot_id: str) -> None:
        """Remember the chatbot until it is `done`.

        Raises:
            OverloadedError: it cannot be written down.
        """

    @abstractmethod
    def done(self, company_id: str, chatbot_id: str) -> None:
        """The facts of the chatbot were made anew: forget it, unless that is intended again."""

    @abstractmethod
    def unfinished(self) -> list[tuple[str, str]]:
        """The (company id, chatbot id) of what an earlier process intended and did not finish."""
