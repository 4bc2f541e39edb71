"""API keys, login links and sessions: how a secret is made, and what is kept of it."""

import hashlib
import secrets
from typing import Final

KEY_START: Final = "blk_"
PREFIX_LENGTH: Final = 12


def new_secret(start: str = KEY_START) -> str:
    """A new secret: its beginning (`blk_` for API keys), and 43 URL-safe characters of 256 random bits."""
    return start + secrets.token_urlsafe(32)


def prefix_of(secret: str) -> str:
    """The first 12 characters, which name a key to people without giving it away."""
    return secret[:PREFIX_LENGTH]


def digest_of(secret: str) -> str:
    """What is stored of a secret: its SHA-256, in hex.

    A slow, salted hash (bcrypt, argon2) protects secrets that can be guessed, such as passwords. 256 random
    bits cannot be guessed and are never the same twice, so neither slowness nor salt would add anything; a
    plain digest can be looked up by index, and costs a request a microsecond instead of a tenth of a second.
    """
    # A header may hold any character; one that UTF-8 cannot encode is simply not the right key.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
