"""Supabase Auth: where its keys are, what its users' tokens say, and what people send in place of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from botlens.errors import InvalidError

AUDIENCE: Final = "authenticated"
"""What `aud` is in the token of a user who has logged in, anonymously or not."""

ROLE: Final = "authenticated"
"""And what its `role` is."""

_KEYS: Final = ("sb_publishable_", "sb_secret_")
_LEGACY_ROLES: Final = ("anon", "service_role")


@dataclass(frozen=True, slots=True)
class SupabaseProject:
    """A project, or a server of one's own with Supabase Auth.

    Attributes:
        url: such as https://abcdefgh.supabase.co, without a slash at the end.
    """

    url: str

    @classmethod
    def at(cls, url: str) -> "SupabaseProject":
        """The project at an address.

        Raises:
            InvalidError: it is none.
        """
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            message = "It is the project's own address alone, such as https://abcdefgh.supabase.co."
            raise InvalidError(message, field="supabase_url")
        return cls(f"{parts.scheme}://{parts.netloc}")

    @property
    def issuer(self) -> str:
        """What `iss` is."""
        return f"{self.url}/auth/v1"

    @property
    def jwks_url(self) -> str:
        """Where the public keys are."""
        return f"{self.issuer}/.well-known/jwks.json"


def is_project_key(credential: str) -> bool:
    """Whether it is a key of a project, which names nobody and is no token."""
    return credential.startswith(_KEYS)


def is_legacy_key(token: str) -> bool:
    """Whether it is one of the two long keys of a project (`anon`, `service_role`): tokens that name nobody.

    Nothing is checked here: it serves to say why a token that is refused anyhow is refused.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    return claims.get("role") in _LEGACY_ROLES and "sub" not in claims
