"""How a node knows that another node of its cluster orders something: by a secret that all of them share.

What is sealed is the whole order. Sent again by whoever has seen it, it is done again, which changes nothing.
"""

import hmac
from hashlib import sha256
from typing import Final

ORDERS_PATH: Final = "/v1/nodes/orders"
"""Where nodes take orders of each other, below their URLs."""

ORDER_SEAL: Final = b"x-botlens-order"
"""The header that has the seal; what comes without it is nobody's order."""

_PURPOSE: Final = b"an order of a node: "


def sealed_order(secret: bytes, body: bytes) -> bytes:
    """The value of the header."""
    digest = sha256(body).hexdigest().encode()
    return digest + b"." + _signature(secret, digest)


def digest_of_order(secret: bytes, seal: bytes) -> bytes | None:
    """The digest that the order must have; None of a seal that no node of the cluster has made.

    So it is known whose the order is before it is read.
    """
    digest, _, signature = seal.partition(b".")
    return digest if hmac.compare_digest(signature, _signature(secret, digest)) else None


def is_order(body: bytes, digest: bytes) -> bool:
    """Whether it is what was sealed."""
    return hmac.compare_digest(sha256(body).hexdigest().encode(), digest)


def _signature(secret: bytes, digest: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + digest, sha256().name).hex().encode()
