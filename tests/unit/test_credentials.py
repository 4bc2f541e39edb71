"""Who is let in by an Authorization header, and who is not."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from botlens.errors import ForbiddenError, InvalidError, NotFoundError, OverloadedError, UnauthorizedError
from botlens.tenants import jwks
from botlens.tenants.accounts import Accounts
from botlens.tenants.credentials import Authenticator, TokenVerifier
from botlens.tenants.rights import Rights
from botlens.tenants.values import Caller

SECRET = "s" * 32
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
SIGNERS = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}


def claims(**changes: object) -> dict[str, object]:
    """Good claims, with changes; None takes one away."""
    merged = {"sub": "ann", "exp": int(time.time()) + 60} | changes
    return {name: value for name, value in merged.items() if value is not None}


def by_secret(secret: str = SECRET, algorithm: str = "HS256", **changes: object) -> str:
    return jwt.encode(claims(**changes), secret, algorithm=algorithm)


def by_key(algorithm: str = "RS256", kid: str | None = None, **changes: object) -> str:
    headers = {"kid": kid or algorithm}
    return jwt.encode(claims(**changes), SIGNERS[algorithm], algorithm=algorithm, headers=headers)


def refusal(verifier: TokenVerifier, token: str) -> str:
    """The code that a token is refused with. The message must not repeat the token."""
    with pytest.raises(UnauthorizedError) as refused:
        verifier.subject(token)
    assert not token.strip() or token not in refused.value.message
    return refused.value.code


class KeyHost:
    """A server of public keys on this machine, which counts its visitors and can fail."""

    def __init__(self) -> None:
        self.visits = 0
        self.answer: bytes | None = self.jwks(SIGNERS)
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.visits += 1
                self.send_response(500 if host.answer is None else 200)
                self.end_headers()
                self.wfile.write(host.answer or b"")

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def jwks(keys: dict[str, object], **extra: object) -> bytes:
        """A key set; each key is named by its algorithm, or by `kid=algorithm` in `extra`."""
        named = {kid: kid for kid in keys} | extra
        found = []
        for kid, algorithm in named.items():
            public = SIGNERS[str(algorithm)].public_key()
            found.append(
                jwt.get_algorithm_by_name(str(algorithm)).to_jwk(public, as_dict=True)
                | {"kid": kid, "use": "sig", "alg": algorithm}
            )
        return json.dumps({"keys": found}).encode()


@pytest.fixture
def key_host() -> Iterator[KeyHost]:
    host = KeyHost()
    yield host
    host.close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test can put forward: add seconds to the list."""
    forward: list[float] = []
    real = time.monotonic
    monkeypatch.setattr(jwks, "time", SimpleNamespace(monotonic=lambda: real() + sum(forward)))
    return forward


# Tokens signed with a secret


def test_a_good_token_names_its_user():
    """The caller of a well signed token is its `sub`."""
    verifier = TokenVerifier(secret=SECRET)
    assert verifier.enabled
    assert verifier.subject(by_secret()) == "ann"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": int(time.time()) - 1}, "expired_token"),
        ({"exp": None}, "invalid_token"),
        ({"exp": "soon"}, "invalid_token"),
        ({"sub": None}, "invalid_token"),
        ({"sub": " "}, "invalid_token"),
        ({"nbf": int(time.time()) + 3600}, "invalid_token"),
        ({"secret": "t" * 32}, "invalid_token"),
        ({"aud": "somebody"}, "wrong_audience"),
    ],
)
def test_a_token_with_a_fault_is_refused_with_its_reason(changes, code):
    """Old, endless, nameless, early, forged or meant for somebody else: refused, each by its name."""
    assert refusal(TokenVerifier(secret=SECRET), by_secret(**changes)) == code


def test_a_number_is_not_a_user():
    """A `sub` that is not a text is refused, not turned into one."""
    body = jwt.api_jws.encode(json.dumps(claims(sub=7)).encode(), SECRET, algorithm="HS256")
    assert refusal(TokenVerifier(secret=SECRET), body) == "invalid_token"


@pytest.mark.parametrize(
    "token", ["", " ", "a.b.c", "....", "é.é.é", "x" * 10_000, "eyJhbGciOiJIUzI1NiJ9.e30."]
)
def test_what_is_no_token_is_refused(token):
    """Rubbish is a 401, never a crash."""
    assert refusal(TokenVerifier(secret=SECRET), token) == "invalid_token"


def test_a_token_made_a_moment_ahead_of_our_clock_is_good():
    """`iat` is no condition: the issuer's clock may be a little fast."""
    assert TokenVerifier(secret=SECRET).subject(by_secret(iat=int(time.time()) + 5)) == "ann"


def test_the_audience_is_checked_if_it_is_configured():
    """One of several audiences will do; another, or none, will not."""
    verifier = TokenVerifier(secret=SECRET, audience="authenticated")
    assert verifier.subject(by_secret(aud=["x", "authenticated"])) == "ann"
    assert refusal(verifier, by_secret(aud="anon")) == "wrong_audience"
    assert refusal(verifier, by_secret()) == "wrong_audience"


def test_the_issuer_is_checked_if_it_is_configured():
    """Another issuer, or none, will not do."""
    verifier = TokenVerifier(secret=SECRET, issuer="https://us.example")
    assert verifier.subject(by_secret(iss="https://us.example")) == "ann"
    assert refusal(verifier, by_secret(iss="https://us.example.evil")) == "wrong_issuer"
    assert refusal(verifier, by_secret()) == "wrong_issuer"


def test_a_secret_that_could_be_guessed_is_refused_at_the_start():
    """31 bytes are too few, counted as bytes; and the message does not show the secret."""
    with pytest.raises(InvalidError, match="32") as refused:
        TokenVerifier(secret="k" * 31)
    assert "k" * 31 not in refused.value.message
    assert TokenVerifier(secret="é" * 16).enabled


# Algorithms


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_secret_is_good_for_one_algorithm(algorithm):
    """The header does not choose how we check."""
    token = by_secret(secret="s" * 64, algorithm=algorithm)
    assert refusal(TokenVerifier(secret="s" * 64), token) == "invalid_token"


def test_an_unsigned_token_is_refused(key_host):
    """`alg: none` is nobody's algorithm, however it is spelled."""
    verifier = TokenVerifier(secret=SECRET, jwks_url=key_host.url)
    unsigned = jwt.encode(claims(), None, algorithm="none", headers={"kid": "RS256"})
    assert refusal(verifier, unsigned) == "invalid_token"
    body = unsigned.split(".")[1]
    for spelling in ["None", "NONE", "", None]:
        header = base64.urlsafe_b64encode(json.dumps({"alg": spelling}).encode()).decode().rstrip("=")
        assert refusal(verifier, f"{header}.{body}.") == "invalid_token"


@pytest.mark.parametrize("with_secret", [False, True])
def test_a_public_key_is_never_taken_for_a_secret(key_host, with_secret):
    """The classic forgery: HS256 'signed' with the public key, which anyone can fetch."""
    verifier = TokenVerifier(secret=SECRET if with_secret else None, jwks_url=key_host.url)
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [{"alg": "HS256", "kid": "RS256"}, claims()]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.new(pem, signed, hashlib.sha256).digest()).rstrip(b"=")
    assert refusal(verifier, (signed + b"." + signature).decode()) == "invalid_token"


def test_a_key_is_good_for_its_own_algorithm_alone(key_host):
    """A token that names a key of another kind is refused."""
    verifier = TokenVerifier(jwks_url=key_host.url)
    assert refusal(verifier, by_key("RS256", kid="ES256")) == "invalid_token"
    assert refusal(verifier, by_key("ES256", kid="RS256")) == "invalid_token"


# Tokens signed with public keys


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_public_keys_check_tokens_and_are_fetched_once(key_host, algorithm):
    """A good token of each kind is accepted, and many tokens cost one visit to the host of the keys."""
    verifier = TokenVerifier(jwks_url=key_host.url)
    assert verifier.enabled
    assert {verifier.subject(by_key(algorithm, sub=f"u{n}")) for n in range(3)} == {"u0", "u1", "u2"}
    assert refusal(verifier, by_key(algorithm, exp=int(time.time()) - 1)) == "expired_token"
    head, body, signature = by_key(algorithm).split(".")
    forged = by_key(algorithm, sub="eve").split(".")[1]
    assert refusal(verifier, f"{head}.{forged}.{signature}") == "invalid_token"
    assert body != forged
    assert key_host.visits == 1


def test_secret_and_public_keys_work_side_by_side(key_host):
    """Both kinds of token are accepted while one moves from the one to the other."""
    verifier = TokenVerifier(secret=SECRET, jwks_url=key_host.url)
    assert verifier.subject(by_secret(sub="old")) == "old"
    assert verifier.subject(by_key(sub="new")) == "new"


def test_made_up_key_names_do_not_reach_the_host_of_the_keys(key_host):
    """Nobody can use us to flood it."""
    verifier = TokenVerifier(jwks_url=key_host.url)
    for number in range(5):
        assert refusal(verifier, by_key(kid=f"made-up-{number}")) == "invalid_token"
    assert key_host.visits == 1
    unnamed = jwt.encode(claims(), RSA_KEY, algorithm="RS256")
    assert refusal(verifier, unnamed) == "invalid_token"


def test_a_new_key_is_found_without_a_restart(key_host, later):
    """The issuer may change its keys; the next fetch finds them."""
    verifier = TokenVerifier(jwks_url=key_host.url)
    assert verifier.subject(by_key()) == "ann"
    key_host.answer = KeyHost.jwks({}, fresh="RS256")
    later.append(60)
    assert verifier.subject(by_key(kid="fresh")) == "ann"


@pytest.mark.parametrize("answer", [None, b"<html>", b"[]", b"{}", b'{"keys": []}'])
def test_keys_that_cannot_be_fetched_are_our_fault_not_the_tokens(key_host, later, answer):
    """503 and 'try again', one visit for all who ask meanwhile, and well again as soon as the host is."""
    verifier = TokenVerifier(jwks_url=key_host.url)
    good, key_host.answer = key_host.answer, answer
    for _ in range(3):
        with pytest.raises(OverloadedError, match="cannot fetch the keys") as refused:
            verifier.subject(by_key())
    assert refused.value.status == 503
    assert int(refused.value.headers["Retry-After"]) > 0
    assert key_host.visits == 1
    key_host.answer = good
    later.append(10)
    assert verifier.subject(by_key()) == "ann"


def test_keys_of_a_host_that_is_not_there_are_our_fault_too(key_host):
    """A refused connection is a 503, and says nothing of our network to the caller."""
    key_host.server.shutdown()
    key_host.server.server_close()
    with pytest.raises(OverloadedError) as refused:
        TokenVerifier(jwks_url=key_host.url).subject(by_key())
    assert "127.0.0.1" not in refused.value.message


def test_keys_come_from_the_web_alone():
    """`file:` is refused at the start."""
    with pytest.raises(InvalidError, match="https://"):
        TokenVerifier(jwks_url="file:///etc/passwd")


# The header


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with Accounts.open(f"sqlite:///{tmp_path}/accounts.db") as opened:
        yield opened


@pytest.mark.parametrize(
    "header", [None, "", " ", "Bearer", "Bearer  ", "Basic YTpi", "blk_key", "Bearerblk_key"]
)
def test_without_credentials_one_is_told_what_to_send(accounts, header):
    """The message is the header to send."""
    with pytest.raises(UnauthorizedError, match="Authorization: Bearer") as refused:
        Authenticator(accounts, TokenVerifier(secret=SECRET)).caller(header)
    assert refused.value.code == "missing_credentials"
    assert refused.value.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER ", "  Bearer"])
def test_a_key_and_a_token_both_lead_to_the_company(accounts, scheme):
    """The scheme's case and spaces do not matter (RFC 9110, 11.1); a key needs no token configuration."""
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    _, secret = accounts.create_key(company.id, scopes=["read"])
    by_api_key = Authenticator(accounts, TokenVerifier()).caller(f"{scheme} {secret}")
    assert (by_api_key.company, by_api_key.rights.scopes) == (company, {"read"})
    by_token = Authenticator(accounts, TokenVerifier(secret=SECRET)).caller(f"{scheme} {by_secret()}")
    assert (by_token.who, by_token.user, by_token.company) == ("user:ann", "ann", company)


def test_a_wrong_key_is_not_tried_as_a_token(accounts):
    """A mistyped key is called a wrong key."""
    with pytest.raises(UnauthorizedError) as refused:
        Authenticator(accounts, TokenVerifier(secret=SECRET)).caller("Bearer blk_wrong")
    assert refused.value.code == "invalid_key"


def test_where_no_tokens_are_configured_none_is_accepted(accounts):
    """A server without a secret accepts no token, not even one signed with nothing, and says what to do."""
    authenticator = Authenticator(accounts, TokenVerifier(secret="", jwks_url=""))
    for token in [by_secret(), jwt.encode(claims(), None, algorithm="none")]:
        with pytest.raises(UnauthorizedError, match="configure a JWT secret") as refused:
            authenticator.caller(f"Bearer {token}")
        assert refused.value.code == "invalid_token"
    assert not TokenVerifier().enabled


# Callers


def test_a_scope_is_required_by_name_and_admin_has_them_all():
    """Without the scope: 403 with its name. `admin` may do everything, and nothing else implies anything."""
    Caller("key:1", None, Rights(frozenset({"admin"}))).require_scope("ingest")
    reader = Caller("key:2", None, Rights(frozenset({"read"})))
    reader.require_scope("read")
    for scope in ("ingest", "admin"):
        with pytest.raises(ForbiddenError, match=f"'{scope}'") as refused:
            reader.require_scope(scope)
        assert (refused.value.code, refused.value.status) == ("missing_scope", 403)


def test_a_user_without_a_company_is_told_what_to_do(accounts):
    """404 `no_company`, as the seed contract has it; with a company, it is handed out."""
    authenticator = Authenticator(accounts, TokenVerifier(secret=SECRET))
    with pytest.raises(NotFoundError, match="create a company") as refused:
        authenticator.caller(f"Bearer {by_secret()}").require_company()
    assert refused.value.code == "no_company"
    company = accounts.create_company("Acme", owner="ann")
    assert authenticator.caller(f"Bearer {by_secret()}").require_company() == company
