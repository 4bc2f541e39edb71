"""How the facts of a conversation changed: what numbers in memory follow."""

from msgspec import Struct

from botlens.metrics.facts import Facts

Questions = dict[tuple[str, str], tuple[int, int]]
"""By normal form and text: how often asked, and how often that got an unanswered answer."""


class Difference(Struct, gc=False):
    """How a long conversation has changed: its facts, whose lists may be empty, and its counts of questions.

    `questions` is None if all of them begin or cease to count: too many to be counted while others wait.
    """

    old: Facts | None
    new: Facts
    questions: Questions | None


Change = tuple[Facts | None, Facts] | Difference
"""A conversation's old facts, if it had any, and its new ones; or how they differ."""


def is_countable(change: Change) -> bool:
    """Whether numbers can follow a change; otherwise they are to be loaded anew."""
    return not isinstance(change, Difference) or change.questions is not None
