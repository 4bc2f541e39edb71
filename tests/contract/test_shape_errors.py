"""Bodies of the wrong shape: an error says what a field must be, and which field was meant."""

from typing import Any

import pytest

from tests.conftest import Tenant

CASES = [
    ("put", "/v1/chatbots/bot", {"nam": "Bot"}, "There is no field `nam`; did you mean `name`?"),
    ("put", "/v1/chatbots/bot", {"name": 3}, "`name`: it must be a text."),
    (
        "put",
        "/v1/chatbots/bot",
        {"confidence_threshold": "x"},
        "`confidence_threshold`: it must be a number.",
    ),
    ("put", "/v1/chatbots/bot", {"is_published": "yes"}, "`is_published`: it must be true or false."),
    ("put", "/v1/chatbots/bot", [1], "The body: it must be an object."),
    ("post", "/v1/members", {"role": "viewer"}, "`user` is missing."),
    ("patch", "/v1/company", {"zzz": 1}, "There is no field `zzz`; there are `name`, "),
    ("post", "/v1/markers", {"text": "x", "at": "soon"}, "`at`: it must be a time with an offset"),
    ("post", "/v1/keys", {"scopes": "all"}, "`scopes`: it must be a list."),
]


@pytest.mark.parametrize(("method", "path", "body", "said"), CASES, ids=[each[3][:40] for each in CASES])
def test_what_is_wrong_is_said_in_words(tenant: Tenant, method: str, path: str, body: Any, said: str) -> None:
    """Nothing of the library that found it ("Extra inputs are not permitted") shows through."""
    answer = tenant.world.client.request(method, path, json=body, headers=tenant.headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["message"].startswith(said)


def test_credentials_that_are_neither_key_nor_token(tenant: Tenant) -> None:
    """Half a key is told from a token: nobody is sent to a login."""
    headers = {"Authorization": "Bearer half-a-key"}
    error = tenant.world.client.get("/v1/chatbots", headers=headers).json()["error"]
    assert error["code"] == "invalid_token"
    assert "neither an API key (it starts with 'blk_') nor a JWT" in error["message"]
