"""Whether the derived numbers are those that the raw events give."""

from typing import Any
from zoneinfo import ZoneInfo

from botlens.answers.numbers import NumbersReader
from botlens.answers.scope import Scope, free_of_features
from botlens.commit.port import Commits
from botlens.live import seed

_DIFFERENCES = 100


class Verifier:
    """Derives anew and compares.

    Args:
        commits: compares facts with events.
        numbers: read the numbers in memory.
    """

    def __init__(self, commits: Commits, numbers: NumbersReader) -> None:
        self._commits = commits
        self._numbers = numbers

    @free_of_features
    def verify(self, scope: Scope) -> dict[str, Any]:
        """Derive every conversation of a company anew from its raw events; compare facts and live numbers.

        It shows no number but how many conversations there are: every plan may check that they are right.

        Returns:
            `{"equal": bool, "conversations": int, "differences": [str, ...]}`; at most 100 differences.
        """
        self._commits.wait_for_facts()  # there is nothing to compare facts of another definition with
        found: list[str] = []
        conversations = 0
        for chatbot_id in scope.chatbots:
            for difference in self._commits.compare(scope.company.id, chatbot_id):
                conversations += 1
                if difference:
                    found.append(difference)
            found += self._live_differences(scope, chatbot_id)
        return {"equal": not found, "conversations": conversations, "differences": found[:_DIFFERENCES]}

    def _live_differences(self, scope: Scope, chatbot_id: str) -> list[str]:
        """Where the live numbers of a chatbot, if it has any, differ from its facts."""
        record = seed.ChatbotRecord(chatbot_id, None, True, ZoneInfo("UTC"))
        both = self._numbers.live_and_stored(
            scope.company.id,
            chatbot_id,
            lambda numbers: seed.chatbot_object(record, numbers[0], scope.now, seed.DETAIL_TOP),
        )
        if both is None:
            return []
        live, stored = both
        return [
            f"{chatbot_id}: live {name} is {live[name]}, not {stored[name]}"
            for name in stored
            if live[name] != stored[name]
        ]
