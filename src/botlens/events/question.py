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
    """For each normal form 1 if it is near-identical to an earlier one, else 0.

    Near-identical: at least 60 % of all words of both are in both (the Jaccard similarity of the sets of
    words). A text without words is like no other. The store compares questions of different conversations by
    the same rule.
    """
    again = [0] * len(forms)
    if len(forms) < 2:
        return again
    words: list[frozenset[str]] = []
    for place, form in enumerate(forms):
        own = _words(form)
        size = len(own)
        for other in words:
            # i >= 0.6 (a + b - i) in whole numbers, where i words of a and b are in both.
            if size and 8 * len(own & other) >= 3 * (size + len(other)):
                again[place] = 1
                break
        words.append(own)
    return again


def _words(form: str) -> frozenset[str]:
    """The words of a normal form: between white space (which is blanks by now) and punctuation of ASCII."""
    if _PUNCTUATION.search(form):
        form = _PUNCTUATION.sub(" ", form)
    return frozenset(form.split())


def shown(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
