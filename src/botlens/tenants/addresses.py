"""Addresses and origins that people give for others' browsers: only what can do no harm there."""

import re
from typing import Final
from urllib.parse import urlsplit

from botlens.errors import InvalidError
from botlens.identifiers import has_control_character

LINK_LENGTH: Final = 2_000

_HOST: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_ORIGIN: Final = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?")
_LONGEST_HOST: Final = 253
_PORTS: Final = {"http": 80, "https": 443}
_SPACE: Final = re.compile(r"\s")


def web_link(value: object, field: str = "link") -> str:
    """An address that a page may offer to be followed: http or https, without a login in it.

    Raises:
        InvalidError: it is none. `javascript:` and the like would run in the page of whoever follows it.
    """
    wrong = InvalidError(
        f"'{field}' must be an address like https://example.com/changes, of at most {LINK_LENGTH:,} "
        "characters, without a login in it.",
        field=field,
    )
    if not isinstance(value, str) or len(value) > LINK_LENGTH or _SPACE.search(value):
        raise wrong
    if has_control_character(value) or any("\ud800" <= c <= "\udfff" for c in value) or "\\" in value:
        raise wrong
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or port == 0:
        raise wrong
    return value


def origin(value: object, field: str = "origins") -> str:
    """An origin as browsers send it, and as it may stand in a `Content-Security-Policy`.

    Raises:
        InvalidError: it is none. Nothing is taken that a policy would read as more than one origin.
    """
    text = value.lower().removesuffix("/") if isinstance(value, str) else ""
    found = _ORIGIN.fullmatch(text)
    if found is None or len(found[2]) > _LONGEST_HOST or not _is_port(found[3]):
        raise InvalidError(
            f"{str(value)[:100]!r} is no origin: it reads like https://app.example.com, without a path or "
            "wildcard; letters beyond a-z are written as in the address that browsers send (xn--...).",
            field=field,
        )
    scheme, host, port = found[1], found[2], found[3]
    return (
        f"{scheme}://{host}"
        if port is None or int(port) == _PORTS[scheme]
        else f"{scheme}://{host}:{int(port)}"
    )


def _is_port(text: str | None) -> bool:
    return text is None or 0 < int(text) < 1 << 16
