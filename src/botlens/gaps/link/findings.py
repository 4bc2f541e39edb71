"""What a link finds of each gap: what it is called, and who failed on it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from botlens.gaps.grouping.identity import Identities
from botlens.gaps.kept.spaces import KeptSpace, write_space
from botlens.gaps.kept.standing import Standing, standings
from botlens.gaps.kept.summaries import GapSummary
from botlens.gaps.link.groups import Grouped
from botlens.gaps.link.look import Look
from botlens.gaps.link.naming_by_use import named_by_use
from botlens.gaps.link.work import LinkWork
from botlens.gaps.questions.asked import AskedQuestion


def findings(
    work: LinkWork, link: int, look: Look, identities: Identities, grouped: Grouped
) -> list[tuple[str, GapSummary]]:
    """What is found of each gap, whose members are written; the space of the link is written beside.

    Weeks before the first conversation are none.
    """
    ids = identities.ids
    of_gap = {name: at for at, group in enumerate(identities.groups) for name in group}
    strong = [gap_id in look.unanswered for gap_id in ids]
    for each in look.questions:
        if each.unanswered and each.question in of_gap:
            strong[of_gap[each.question]] = True
    weaker = [gap_id for gap_id, is_strong in zip(ids, strong, strict=True) if not is_strong]
    stands = work.read(lambda reader: standings(reader, work.chatbot_id, link, weaker, work.written))
    named = _named(work, link, look.questions, of_gap, ids, grouped)
    weeks = look.weeks(work.written)
    return [
        (
            gap_id,
            GapSummary(
                **named[at],
                questions=len(identities.groups[at]),
                unanswered=strong[at],
                **stands.get(gap_id, Standing()).figures(weeks),
            ),
        )
        for at, gap_id in enumerate(ids)
    ]


def _named(
    work: LinkWork,
    link: int,
    questions: Sequence[AskedQuestion],
    of_gap: Mapping[str, int],
    ids: Sequence[str],
    grouped: Grouped,
) -> list[dict[str, Any]]:
    """Title, titles, phrases and topic of each gap; the space is written beside."""
    if grouped.space is None:
        return _named_by_use(questions, of_gap, len(ids))
    alone = iter(range(len(ids), len(ids) + len(questions)))
    labels = np.array([of_gap.get(each.question, -1) for each in questions], np.int32)
    labels[labels < 0] = [next(alone) for _ in range(int((labels < 0).sum()))]
    named = work.process.describe(labels, questions, len(ids))
    key, space = grouped.space
    sizes = np.bincount(labels, minlength=len(ids))[: len(ids)]
    kept = KeptSpace(key, space, tuple(ids), named.means, tuple(sizes.tolist()))
    write_space(work.store, work.company_id, work.chatbot_id, link, kept, work.written)
    return named.gaps


def _named_by_use(
    questions: Sequence[AskedQuestion], of_gap: Mapping[str, int], gaps: int
) -> list[dict[str, Any]]:
    """Names where nothing knows what questions mean: the one that most ask, in each language."""
    members: list[list[AskedQuestion]] = [[] for _ in range(gaps)]
    for each in questions:
        if each.question in of_gap:
            members[of_gap[each.question]].append(each)
    return [named_by_use(group, at) for at, group in enumerate(members)]
