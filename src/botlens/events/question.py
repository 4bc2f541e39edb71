"""The normal form of a question, how it is shown, and which questions are near-identical."""

import re
import unicodedata
from collections.abc import Sequence

_TRAILING = ".!?…,;: "
SHOWN_CHARACTERS = 100
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def normal_form(text: str) -> str:
    """Fold what does not change a question's identity: NFKC, case, white space, trailing punctuation.

    Returns "" for a text that has nothing else in it; such a question is left out of every list.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).rstrip(_TRAILING)


def asked_again(forms: Sequence[str]) -> list[int]:
    """For each normal form 1 if it is near-identical to an earlier one, else 0."""
    again = [0] * len(forms)
    if len(forms) < 2:
        return again
    words: list[frozenset[str]] = []
    for place, form in enumerate(forms):
        own = words_of(form)
        for other in words:
            if near_identical(own, other):
                again[place] = 1
                break
        words.append(own)
    return again


def near_identical(words: frozenset[str], others: frozenset[str]) -> bool:
    """At least 60 % of all words of two questions are in both (the Jaccard similarity of the sets of words).

    A text without words is like no other.
    """
    # i >= 0.6 (a + b - i) in whole numbers, where i words of a and b are in both.
    return bool(words) and 8 * len(words & others) >= 3 * (len(words) + len(others))


def words_of(form: str) -> frozenset[str]:
    """The words of a normal form: between white space (which is blanks by now) and punctuation of ASCII."""
    if _PUNCTUATION.search(form):
        form = _PUNCTUATION.sub(" ", form)
    return frozenset(form.split())


def shown(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
