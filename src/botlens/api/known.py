"""How a server hears that a connection is of somebody it knows: such a one gives way to no stranger."""

from typing import Final

ON_KNOWN: Final = "botlens.on_known"
"""The key of a request's scope under which a server may leave what to call once the caller is known."""
