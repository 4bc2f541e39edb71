"""The normal form of a question, how it is shown, and which questions are near-identical."""

import unicodedata
from collections.abc import Sequence
from string import punctuation

_TRAILING = ".!?…,;: "
SHOWN_CHARACTERS = 100
_PUNCTUATION_TO_BLANKS = bytes.maketrans(punctuation.encode(), b" " * len(punctuation))


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
    earlier: list[tuple[int, frozenset[bytes]]] = []
    for place, form in enumerate(forms):
        own = _words(form)
        size = len(own)
        if not size:
            continue
        for other_size, other in earlier:
            # i >= 0.6 (a + b - i) in whole numbers, where i words of a and b are in both.
            if 8 * len(own & other) >= 3 * (size + other_size):
                again[place] = 1
                break
        earlier.append((size, own))
    return again


def _words(form: str) -> frozenset[bytes]:
    """The words of a normal form: between white space (which is blanks by now) and punctuation of ASCII."""
    return frozenset(form.encode().translate(_PUNCTUATION_TO_BLANKS).split())


def shown(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
