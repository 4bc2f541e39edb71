"""The messages of a long conversation in runs: what each run tells by itself, and how runs are put together.

A change touches one run, which is listened to anew; what the whole tells is joined from what the runs tell.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from heapq import merge

from msgspec import Struct

from botlens.events.record import AGENT, ASSISTANT, USER, Record
from botlens.metrics.conversation import ConversationState, in_order
from botlens.metrics.facts import UNKNOWN_LANGUAGE, Facts, is_unanswered, spoken

RUN = 512
"""The most messages of a run."""

_SORTED = 8_192

SILENT, HEARD, ENDED_UNANSWERED, ENDED_UNANSWERED_IF_ASKED = 0, 1, 2, 3
"""How messages end: nobody spoke; answered; unanswered; unanswered if there was a question before."""


class RunTotals(Struct, gc=False, frozen=True):
    """What messages in order tell, as far as it can be joined with what comes before and after.

    A fact that messages tell has a field here, which `_totals` takes from a run and `joined` from two;
    `LongConversation` makes the fact of it again. By position, since names would cost each change of a long
    conversation a tenth more; `tests/unit/test_long.py` finds what is missing or in the wrong place.
    """

    messages: int
    user_messages: int
    assistant_messages: int
    agent_messages: int
    scored: int
    unanswered: int
    fallbacks: int
    lowest_confidence: float | None
    engaged: bool
    ending: int
    longest_pause: int
    started_at: int
    ended_at: int
    asks_first: bool
    session_id: str
    language: str
    channel: str


def joined(a: RunTotals | None, b: RunTotals | None) -> RunTotals | None:
    """What two runs tell together, the first before the second; None tells nothing. Associative."""
    if a is None or b is None:
        return a or b
    ending = b.ending
    if ending == SILENT:
        ending = a.ending
    elif ending == ENDED_UNANSWERED_IF_ASKED and a.user_messages:
        ending = ENDED_UNANSWERED
    pause = max(a.longest_pause, b.longest_pause)
    if b.asks_first:
        pause = max(pause, b.started_at - a.ended_at)
    return RunTotals(
        a.messages + b.messages,
        a.user_messages + b.user_messages,
        a.assistant_messages + b.assistant_messages,
        a.agent_messages + b.agent_messages,
        a.scored + b.scored,
        a.unanswered + b.unanswered,
        a.fallbacks + b.fallbacks,
        _lower(a.lowest_confidence, b.lowest_confidence),
        a.engaged or b.engaged or (a.assistant_messages > 0 and b.user_messages > 0),
        ending,
        pause,
        a.started_at,
        b.ended_at,
        a.asks_first,
        a.session_id or b.session_id,
        a.language or b.language,
        a.channel or b.channel,
    )


def _lower(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


class RunSummary(Struct, gc=False, frozen=True):
    """What one run tells by itself. Never changed: what is kept for the store holds on to it.

    `asked` are its questions, and `unanswered` how many unanswered answers each one got in this run;
    `unanswered_before` were given before its first question, to one of an earlier run. `waiting` is the time
    of an answer that ends a wait which began in an earlier run; `asked_at` that of a question which waits at
    the end of this one. If nobody `speaks`, whoever waits goes on waiting.
    """

    totals: RunTotals
    asked: list[Record]
    unanswered: list[int]
    unanswered_before: int
    latencies: list[float]
    waiting: int | None
    asked_at: int | None
    speaks: bool

    def same(self, other: "RunSummary") -> bool:
        """Whether the other run tells the same; the very records may be other ones."""
        return (
            self.totals == other.totals
            and self.unanswered == other.unanswered
            and self.latencies == other.latencies
            and (self.unanswered_before, self.waiting, self.asked_at, self.speaks)
            == (other.unanswered_before, other.waiting, other.asked_at, other.speaks)
            and all(
                mine is theirs or (mine.content == theirs.content and mine.question == theirs.question)
                for mine, theirs in zip(self.asked, other.asked, strict=True)
            )
        )


def listen(messages: list[Record], threshold: float) -> RunSummary:
    """What some messages in order tell by themselves; there is at least one."""
    facts = spoken("", "", None, messages, threshold)
    first, last = _first_who_speaks(messages), _first_who_speaks(reversed(messages))
    waits = first is not None and first.role == ASSISTANT and first.latency_ms is None
    return RunSummary(
        totals=_totals(facts, messages, _ending(facts, last, threshold)),
        asked=[message for message in messages if message.role == USER],
        unanswered=facts.question_unanswered,
        unanswered_before=facts.unanswered - sum(facts.question_unanswered),
        latencies=facts.latencies,
        waiting=first.created_at if first is not None and waits else None,
        asked_at=last.created_at if last is not None and last.role == USER else None,
        speaks=last is not None,
    )


def _first_who_speaks(messages: Iterable[Record]) -> Record | None:
    return next((each for each in messages if each.role in (USER, ASSISTANT, AGENT)), None)


def _ending(facts: Facts, last: Record | None, threshold: float) -> int:
    if last is None:
        return SILENT
    if facts.ended_unanswered:
        return ENDED_UNANSWERED
    return ENDED_UNANSWERED_IF_ASKED if is_unanswered(last, threshold) else HEARD


def _totals(facts: Facts, messages: list[Record], ending: int) -> RunTotals:
    # A message may say that its language is unknown; that is not the same as saying nothing.
    unknown = facts.language == UNKNOWN_LANGUAGE and not any(each.language for each in messages)
    return RunTotals(
        facts.messages,
        facts.user_messages,
        facts.assistant_messages,
        facts.agent_messages,
        facts.scored,
        facts.unanswered,
        facts.fallbacks,
        facts.lowest_confidence,
        facts.engaged,
        ending,
        facts.longest_pause,
        messages[0].created_at or 0,
        messages[-1].created_at or 0,
        messages[0].role == USER,
        facts.session_id,
        "" if unknown else facts.language,
        facts.channel,
    )


def sorted_messages(state: ConversationState) -> list[Record]:
    """The messages in order, sorted in pieces: no other thread has the interpreter while one is sorted."""
    messages = list(state.messages.values())
    pieces = [sorted(messages[at : at + _SORTED], key=in_order) for at in range(0, len(messages), _SORTED)]
    return pieces[0] if len(pieces) == 1 else list(merge(*pieces, key=in_order))


class Run:
    """Some messages in order, and what they told when they were last listened to (None: never yet).

    `owes` is the question of an earlier run that the unanswered answers at the beginning were counted for:
    its normal form, its text, how many.
    """

    __slots__ = ("messages", "owes", "summary")

    def __init__(self, messages: list[Record]) -> None:
        self.messages = messages
        self.summary: RunSummary | None = None
        self.owes: tuple[str, str, int] | None = None


class Joined:
    """What runs tell together: a tree, so that a change of one is joined with few others."""

    def __init__(self) -> None:
        self._leaves = 1
        self._nodes: list[RunTotals | None] = [None, None]

    @property
    def whole(self) -> RunTotals | None:
        """All of it."""
        return self._nodes[1]

    def build(self, totals: Sequence[RunTotals]) -> None:
        """Begin anew with these."""
        self._leaves = 1 << max(0, len(totals) - 1).bit_length()
        empty: list[RunTotals | None] = [None] * self._leaves
        self._nodes = empty + list(totals) + empty[len(totals) :]
        for node in range(self._leaves - 1, 0, -1):
            self._join(node)

    def change(self, place: int, totals: RunTotals) -> None:
        """Replace the totals of one run."""
        node = self._leaves + place
        self._nodes[node] = totals
        while node > 1:
            node //= 2
            self._join(node)

    def _join(self, node: int) -> None:
        if self._leaves > 1:
            self._nodes[node] = joined(self._nodes[2 * node], self._nodes[2 * node + 1])


class Runs:
    """The messages of a conversation in order, in runs of at most `size`.

    Args:
        messages: all of them, in order.
        size: the most messages of a run.
    """

    def __init__(self, messages: Sequence[Record], size: int = RUN) -> None:
        self._size = size
        self.runs = [Run(list(messages[at : at + size])) for at in range(0, len(messages), size)]
        self._firsts = [in_order(run.messages[0]) for run in self.runs]
        self.changed: dict[Run, None] = dict.fromkeys(self.runs)
        """Those that were changed and not listened to since."""
        self.gone: list[Run] = []
        """Those that are no more, and were listened to."""
        self.moved = True
        """Whether the places of runs have changed."""

    def place_of(self, run: Run) -> int:
        """The place of a run that has messages."""
        return bisect_left(self._firsts, in_order(run.messages[0]))

    def add(self, message: Record) -> None:
        """Put a message into its place."""
        key = in_order(message)
        place = max(0, bisect_right(self._firsts, key) - 1)
        if not self.runs:
            self._insert(0, [message])
            return
        run = self.runs[place]
        at = bisect_right(run.messages, key, key=in_order)
        if len(run.messages) < self._size:
            run.messages.insert(at, message)
            self.changed[run] = None
            if at == 0:
                self._firsts[place] = key
        elif at == len(run.messages):  # behind a full run: those that come in order stay full
            self._insert(place + 1, [message])
        else:
            half = self._size // 2
            self._insert(place + 1, run.messages[half:])
            del run.messages[half:]
            self.changed[run] = None
            self.add(message)

    def remove(self, message: Record) -> None:
        """Take a message out that was added."""
        key = in_order(message)
        place = bisect_right(self._firsts, key) - 1
        run = self.runs[place]
        at = bisect_left(run.messages, key, key=in_order)
        del run.messages[at]
        self.changed[run] = None
        if not run.messages:
            self._drop(place)
            return
        if at == 0:
            self._firsts[place] = in_order(run.messages[0])
        if place + 1 < len(self.runs):
            following = self.runs[place + 1]
            if len(run.messages) + len(following.messages) <= self._size // 2:
                run.messages += following.messages
                self._drop(place + 1)

    def _insert(self, place: int, messages: list[Record]) -> None:
        run = Run(messages)
        self.runs.insert(place, run)
        self._firsts.insert(place, in_order(messages[0]))
        self.changed[run] = None
        self.moved = True

    def _drop(self, place: int) -> None:
        run = self.runs.pop(place)
        del self._firsts[place]
        self.changed.pop(run, None)
        if run.summary is not None:
            self.gone.append(run)
        if place < len(self.runs):  # what it owes was counted for a question that may be gone
            self.changed[self.runs[place]] = None
        self.moved = True
