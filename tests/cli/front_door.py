"""A server's front door in this process: real sockets before a small app, times as short as a test wants."""

import asyncio
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botlens.serving.connections import Connections, Limits
from botlens.serving.server import Listening, bound, server_config

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Answer:
    """What came back: `rest` is what came after it."""

    status: int
    headers: dict[str, str]
    body: bytes
    rest: bytes = b""

    @property
    def code(self) -> str:
        """Of an error in the one shape."""
        error = json.loads(self.body)["error"]
        assert set(error) >= {"code", "message"}
        return str(error["code"])


class Door:
    """The app that stands behind it: it says what it was sent, and what it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.release = asyncio.Event()
        self.address: tuple[str, int] = ("", 0)
        self.server: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.seen.append(scope["path"])
        how = {"/early": self.early, "/stream": self.stream, "/slow": self.slow, "/large": self.large}
        if scope["path"] == "/known":
            scope["botlens.on_known"]()
        await how.get(scope["path"], self.echo)(receive, send)

    async def echo(self, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.seen.append("gone")
                return
            size += len(message["body"])
            more = message["more_body"]
        await self.say(send, f"{size}".encode())

    async def early(self, _: Any, send: Any) -> None:
        await self.say(send, b"no", 401)

    async def slow(self, _: Any, send: Any) -> None:
        await self.release.wait()
        await self.say(send, b"slow")

    async def large(self, _: Any, send: Any) -> None:
        await self.say(send, b"x" * (16 << 20))

    async def stream(self, _: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await self.release.wait()

    async def say(self, send: Any, body: bytes, status: int = 200) -> None:
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    def loop_call(self, what: Callable[[], object]) -> None:
        """Have something done on the event loop of the server."""
        self.loop.call_soon_threadsafe(what)

    def stand_still(self, seconds: float) -> None:
        """Have the server stand still while it reads: what comes meanwhile is read after what is due then."""
        ours, theirs = socket.socketpair()

        def stand() -> None:
            self.loop.remove_reader(theirs)
            time.sleep(seconds)
            ours.close()
            theirs.close()

        self.loop_call(lambda: self.loop.add_reader(theirs, stand))
        ours.send(b"x")

    def ask(self, request: bytes) -> "Caller":
        """A caller whose request the app has: who was starved, and was told 408, asks anew."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            caller, before = self.connect(request), len(self.seen)
            while len(self.seen) == before and not caller.is_told():
                assert time.monotonic() < until, "it has no request in time, and says nothing"
                time.sleep(0.005)
            if len(self.seen) > before:
                return caller
        raise AssertionError("it never has a request in time")

    def connect(self, *sent: bytes) -> "Caller":
        caller = Caller(socket.create_connection(self.address, timeout=120))
        for each in sent:
            caller.send(each)
        return caller


class Caller:
    """A client that says exactly what it is told to."""

    def __init__(self, to: socket.socket) -> None:
        self.socket = to

    def send(self, data: bytes) -> "Caller":
        self.socket.sendall(data)
        return self

    def answer(self) -> Answer:
        """The next answer."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        size = int(headers.get("content-length", 0))
        while len(rest) < size:
            rest += self._more()
        return Answer(int(first.split()[1]), headers, rest[:size], rest[size:])

    def is_told(self) -> bool:
        """Whether the server has said something, or closed."""
        said = select.poll()
        said.register(self.socket, select.POLLIN)
        return bool(said.poll(0))

    def is_closed(self) -> bool:
        """Wait until the server closes; False if it says something before."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _more(self) -> bytes:
        data = self.socket.recv(65536)
        assert data, "the server closed without a word"
        return data


@contextmanager
def door(*, grace: int = 2, **limits: Any) -> Iterator[Door]:
    """A server with these limits, for the block, that waits `grace` seconds in the end for who is served."""
    app = Door()
    given = {"connections": 100, **limits}
    connections = Connections(Limits(**given))
    with bound("127.0.0.1", 0) as listener:
        app.address = listener.getsockname()[:2]
        ready = threading.Event()
        config = server_config(app, connections)
        config.timeout_graceful_shutdown = grace
        app.server = Listening(config, connections, ready.set)
        thread = threading.Thread(target=app.server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert ready.wait(60)
        try:
            yield app
        finally:
            app.server.should_exit = True
            thread.join(60)
            assert not thread.is_alive()


def eventually(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
