"""The process of `nursery.py`: imports what children need once, then forks one off for each order.

python -m tests.nursery_process DESCRIPTOR    of a socket; it ends when the other end does
"""

import array
import atexit
import ctypes
import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

import botlens

_BESIDES = (
    "alembic.ddl.postgresql",
    "alembic.ddl.sqlite",
    "anyio._backends._asyncio",
    "clickhouse_connect.driver.httpclient",
    "fastapi.testclient",
    "psycopg_binary",
    "pydantic.v1",
    "rich._emoji_codes",
    "rich.traceback",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "typer.rich_utils",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "xml.etree.ElementTree",
)
"""What is imported only when something is done. Not chdb: it has threads, which no child would have."""


def _import_all() -> None:
    for found in pkgutil.walk_packages(botlens.__path__, "botlens."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    for name in _BESIDES:
        importlib.import_module(name)
    # A child has no other thread than this one, but what another held. Those of libraries know of forks.
    assert threading.active_count() == 1


def _orders(listener: socket.socket) -> tuple[socket.socket, dict[str, Any], list[int]] | None:
    """The next order: where to tell of it, what it says, and the three descriptors of the child."""
    size = array.array("i", [0] * 4)
    said, ancillary, _, _ = listener.recvmsg(1 << 20, socket.CMSG_LEN(4 * size.itemsize))
    if not said:
        return None
    handed = array.array("i")
    for _, _, data in ancillary:
        handed.frombytes(data)
    teller, *streams = handed
    return socket.socket(fileno=teller), json.loads(said), streams


class _Children:
    """The processes that live, and where the end of each is to be told."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[int, socket.socket]] = {}

    def begins(self, child: int, teller: socket.socket) -> int:
        """Tell the number of a child; returns a descriptor that can be read once it has ended."""
        with suppress(BrokenPipeError):  # nobody waits for it any more
            teller.sendall(f"{child}\n".encode())
        ended = os.pidfd_open(child)
        self._of[ended] = child, teller
        return ended

    def ended(self, descriptor: int) -> None:
        """Tell how that one ended."""
        child, teller = self._of.pop(descriptor)
        os.close(descriptor)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with teller, suppress(BrokenPipeError):  # nobody waits for it any more
            teller.sendall(f"{status}\n".encode())

    def forget(self) -> None:
        """In a child: what is told of the others is not its own."""
        for descriptor, (_, teller) in self._of.items():
            os.close(descriptor)
            teller.close()


def _become(order: dict[str, Any], streams: list[int]) -> None:
    """Be as a process is that was started anew with these arguments, in this folder and environment."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    time.tzset()
    tempfile.tempdir = None
    if "PYTHONFAULTHANDLER" in os.environ:
        faulthandler.enable()
    sys.argv = [order["module"], *order["arguments"]]


def _end(code: int) -> None:
    """End as Python does, but take nothing apart: all that was imported would be copied for that.

    Threads are waited for, what is to be done at the end is done; libraries end as they always do.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)  # Python has its own way with streams that cannot be written
    ctypes.PyDLL(None).exit(code)


def _run(order: dict[str, Any], streams: list[int]) -> None:
    """Do what was ordered, and end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _become(order, streams)
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")
    try:
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise  # a sentence, which Python prints
        _end(end.code or 0)
    _end(0)


def main(descriptor: int) -> None:
    """Take orders until nobody is left who gives any; a child never comes back."""
    listener = socket.socket(fileno=descriptor)
    _import_all()
    gc.collect()
    gc.freeze()  # whoever looks for garbage in all this has to copy it first
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C is for whoever gives the orders
    children, news = _Children(), select.poll()
    news.register(listener, select.POLLIN)
    while True:
        for ready, _ in news.poll():
            if ready != listener.fileno():
                news.unregister(ready)
                children.ended(ready)
                continue
            if (taken := _orders(listener)) is None:
                return
            teller, order, streams = taken
            child = os.fork()
            if child == 0:
                for each in (listener, teller):
                    each.close()
                children.forget()
                _run(order, streams)
            for stream in streams:
                os.close(stream)
            news.register(children.begins(child, teller), select.POLLIN)


if __name__ == "__main__":
    main(int(sys.argv[1]))
