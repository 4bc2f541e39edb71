"""A part of a run that cannot be measured here is said aloud, never left out in silence."""


class SkippedError(Exception):
    """Something is not there; the message says what and what to do."""
