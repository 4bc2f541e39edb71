"""The normal form of a question, and how a question is shown."""

import unicodedata

_TRAILING = ".!?…,;: "
SHOWN_CHARACTERS = 100


def normal_form(text: str) -> str:
    """Fold what does not change a question's identity: NFKC, case, white space, trailing punctuation.

    Returns "" for a text that has nothing else in it; such a question is left out of every list.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).rstrip(_TRAILING)


def shown(text: str) -> str:
    """A question as lists print it: white space collapsed, at most `SHOWN_CHARACTERS` characters."""
    return " ".join(text.split())[:SHOWN_CHARACTERS]
