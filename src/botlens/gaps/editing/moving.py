"""Puts questions into another gap under the link that counts, so that everybody sees them there at once.

The accounts know of it already: if this is cut off, the next link does the rest.
"""

from collections.abc import Sequence

from botlens.answers.scope import Scope
from botlens.commit.snapshot import Snapshots
from botlens.gaps.kept.memberships import by_gap, last_written, read_members, write_members
from botlens.gaps.kept.standing import Standing, standings
from botlens.gaps.kept.summaries import GapSummary, read_summaries, write_summaries
from botlens.gaps.link.naming_by_use import named_by_use
from botlens.gaps.questions.asked import AskedQuestion, unanswered_questions
from botlens.gaps.reading.finding import FoundGap
from botlens.moments import microseconds
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader


def move_questions(
    store: ClickHouse,
    snapshots: Snapshots,
    scope: Scope,
    found: FoundGap,
    questions: Sequence[str],
    home: str,
) -> None:
    """Put questions into a gap.

    Args:
        store: has the tables of gaps.
        snapshots: read them.
        scope: whose.
        found: the gap that somebody changed.
        questions: to be moved, by normal form.
        home: the gap that they come into: the same, or a new one.
    """
    company_id, chatbot_id = scope.company.id, found.chatbot_id
    written = 1 + snapshots.read(company_id, lambda reader: last_written(reader, found.links))
    write_members(store, company_id, chatbot_id, found.link, dict.fromkeys(questions, home), written)
    touched = {found.id, home}

    def ask(reader: CompanyReader) -> list[tuple[str, GapSummary]]:
        members = by_gap(read_members(reader, found.links))
        summaries, _ = read_summaries(reader, found.links)
        known = {each.question: each for each in unanswered_questions(reader, chatbot_id)}
        strong = {
            gap_id: any(known[name].unanswered for name in members.get(gap_id, ()) if name in known)
            for gap_id in touched
        }
        weaker = [gap_id for gap_id, is_strong in strong.items() if not is_strong]
        stands = standings(reader, chatbot_id, found.link, weaker, microseconds(scope.now))
        return [
            (
                gap_id,
                _summary(
                    summaries.get((chatbot_id, gap_id)),
                    [known[name] for name in sorted(members.get(gap_id, ())) if name in known],
                    strong[gap_id],
                    stands.get(gap_id, Standing()),
                ),
            )
            for gap_id in touched
        ]

    summaries = snapshots.read(company_id, ask)
    write_summaries(store, company_id, chatbot_id, found.link, summaries, written)


def _summary(
    before: GapSummary | None, questions: Sequence[AskedQuestion], strong: bool, stand: Standing
) -> GapSummary:
    """What is known of a gap with these questions; titles of before stay as far as they are its own."""
    named = named_by_use(questions)
    texts = {each.text for each in questions}
    if before is not None and before.title in texts:
        named |= {
            "title": before.title,
            "titles": named["titles"] | {name: text for name, text in before.titles.items() if text in texts},
            "phrases": before.phrases,
            "topic": before.topic,
        }
    return GapSummary(
        **named,
        questions=len(questions),
        unanswered=strong,
        **stand.figures(),
    )
