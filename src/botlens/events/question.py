"""The normal form of a question, how it is shown, and which questions are near-identical."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_TRAILING = ".!?…,;: "
SHOWN_CHARACTERS = 100
_BETWEEN_WORDS = re.compile(r"[\s!-/:-@\[-`{-~]+", re.ASCII)  # white space and punctuation of ASCII


def normal_form(text: str) -> str:
    """Fold what does not change a question's identity: NFKC, case, white space, trailing punctuation.

    Returns "" for a text that has nothing else in it; such a question is left out of every list.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).rstrip(_TRAILING)


def asked_again(forms: Sequence[str]) -> list[int]:
    """For each normal form 1 if it is near-identical to an earlier one, else 0.

    Near-identical: at least 60 % of all words of both are in both (the Jaccard similarity of the sets of
    words). A text without words is like no other. The store compares questions of different conversations by
    the same rule.
    """
    if len(forms) < 2:
        return [0] * len(forms)
    words = [_words(form) for form in forms]
    return [
        int(any(_alike(own, words[earlier]) for earlier in range(place))) for place, own in enumerate(words)
    ]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    # i >= 0.6 (a + b - i) in whole numbers, where i words of a and b are in both.
    return bool(one) and 8 * len(one & other) >= 3 * (len(one) + len(other))


@lru_cache(maxsize=16_384)
def _words(form: str) -> frozenset[str]:
    return frozenset(_BETWEEN_WORDS.split(form)) - {""}


def shown(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
