"""The number of the data folder's layout: a newer one is refused before anything is written."""

import os
from contextlib import suppress
from pathlib import Path

from botlens.errors import BotlensError

LAYOUT = 2
"""Of folder and store: raised when an older botlens could not use, or would spoil, what this one writes.

A new column does not raise it, nor a new definition: an older version leaves alone what it does not know.
2 has deletions of single messages, votes and ratings: an older version would show again what was taken back.
"""

_NAME = "layout"


class NewerLayoutError(BotlensError):
    """What is there was written by a newer botlens, in a way that this one does not know."""

    code = "newer_layout"

    def __init__(self, what: str, found: str) -> None:
        super().__init__(
            f"{what} is of a newer botlens (layout {found}; this version knows {LAYOUT}). Nothing was "
            "changed. Install that version again, or put back the copy that was made before the upgrade."
        )


def check_folder(data_dir: Path) -> None:
    """Pass if a folder is of a layout that this version knows, or is none yet. Folders of before say nothing.

    Raises:
        NewerLayoutError: it is not.
    """
    try:
        said = (data_dir / _NAME).read_text(errors="replace").strip()
    except OSError:  # there is none; whoever opens the folder says what else is wrong with it
        return
    if not (said.isascii() and said.isdigit() and int(said) <= LAYOUT):
        raise NewerLayoutError(f"The folder {data_dir}", said[:20] or "unknown")


def note_layout(data_dir: Path) -> None:
    """Say of which layout a folder is, for older versions to see. A full disk is no reason to stop."""
    path = data_dir / _NAME
    said = f"{LAYOUT}\n"
    with suppress(OSError):
        if path.exists() and path.read_text() == said:
            return
        new = path.with_suffix(".new")
        with new.open("w") as file:
            file.write(said)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
