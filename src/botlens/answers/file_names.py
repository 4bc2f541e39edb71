"""What files are called: what they hold, of which chatbot if it is one, and the local days of the window."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from botlens.moments import MICROSECOND

_IN_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def file_name(
    what: Sequence[str],
    chatbots: Sequence[str],
    window: tuple[datetime | None, datetime | None],
    zone: ZoneInfo,
    suffix: str,
) -> str:
    """The name of a file: safe in any header and on any disk.

    Args:
        what: it holds, in words of ours.
        chatbots: that were asked for by name; one alone is told, if its id may be in the name of a file.
        window: the first moment, and that before which it ends; None is open.
        zone: of the local days.
        suffix: of its format.
    """
    parts = ["botlens", *what]
    if len(chatbots) == 1:
        parts += [each for each in chatbots if _IN_FILE_NAME.fullmatch(each)]
    start, end = window
    if start is None and end is None:
        parts.append("all")
    if start is not None:
        parts += ["from", start.astimezone(zone).date().isoformat()]
    if end is not None:
        parts += ["to", (end - MICROSECOND).astimezone(zone).date().isoformat()]
    return f"{'-'.join(parts)}.{suffix}"
