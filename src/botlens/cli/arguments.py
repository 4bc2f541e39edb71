"""The arguments of this process, as other users of the machine see them in a list of processes."""

import ctypes
import re
import sys
from pathlib import Path

_PASSWORD = re.compile(rb"(?<=://)[^:/@\0]*:(?P<first>[^/@\0]*)@|[?&](?:ssl)?password=(?P<second>[^&\0]*)")
_PLACE = (47, 48)
"""Of the fields of /proc/self/stat: where in the memory of the process its arguments begin and end."""


def hide_passwords() -> None:
    """Overwrite the passwords of URLs among the arguments; `sys.argv` keeps them.

    Linux shows everybody what stands there in the memory of a process. Elsewhere nothing is done.
    """
    if not any("://" in each for each in sys.argv):
        return
    try:
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        start, end = (int(fields[place - 2]) for place in _PLACE)
    except (OSError, ValueError, IndexError):
        return
    if not 0 < start < end:
        return
    for found in _PASSWORD.finditer(ctypes.string_at(start, end - start)):
        first, last = found.span(found.lastgroup or 0)
        ctypes.memset(start + first, ord("*"), last - first)
