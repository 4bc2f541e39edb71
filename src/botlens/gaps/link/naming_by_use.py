"""Names of a gap where nothing knows what its questions mean: by how many ask each."""

from collections.abc import Sequence
from typing import Any

from botlens.gaps.questions.asked import AskedQuestion
from botlens.metrics.facts import UNKNOWN_LANGUAGE


def named_by_use(questions: Sequence[AskedQuestion], topic: int = -1) -> dict[str, Any]:
    """The names of a gap with these questions: the one that most ask, in each language.

    Of those that stand by themselves, as far as there are any.
    """
    by_use = sorted(questions, key=lambda each: (each.stance, -each.askers, each.question))
    titles: dict[str, str] = {}
    for each in by_use:
        titles.setdefault(each.language or UNKNOWN_LANGUAGE, each.text)
    often = [(each.askers, each.text, each.language or UNKNOWN_LANGUAGE) for each in by_use[:1]]
    title = by_use[0].text if by_use else ""
    return {"title": title, "titles": titles, "often": often, "phrases": [], "topic": topic}
