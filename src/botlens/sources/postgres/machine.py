"""What this machine refuses while a source is followed: its disks are full, its files too many."""

import errno
from pathlib import Path
from typing import Final

from botlens.errors import BotlensError

_MEND: Final = {
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room on its disk",
    errno.EFBIG: "raise the limit of the size of files of this process (ulimit -f)",
    errno.EMFILE: "raise the limit of open files of this process (ulimit -n, or LimitNOFILE= of its unit)",
    errno.ENFILE: "raise the limit of open files of this machine (fs.file-max)",
}


class MachineRefusesError(BotlensError):
    """Something of this machine is used up, or may not be used; what was acknowledged is kept."""

    status = 503
    code = "machine_refuses"

    def __init__(self, error: OSError) -> None:
        place = f"{Path(str(error.filename)).parent}: " if error.filename else ""
        said = error.strerror or str(error) or type(error).__name__
        mend = _MEND.get(error.errno or 0)
        then = ". It is tried again by itself." if mend is None else f": {mend}, then it goes on by itself."
        super().__init__(f"{place}{said}{then}")
