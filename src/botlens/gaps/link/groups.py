"""Which questions of a chatbot belong together, and which gap each group of them is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from botlens.gaps.grouping.identity import Identities, pass_ids
from botlens.gaps.kept.memberships import ALONE, by_gap
from botlens.gaps.life_cycle.joining import new_gap_id
from botlens.gaps.link.work import LinkWork
from botlens.gaps.process.replies import NoModelError
from botlens.gaps.questions.asked import AskedQuestion

FEWEST_ASKERS: Final = 2
"""So many ask a question that nobody puts in other words, and it is a gap."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Questions by group; without a model every question is one, and `space` is None."""

    labels: NDArray[np.int32]
    model: tuple[str, str, bool] | None
    why_not: str | None
    space: tuple[str, bytes] | None


def grouped_by_meaning(
    work: LinkWork, questions: Sequence[AskedQuestion], before: dict[str, str], touched: frozenset[str]
) -> Grouped:
    """The groups by meaning, or each question by itself where nothing knows what it means."""
    by_itself = np.arange(len(questions), dtype=np.int32)
    if not questions:
        return Grouped(by_itself, None, None, None)
    try:
        about = work.process.about()
    except NoModelError as error:
        return Grouped(by_itself, None, str(error), None)
    vectors = work.vectors(about.key)
    names = [each.question for each in questions]
    vectors.complete(names, work.process, work.progress, work.written)
    place = {name: at for at, name in enumerate(names)}
    whole = [
        sorted(place[question] for question in group if question in place)
        for gap_id, group in sorted(by_gap(before).items())
        if gap_id in touched
    ]
    labels, space = work.process.link(vectors.slices(names), len(names), [each for each in whole if each])
    return Grouped(labels, (about.name, about.version, about.plain), None, (about.key, space))


def identified(
    questions: Sequence[AskedQuestion],
    labels: NDArray[np.int32],
    before: dict[str, str],
    touched: frozenset[str],
) -> Identities:
    """The groups that are gaps, with their ids: of several wordings, of several askers, or known before."""
    groups: dict[int, list[AskedQuestion]] = {}
    for each, label in zip(questions, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(each)
    gaps = [
        frozenset(each.question for each in group)
        for group in groups.values()
        if len(group) > 1 or group[0].askers >= FEWEST_ASKERS or before.get(group[0].question, ALONE) != ALONE
    ]
    return pass_ids(gaps, by_gap(before), lambda _: new_gap_id(), touched)
