"""The address by which browsers know this server: links, the cookie, and who may send it.

There is one source of it, the setting `public_url`. What a request says of itself (`Host`, forwarded headers)
decides nothing but whether the request is refused.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from botlens.errors import ForbiddenError
from botlens.tenants.login_sessions import LONGEST

DEFAULT_URL: Final = "http://127.0.0.1:8000"

_PORTS: Final = {"http": 80, "https": 443}
_READS: Final = frozenset({"GET", "HEAD"})


class PublicAddress:
    """Where browsers find this server.

    Args:
        url: with a path, if it is below one, and without a slash at the end.

    Attributes:
        url: the same.
        origin: what browsers send as `Origin` of its pages.
        cookie: the name of the session's cookie.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self.url = url
        self._host = f"{host}" if port == _PORTS[parts.scheme] else f"{host}:{port}"
        self.origin = f"{parts.scheme}://{self._host}"
        self._has_tls = parts.scheme == "https"
        # Cookies of a host are those of all its ports, so without TLS the name says which port it is for.
        self.cookie = "__Host-botlens" if self._has_tls else f"botlens-{port}"

    def login_link(self, secret: str) -> str:
        """The address that logs in. The secret is in the fragment, which browsers send to nobody."""
        return f"{self.url}/login#token={secret}"

    def embed_link(self, link_id: str, secret: str) -> str:
        """The address of an embed link's page. The secret is in the fragment, as that of a login link."""
        return f"{self.url}/embed/{link_id}#token={secret}"

    def set_cookie(self, response: Response, secret: str) -> None:
        """Have the browser keep a session. When that ends is for the server to say."""
        response.set_cookie(
            self.cookie,
            secret,
            max_age=int(LONGEST.total_seconds()),
            path="/",
            secure=self._has_tls,
            httponly=True,
            samesite="lax",
        )

    def remove_cookie(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.cookie, path="/", secure=self._has_tls, httponly=True, samesite="lax")

    def check_host(self, request: Request) -> None:
        """Pass if the request came to this address, or to this machine itself.

        Under TLS the certificate says so. Without, a page elsewhere may have given its own name our address.

        Raises:
            ForbiddenError: `wrong_host`.
        """
        host = request.headers.get("host", "").lower()
        if self._has_tls or host.removesuffix(":80") == self._host or _is_loopback(host):
            return
        message = (
            f"This server is {self.url} to browsers, and no other name. If {host[:200]!r} is its name, set "
            f"BOTLENS_PUBLIC_URL to http://{host[:200]}."
        )
        raise ForbiddenError(message, code="wrong_host")

    def check_origin(self, request: Request, *, strictly: bool = True) -> None:
        """Pass if it is a page of this site that sends the request, or nobody's page.

        Args:
            request: that a cookie authenticates, or that is to set one.
            strictly: whether what changes something must say which page it is from, as all browsers do.

        Raises:
            ForbiddenError: `wrong_origin`.
        """
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        if origin is not None and not self._is_own(origin.lower(), request):
            raise _wrong_origin()
        if request.method in _READS:
            followed = request.headers.get("sec-fetch-mode") == "navigate"
            if site not in (None, "same-origin", "none") and not followed:
                raise _wrong_origin()
        elif site not in (None, "same-origin") or (strictly and origin is None and site is None):
            raise _wrong_origin()

    def _is_own(self, origin: str, request: Request) -> bool:
        host = request.headers.get("host", "").lower()
        # Whoever reaches a server of this machine through a tunnel sees another port, or `localhost`.
        here = not self._has_tls and _is_loopback(host) and origin == f"http://{host}"
        return origin == self.origin or here


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _wrong_origin() -> ForbiddenError:
    message = (
        "The cookie of a login is taken from pages of this server alone. Other pages and programs send "
        "`Authorization: Bearer` with an API key or a JWT."
    )
    return ForbiddenError(message, code="wrong_origin")
