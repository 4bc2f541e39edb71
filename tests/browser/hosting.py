"""Another site, whose pages have a frame with a page of botlens in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Host:
    """A server on this machine that browsers know by any name below `localhost`, each a site of its own.

    Attributes:
        page: the HTML that it answers everything with.
        asked: the addresses that it was asked for, with what `Referer` said.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.page = ""

    def origin(self, name: str) -> str:
        """The origin of one of its sites."""
        return f"http://{name}.localhost:{self.port}"


class _Answer(BaseHTTPRequestHandler):
    def __init__(self, host: Host, *rest: object) -> None:
        self._host = host
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        body = self._host.page.encode() if self.path == "/" else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hosting() -> Iterator[Host]:
    """Such a server, for as long as the block lasts."""
    host = Host(0)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answer, host)) as server:
        host.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield host
        server.shutdown()
        thread.join()
