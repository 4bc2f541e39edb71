"""Puts a day's questions where they belong at once: into a gap, with a question that was alone, or together.

For chatbots with so many questions that linking all of them takes long. What joins nothing stays alone. The
night's link knows nothing of this but which questions were together: ids pass by that.

It may be cut off anywhere. Which version of the facts was looked at is written last, so the next look does
all of it again, and finds by what is in each gap what was not written of it.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import asdict, replace

from botlens.gaps.kept.memberships import ALONE, by_gap, last_written, write_members
from botlens.gaps.kept.points import KeptPoints
from botlens.gaps.kept.spaces import KeptSpace, read_space, write_space
from botlens.gaps.kept.standing import Standing, standings
from botlens.gaps.kept.summaries import WHOLE, ChatbotSummary, GapSummary, read_summaries, write_summaries
from botlens.gaps.kept.vectors import asked_by_nobody
from botlens.gaps.life_cycle.joining import new_gap_id
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.link.fresh import GapMeans, join_fresh, means_now, remeasure
from botlens.gaps.link.groups import FEWEST_ASKERS
from botlens.gaps.link.look import Look, homes_now, look_of, written_members
from botlens.gaps.link.naming_anew import named_anew
from botlens.gaps.link.pace import Looked
from botlens.gaps.link.work import LinkCounts, LinkOutcome, LinkWork
from botlens.gaps.questions.asked import AskedQuestion
from botlens.store.gap_rows import forget_names, forget_questions

_OVERTAKEN: Final = 3
_NAMES: Final = ("title", "titles", "often", "phrases", "topic")


def attach_new(work: LinkWork) -> LinkOutcome | None:
    """Put what came since the link that counts where it belongs; None if all is to be linked anew.

    Raises:
        StoppedError: the job must end.
        BotlensError: the store, the accounts or the process that links do not do their part.
    """
    for _ in range(_OVERTAKEN):
        standing = work.cycle.standing(work.company_id)
        look, written = look_of(work, standing, texts=False), written_members(work, standing)
        looked = Looked(homes_now(standing, work.chatbot_id, written), look.questions)
        if not standing.link(work.chatbot_id).number or not looked.can_attach:
            return None
        if looked.new:
            work.process.begin()  # it loads its model while what is kept is read
        attached = _attached(work, standing, look, looked)
        if attached is None:
            return None
        # What somebody changed meanwhile holds: what is known here is of before.
        if work.cycle.standing(work.company_id) == standing:
            return _write(work, look, written, attached)
    return None


@dataclass(frozen=True, slots=True)
class _Attached:
    """What is found, before anything is written but vectors and points.

    Attributes:
        link: the number of the link that counts.
        homes: the gap of each question by now, or `ALONE`.
        forgotten: what nobody asks any more, and of these what was linked is not in `homes`.
        lost: the gaps that some of these were in.
        before: the space and means of before.
        means: of the gaps by now.
        own: by gap, what was found of it before.
        whole: what was found of the chatbot before.
    """

    link: int
    homes: dict[str, str]
    forgotten: list[str]
    lost: Set[str]
    before: KeptSpace
    means: GapMeans
    own: Mapping[str, GapSummary]
    whole: ChatbotSummary


def _attached(work: LinkWork, standing: GapStanding, look: Look, looked: Looked) -> _Attached | None:
    """Compare what is new with what there is."""
    chatbot_id, link = work.chatbot_id, standing.link(work.chatbot_id).number
    kept, (summaries, chatbots) = work.read(
        lambda reader: (read_space(reader, chatbot_id, link), read_summaries(reader, {chatbot_id: link}))
    )
    if kept is None or len(kept.sizes) != len(kept.gaps) or kept.model != work.process.about().key:
        return None
    forgotten = work.read(lambda reader: asked_by_nobody(reader, chatbot_id)) if looked.gone else []
    homes = dict(looked.known)
    lost = {homes.pop(each, ALONE) for each in forgotten} - {ALONE}
    vectors = work.vectors(kept.model)
    means = means_now(work, kept, homes, standing.lineage, vectors)
    fresh = [each.question for each in looked.new]
    vectors.complete(fresh, work.process, work.progress, work.written)
    points = KeptPoints(work.store, work.company_id, chatbot_id, link)
    homes |= join_fresh(work, kept, points, means, homes, vectors.of(fresh))
    for each in look.questions:  # nobody puts it in other words, and it is a gap
        if each.askers >= FEWEST_ASKERS and homes.get(each.question, ALONE) == ALONE:
            homes[each.question] = new_gap_id()
            remeasure(work, kept, means, homes[each.question], [each.question], vectors)
    own = {gap_id: each for (_, gap_id), each in summaries.items()}
    return _Attached(link, homes, forgotten, lost, kept, means, own, chatbots[chatbot_id])


def _write(work: LinkWork, look: Look, written: Mapping[str, str], found: _Attached) -> LinkOutcome:
    """Write what is found: members, means, names and figures; then what was looked at."""
    chatbot_id, link = work.chatbot_id, found.link
    under = (work.store, work.company_id, chatbot_id, link)
    version = 1 + max(work.written, work.read(lambda reader: last_written(reader, {chatbot_id: link})))
    moved = {name: home for name, home in found.homes.items() if written.get(name) != home}
    write_members(*under, moved, version)
    kept = found.means.kept(found.before)
    if kept.gaps != found.before.gaps or kept.sizes != found.before.sizes or found.lost:
        write_space(*under, kept, version)
    counts = Counter(home for home in found.homes.values() if home != ALONE)
    changed = found.lost | {
        gap_id for gap_id, count in counts.items() if _counted(found.own.get(gap_id)) != count
    }
    changed |= {home for home in moved.values() if home != ALONE}
    summaries = _summaries(work, look, found, counts, changed)
    write_summaries(*under, summaries.items(), version)
    if found.lost:
        forget_names(*under, sorted(found.lost), version)
    forget_questions(work.store, work.company_id, chatbot_id, found.forgotten)
    whole = replace(
        found.whole,
        seen=look.seen,
        has_scores=look.scores,
        questions=len(look.questions),
        first=look.first,
        gone_until=look.gone_until,
    )
    write_summaries(*under, [(WHOLE, whole)], version)
    unanswered = {gap_id: each.unanswered for gap_id, each in (dict(found.own) | summaries).items()}
    found_of = LinkCounts(link, len(look.questions), len(counts))
    return LinkOutcome(found_of, look.seen, look.gone_until, look.names, unanswered)


def _counted(summary: GapSummary | None) -> int | None:
    return None if summary is None else summary.questions


def _summaries(
    work: LinkWork, look: Look, found: _Attached, counts: Mapping[str, int], changed: Set[str]
) -> dict[str, GapSummary]:
    """What is known by now of the gaps that changed; an empty one has no words."""
    members = by_gap({name: home for name, home in found.homes.items() if home in changed})
    asked: dict[str, list[AskedQuestion]] = {}
    for each in look.questions:
        if (home := found.homes.get(each.question, ALONE)) in changed:
            asked.setdefault(home, []).append(each)
    strong = {
        gap_id: gap_id in look.unanswered or any(each.unanswered for each in asked.get(gap_id, ()))
        for gap_id in changed
    }
    weaker = [gap_id for gap_id in changed if not strong[gap_id]]
    weaker += [gap_id for gap_id, each in found.own.items() if gap_id not in changed and not each.unanswered]
    stands = work.read(lambda reader: standings(reader, work.chatbot_id, found.link, weaker, work.written))
    names: dict[str, dict[str, Any]] = {
        gap_id: {name: asdict(found.own[gap_id])[name] for name in _NAMES}
        for gap_id in changed & found.own.keys() - found.lost
    }
    unnamed = {gap_id: asked.get(gap_id, []) for gap_id in sorted(changed - names.keys())}
    names |= named_anew(work, found.before, found.means, unnamed, found.own)
    weeks = look.weeks(work.written)
    return {
        gap_id: GapSummary(
            **names[gap_id],
            questions=len(members.get(gap_id, ())),
            unanswered=strong[gap_id],
            **stands.get(gap_id, Standing()).figures(weeks),
        )
        for gap_id in sorted(changed)
    }
