"""The facts of a long conversation at one moment, to be put together when they are written."""

from msgspec import Struct
from msgspec.structs import replace

from botlens.events.record import Record
from botlens.metrics.facts import Facts, latency
from botlens.metrics.repeated import Repetitions
from botlens.metrics.runs import RunSummary


class UnwrittenFacts(Struct, gc=False, frozen=True):
    """What `facts` is made of; nothing of it changes while the conversation goes on.

    `outcomes` may grow: those of this moment are the first `outcome_count`, the later of one name counts.
    `taken` says how many messages the conversation had taken since it was in memory.
    """

    head: Facts
    summary: tuple[RunSummary, ...]
    outcomes: list[Record]
    outcome_count: int
    repetitions: Repetitions
    taken: int

    @property
    def day(self) -> int:
        """See `Facts.day`."""
        return self.head.day

    def settle(self, steps: int) -> bool:
        """Do some of the work that finding repeated questions still needs; returns whether all is done.

        Whoever cannot wait for `facts` calls this first. For `steps` see `Repetitions.settle`.
        """
        with self.repetitions.lock:
            self.repetitions.move(self.summary)
            done = self.repetitions.settle(steps)
            if done:
                self.repetitions.settled = max(self.repetitions.settled, self.taken)
            return done

    def facts(self) -> Facts:
        """The facts, whole."""
        questions: list[str] = []
        texts: list[str] = []
        unanswered: list[int] = []
        latencies: list[float] = []
        asked_at: int | None = None
        for each in self.summary:
            if unanswered:
                unanswered[-1] += each.unanswered_before
            if each.waiting is not None and asked_at is not None:
                latencies += latency(asked_at, each.waiting)
            if each.speaks:
                asked_at = each.asked_at
            questions += [record.question for record in each.asked]
            texts += [record.content for record in each.asked]
            unanswered += each.unanswered
            latencies += each.latencies
        named = {record.event_id: record for record in self.outcomes[: self.outcome_count]}
        outcomes = [named[name] for name in sorted(named)]
        return replace(
            self.head,
            questions=questions,
            question_texts=texts,
            question_unanswered=unanswered,
            question_again=self._again(),
            outcome_names=[outcome.content for outcome in outcomes],
            outcome_values=[outcome.value or 0.0 for outcome in outcomes],
            latencies=latencies,
        )

    def _again(self) -> list[int]:
        with self.repetitions.lock:
            self.repetitions.move(self.summary)
            while not self.repetitions.settle(1_000):
                pass
            return self.repetitions.again()
