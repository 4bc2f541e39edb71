"""The folder of a run: what was loaded into it, so that a second run on it need not load again."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.dataset import anchor_of
from benchmarks.sizes import fill


@dataclass(frozen=True, slots=True)
class Work:
    """A folder for one size of the data set."""

    folder: Path
    size: str
    anchor: datetime

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    def botlens(self, times: int = 1) -> tuple[Path, dict[str, Any]]:
        """A filled data folder of botlens, and what was said when it was filled."""
        folder = self.folder / f"botlens-{times}x"
        said = self.folder / f"{folder.name}.json"
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            found = fill(folder, self.size, self.anchor, "--times", str(times))
            said.write_text(json.dumps(found))
        return folder, json.loads(said.read_text())

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        """An empty folder that is deleted at the end."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o755)  # see `work_folder`
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def a_copy(self, folder: Path) -> Iterator[Path]:
        """A copy to write to, so that what was loaded stays as it was."""
        copied = folder.with_name(f"{folder.name}-written")
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(folder, copied, symlinks=True)  # ClickHouse keeps links between its folders
        try:
            yield copied
        finally:
            shutil.rmtree(copied, ignore_errors=True)


@contextmanager
def work_folder(size: str, kept: Path | None) -> Iterator[Work]:
    """A new folder that is deleted at the end, or the one that the caller keeps."""
    if kept is not None:
        yield _opened(kept.resolve(), size)
        return
    folder = Path(tempfile.mkdtemp(prefix="botlens-bench-"))
    try:
        folder.chmod(0o755)  # PostgreSQL runs as somebody else, if we are root
        yield _opened(folder, size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _opened(folder: Path, size: str) -> Work:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dataset.json"
    if not path.exists():
        path.write_text(json.dumps({"size": size, "anchor": anchor_of(datetime.now(UTC)).isoformat()}))
    said = json.loads(path.read_text())
    if said["size"] != size:
        raise SystemExit(f"{folder} holds the data set `{said['size']}`, not `{size}`: name another --work.")
    return Work(folder, size, datetime.fromisoformat(said["anchor"]))
