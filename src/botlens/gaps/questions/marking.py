"""Keeps, beside the facts, the signals that only records tell: those of few conversations."""

from botlens.commit.port import Commits
from botlens.gaps.questions.asked import without_signals
from botlens.gaps.questions.signals import signals_of
from botlens.jobs.job import Progress
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import insert_gap_rows
from botlens.store.gap_tables import GAP_SIGNALS
from botlens.store.raw_events import load_states

_AT_ONCE = 500


def keep_signals(
    store: ClickHouse, commits: Commits, company_id: str, chatbot_id: str, progress: Progress
) -> int:
    """Find the signals of conversations that have none yet, or newer facts; returns of how many.

    Raises:
        StoppedError: end now; what is not done is done next time.
    """
    done = 0
    while True:
        threshold = commits.thresholds(company_id).of(chatbot_id)
        waiting = commits.snapshots.read(
            company_id, lambda reader: without_signals(reader, chatbot_id, _AT_ONCE)
        )
        if not waiting:
            return done
        versions = dict(waiting)
        keys = [(chatbot_id, each) for each in versions]
        states = commits.snapshots.read(company_id, lambda reader: load_states(reader, keys))  # noqa: B023
        if commits.thresholds(company_id).of(chatbot_id) != threshold:
            progress.pause(0)  # the facts whose version would be written down may heed another one
            continue
        rows = [
            {
                "chatbot_id": chatbot_id,
                "conversation_id": conversation_id,
                "signals": signals_of(states[chatbot_id, conversation_id], threshold)
                if (chatbot_id, conversation_id) in states
                else [],
                "written": version,
            }
            for conversation_id, version in versions.items()
        ]
        insert_gap_rows(store, GAP_SIGNALS, company_id, rows)
        done += len(rows)
        progress.pause(0)
