"""What addresses in settings must be. Each function gives one as it is used, or raises a `ValueError`."""

import ipaddress
from urllib.parse import urlsplit


def is_host(said: str) -> bool:
    """Whether a name can be looked up: `...` cannot, and Python raises no `OSError` where that is tried."""
    try:
        said.encode("idna")
    except UnicodeError:  # a part that is empty or too long
        return False
    return bool(said)


def without_password(url: str) -> str:
    """Where a server and a database are, for people: no user, no password, no options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def is_http(said: str) -> bool:
    """Whether it is the address of something that speaks HTTP."""
    parts = urlsplit(said)
    return parts.scheme in {"http", "https"} and is_host(parts.hostname or "")


def origin_of(said: str) -> str:
    """An origin as browsers send it."""
    parts = urlsplit(said.lower())
    if not is_http(said.lower()) or said.count("/") != 2:
        raise ValueError(f"`{said}` is no origin: it reads like https://dashboard.example.com")
    default = f":{443 if parts.scheme == 'https' else 80}"
    return f"{parts.scheme}://{parts.netloc.removesuffix(default)}"


def network_of(said: str) -> str:
    """An address or network of a proxy."""
    try:
        return str(ipaddress.ip_network(said)) if "/" in said else str(ipaddress.ip_address(said))
    except ValueError:
        raise ValueError(f"`{said}` is no IP address or network: it reads like 10.0.0.0/8") from None


def public_address(said: str) -> str:
    """An address for browsers, without a slash at the end."""
    parts = urlsplit(said)
    _ = parts.port  # raises for one that is no number
    plain = is_http(said) and not (parts.query or parts.fragment)
    if not plain or "@" in parts.netloc:
        raise ValueError(f"`{said}` is no address for browsers: it reads like https://botlens.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def sound_clickhouse_url(said: str) -> str:
    """The URL of a ClickHouse server; what is said of it has no password."""
    said = said.strip()
    try:
        parts = urlsplit(said)
        is_named = is_host(parts.hostname or "")
        known = parts.scheme in {"http", "https", "clickhouse"} and is_named and parts.port != 0
        known = known and said.split() == [said]  # else it is two, without a comma between them
    except ValueError:  # a port that is no number, half an IPv6 address
        known = False
    if not known:
        raise ValueError("it reads like https://user:password@clickhouse.example:8443/botlens")
    return said
