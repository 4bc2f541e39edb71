"""Files of packages that carry weights: found without an import, and looked at before they are used."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from botlens.gaps.meaning.model import ModelError

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """What is used of a package.

    Attributes:
        distribution: its name for pip, with the version whose files these are: `wordllama==0.2.2.post0`.
        package: its name in Python.
        sums: by path within it, the SHA-256 of each file that decides what a vector is.
    """

    distribution: str
    package: str
    sums: Mapping[str, str]

    def folder(self) -> Path:
        """Where the package lies.

        Raises:
            ModelError: it is not installed.
        """
        found = find_spec(self.package)
        places = list(found.submodule_search_locations or ()) if found else []
        if not places:
            raise ModelError(
                f"{self.distribution.partition('==')[0]} is not installed: pip install {self.distribution}"
            )
        return Path(places[0])

    def check(self) -> Path:
        """The folder, once every file in it is the one that is meant.

        Raises:
            ModelError: it is not installed, or a file is another.
        """
        folder = self.folder()
        for path, expected in self.sums.items():
            if checksum(folder / path) != expected:
                raise ModelError(
                    f"{path} of {self.package} is not the file that botlens knows, so it is not used:"
                    f" pip install --force-reinstall {self.distribution}"
                )
        return folder


def checksum(file: Path) -> str | None:
    """The SHA-256 of a file; None if there is none that can be read."""
    try:
        state = file.stat()
        return _sum_of(file, state.st_mtime_ns, state.st_size)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _sum_of(file: Path, changed: int, size: int) -> str:
    """Summed up once for each state of the file that its folder tells of."""
    del changed, size
    found = hashlib.sha256()
    with file.open("rb") as read:
        while part := read.read(_CHUNK):
            found.update(part)
    return found.hexdigest()
