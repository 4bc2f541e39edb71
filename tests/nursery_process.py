"""The process of `nursery.py`: imports what children need once, then forks one off for each order.

python -m tests.nursery_process DESCRIPTOR    of a socket; it ends when the other end does
"""

import array
import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
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


def _watch_over(teller: socket.socket, child: int) -> None:
    """Tell the number of a child, and how it ended."""
    teller.sendall(f"{child}\n".encode())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    teller.sendall(f"{status}\n".encode())


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


def main(descriptor: int) -> None:
    """Take orders until nobody is left who gives any; a child comes back when its order is done."""
    listener = socket.socket(fileno=descriptor)
    _import_all()
    gc.collect()
    gc.freeze()  # whoever looks for garbage in all this, at the latest at its end, has to copy it first
    while taken := _orders(listener):
        teller, order, streams = taken
        # The one who watches over a child is a process, too, so that nobody waits for another's.
        if os.fork() == 0:
            listener.close()
            child = os.fork()
            if child == 0:
                teller.close()
                _become(order, streams)
                warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")
                runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
                return
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for stream in streams:
                os.close(stream)
            _watch_over(teller, child)
            os._exit(0)
        for each in (teller.detach(), *streams):
            os.close(each)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
