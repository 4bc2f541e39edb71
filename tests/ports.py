"""Ports of this machine for servers that begin later, or again."""

import socket


def kept_port() -> socket.socket:
    """Has a port of 127.0.0.1, which nobody else is given as long as it is open.

    It does not listen, so whoever knows the port and sets SO_REUSEADDR may; until then nobody is there.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found
