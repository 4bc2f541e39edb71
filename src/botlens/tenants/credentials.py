"""Credentials: from an Authorization header to a caller."""

from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from botlens.errors import InvalidError, UnauthorizedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.callers import wrong_company
from botlens.tenants.embed_links import EMBED_START
from botlens.tenants.jwks import PublicKeys, UnknownKeyError
from botlens.tenants.keys import KEY_START
from botlens.tenants.supabase_auth import is_legacy_key, is_project_key
from botlens.tenants.values import Caller

_SECRET_ALGORITHM: Final = "HS256"  # noqa: S105 - a name, not a secret
_KEY_ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
_SECRET_BYTES: Final = 32  # RFC 7518, section 3.2: as long as the hash's output
_DOTS_OF_A_JWT: Final = 2


class TokenVerifier:
    """Checks JWTs: signature, `exp`, `nbf`, and audience, issuer and role if they are configured.

    Attributes:
        jwks_url: where the public keys are, if anywhere.
        audience: what `aud` must be or contain, if it is looked at.
    """

    def __init__(
        self,
        *,
        secret: str | None = None,
        jwks_url: str | None = None,
        audience: str | None = None,
        issuer: str | None = None,
        role: str | None = None,
    ) -> None:
        """Configure; with neither secret nor keys no token is accepted.

        Args:
            secret: For tokens signed with HS256; at least 32 bytes.
            jwks_url: Where the public keys are, for tokens signed with RS256, ES256 or EdDSA.
            audience: What `aud` must be, or contain. Without one, a token that has an `aud` is refused: it
                was made for somebody, who need not be us (RFC 7519, 4.1.3).
            issuer: What `iss` must be. Without one, any will do.
            role: What `role` must be. Without one, it is not looked at.

        Raises:
            InvalidError: The secret is too short, or the URL is not http(s).
        """
        if secret and len(secret.encode()) < _SECRET_BYTES:
            message = (
                f"The JWT secret has {len(secret.encode())} bytes and could be guessed; HS256 needs at least "
                f"{_SECRET_BYTES}. Make one with: openssl rand -base64 48."
            )
            raise InvalidError(message, field="jwt_secret")
        if jwks_url and urlsplit(jwks_url).scheme not in {"http", "https"}:
            raise InvalidError("The JWKS URL must start with https:// (or http://).", field="jwt_jwks_url")
        self._secret = secret or None
        self.jwks_url = jwks_url or None
        self._keys = PublicKeys(jwks_url) if jwks_url else None
        self.audience = audience or None
        self._issuer = issuer or None
        self._role = role or None

    @property
    def enabled(self) -> bool:
        """Whether any token can be accepted."""
        return self._secret is not None or self._keys is not None

    def subject(self, token: str) -> str:
        """The user that a token names in `sub`.

        Raises:
            UnauthorizedError: `invalid_token`, `expired_token`, `wrong_audience`, `wrong_issuer` or
                `wrong_role`.
            OverloadedError: The public keys cannot be fetched.
        """
        if self.enabled and is_legacy_key(token):
            raise _project_key("the `anon` or `service_role` key")
        try:
            key, algorithm = self._key_for(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self.audience,
                issuer=self._issuer,
                # `iat` is no condition (RFC 7519, 4.1.6); as one, a clock a second slow refuses good tokens.
                options={"require": ["exp", "sub"], "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise self._refusal(error) from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject.strip():
            raise _invalid("its 'sub' is not the name of a user")
        if self._role is not None and claims.get("role") != self._role:
            message = f"The token is not that of a user: its 'role' must be '{self._role}'. Log in again."
            raise UnauthorizedError(message, code="wrong_role")
        return subject

    def _key_for(self, header: dict[str, Any]) -> tuple[str | jwt.PyJWK, str]:
        """The key for a token, and the one algorithm that it may be checked with.

        The header only chooses between the keys that we hold. Each has algorithms of its own, so a public
        key is never taken for an HMAC secret, and "none" is nobody's algorithm.
        """
        algorithm = header.get("alg")
        if algorithm == _SECRET_ALGORITHM and self._secret is not None:
            return self._secret, _SECRET_ALGORITHM
        if algorithm in _KEY_ALGORITHMS and self._keys is not None:
            if not isinstance(header.get("kid"), str):
                raise _invalid("its header names no key ('kid')")
            try:
                return self._keys.get(header["kid"]), algorithm
            except UnknownKeyError:
                raise _invalid("its header names a key ('kid') that the issuer has not") from None
        if not self.enabled:
            message = (
                "This server accepts no JWTs. Send an API key (it starts with 'blk_'), or configure a "
                "JWT secret or a JWKS URL on the server."
            )
            raise UnauthorizedError(message, code="invalid_token")
        accepted = ([_SECRET_ALGORITHM] if self._secret else []) + (
            list(_KEY_ALGORITHMS) if self._keys else []
        )
        raise _invalid(f"it must be signed with {' or '.join(accepted)}")

    def _refusal(self, error: jwt.PyJWTError) -> UnauthorizedError:
        missing = error.claim if isinstance(error, jwt.MissingRequiredClaimError) else None
        if isinstance(error, jwt.ExpiredSignatureError):
            return UnauthorizedError("The token has expired. Log in again.", code="expired_token")
        if isinstance(error, jwt.InvalidAudienceError) or missing == "aud":
            wanted = f"'{self.audience}'" if self.audience else "none: configure the server's JWT audience"
            message = f"The token is for another audience ('aud'). This server expects {wanted}."
            return UnauthorizedError(message, code="wrong_audience")
        if isinstance(error, jwt.InvalidIssuerError) or missing == "iss":
            message = f"The token is from another issuer ('iss'). This server expects '{self._issuer}'."
            return UnauthorizedError(message, code="wrong_issuer")
        if missing is not None:
            return _invalid(f"it lacks the claim '{missing}'")
        if isinstance(error, jwt.InvalidSignatureError):
            return _invalid("its signature is wrong")
        if isinstance(error, jwt.ImmatureSignatureError):
            return _invalid("it is not good yet ('nbf')")
        return _invalid("it is malformed, or signed in another way than its key")


class Authenticator:
    """Says who is asking."""

    def __init__(self, accounts: Accounts, tokens: TokenVerifier) -> None:
        self._accounts = accounts
        self._tokens = tokens

    def caller(self, authorization: str | None, company_id: str | None = None) -> Caller:
        """The caller that an Authorization header names.

        Args:
            authorization: The header's value, `Bearer <API key | JWT>`, or what reads by an embed link;
                None if there is no header.
            company_id: Which of its companies is meant; None is the one of the key, or a user's first.

        Raises:
            UnauthorizedError: `missing_credentials`, `invalid_key`, `revoked_key`, or as
                `TokenVerifier.subject` raises.
            ForbiddenError: `wrong_company`, the credentials are not for the one that is named.
            OverloadedError: The accounts database or the public keys cannot be reached.
        """
        scheme, _, credential = (authorization or "").strip().partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            message = "Send the header 'Authorization: Bearer <API key or JWT>'."
            raise UnauthorizedError(message, code="missing_credentials")
        if is_project_key(credential):
            raise _project_key("an `sb_` key")
        if not credential.startswith((KEY_START, EMBED_START)) and credential.count(".") != _DOTS_OF_A_JWT:
            raise _neither()
        if credential.startswith((KEY_START, EMBED_START)):
            is_key = credential.startswith(KEY_START)
            by = self._accounts.caller_by_key if is_key else self._accounts.caller_by_embed
            found = by(credential)
            if company_id is not None and found.require_company().id != company_id:
                raise wrong_company(company_id)
            return found
        return self._accounts.caller_by_user(self._tokens.subject(credential), company_id)


def _neither() -> UnauthorizedError:
    message = (
        f"This is neither an API key (it starts with '{KEY_START}') nor a JWT (three parts with dots between "
        "them): look whether it was copied whole."
    )
    return UnauthorizedError(message, code="invalid_token")


def _invalid(why: str) -> UnauthorizedError:
    return UnauthorizedError(f"The token is not valid: {why}. Log in again.", code="invalid_token")


def _project_key(which: str) -> UnauthorizedError:
    message = (
        f"This is {which} of a Supabase project, which names no user. Send the access token of a user's "
        "session (`session.access_token`), or an API key of botlens (it starts with 'blk_')."
    )
    return UnauthorizedError(message, code="project_key")
