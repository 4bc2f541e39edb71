"""Names of some gaps, between two links: of those that are new, and of those that lost words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from botlens.gaps.grouping.linking import TOPIC_CUT
from botlens.gaps.kept.spaces import KeptSpace
from botlens.gaps.kept.summaries import GapSummary
from botlens.gaps.link.fresh import GapMeans
from botlens.gaps.link.naming_by_use import named_by_use
from botlens.gaps.link.work import LinkWork
from botlens.gaps.questions.asked import AskedQuestion, unanswered_among


def named_anew(
    work: LinkWork,
    kept: KeptSpace,
    means: GapMeans,
    unnamed: Mapping[str, Sequence[AskedQuestion]],
    own: Mapping[str, GapSummary],
) -> dict[str, dict[str, Any]]:
    """Title, titles, phrases and topic of some gaps; of one without a question no words.

    Phrases are what tells them from other gaps: of these the titles are looked at.

    Args:
        work: has the process that names.
        kept: the space.
        means: of all gaps.
        unnamed: by gap, its questions; of those that have a signal the texts are read.
        own: what is known of gaps.
    """
    if not unnamed:
        return {}
    unnamed = _with_texts(work, unnamed)
    topics = {gap_id: each.topic for gap_id, each in own.items()}
    for gap_id in unnamed:
        topics.setdefault(gap_id, _topic_beside(means, gap_id, topics, work.process.about().cut))
    found = {gap_id: named_by_use(asked, topics[gap_id]) for gap_id, asked in unnamed.items()}
    asked = {each.question: each for group in unnamed.values() for each in group}
    names, vectors = work.vectors(kept.model).of(asked)
    homes = {each.question: gap_id for gap_id, group in unnamed.items() for each in group}
    gaps = sorted({homes[name] for name in names})
    if not gaps:
        return found
    place = {gap_id: at for at, gap_id in enumerate(gaps)}
    labels = np.array([place[homes[name]] for name in names], np.int32)
    work.process.place(kept.space, vectors)
    beside = [each.title for gap_id, each in own.items() if gap_id not in unnamed]
    described = work.process.describe(labels, [asked[name] for name in names], len(gaps), beside)
    for gap_id, names_of_it in zip(gaps, described.gaps, strict=True):
        found[gap_id] = {**names_of_it, "topic": topics[gap_id]}
    return found


def _with_texts(
    work: LinkWork, unnamed: Mapping[str, Sequence[AskedQuestion]]
) -> dict[str, list[AskedQuestion]]:
    """The same with what is written of those questions that are told without."""
    unread = sorted({each.question for group in unnamed.values() for each in group if not each.text})
    read = work.read(lambda reader: unanswered_among(reader, work.chatbot_id, unread))
    texts = {each.question: each for each in read}
    return {
        gap_id: [texts.get(each.question, each) for each in group if each.text or each.question in texts]
        for gap_id, group in unnamed.items()
    }


def _topic_beside(means: GapMeans, gap_id: str, topics: Mapping[str, int], cut: float) -> int:
    """The topic of a new gap: that of the nearest, if it is near enough for one, else a new one."""
    nearest, similar = means.nearest(gap_id, topics)
    if nearest is not None and similar >= TOPIC_CUT * cut:
        return topics[nearest]
    return 1 + max(topics.values(), default=-1)
