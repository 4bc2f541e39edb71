"""The life cycle of gaps: the one door to what people and the proof say of them."""

from botlens.gaps.life_cycle.joining import GapJoining
from botlens.gaps.life_cycle.links import GapLinks


class GapLifeCycle(GapJoining, GapLinks):
    """States, history, lineage and links. Synchronous, and safe to share between threads.

    Every method may raise `OverloadedError` (`accounts_unavailable`) if the database cannot be reached.
    """
