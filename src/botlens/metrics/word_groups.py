"""Questions of one conversation by their sets of words, and which of these sets are near each other.

Near ones are looked for under the rarest words of a question: two sets that are near share so many words that
they share one of the first few, in whatever order.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from botlens.events.question import ALL, SHARED, Words, words_of

Ids: TypeAlias = NDArray[np.int32]

NONE = -1
"""No group."""

_TRIED_FIRST = 8  # under each word, before all are: often, nearly everything is near
_FEW = 64  # are looked at one by one


class Question(Protocol):
    """A question."""

    @property
    def question(self) -> str:
        """Its normal form."""


class WordGroups:
    """Sets of words with how often each is asked, and which of them have a word in them."""

    def __init__(self) -> None:
        self.size = 0
        self.count = np.zeros(16, np.int32)
        self.witness = np.full(16, NONE, np.int32)
        self.begins_with: list[Question | None] = []
        self._words: list[tuple[int, ...]] = []
        self._lengths = np.zeros(16, np.int32)
        self._signatures = np.zeros(16, np.uint64)
        self._ids: dict[tuple[int, ...], int] = {}
        self._free: list[int] = []
        self._of_length: Counter[int] = Counter()
        self._word_ids: dict[bytes, int] = {}
        self._named: list[bytes] = []
        self._uses: list[int] = []
        self._free_words: list[int] = []
        self._under: dict[int, array[int]] = {}  # by word and number of words, in one number: see `_place`

    def take_in(self, questions: Sequence[Question]) -> Ids:
        """Count some questions; returns the group of each."""
        found = np.fromiter(
            (self._group(words_of(each.question)) for each in questions), np.int32, len(questions)
        )
        np.add.at(self.count, found[found != NONE], 1)
        return found

    def take_out(self, ids: Ids) -> None:
        """Count them no more."""
        np.subtract.at(self.count, ids[ids != NONE], 1)

    def _group(self, words: Words) -> int:
        if not words:
            return NONE
        key = tuple(sorted(map(self._word, words)))
        group = self._ids.get(key)
        if group is None:
            group = self._ids[key] = self._new(key)
        return group

    def _word(self, word: bytes) -> int:
        number = self._word_ids.get(word)
        if number is None:
            if self._free_words:
                number = self._free_words.pop()
                self._named[number] = word
            else:
                number = len(self._named)
                self._named.append(word)
                self._uses.append(0)
            self._word_ids[word] = number
        return number

    def _new(self, words: tuple[int, ...]) -> int:
        if self._free:
            group = self._free.pop()
            self._words[group] = words
        else:
            group = self.size
            self.size += 1
            self._words.append(words)
            self.begins_with.append(None)
            if group == len(self.count):
                self._grow()
        self.witness[group] = NONE
        self._lengths[group] = len(words)
        self._signatures[group] = _signature(words)
        self._of_length[len(words)] += 1
        for word in words:
            self._uses[word] += 1
            under = self._under.get(_place(word, len(words)))
            if under is None:
                under = self._under[_place(word, len(words))] = array("i")
            under.append(group)
        return group

    def _grow(self) -> None:
        more = len(self.count)
        self.count = np.concatenate([self.count, np.zeros(more, np.int32)])
        self.witness = np.concatenate([self.witness, np.full(more, NONE, np.int32)])
        self._lengths = np.concatenate([self._lengths, np.zeros(more, np.int32)])
        self._signatures = np.concatenate([self._signatures, np.zeros(more, np.uint64)])

    def drop(self, group: int) -> None:
        """Forget a group that nobody asks any more."""
        words = self._words[group]
        self._of_length[len(words)] -= 1
        for word in words:
            under = self._under[_place(word, len(words))]
            place = int(np.flatnonzero(np.frombuffer(under, np.int32) == group)[0])
            last = under.pop()
            if last != group:
                under[place] = last
            if not under:
                del self._under[_place(word, len(words))]
            self._uses[word] -= 1
            if not self._uses[word]:
                del self._word_ids[self._named[word]]
                self._free_words.append(word)
        del self._ids[words]
        self._words[group] = ()
        self.begins_with[group] = None
        self.witness[group] = NONE
        self._free.append(group)

    def clear(self) -> None:
        """Free the memory, bit by bit."""
        named: tuple[dict[Any, Any], ...] = (self._ids, self._word_ids, self._under)
        for each in named:
            while each:
                each.popitem()
        listed: tuple[list[Any], ...] = (self._words, self._named, self.begins_with)
        for some in listed:
            while some:
                some.pop()

    def near_earlier(self, group: int, first: NDArray[np.int64]) -> int:
        """A near group that begins before this one, if there is one."""
        before = first[group]
        candidates = list(self._candidates(group))
        for _, unders in candidates:
            for under in unders:
                for other in under[:_TRIED_FIRST]:
                    if first[other] < before and self._are_near(group, other):
                        return other
        others = _together(
            self._likely(group, unders, length)
            for length, unders in candidates
            if any(len(under) > _TRIED_FIRST for under in unders)
        )
        near = self._near_of(group, others[first[others] < before], any_one=True)
        return int(near[0]) if len(near) else NONE

    def near_later(self, group: int, first: NDArray[np.int64]) -> Ids:
        """The near groups that begin after this one and have no witness."""
        others = _together(self._likely(group, unders, length) for length, unders in self._candidates(group))
        others = others[(self.witness[others] == NONE) & (first[others] > first[group])]
        return self._near_of(group, np.unique(others), any_one=False)

    def _candidates(self, group: int) -> Iterator[tuple[int, list["array[int]"]]]:
        """By number of words: under which of this one's words all near groups of so many are.

        Sets that share `s` of `n` words share one of any `n - s + 1` of them: here the rarest.
        """
        own = self._words[group]
        words = len(own)
        most = (SHARED - ALL) * words // ALL  # of a set that has all of ours
        for length in range(-(-ALL * words // (SHARED - ALL)), most + 1):
            if self._of_length[length]:
                tries = (self._under.get(_place(word, length)) for word in own)
                found = [under for under in tries if under is not None]
                absent = words - len(found)
                tried = words - _shared(words, length) + 1 - absent
                if tried > 0 and found:
                    found.sort(key=len)
                    yield length, found[:tried]

    def _likely(self, group: int, unders: Sequence["array[int]"], length: int) -> Ids:
        """Those that may be near, by their signature."""
        others = np.concatenate([np.frombuffer(under, np.int32) for under in unders])
        # So few of our words can be missing in a near one.
        words = int(self._lengths[group])
        missing = np.bitwise_count(self._signatures[group] & ~self._signatures[others])
        likely: Ids = others[(missing <= words - _shared(words, length)) & (others != group)]
        return likely

    def _near_of(self, group: int, others: Ids, *, any_one: bool) -> Ids:
        """Those that are near; with `any_one`, one of them is enough."""
        if len(others) > _FEW:
            if any_one:
                near = self._near_of(group, others[:_FEW], any_one=True)
                if len(near):
                    return near
            lengths = np.unique(self._lengths[others]).tolist()
            unders = [self._under.get(_place(word, each)) for word in self._words[group] for each in lengths]
            views = [np.frombuffer(under, np.int32) for under in unders if under is not None]
            shared = np.bincount(np.concatenate(views), minlength=self.size)[others]
            near = SHARED * shared >= ALL * (self._lengths[group] + self._lengths[others])
            close: Ids = others[near]
            return close
        found = [other for other in others.tolist() if self._are_near(group, other)]
        return np.array(found, np.int32)

    def _are_near(self, group: int, other: int) -> bool:
        ours, theirs = self._words[group], self._words[other]
        shared = len(set(ours).intersection(theirs))
        return group != other and SHARED * shared >= ALL * (len(ours) + len(theirs))


def _place(word: int, length: int) -> int:
    # Not a tuple: the garbage collector would look at hundreds of thousands of them.
    return word << 24 | length


def _shared(words: int, others: int) -> int:
    """How many words sets of so many share at least, if they are near."""
    return -(-ALL * (words + others) // SHARED)


def _together(parts: Iterable[Ids]) -> Ids:
    return np.concatenate([np.empty(0, np.int32), *parts])


def _signature(words: tuple[int, ...]) -> int:
    """64 bits, of which each word sets one: words that are in two sets set no more bits than there are."""
    bits = 0
    for word in words:
        bits |= 1 << (word % 64)
    return bits
