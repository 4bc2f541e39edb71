"""The normal form of a question, how it is shown, and which questions are near-identical."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from string import punctuation

from botlens.events.characters import FORMAT, SENTENCE_MARKS

_TRAILING_ASCII = "".join(filter(str.isascii, SENTENCE_MARKS)) + " "
_TRAILING = SENTENCE_MARKS + " "
_format = re.compile(f"[{FORMAT}]+")
SHOWN_CHARACTERS = 100
_PUNCTUATION_TO_BLANKS = bytes.maketrans(punctuation.encode(), b" " * len(punctuation))


def normal_form(text: str) -> str:
    """Fold what does not change a question's identity: format characters, NFKC, case, white space, and the
    marks at the end of a sentence in any script.

    Returns "" for a text that has nothing else in it; such a question is left out of every list.
    """
    if text.isascii():
        return " ".join(text.casefold().split()).rstrip(_TRAILING_ASCII)
    # Before NFKC: what a format character keeps apart (a letter and its accent) is one character without it.
    if not text.isprintable():  # line ends are not, and format characters, which are rarer
        text = " ".join(text.split())
        text = text if text.isprintable() else _format.sub("", text)
    text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).rstrip(_TRAILING)


# i >= 0.6 (a + b - i) in whole numbers, where i words of a and b are in both: 8 i >= 3 (a + b).
SHARED, ALL = 8, 3
"""Sets of `a` and `b` words that share `i` are near-identical if `SHARED * i >= ALL * (a + b)`."""

_SHORT = 200
"""Characters of normal forms whose words are remembered: a few MiB for all of them, whatever people write."""

Words = frozenset[bytes]
"""The words of a question, in UTF-8: bytes are taken apart faster than text."""


def asked_again(forms: Sequence[str]) -> list[int]:
    """For each normal form 1 if it is near-identical to an earlier one, else 0."""
    again = [0] * len(forms)
    if len(forms) < 2:
        return again
    earlier: list[Words] = []
    for place, form in enumerate(forms):
        own = _remembered(form) if len(form) <= _SHORT else words_of(form)
        size = len(own)
        if not size:
            continue
        for other in earlier:
            # As `near_identical` has it, here without a call: each event that is counted comes through here.
            if not own.isdisjoint(other) and SHARED * len(own & other) >= ALL * (size + len(other)):
                again[place] = 1
                break
        earlier.append(own)
    return again


def near_identical(words: Words, others: Words) -> bool:
    """At least 60 % of all words of two questions are in both (the Jaccard similarity of the sets of words).

    A text without words is like no other.
    """
    return bool(words) and SHARED * len(words & others) >= ALL * (len(words) + len(others))


def words_of(form: str) -> Words:
    """The words of a normal form: between white space (which is blanks by now) and punctuation of ASCII."""
    return frozenset(form.encode().translate(_PUNCTUATION_TO_BLANKS).split())


_remembered = lru_cache(maxsize=4_096)(words_of)
"""A conversation is looked at again with each of its events, and people ask the same."""


def display_text(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
