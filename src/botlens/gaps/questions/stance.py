"""How well a question is understood by itself. Knows no store: the process that links begins without one."""

from enum import IntEnum


class Stance(IntEnum):
    """How well a question is understood by itself: the lower the better."""

    OPENS = 0
    """A conversation began with it."""
    FOLLOWS = 1
    """It was only asked later in conversations."""
    RETRIES = 2
    """It was only asked when an answer had failed: "No, I mean: ...". """
