"""Gaps as answers show them: the figures in words that a page needs, and no text that too few have asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from botlens.gaps.kept.evidence import FixProof, curve_days
from botlens.gaps.life_cycle.values import GapState
from botlens.gaps.order.impact import impact_of
from botlens.gaps.proof.curve import FailingShare, share_of
from botlens.gaps.proof.verdicts import DEFAULT_LIMIT, more_needed
from botlens.gaps.reading.board import Board, GapOnBoard, demand_of, fix_of
from botlens.gaps.reading.floor import Floor
from botlens.gaps.reading.shapes import (
    GapShape,
    GapsMeta,
    ImpactShape,
    LanguageShare,
    ModelShape,
    Proof,
    ProofSide,
    SignalSessions,
)
from botlens.metrics.intervals import wilson
from botlens.moments import iso, iso_of, microseconds
from botlens.query.answer import edges
from botlens.query.window import Window

DEFINITION_VERSION: Final = 3
"""Raised whenever gaps are found, ordered or proven by other rules."""


def shown_gap(gap: GapOnBoard, board: Board, floor: Floor) -> GapShape | None:
    """A gap as answers have it; None where none of its questions may be shown."""
    titles = floor.titles(gap)
    if titles is None:
        return None
    found, summary = gap.figures, gap.summary
    interval = wilson(found.sessions, found.asked)
    spoken = sorted(found.languages.items(), key=lambda each: (-each[1], each[0]))
    languages: list[LanguageShare] = [{"language": name, "questions": count} for name, count in spoken]
    return {
        "id": gap.id,
        "chatbot_id": gap.chatbot_id,
        "title": titles[0],
        "titles": titles[1],
        "state": gap.record.state.value,
        "version": gap.record.version,
        "phrases": floor.phrases(gap),
        "languages": languages,
        "signals": signal_sessions(found.signals),
        "strength": "unanswered" if summary.unanswered else "weaker",
        "questions": found.questions,
        "sessions": found.sessions,
        "distinct_questions": found.distinct,
        "failing_share": {
            "value": found.sessions / found.asked if found.asked else None,
            "n": found.asked,
            "interval": None if interval is None else list(interval),
        },
        "first_asked_at": None if gap.first_asked is None else iso(gap.first_asked),
        "last_asked_at": iso(found.last) if found.questions else None,
        "rising": gap.id in board.rising,
        "impact": impact_shape(gap, board),
        "proof": proof_of(gap, board),
    }


def proof_of(gap: GapOnBoard, board: Board) -> Proof | None:
    """What is proven of a gap's fix; None where nobody says that it is fixed."""
    fix = fix_of(gap)
    if fix is None:
        return None
    found = board.proofs.get(gap.id, FixProof(basis=""))
    before, after = (share_of(curve_days(days)) for days in (found.before, found.after))
    limit = gap.record.limit or DEFAULT_LIMIT
    decided = {GapState.VERIFIED: "verified", GapState.REOPENED: "reopened"}.get(gap.record.state)
    return {
        "fixed_at": iso(fix.number),
        "limit": limit,
        "before": _side(before),
        "after": _side(after),
        "decided": decided,
        "decided_at": iso_of(gap.record.decided_at) if decided else None,
        "more_sessions_needed": None if decided else more_needed(after, limit),
        "waiting_questions": board.unread.get(gap.id, 0),
    }


def _side(share: FailingShare) -> ProofSide:
    interval = share.interval
    return {
        "sessions": share.sessions,
        "failing": share.failing,
        "share": share.share,
        "interval": None if interval is None else list(interval),
    }


def signal_sessions(signals: Mapping[str, int]) -> SignalSessions:
    """How many sessions got which sign."""
    return {
        "low_score": signals["low_score"],
        "fallback": signals["fallback"],
        "negative_vote": signals["negative_vote"],
        "rephrased": signals["rephrased"],
        "handoff": signals["handoff"],
    }


def impact_shape(gap: GapOnBoard, board: Board) -> ImpactShape:
    """How many conversations a month an answer would save, as answers have it."""
    found = impact_of(demand_of(gap), board.expected)
    low, high = found.interval
    return {
        "conversations_per_month": round(found.conversations_per_month, 2),
        "interval": [round(low, 2), round(high, 2)],
        "sessions_28d": found.sessions_28d,
        "share_without_other_gap": found.share_without_other_gap,
        "expected_failing_share": found.expected.share,
        "expected_from": found.expected.origin,
    }


def meta_of(
    board: Board, floor: Floor, hidden: int, now: datetime, window: Window, timezone: str
) -> GapsMeta:
    """What an answer says of itself."""
    found = list(board.chatbots.values())
    oldest = board.waiting.oldest
    missing = next((each.model_missing for each in found if each.model_missing), None)
    used = next((each.model for each in found if each.model), None)
    model: ModelShape | None = None
    if used is not None:
        model = {"name": used[0], "version": used[1], "plain": used[2]}
    newest: Any = board.waiting.newest_event
    return {
        "definition_version": DEFINITION_VERSION,
        "model": model,
        "model_missing": missing,
        "linked_at": iso(min(each.linked_at for each in found)) if found else None,
        "link": max(board.links.values(), default=0),
        "waiting_questions": board.waiting.questions,
        "lag_seconds": 0.0 if oldest is None else max(0.0, (microseconds(now) - oldest) / 1e6),
        "has_scores": board.has_scores,
        "shown_from_sessions": floor.least,
        "hidden": hidden,
        "freshness": None if newest is None else iso(newest),
        "timezone": timezone,
        "window": edges(window),
    }
