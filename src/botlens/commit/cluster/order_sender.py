"""Sends orders to the nodes that have the companies, and waits for what they answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore2

from botlens.cluster.order_seal import ORDER_SEAL, ORDERS_PATH, sealed_order
from botlens.cluster.ownership import There
from botlens.commit.derivation import Stop
from botlens.commit.order_wire import packed_order, unpacked_answer
from botlens.commit.orders import AnyOrder
from botlens.errors import OverloadedError
from botlens.jobs.leases import LeaseClaim

_CONNECT_SECONDS: Final = 1.0
_SILENT_SECONDS: Final = 10.0
"""Whoever works on an order says so each second; one that is silent for so long is frozen, or gone."""

_KEPT_SECONDS: Final = 30.0  # shorter than a server keeps a silent connection
_OK: Final = 200


class OrderUnansweredError(OverloadedError):
    """Another node did not answer: what was ordered may have been done, and is to be ordered again."""


class OrderStoppedError(Exception):
    """Who ordered does not want it any more."""


class OrderSender:
    """Sends orders, over connections that are kept. For any thread.

    Args:
        secret: that all nodes share.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._pool = httpcore2.ConnectionPool(max_keepalive_connections=10, keepalive_expiry=_KEPT_SECONDS)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def send(self, to: There, claim: LeaseClaim, order: AnyOrder, stop: Stop) -> Any:
        """Have another node carry an order out, and give its answer.

        Args:
            to: the node.
            claim: by which lease it is ordered.
            order: what.
            stop: asked each second whether to leave off: the other node does soon after.

        Raises:
            OrderUnansweredError: it does not answer, or no more.
            OrderStoppedError: that was stopped.
            BotlensError: what the order was not done for.
        """
        body = packed_order(claim, order)
        pieces: list[bytes] = []
        with self._answering(to, body) as response:
            if response.status != _OK:
                raise OrderUnansweredError(f"The node {to.node} takes no orders (HTTP {response.status}).")
            for piece in response.iter_stream():
                if stop():
                    raise OrderStoppedError
                pieces.append(piece)
        try:
            return unpacked_answer(b"".join(pieces), order)
        except ValueError as error:  # cut off, or of another version
            raise OrderUnansweredError(f"The node {to.node} gave no answer: {error}.") from error

    @contextmanager
    def _answering(self, to: There, body: bytes) -> Iterator[httpcore2.Response]:
        parts = urlsplit(to.url)
        headers = [
            (b"host", parts.netloc.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/octet-stream"),
            (ORDER_SEAL, sealed_order(self._secret, body)),
        ]
        url = httpcore2.URL(
            scheme=parts.scheme.encode(),
            host=(parts.hostname or "").encode(),
            port=parts.port,
            target=parts.path.encode() + ORDERS_PATH.encode(),
        )
        patience = {"connect": _CONNECT_SECONDS, "read": _SILENT_SECONDS, "write": _SILENT_SECONDS}
        try:
            with self._pool.stream(
                "POST", url, headers=headers, content=body, extensions={"timeout": patience}
            ) as response:
                yield response
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise OrderUnansweredError(f"The node {to.node} does not answer.") from error
