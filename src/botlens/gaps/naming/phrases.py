"""What a group is about, in a few phrases that its questions have and those of others have not."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil, log
from typing import Final

from botlens.gaps.naming.stop_words import stop_words_of

_MOST_WORDS: Final = 3
_MOST_CHARACTERS: Final = 4
"""Of scripts that write no blanks between words, where a token is a character."""

_READ: Final = 400
"""Questions of a group that are looked at: more of them change no phrase."""

_SHARE: Final = 0.08
"""Of the questions of a group, that have a phrase at least."""

_LONGEST: Final = 300
"""Characters of a question that are read."""

_UNSPACED: Final = r"\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
_TOKENS = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W\d_{_UNSPACED}]+)*")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

Tokens = tuple[str, ...]


class PhraseBook:
    """Class-based TF-IDF: a word counts by how often its group has it, and the less, the more all others do.

    Args:
        groups: of all groups, the questions.
    """

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._frequency: Counter[str] = Counter()
        for texts in groups:
            for text in texts[:_READ]:
                self._frequency.update(set(_TOKENS.findall(text[:_LONGEST].casefold())))
        self._words_of_a_group = max(1.0, sum(self._frequency.values()) / max(1, len(groups)))

    def phrases(
        self, texts: Sequence[str], languages: Sequence[str], tries: Sequence[bool] = (), most: int = 5
    ) -> list[str]:
        """The phrases that tell a group, the best first.

        None stands inside another, begins or ends with a stop word, or begins with a number; each is in two
        questions, and in a twelfth of all, at least. "That does not answer my question" tells nothing: one of
        the questions must be more than another try, if any is.

        Args:
            texts: the questions of the group.
            languages: of each.
            tries: of each, whether it is no more than another try of one before it.
            most: how many phrases are given.
        """
        support: Counter[Tokens] = Counter()
        first_said: set[Tokens] = set()
        again = list(tries[:_READ]) if not all(tries) else [False] * len(texts[:_READ])
        for text, language, is_try in zip(texts[:_READ], languages[:_READ], again, strict=True):
            found = set(_phrases_of(text[:_LONGEST].casefold(), language))
            support.update(found)
            if not is_try:
                first_said |= found
        least = max(min(2, len(texts)), ceil(_SHARE * len(texts[:_READ])))
        scored = sorted(
            (-self._score(each, count), each)
            for each, count in support.items()
            if count >= least and each in first_said
        )
        chosen: list[Tokens] = []
        for _, each in scored:
            if len(chosen) == most:
                break
            if not any(_inside(each, other) or _inside(other, each) for other in chosen):
                chosen.append(each)
        return [_written(each) for each in chosen]

    def _score(self, phrase: Tokens, count: int) -> float:
        words = set(phrase)
        rarity = sum(
            log(1 + self._words_of_a_group / max(1, self._frequency[word])) for word in sorted(words)
        )
        return round(count * rarity, 9)


def _phrases_of(text: str, language: str) -> Iterator[Tokens]:
    """The phrases of a text: words in a row, with nothing but a blank or a hyphen between them."""
    stop = stop_words_of(language)
    found = list(_TOKENS.finditer(text))
    for at, first in enumerate(found):
        if first[0] in stop or first[0].isdecimal():
            continue
        unspaced = bool(_IS_UNSPACED.match(first[0]))
        most = _MOST_CHARACTERS if unspaced else _MOST_WORDS
        for end in range(at, min(at + most, len(found))):
            last = found[end]
            if end > at and not _goes_on(text, found[end - 1], last):
                break
            if last[0] not in stop and (end > at or not unspaced):
                yield tuple(each[0] for each in found[at : end + 1])


def _goes_on(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two tokens belong to one run of words."""
    if bool(_IS_UNSPACED.match(one[0])) != bool(_IS_UNSPACED.match(other[0])):
        return False
    return text[one.end() : other.start()] in {"", " ", "-"}


def _inside(inner: Tokens, outer: Tokens) -> bool:
    """Whether one phrase stands in another."""
    return any(outer[at : at + len(inner)] == inner for at in range(len(outer) - len(inner) + 1))


def _written(phrase: Tokens) -> str:
    return ("" if _IS_UNSPACED.match(phrase[0]) else " ").join(phrase)
