"""Which language a text is in, as far as a few words tell: for events that do not say it."""

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from botlens.gaps.naming.stop_words import STOP_WORDS

UNCLEAR: Final = "und"
"""The code of a language that is not known (RFC 5646)."""

_WORDS = re.compile(r"[^\W\d_]+")

_SCRIPTS: Final = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
"""Scripts of one language, or nearly so; of Japanese, what Chinese has not."""

_LETTERS: Final = {
    "de": "ßäöü",
    "fr": "çœèêëàùûîï",
    "es": "ñ¿¡áíóú",
    "it": "àèìòù",
    "pt": "ãõçâêôáí",
    "tr": "ğışç",
    "pl": "łąęśżźćń",
    "sv": "åäö",
    "da": "æøå",
    "uk": "їєґі",
    "ru": "ыэъё",
    "ar": "ةىإأ",
}
"""Letters that speak for a language, though others may have them, too."""

_OF_A_LETTER: Final = 0.5


def _weights() -> dict[str, list[tuple[str, float]]]:
    """By word, the languages that it is a stop word of, and how much it speaks for each."""
    shared = Counter(word for words in STOP_WORDS.values() for word in words)
    found: dict[str, list[tuple[str, float]]] = {}
    for language, words in STOP_WORDS.items():
        for word in sorted(words):
            found.setdefault(word, []).append((language, 1 / shared[word]))
    return found


_SPEAKS_FOR: Final = _weights()


@lru_cache(maxsize=8_192)
def language_of(text: str) -> str:
    """The code of the language of a text, such as `de`; `und` where nothing, or too little, tells.

    A guess by letters and by small words: good for a sentence, of no use for a name.
    """
    for language, script in _SCRIPTS:
        if script.search(text):
            return language
    small = text.casefold()
    votes = dict.fromkeys(STOP_WORDS, 0.0)
    for word in _WORDS.findall(small):
        for language, weight in _SPEAKS_FOR.get(word, ()):
            votes[language] += weight
    for language, letters in _LETTERS.items():
        votes[language] += _OF_A_LETTER * any(each in small for each in letters)
    first, second = sorted(votes, key=lambda language: -votes[language])[:2]
    return first if votes[first] >= _OF_A_LETTER and votes[first] > votes[second] else UNCLEAR
