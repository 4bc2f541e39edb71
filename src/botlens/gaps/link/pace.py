"""When new questions join at once what there is, and when all are linked anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from botlens.gaps.questions.asked import AskedQuestion

MANY: Final = 5_000
"""Of fewer questions all are linked anew whenever some come: it takes a moment."""

_CHANGED: Final = 0.1
"""If so large a part is new or gone, all are linked anew."""


def joins_at_once(count: int) -> bool:
    """Whether new questions join so many without all being linked anew."""
    return count > MANY


@dataclass(frozen=True)
class Looked:
    """What a look at the questions of a chatbot finds, beside the link that counts.

    Attributes:
        known: the gap of each question that was linked, or `ALONE`.
        questions: those with signals, by now, and those of gaps that stay whole.
    """

    known: Mapping[str, str]
    questions: Sequence[AskedQuestion]

    @cached_property
    def new(self) -> list[AskedQuestion]:
        """Those that no link has looked at."""
        return [each for each in self.questions if each.question not in self.known]

    @cached_property
    def gone(self) -> set[str]:
        """Those that were linked and have no signal by now; what is still asked stays until the night."""
        return self.known.keys() - {each.question for each in self.questions}

    @property
    def can_attach(self) -> bool:
        """Whether there are many, few of which are new or gone."""
        changed = len(self.new) + len(self.gone)
        return joins_at_once(len(self.known)) and changed <= _CHANGED * len(self.known)
