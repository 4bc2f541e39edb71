"""The job that brings slots of a node to other shards, as `botlens slot move` says."""

from collections.abc import Callable
from datetime import datetime, timedelta

from botlens.commit.port import Wait
from botlens.jobs.job import Job, Progress

SLOT_MOVES = "slot_moves"
_LOOK_SECONDS = 1.0


def slot_moves_job(work: Callable[[Wait], None]) -> Job:
    """The job, for a node of a cluster.

    Args:
        work: does what is to be done now; see `SlotMover.work`.
    """

    def run(_: datetime, progress: Progress) -> None:
        while True:
            work(progress.pause)
            progress.well()
            progress.pause(_LOOK_SECONDS)

    return Job(SLOT_MOVES, "Brings slots of companies to other shards.", run, timedelta(0), endless=True)
