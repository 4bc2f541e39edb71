"""What is learnt of the messages of many conversations in order: what `metrics.facts` learns of one's.

All in columns: what depends on the rows before is found by sums up to a row, and by the row before.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.again_columns import asked_again_of
from botlens.commit.row_rules import Mask
from botlens.commit.winning_rows import Places, WinningRows, lengths, lists
from botlens.events.question import normal_form
from botlens.events.record import AGENT, ASSISTANT, MESSAGE, USER
from botlens.metrics.facts import FEW_QUESTIONS, repeated_questions
from botlens.store.arrow import numbers, texts

_MILLISECOND = 1_000
_COMPARED_BYTES = 2 << 20  # of questions at once: comparing them takes some twenty times as much


class HeardColumns:
    """The messages of conversations, in order.

    Args:
        rows: that count.
        threshold: below which an answer counts as none.

    Attributes:
        places: of the messages among the rows, in the order of each conversation.
    """

    def __init__(self, rows: WinningRows, threshold: float) -> None:
        self._rows = rows
        messages = rows.of_kind(MESSAGE)  # of each conversation by their ids, which settle what else is equal
        at, sequence = rows.moments()[messages], rows.values("sequence", np.int64)[messages]
        self.places: Places = messages[np.lexsort((sequence, at, rows.conversation[messages]))]
        self._of = rows.conversation[self.places]
        self._at = rows.moments()[self.places]
        role = rows.values("role", np.int8)[self.places]
        self._asks, self._answers, self._helps = role == USER, role == ASSISTANT, role == AGENT
        self._has_score = self._answers & ~rows.missing("confidence")[self.places]
        self._score = rows.values("confidence", np.float64)[self.places]
        self._falls_back = self._answers & rows.flags("fallback")[self.places]
        self._misses = self._falls_back | (self._has_score & (self._score < threshold))
        self._is_first = np.append(True, np.diff(self._of) > 0)[: len(self._of)]
        # The first question of each conversation, among all; and of each message its own or the last before.
        self._asked = self._sum(self._asks)
        self._first = np.cumsum(self._asked) - self._asked
        self._question = np.cumsum(self._asks) - 1
        self._follows_question = self._question >= self._first[self._of]

    def columns(self) -> dict[str, pa.Array]:
        """The columns of facts that messages tell, but for when the conversation began and ended."""
        count = pa.uint32()
        return {
            "messages": numbers(self._sum(), count),
            "user_messages": numbers(self._asked, count),
            "assistant_messages": numbers(self._sum(self._answers), count),
            "agent_messages": numbers(self._sum(self._helps), count),
            "scored": numbers(self._sum(self._has_score | self._falls_back), count),
            "unanswered": numbers(self._sum(self._misses), count),
            "fallbacks": numbers(self._sum(self._falls_back), count),
            "lowest_confidence": self._lowest(),
            "longest_pause": numbers(self._longest_pause(), pa.int64()),
            "latencies": self._latencies(),
            **self._questions(),
        }

    def flags(self) -> dict[str, Mask]:
        """The same of columns of booleans."""
        return {"engaged": self._engaged(), "left": self._ended_unanswered()}

    def ends(self) -> tuple[Places, Places]:
        """When the first and the last message of each conversation were; 0 where there is none."""
        first, last = np.zeros((2, self._rows.count), np.int64)
        is_last = np.append(self._is_first[1:], True)[: len(self._of)]
        first[self._of[self._is_first]] = self._at[self._is_first]
        last[self._of[is_last]] = self._at[is_last]
        return first, last

    def _sum(self, where: Mask | None = None) -> Places:
        return self._rows.how_many(self.places, where)

    def _lowest(self) -> pa.Array:
        lowest = np.full(self._rows.count, np.inf)
        np.minimum.at(lowest, self._of[self._has_score], self._score[self._has_score])
        return numbers(lowest, pa.float64(), self._sum(self._has_score) == 0)

    def _longest_pause(self) -> Places:
        pause = np.append(0, np.diff(self._at))[: len(self._at)]
        counted = self._asks & ~self._is_first
        longest = np.zeros(self._rows.count, np.int64)
        np.maximum.at(longest, self._of[counted], pause[counted])
        return longest

    def _engaged(self) -> Mask:
        """Whether a question came behind an answer."""
        upto, answers = np.cumsum(self._answers), self._sum(self._answers)
        before = (np.cumsum(answers) - answers)[self._of]
        return self._sum(self._asks & (upto > before)) > 0

    def _ended_unanswered(self) -> Mask:
        """What the last of those says who take part."""
        speaks = np.flatnonzero(self._asks | self._answers | self._helps)
        ends = np.zeros(self._rows.count, np.bool_)
        open_now = self._asks | (self._misses & self._follows_question)
        ends[self._of[speaks]] = open_now[speaks]  # of several the last that is assigned stays
        return ends

    def _latencies(self) -> pa.ListArray:
        """As an answer says it; else since the question that it is the first to answer."""
        speaks = np.flatnonzero(self._asks | self._answers | self._helps)
        of, at, answers = self._of[speaks], self._at[speaks], self._answers[speaks]
        since = np.append(0, np.diff(at))[: len(at)]
        behind_question = np.append(False, self._asks[speaks][:-1] & (np.diff(of) == 0))[: len(of)]
        said = ~self._rows.missing("latency_ms")[self.places][speaks]
        own = self._rows.values("latency_ms", np.float64)[self.places][speaks]
        known = answers & (said | (behind_question & (since > 0)))
        values = np.where(said, own, since / _MILLISECOND)[known]
        counts = np.bincount(of[known], minlength=self._rows.count)
        return lists(counts, numbers(values, pa.float64()))

    def _questions(self) -> dict[str, pa.Array]:
        contents = self._rows.texts_at("content", self.places[self._asks])
        distinct = contents.dictionary_encode()
        which = distinct.indices
        forms = [normal_form(each) for each in distinct.dictionary.to_pylist()]
        missed = self._question[self._misses & self._follows_question]
        unanswered = np.bincount(missed, minlength=len(contents))
        questions = texts(forms).take(which)
        return {
            "questions": lists(self._asked, questions),
            "question_texts": lists(self._asked, contents),
            "question_unanswered": lists(self._asked, numbers(unanswered, pa.uint32())),
            "question_again": lists(self._asked, numbers(self._again(questions), pa.uint8())),
        }

    def _again(self, forms: pa.Array) -> NDArray[np.uint8]:
        """Which of all questions are near-identical to an earlier one of their conversation."""
        again = np.zeros(len(forms), np.uint8)
        conversations = np.repeat(np.arange(self._rows.count), self._asked)
        some = (self._asked > 1) & (self._asked <= FEW_QUESTIONS)
        places = np.flatnonzero(some[conversations])
        for first, end in _blocks(lengths(forms).astype(np.int64)[places], conversations[places]):
            some_places = places[first:end]
            chosen = forms.take(numbers(some_places, pa.int64()))
            again[some_places] = asked_again_of(chosen, conversations[some_places])
        many = self._asked > FEW_QUESTIONS
        for first, count in zip(self._first[many].tolist(), self._asked[many].tolist(), strict=True):
            again[first : first + count] = repeated_questions(forms[first : first + count].to_pylist())
        return again


def _blocks(sizes: Places, conversations: Places) -> Iterator[tuple[int, int]]:
    """Where blocks of questions begin and end that are compared at once: whole conversations.

    Args:
        sizes: of the questions, in bytes.
        conversations: their numbers, ascending.
    """
    before = np.cumsum(sizes) - sizes
    block = before[np.searchsorted(conversations, conversations)] // _COMPARED_BYTES
    begins = np.flatnonzero(np.append(True, np.diff(block) != 0)[: len(block)])
    yield from pairwise([*begins.tolist(), len(block)])
