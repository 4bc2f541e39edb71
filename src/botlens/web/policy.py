"""What a browser may do with the page: run its own scripts and ask its own server, and nothing else."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from botlens.web.instead import STYLE_HASH

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
    "base-uri 'none'",
    "form-action 'self'",
)

_STILL: Final = (
    "default-src 'none'",
    f"style-src {STYLE_HASH}",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
)

ALWAYS: Final[Mapping[str, str]] = MappingProxyType({"X-Content-Type-Options": "nosniff"})
"""Headers of every file."""


def instead_headers(framed_by: str = "'none'") -> dict[str, str]:
    """Headers of a page that stands instead of the page, and runs nothing; `framed_by` is a source of CSP."""
    policy = "; ".join((*_STILL, f"frame-ancestors {framed_by}"))
    return {
        **ALWAYS,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def page_headers(framed_by: Sequence[str] = ()) -> dict[str, str]:
    """Headers of a page.

    Args:
        framed_by: the origins whose pages may show it in a frame; by default nobody.
    """
    ancestors = " ".join(framed_by) or "'none'"
    policy = "; ".join((*_POLICY, f"frame-ancestors {ancestors}"))
    return {**ALWAYS, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
