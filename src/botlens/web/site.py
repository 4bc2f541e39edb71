"""The files of the built page, read once: nothing is looked up on the disk for a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from html import escape
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

DIST: Final = Path(str(files("botlens.web") / "dist"))
"""Where the build puts the page."""

_PAGE: Final = "index.html"
_NOT_SERVED: Final = frozenset((_PAGE, "manifest.json"))
_PACKED: Final = ".gz"
_ROOT: Final = '<meta name="botlens-root" content="'
_KINDS: Final = MappingProxyType(
    {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".ico": "image/x-icon",
        ".txt": "text/plain; charset=utf-8",
        ".woff2": "font/woff2",
    }
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page.

    Attributes:
        content: as it is.
        packed: the same as gzip, if that was worth it.
        kind: its `Content-Type`.
        validator: an entity tag of its content; weak, since it may go packed.
    """

    content: bytes
    packed: bytes | None
    kind: str
    validator: str


@dataclass(frozen=True, slots=True)
class Site:
    """The page and its files.

    Attributes:
        template: `index.html` as the build wrote it, with relative addresses.
        files: by path from the folder, with `/`.
    """

    template: str
    files: Mapping[str, File]

    def page(self, root: str) -> bytes:
        """The page of an app that is mounted at `root` ("" or "/somewhere"): its addresses begin so."""
        escaped = escape(root, quote=True)
        absolute = self.template.replace('="./', f'="{escaped}/')
        return absolute.replace(_ROOT, f"{_ROOT}{escaped}").encode()


def read_site(folder: Path = DIST) -> Site | None:
    """The page in a folder; None if it was not built."""
    page = folder / _PAGE
    if not page.is_file():
        return None
    found = {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != _PACKED
    }
    served = {name: file for name, file in found.items() if name not in _NOT_SERVED}
    return Site(page.read_text(encoding="utf-8"), MappingProxyType(served))


def _read(path: Path) -> File:
    content = path.read_bytes()
    packed = path.with_name(path.name + _PACKED)
    return File(
        content,
        packed.read_bytes() if packed.is_file() else None,
        _KINDS.get(path.suffix, "application/octet-stream"),
        f'W/"{blake2b(content, digest_size=12).hexdigest()}"',
    )
