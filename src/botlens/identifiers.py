"""What an id may not hold: the same rule for whatever comes in, be it an event, a chatbot or a request."""

import re

CONTROL_CHARACTERS = r"[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}]"
"""No id has one of these; as a pattern of RE2."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

RULE = "ids are strings of 1 to 128 characters, none of them a control character (a line end, say)"
"""The rule for ids, as the middle of a sentence."""


def has_control_character(text: str) -> bool:
    """Whether there is a control character in it (C0, DEL, C1), or one of the two line ends of Unicode.

    Nobody sees them, many programs cut them off or stop at them, and then one id is taken for another.
    """
    # What is printable has none; that is known in a fraction of the time.
    return not text.isprintable() and _CONTROL.search(text) is not None
