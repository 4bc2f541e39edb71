"""How a gap is told: its title in each language, the phrases that tell it from others, and its languages."""

from botlens.gaps.naming.languages import language_of
from botlens.gaps.naming.phrases import PhraseBook
from botlens.gaps.naming.titles import Titles, central, titles_of

__all__ = ["PhraseBook", "Titles", "central", "language_of", "titles_of"]
