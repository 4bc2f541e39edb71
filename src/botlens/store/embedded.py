"""How the engine inside this process is set up."""

import ctypes
import os
import resource
import shutil
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from botlens.errors import InvalidError

_MEBIBYTE = 1 << 20

SETTINGS: Final = {
    # All parts of a statement read one state of a table (see `answers.queries`).
    "enable_shared_storage_snapshot_in_query": 1,
    # Otherwise a statement gets one thread for each 4 GiB of free memory, and several for many rows only.
    "max_threads_min_free_memory_per_thread": 0,
    "merge_tree_min_rows_for_concurrent_read": 32_768,
    "merge_tree_min_bytes_for_concurrent_read": 1 << 20,
}

_CONFIG = """<clickhouse>
  <logger><console>false</console><level>none</level></logger>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>{marks}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_common_pool_size>1</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <user_files_path>{folder}/no-user-files</user_files_path>
</clickhouse>
"""


_FEWEST = 80
_DESCRIPTORS = 16
_NOTHING = os.devnull.encode()
_libc = ctypes.PyDLL(None, use_errno=True)
"""Calls of the system that keep the interpreter: `os` lets go of it at each, and a busy thread takes it.

No other thread of Python runs meanwhile, so none can inherit, or run out for want of, what is tried.
"""


def require_limit() -> None:
    """Pass if this process may have as many descriptors as the engine takes while it opens an empty folder.

    Raises:
        InvalidError: it may not. With somewhat fewer it fails, with few it neither opens nor ends.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FEWEST:
        message = (
            f"This process may open {soft} files at once, and the event store alone needs {_FEWEST} and "
            "more: raise its limit (ulimit -n 1024, or LimitNOFILE= of its unit)."
        )
        raise InvalidError(message)


def require_descriptors() -> None:
    """Pass if the engine will find the descriptors that a call needs: without, some calls never come back.

    Raises:
        OSError: there are too few. They are tried out, a microsecond each: there is no other way to know.
    """
    tried: list[int] = []
    try:
        while len(tried) < _DESCRIPTORS:
            descriptor = _libc.dup(tried[0]) if tried else _libc.open(_NOTHING, os.O_RDONLY)
            if descriptor < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            tried.append(descriptor)
    finally:
        for each in tried:
            _libc.close(each)


def prepare(folder: Path, memory_mib: int) -> dict[str, str]:
    """Make ready for the engine in a folder; returns the options to open it with.

    Its configuration is written anew, so that no `config.xml` of the working directory is read.

    Raises:
        InvalidError: see `require_limit`.
    """
    require_limit()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder.parent / "clickhouse.xml"
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    config.write_text(
        _CONFIG.format(memory=memory_mib * _MEBIBYTE, marks=64 * _MEBIBYTE, folder=escape(str(folder)))
    )
    return {"config-file": str(config)}
