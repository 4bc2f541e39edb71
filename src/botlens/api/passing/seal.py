"""What a node tells another of a request that it passes on, and how that knows it for the word of a node.

Nodes share a secret by PostgreSQL. What is told is sealed together with the head of the request, so that the
seal of one request is good for no other; a header without a good seal says nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec
from starlette.types import Scope

PASSED_ON: Final = b"x-botlens-passed-on"
"""The header in which it stands."""

SEALED_HEADERS: Final = (b"authorization", b"cookie", b"content-length", b"host", b"x-botlens-company")
"""What a request is without which it is another one, or has another body."""

Headers = Iterable[tuple[bytes, bytes]]


class NodeWord(msgspec.Struct, frozen=True):
    """What a node tells of a request that it passes on.

    Attributes:
        node: its name.
        client: the address of who asked it, if that is known, and the port.
        scheme: by which that was asked.
        is_local: whether a command of that node's own machine asks, for the company that is named.
        waited: seconds that it has waited by then for its company to be somewhere; nodes of earlier versions
            do not say.
    """

    node: str
    client: tuple[str, int] | None
    scheme: str
    is_local: bool
    waited: float = 0.0


class Seal:
    """Seals what a node tells.

    Args:
        secret: shared by the nodes of a cluster, and known to nobody else.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < sha256().digest_size:
            raise ValueError("a secret that could be guessed")
        self._secret = secret

    def of(self, arrived: NodeWord, scope: Scope) -> bytes:
        """The value of the header.

        Args:
            arrived: what is told.
            scope: of the request.
        """
        said = urlsafe_b64encode(msgspec.json.encode(arrived))
        return said + b"." + self._signature(said, scope)

    def opened(self, scope: Scope) -> NodeWord | None:
        """What is told of a request; None if nothing is, or not by a node of this cluster."""
        given = [value for name, value in scope["headers"] if name == PASSED_ON]
        if len(given) != 1:
            return None
        said, _, signature = given[0].partition(b".")
        if not hmac.compare_digest(signature, self._signature(said, scope)):
            return None
        return msgspec.json.decode(urlsafe_b64decode(said), type=NodeWord)

    def _signature(self, said: bytes, scope: Scope) -> bytes:
        parts: list[bytes] = [said, scope["method"].encode(), address_sent(scope)]
        parts += [name + b":" + value for name, value in scope["headers"] if name in SEALED_HEADERS]
        whole = b"".join(b"%d:%s," % (len(each), each) for each in parts)
        return hmac.digest(self._secret, whole, sha256().name).hex().encode()


def address_sent(scope: Scope) -> bytes:
    """The path and query of a request, as they were sent."""
    raw: Any = scope.get("raw_path") or scope["path"].encode()
    path: bytes = raw.partition(b"?")[0]
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path
