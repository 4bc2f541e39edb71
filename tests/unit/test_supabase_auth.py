"""Users of Supabase Auth: one setting lets them in, and everything else that a project has stays out."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from botlens.errors import InvalidError, UnauthorizedError
from botlens.settings import Settings
from botlens.tenants.credentials import Authenticator, TokenVerifier
from tests.unit.test_credentials import KeyHost

PROJECT = "https://project.supabase.co"
SECRET = "the-legacy-secret-of-the-project-0123456789"
KEYS = {"ES256": ec.generate_private_key(ec.SECP256R1()), "RS256": rsa.generate_private_key(65537, 2048)}
USER = "0b3c5f5e-5d0f-4a63-9d3c-6f0e7c1a2b3d"


@pytest.fixture
def host() -> Iterator[KeyHost]:
    """The project's keys, which tests reach on this machine."""
    found = KeyHost()
    public = {name: key.public_key() for name, key in KEYS.items()}
    keys = [
        {**jwt.get_algorithm_by_name(name).to_jwk(key, as_dict=True), "kid": name, "use": "sig"}
        for name, key in public.items()
    ]
    found.answer = json.dumps({"keys": keys}).encode()
    yield found
    found.close()


@pytest.fixture
def verifier(host: KeyHost) -> TokenVerifier:
    """As the settings make it, but for where the keys are."""
    settings = Settings(supabase_url=PROJECT, jwt_secret=SECRET, jwt_jwks_url=host.url)
    return settings.tokens()


def claims(**changes: object) -> dict[str, object]:
    """What a user's token says; None takes a claim away."""
    merged = {
        "iss": f"{PROJECT}/auth/v1",
        "aud": "authenticated",
        "sub": USER,
        "role": "authenticated",
        "exp": int(time.time()) + 3600,
        "is_anonymous": False,
        "aal": "aal1",
        **changes,
    }
    return {name: value for name, value in merged.items() if value is not None}


def token(algorithm: str = "ES256", kid: str | None = None, **changes: object) -> str:
    key = SECRET if algorithm == "HS256" else KEYS[algorithm]
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid or algorithm})


def refusal(verifier: TokenVerifier, sent: str) -> tuple[str, str]:
    with pytest.raises(UnauthorizedError) as refused:
        verifier.subject(sent)
    assert sent not in refused.value.message
    return refused.value.code, refused.value.message


def test_one_setting_says_it_all() -> None:
    """The address of the project: from it follow keys, issuer, audience and role."""
    verifier = Settings(supabase_url=f"{PROJECT}/").tokens()
    assert verifier.jwks_url == f"{PROJECT}/auth/v1/.well-known/jwks.json"
    assert verifier.audience == "authenticated"


@pytest.mark.parametrize("said", ["project.supabase.co", f"{PROJECT}/rest/v1", "ftp://project", "https://"])
def test_an_address_that_is_none(said: str) -> None:
    """It is refused at the start, by the name of the setting."""
    with pytest.raises(InvalidError, match="BOTLENS_SUPABASE_URL"):
        Settings(supabase_url=said).tokens()


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "HS256"])
def test_a_user_is_let_in(verifier: TokenVerifier, algorithm: str) -> None:
    """By either kind of signing key, and by the legacy secret; `aud` may be a list, the user anonymous."""
    assert verifier.subject(token(algorithm)) == USER
    assert verifier.subject(token(algorithm, aud=["x", "authenticated"], is_anonymous=True)) == USER


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"exp": int(time.time()) - 1}, "expired_token", "has expired"),
        ({"iss": "https://other.supabase.co/auth/v1"}, "wrong_issuer", "another issuer"),
        ({"iss": None}, "wrong_issuer", "another issuer"),
        ({"aud": "anon"}, "wrong_audience", "another audience"),
        ({"aud": None}, "wrong_audience", "another audience"),
        ({"role": "service_role"}, "wrong_role", "'role' must be 'authenticated'"),
        ({"role": "anon"}, "wrong_role", "'role' must be 'authenticated'"),
        ({"role": None}, "wrong_role", "'role' must be 'authenticated'"),
        ({"kid": "made-up"}, "invalid_token", "names a key ('kid') that the issuer has not"),
    ],
)
def test_what_is_not_a_users_token(
    verifier: TokenVerifier, changes: dict[str, str], code: str, says: str
) -> None:
    """Each has its own sentence."""
    found, message = refusal(verifier, token(**changes))
    assert found == code
    assert says in message


def test_an_unsigned_token(verifier: TokenVerifier) -> None:
    """`alg: none` is nobody's algorithm."""
    unsigned = jwt.encode(claims(), None, algorithm="none", headers={"kid": "ES256"})
    code, message = refusal(verifier, unsigned)
    assert (code, "it must be signed with" in message) == ("invalid_token", True)


def test_a_public_key_is_no_secret(verifier: TokenVerifier) -> None:
    """HS256 by the public key, which anybody can fetch."""
    pem = (
        KEYS["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    parts = [{"alg": "HS256", "kid": "RS256"}, claims()]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.new(pem, signed, hashlib.sha256).digest()).rstrip(b"=")
    code, message = refusal(verifier, (signed + b"." + signature).decode())
    assert (code, "its signature is wrong" in message) == ("invalid_token", True)


def test_twenty_made_up_keys_are_one_visit(verifier: TokenVerifier, host: KeyHost) -> None:
    """Nobody can have us flood the project."""
    for number in range(20):
        refusal(verifier, token(kid=f"made-up-{number}"))
    assert host.visits == 1


@pytest.mark.parametrize("role", ["anon", "service_role"])
@pytest.mark.parametrize("secret", [SECRET, "another-secret-of-another-project-0123456789"])
def test_legacy_keys_of_a_project(verifier: TokenVerifier, role: str, secret: str) -> None:
    """Tokens that name nobody: whoever pastes one is told what to send, though it is well signed."""
    legacy = {"iss": "supabase", "ref": "project", "role": role, "iat": 1, "exp": int(time.time()) + 10**8}
    code, message = refusal(verifier, jwt.encode(legacy, secret, algorithm="HS256"))
    assert code == "project_key"
    assert "access token" in message


@pytest.mark.parametrize("key", ["sb_publishable_abc_def", "sb_secret_abc_def"])
def test_keys_of_a_project(verifier: TokenVerifier, key: str) -> None:
    """They are no tokens; nor is the key said again."""
    authenticator = Authenticator(None, verifier)  # type: ignore[arg-type] - accounts are not asked
    with pytest.raises(UnauthorizedError) as refused:
        authenticator.caller(f"Bearer {key}")
    assert refused.value.code == "project_key"
    assert "access token" in refused.value.message
    assert key not in refused.value.message
