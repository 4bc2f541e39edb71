"""A long conversation: its state, and facts that a new record changes without looking at all the others.

What `derive` makes of the whole, this makes of runs (see `runs`) and of sums over votes, handoffs and
outcomes. `change` gives what live numbers need: the facts without their lists before and after, and how the
counts of questions differ. The lists are put together when the facts are written (`unwritten`).
"""

from collections.abc import Iterable, Sequence

from botlens.events.record import (
    DELETION,
    FEEDBACK,
    HANDOFF,
    MESSAGE,
    MESSAGE_DELETION,
    OUTCOME,
    TAKEN_BACK_BY,
    Record,
)
from botlens.metrics.conversation import ConversationState
from botlens.metrics.differences import Difference, Questions
from botlens.metrics.facts import UNKNOWN_LANGUAGE, Facts, start_of
from botlens.metrics.repeated import Repetitions
from botlens.metrics.runs import (
    ENDED_UNANSWERED,
    RUN,
    SILENT,
    Joined,
    Run,
    Runs,
    RunSummary,
    RunTotals,
    listen,
    sorted_messages,
)
from botlens.metrics.signals import Signals
from botlens.metrics.unwritten import UnwrittenFacts

SHORT = 64
"""Conversations of up to so many records are derived as a whole: that is fast, and needs no more memory."""

BEHIND = 5_000
"""After so many messages, questions are compared before more are taken: so that no flush has to do it all."""

_Held = tuple[list[dict[str, Record]], Runs, Repetitions]

_SILENCE = RunTotals(0, 0, 0, 0, 0, 0, 0, None, False, SILENT, 0, 0, 0, False, "", "", "")


class LongConversation:
    """The facts of a conversation, record by record.

    Args:
        chatbot_id: its chatbot.
        conversation_id: its name.
        state: what is known of it; from now on it is changed through `take` alone.
        threshold: of the chatbot's confidence.
        run: the most messages of a run, at least 2.
    """

    def __init__(
        self,
        chatbot_id: str,
        conversation_id: str,
        state: ConversationState,
        threshold: float,
        *,
        run: int = RUN,
    ) -> None:
        self.state = state
        self._ids = chatbot_id, conversation_id
        for records in (state.messages, state.votes, state.handoffs, state.outcomes):
            for record in records.values():  # one text for all of them
                record.chatbot_id, record.conversation_id = self._ids
        self.threshold = threshold
        self._run = run
        self._taken = 0
        self._deleted: _Held | None = None
        self._begin()
        self._listen()
        self._questions = _Changes()
        self.facts = self._head()

    def _begin(self) -> None:
        """Begin anew with the state as it is."""
        self._runs = Runs(sorted_messages(self.state), self._run)
        self._joined = Joined()
        self._signals = Signals(self.state)
        self._outcomes = list(self.state.outcomes.values())
        self._repetitions = Repetitions()
        self._questions = _Changes()

    def first(self, before: Facts | None) -> Difference:
        """What is new, if so far the conversation was counted by the whole facts `before`."""
        counts = _Changes()
        for run in self._runs.runs if self.facts.counted else ():
            if run.summary is not None:
                counts.tell(None, run.summary)
                counts.owe(run.owes, 1)
        if before is not None and before.counted:
            rows = zip(before.questions, before.question_texts, before.question_unanswered, strict=True)
            for question, text, missed in rows:
                counts.add(question, text, -1, -missed)
        return Difference(before, self.facts, counts.take())

    def take(self, records: Iterable[Record]) -> Difference | None:
        """Take records in; returns what has changed, if anything that is counted or stored has."""
        changed = False
        for record in records:
            changed = self._apply(record) or changed
        changed = self._listen() or changed
        before, self.facts = self.facts, self._head()
        questions = self._questions.take()
        if not changed and before == self.facts:
            return None
        if before.counted != self.facts.counted:
            return Difference(before, self.facts, None)
        return Difference(before, self.facts, questions if before.counted else {})

    def unwritten(self) -> UnwrittenFacts:
        """The facts as they are now, to be put together later, while the conversation goes on."""
        summary = tuple(run.summary for run in self._runs.runs if run.summary is not None)
        return UnwrittenFacts(
            self.facts, summary, self._outcomes, len(self._outcomes), self._repetitions, self._taken
        )

    def behind(self) -> UnwrittenFacts | None:
        """The facts as they are now, if so much has come that they should be settled before more is taken."""
        return self.unwritten() if self._taken - self._repetitions.settled > BEHIND else None

    def let_go(self) -> None:
        """Free its memory bit by bit (at once, it would hold up every other thread). It is of no use then."""
        state = self.state
        self._signals.clear()
        while state.taken_back:
            state.taken_back.popitem()
        now = [state.messages, state.votes, state.handoffs, state.outcomes]
        everything: list[_Held] = [(now, self._runs, self._repetitions)]
        if self._deleted is not None:
            everything.append(self._deleted)
        for held, runs, repetitions in everything:
            for records in held:
                while records:
                    records.popitem()
            while runs.runs:
                runs.runs.pop()
            repetitions.clear()

    def _apply(self, record: Record) -> bool:
        """Take one record in; returns whether something changed that neither runs nor the head show."""
        kind, state = record.kind, self.state
        if state.deleted:
            return False
        record.chatbot_id, record.conversation_id = self._ids
        if kind in (MESSAGE, FEEDBACK) or kind in TAKEN_BACK_BY:
            self._say(record)
        elif kind == OUTCOME:
            old = state.outcomes.get(record.event_id)
            state.apply(record)
            return self._come(old, state.outcomes[record.event_id])
        elif kind == HANDOFF:
            state.apply(record)
            self._signals.note(record)
        elif kind == DELETION:
            held = [state.messages, state.votes, state.handoffs, state.outcomes]
            self._deleted = held, self._runs, self._repetitions
            state.apply(record)
            self._begin()
            return True
        else:
            state.apply(record)
        return False

    def _say(self, record: Record) -> None:
        """Take in what says a message or a vote, or takes one or a rating back."""
        state, name = self.state, record.event_id
        message, vote = state.messages.get(name), state.votes.get(name)
        state.apply(record)
        if record.kind in (MESSAGE, MESSAGE_DELETION):
            self._taken += 1
            self._put(message, state.messages.get(name))
        self._signals.replace(vote, state.votes.get(name))

    def _put(self, old: Record | None, new: Record | None) -> None:
        if new is not old:
            if old is not None:
                self._runs.remove(old)
            if new is not None:
                self._runs.add(new)

    def _come(self, old: Record | None, new: Record) -> bool:
        self._signals.note(new)
        if old is not None and (old.content, old.value) == (new.content, new.value):
            return False
        self._outcomes.append(new)
        if len(self._outcomes) > 2 * len(self.state.outcomes) + SHORT:
            self._outcomes = list(self.state.outcomes.values())
        return True

    def _listen(self) -> bool:
        """Listen to the runs that were changed; returns whether any tells something else."""
        runs = self._runs
        changed = bool(runs.gone)
        for run in runs.gone:
            self._questions.forget(run)
        for run in runs.changed:
            summary = listen(run.messages, self.threshold)
            if run.summary is None or not run.summary.same(summary):
                self._questions.tell(run.summary, summary)
                run.summary = summary
                changed = True
        places = [runs.place_of(run) for run in runs.changed]
        if runs.moved:
            self._joined.build([run.summary.totals for run in runs.runs if run.summary is not None])
        else:
            for place, run in zip(places, runs.changed, strict=True):
                if run.summary is not None:
                    self._joined.change(place, run.summary.totals)
        for place in places:
            self._owe(place)
        runs.changed, runs.gone, runs.moved = {}, [], False
        return changed

    def _owe(self, place: int) -> None:
        """Count unanswered answers for the question before them, from a run on to the next with questions."""
        runs = self._runs.runs
        owner = _last_question(runs, place)
        for at in range(place, len(runs)):
            run = runs[at]
            summary = run.summary
            if summary is None:
                break
            missed = summary.unanswered_before
            owes = (owner.question, owner.content, missed) if owner is not None and missed else None
            if owes != run.owes:
                self._questions.owe(run.owes, -1)
                self._questions.owe(owes, 1)
                run.owes = owes
            if at > place and summary.asked:
                break
            owner = summary.asked[-1] if summary.asked else owner

    def _head(self) -> Facts:
        """The facts without their lists."""
        chatbot_id, conversation_id = self._ids
        header, rating = self.state.header, self.state.rating
        whole = self._joined.whole or _SILENCE
        started_at = start_of(header, whole.started_at if whole.messages else None)
        ended_at = max(whole.ended_at, started_at or 0) if whole.messages else started_at or 0
        test = header is not None and header.test
        votes = self._signals
        return Facts(
            chatbot_id,
            conversation_id,
            started_at is not None and not test,
            test,
            started_at or 0,
            ended_at,
            max(ended_at, votes.newest, 0 if rating is None else rating.created_at or 0),
            (header.session_id if header is not None else "") or whole.session_id,
            (header.language if header is not None else "") or whole.language or UNKNOWN_LANGUAGE,
            (header.channel if header is not None else "") or whole.channel,
            whole.messages,
            whole.user_messages,
            whole.assistant_messages,
            whole.agent_messages,
            whole.scored,
            whole.unanswered,
            whole.fallbacks,
            whole.lowest_confidence,
            whole.engaged,
            whole.ending == ENDED_UNANSWERED,
            whole.longest_pause,
            votes.positive,
            votes.negative,
            0 if rating is None else int(rating.value or 0),
            votes.last(rating),
            len(self.state.handoffs),
        )


def _last_question(runs: Sequence[Run], place: int) -> Record | None:
    """The last question before a run."""
    for at in range(place - 1, -1, -1):
        summary = runs[at].summary
        if summary is not None and summary.asked:
            return summary.asked[-1]
    return None


class _Changes:
    """How counts of questions change: by normal form and text, how often asked and how often unanswered."""

    def __init__(self) -> None:
        self._counts: Questions = {}

    def add(self, question: str, text: str, asked: int, unanswered: int) -> None:
        key = question, text
        before = self._counts.get(key, (0, 0))
        self._counts[key] = before[0] + asked, before[1] + unanswered

    def tell(self, old: RunSummary | None, new: RunSummary) -> None:
        """Let what a run tells take the place of what it told before."""
        same = 0 if old is None else _same_at_the_start(old, new)
        for summary, sign in ((old, -1), (new, 1)):
            if summary is not None:
                for at in range(same, len(summary.asked)):
                    record = summary.asked[at]
                    self.add(record.question, record.content, sign, sign * summary.unanswered[at])

    def forget(self, run: Run) -> None:
        """Take out what a run had told."""
        if run.summary is not None:
            for record, missed in zip(run.summary.asked, run.summary.unanswered, strict=True):
                self.add(record.question, record.content, -1, -missed)
        self.owe(run.owes, -1)

    def owe(self, owes: tuple[str, str, int] | None, sign: int) -> None:
        """Count unanswered answers for a question of another run."""
        if owes is not None:
            self.add(owes[0], owes[1], 0, sign * owes[2])

    def take(self) -> Questions:
        """What has come together, without what cancels out; from here on it is empty."""
        counts, self._counts = self._counts, {}
        return {key: count for key, count in counts.items() if count != (0, 0)}


def _same_at_the_start(old: RunSummary, new: RunSummary) -> int:
    same = 0
    for was, now, missed, misses in zip(old.asked, new.asked, old.unanswered, new.unanswered, strict=False):
        if missed != misses or not (
            was is now or (was.question == now.question and was.content == now.content)
        ):
            break
        same += 1
    return same
