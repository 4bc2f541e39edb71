"""A stand-in for a pooler: it hands on what is said to a PostgreSQL, but for the wish to stream its log."""

import contextlib
import socket
import struct
import threading


class Pooler:
    """Listens on 127.0.0.1, and talks to the server whose socket is in a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._folder}/.s.PGSQL.5432")
        with client, server, contextlib.suppress(OSError, struct.error):
            wish = self._wish(client)
            while len(wish) == 8:  # whether there is TLS
                server.sendall(wish)
                client.sendall(server.recv(1))
                wish = self._wish(client)
            server.sendall(without_replication(wish))
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join()

    @staticmethod
    def _wish(client: socket.socket) -> bytes:
        head = client.recv(4, socket.MSG_WAITALL)
        (length,) = struct.unpack(">I", head)
        return head + client.recv(length - 4, socket.MSG_WAITALL)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def without_replication(wish: bytes) -> bytes:
    """The first message of a client, without that parameter."""
    words = wish[8:].split(b"\0")
    pairs = [words[at : at + 2] for at in range(0, len(words) - 2, 2)]
    kept = b"".join(b"\0".join(pair) + b"\0" for pair in pairs if pair[0] != b"replication")
    return struct.pack(">I", len(kept) + 9) + wish[4:8] + kept + b"\0"
