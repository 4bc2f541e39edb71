"""Links the questions of one chatbot: groups by meaning, ids by what was together before, names, figures.

All of it is written under the number of the link, which nobody reads. Then that number becomes the current
one, in one step: whatever ends in the middle leaves the gaps as they were.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from botlens.commit.port import Commits
from botlens.gaps.grouping.identity import Identities, pass_ids
from botlens.gaps.kept.memberships import (
    ALONE,
    by_gap,
    last_written,
    questions_in,
    read_members,
    write_members,
)
from botlens.gaps.kept.spaces import KeptSpace, read_space, write_space
from botlens.gaps.kept.standing import WEEKS, Standing, standings
from botlens.gaps.kept.summaries import WHOLE, ChatbotSummary, GapSummary, read_summaries, write_summaries
from botlens.gaps.kept.vectors import KeptVectors, asked_by_nobody
from botlens.gaps.life_cycle.joining import new_gap_id, question_key
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.link.attaching import Looked, attached, grown
from botlens.gaps.link.naming_by_use import named_by_use
from botlens.gaps.process.link_process import LinkProcess, NoModelError
from botlens.gaps.questions.asked import AskedQuestion, extent_of, has_scores, unanswered_questions
from botlens.gaps.questions.marking import keep_signals
from botlens.jobs.job import Progress
from botlens.moments import DAY, microseconds
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import drop_links, forget_questions
from botlens.store.reading import CompanyReader

_FEWEST_ASKERS: Final = 2
"""So many ask a question that nobody puts in other words, and it is a gap."""


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What a link came to; `unanswered`: by gap, whether it has more than weaker signs."""

    link: int
    questions: int
    gaps: int
    unanswered: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class _Look:
    """What the facts say: the highest version, the first start, whether there are scores, the questions.

    `unanswered` are the gaps of before that had more than weaker signs; they keep their strength.
    """

    seen: int
    first: int
    scores: bool
    questions: list[AskedQuestion]
    unanswered: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Questions by group; without a model every question is one, and `space` is None."""

    labels: NDArray[np.int32]
    model: tuple[str, str, bool] | None
    why_not: str | None
    space: tuple[str, bytes] | None


class ChatbotLink:
    """One chatbot's link.

    Args:
        store: has the tables of gaps.
        commits: give the facts.
        cycle: knows which link counts, and what people did to gaps.
        process: embeds and links.
        progress: of the job.
        now: of the link.
    """

    def __init__(
        self,
        store: ClickHouse,
        commits: Commits,
        cycle: GapLifeCycle,
        process: LinkProcess,
        progress: Progress,
        now: datetime,
    ) -> None:
        self._store = store
        self._commits = commits
        self._cycle = cycle
        self._process = process
        self._progress = progress
        self._now = now
        self._written = microseconds(now)

    def link(self, company_id: str, chatbot_id: str) -> LinkOutcome:
        """Link all questions anew.

        Raises:
            StoppedError: the job must end.
            ConflictError: `link_overtaken`: somebody changed a gap meanwhile.
            BotlensError: the store, the accounts or the process that links do not do their part.
        """
        begun = self._cycle.begin_link(company_id, chatbot_id)
        before = self._members(company_id, chatbot_id, begun.standing)
        look = self._look(company_id, chatbot_id, begun.standing)
        touched = _touched(begun.standing)
        grouped = self._grouped(company_id, chatbot_id, look.questions, before, touched)
        identities = _identified(look.questions, grouped.labels, before, touched)
        homes = {each.question: ALONE for each in look.questions}
        homes |= {
            question: gap_id
            for gap_id, group in zip(identities.ids, identities.groups, strict=True)
            for question in group
        }
        link = begun.number
        write_members(self._store, company_id, chatbot_id, link, homes, self._written)
        whole = ChatbotSummary(
            self._written, look.seen, look.scores, grouped.model, grouped.why_not, len(look.questions)
        )
        summaries = self._summaries(company_id, chatbot_id, link, look, identities, grouped)
        write_summaries(
            self._store, company_id, chatbot_id, link, [(WHOLE, whole), *summaries], self._written
        )
        self._cycle.move_link(company_id, chatbot_id, begun, identities.merged, identities.split)
        fixes = _fix_numbers(begun.standing, chatbot_id)
        drop_links(self._store, company_id, chatbot_id, [link, *fixes])
        self._forget(company_id, chatbot_id)
        return LinkOutcome(link, len(look.questions), len(identities.ids), _strong(summaries))

    def attach(self, company_id: str, chatbot_id: str) -> LinkOutcome | None:
        """Put what came since the link that counts into its gaps; None if all is to be linked anew.

        Raises:
            StoppedError: the job must end.
            BotlensError: as in `link`.
        """
        standing = self._cycle.standing(company_id)
        link = standing.link(chatbot_id).number
        look = self._look(company_id, chatbot_id, standing)
        looked = Looked(self._members(company_id, chatbot_id, standing), look.questions)
        if not link or not looked.can_attach:
            return None
        kept, (summaries, chatbots) = self._commits.snapshots.read(
            company_id,
            lambda reader: (
                read_space(reader, chatbot_id, link),
                read_summaries(reader, {chatbot_id: link}),
            ),
        )
        if kept is None or kept.model != self._process.about().key:
            return None
        vectors = KeptVectors(self._store, company_id, chatbot_id, kept.model)
        new = looked.new
        vectors.complete((each.question for each in new), self._process, self._progress, self._written)
        homes = attached(self._process, vectors, kept, new)
        homes = {name: standing.lineage.follow(home) if home else ALONE for name, home in homes.items()}
        own = {gap_id: each for (_, gap_id), each in summaries.items()}
        written = 1 + max(
            self._written,
            self._commits.snapshots.read(company_id, lambda reader: last_written(reader, {chatbot_id: link})),
        )
        write_members(self._store, company_id, chatbot_id, link, homes, written)
        grew = self._grown(company_id, chatbot_id, link, look, own, homes)
        whole = replace(chatbots[chatbot_id], seen=look.seen, questions=len(look.questions))
        write_summaries(self._store, company_id, chatbot_id, link, [(WHOLE, whole), *grew.items()], written)
        return LinkOutcome(link, len(look.questions), len(own), _strong((own | grew).items()))

    def _grown(
        self,
        company_id: str,
        chatbot_id: str,
        link: int,
        look: _Look,
        own: Mapping[str, GapSummary],
        homes: Mapping[str, str],
    ) -> dict[str, GapSummary]:
        """What is known by now of the gaps that questions joined."""
        joined: dict[str, list[AskedQuestion]] = {}
        for each in look.questions:
            if homes.get(each.question, ALONE) in own:
                joined.setdefault(homes[each.question], []).append(each)
        weaker = [gap_id for gap_id, each in own.items() if not each.unanswered]
        stands = self._commits.snapshots.read(
            company_id, lambda reader: standings(reader, chatbot_id, link, weaker, self._written)
        )
        return {
            gap_id: grown(own[gap_id], stands.get(gap_id, Standing()), questions, self._weeks(look))
            for gap_id, questions in joined.items()
        }

    def _look(self, company_id: str, chatbot_id: str, standing: GapStanding) -> _Look:
        """The questions that failed, and those of gaps that somebody touched: these stay whole."""
        keep_signals(self._store, self._commits, company_id, chatbot_id, self._progress)
        current = standing.link(chatbot_id).number

        def ask(reader: CompanyReader) -> _Look:
            failed = {each.question: each for each in unanswered_questions(reader, chatbot_id)}
            kept = questions_in(reader, chatbot_id, current, _kept(standing)) if current else []
            both = {each.question: each for each in kept} | failed
            summaries, _ = read_summaries(reader, {chatbot_id: current} if current else {})
            return _Look(
                *extent_of(reader, chatbot_id),
                has_scores(reader, [chatbot_id]).get(chatbot_id, False),
                [both[name] for name in sorted(both)],
                frozenset(gap_id for (_, gap_id), each in summaries.items() if each.unanswered),
            )

        return self._commits.snapshots.read(company_id, ask)

    def _weeks(self, look: _Look) -> int:
        """How many of the last weeks there were, from the first conversation on."""
        return max(1, min(WEEKS, -((look.first - self._written) // (7 * DAY))))

    def _forget(self, company_id: str, chatbot_id: str) -> None:
        """Have the words removed that nobody has asked, by now."""
        gone = self._commits.snapshots.read(company_id, lambda reader: asked_by_nobody(reader, chatbot_id))
        forget_questions(self._store, company_id, chatbot_id, gone)

    def _members(self, company_id: str, chatbot_id: str, standing: GapStanding) -> dict[str, str]:
        """The gap that each question is in by now, or `ALONE`."""
        current = standing.link(chatbot_id).number
        if not current:
            return {}
        found = self._commits.snapshots.read(
            company_id, lambda reader: read_members(reader, {chatbot_id: current})
        )
        return {
            question: standing.gap_of(chatbot_id, question_key(question), gap_id or None) or ALONE
            for question, gap_id in found.items()
        }

    def _grouped(
        self,
        company_id: str,
        chatbot_id: str,
        questions: Sequence[AskedQuestion],
        before: dict[str, str],
        touched: frozenset[str],
    ) -> _Grouped:
        """The groups by meaning, or each question by itself where nothing knows what it means."""
        by_itself = np.arange(len(questions), dtype=np.int32)
        if not questions:
            return _Grouped(by_itself, None, None, None)
        try:
            about = self._process.about()
        except NoModelError as error:
            return _Grouped(by_itself, None, str(error), None)
        vectors = KeptVectors(self._store, company_id, chatbot_id, about.key)
        names = [each.question for each in questions]
        vectors.complete(names, self._process, self._progress, self._written)
        place = {name: at for at, name in enumerate(names)}
        whole = [
            sorted(place[question] for question in group if question in place)
            for gap_id, group in sorted(by_gap(before).items())
            if gap_id in touched
        ]
        labels, space = self._process.link(
            vectors.slices(names), len(names), [each for each in whole if each]
        )
        return _Grouped(labels, (about.name, about.version, about.plain), None, (about.key, space))

    def _summaries(
        self,
        company_id: str,
        chatbot_id: str,
        link: int,
        look: _Look,
        identities: Identities,
        grouped: _Grouped,
    ) -> list[tuple[str, GapSummary]]:
        """What is found of each gap; weeks before the first conversation are none."""
        questions, weeks = look.questions, self._weeks(look)
        ids = identities.ids
        of_gap = {name: at for at, group in enumerate(identities.groups) for name in group}
        strong = [gap_id in look.unanswered for gap_id in ids]
        for each in questions:
            if each.unanswered and each.question in of_gap:
                strong[of_gap[each.question]] = True
        weaker = [gap_id for gap_id, is_strong in zip(ids, strong, strict=True) if not is_strong]
        stands = self._commits.snapshots.read(
            company_id, lambda reader: standings(reader, chatbot_id, link, weaker, self._written)
        )
        named = self._named(company_id, chatbot_id, link, questions, of_gap, ids, grouped)
        found = []
        for at, gap_id in enumerate(ids):
            stand = stands.get(gap_id, Standing())
            summary = GapSummary(
                **named[at],
                questions=len(identities.groups[at]),
                unanswered=strong[at],
                first_asked=stand.first_asked,
                sessions=stand.sessions,
                sessions_of_it_alone=stand.alone,
                weeks=stand.weeks[-weeks:],
                lately=stand.lately,
                before=stand.before,
            )
            found.append((gap_id, summary))
        return found

    def _named(
        self,
        company_id: str,
        chatbot_id: str,
        link: int,
        questions: Sequence[AskedQuestion],
        of_gap: Mapping[str, int],
        ids: Sequence[str],
        grouped: _Grouped,
    ) -> list[dict[str, Any]]:
        """Title, titles, phrases and topic of each gap; the space is written beside."""
        if grouped.space is None:
            return _named_by_use(questions, of_gap, len(ids))
        alone = iter(range(len(ids), len(ids) + len(questions)))
        labels = np.array([of_gap.get(each.question, -1) for each in questions], np.int32)
        labels[labels < 0] = [next(alone) for _ in range(int((labels < 0).sum()))]
        named = self._process.describe(labels, questions, len(ids))
        key, space = grouped.space
        kept = KeptSpace(key, space, tuple(ids), named.means)
        write_space(self._store, company_id, chatbot_id, link, kept, self._written)
        return named.gaps


def _touched(standing: GapStanding) -> frozenset[str]:
    """The gaps that a person did something to."""
    return frozenset(gap_id for gap_id, record in standing.records.items() if record.is_touched)


def _kept(standing: GapStanding) -> frozenset[str]:
    """Those, and the gaps that went into them, under which their questions may still stand."""
    touched, lineage = _touched(standing), standing.lineage
    return touched | {old for old in lineage.went_into if lineage.follow(old) in touched}


def _strong(summaries: Iterable[tuple[str, GapSummary]]) -> dict[str, bool]:
    return {gap_id: each.unanswered for gap_id, each in summaries}


def _fix_numbers(standing: GapStanding, chatbot_id: str) -> list[int]:
    """What fixes keep in place of links."""
    return [
        microseconds(each.fixed_at)
        for each in standing.records.values()
        if each.chatbot_id == chatbot_id and each.fixed_at is not None
    ]


def _identified(
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
        if len(group) > 1
        or group[0].askers >= _FEWEST_ASKERS
        or before.get(group[0].question, ALONE) != ALONE
    ]
    return pass_ids(gaps, by_gap(before), lambda _: new_gap_id(), touched)


def _named_by_use(
    questions: Sequence[AskedQuestion], of_gap: Mapping[str, int], gaps: int
) -> list[dict[str, Any]]:
    """Names where nothing knows what questions mean: the one that most ask, in each language."""
    members: list[list[AskedQuestion]] = [[] for _ in range(gaps)]
    for each in questions:
        if each.question in of_gap:
            members[of_gap[each.question]].append(each)
    return [named_by_use(group, at) for at, group in enumerate(members)]
