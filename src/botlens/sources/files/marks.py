"""How far the import of a file has come: kept in the data folder until it is complete."""

import hashlib
from pathlib import Path

import msgspec

from botlens.folder.ownership import make_folder
from botlens.sources.files.positions import position_after
from botlens.sources.importing import ImportProgress


class _Done(msgspec.Struct):
    position: str | int  # a number in marks of 0.1, which counted records and nothing else
    records: int = 0
    accepted: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)


class _Kept(msgspec.Struct):
    file: str
    size: int
    modified: int
    progress: _Done


class FileMark:
    """The mark of one file that goes to one place, see `importing.Mark`.

    Args:
        data_dir: the data folder.
        file: what is imported. Once it is changed, what was kept of it no longer counts.
        target: where it goes to and how it is read; another target has its own mark.
    """

    def __init__(self, data_dir: Path, file: Path, target: tuple[str, ...]) -> None:
        self._data_dir = data_dir
        self._file = file.resolve()
        name = hashlib.sha256(msgspec.json.encode([str(self._file), *target])).hexdigest()[:24]
        self._path = data_dir / "imports" / f"{name}.json"

    def load(self) -> ImportProgress:
        """Where to go on; the start if there is nothing to go on from."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return ImportProgress()
        if (kept.size, kept.modified) != self._identity():
            return ImportProgress()
        done = kept.progress
        if isinstance(done.position, int):
            return ImportProgress(position_after(done.position), done.position, done.accepted, done.rejected)
        return ImportProgress(done.position, done.records, done.accepted, done.rejected)

    def save(self, progress: ImportProgress) -> None:
        """Keep this much."""
        make_folder(self._data_dir)
        self._path.parent.mkdir(exist_ok=True)
        size, modified = self._identity()
        done = _Done(progress.position, progress.records, progress.accepted, progress.rejected)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(_Kept(str(self._file), size, modified, done)))
        new.replace(self._path)

    def remove(self) -> None:
        """The import is complete."""
        self._path.unlink(missing_ok=True)

    def _identity(self) -> tuple[int, int]:
        status = self._file.stat()
        return status.st_size, status.st_mtime_ns
