"""Embed links of a small company, and whoever holds one."""

from typing import Any

from tests.conftest import Tenant

PARTS = ["cards", "chart", "questions"]


GERMAN = [{"field": "language", "op": "is", "value": "de"}]


CARD = {"metrics": ["conversations"], "period": "7d"}


def linked(tenant: Tenant, **settings: Any) -> dict[str, Any]:
    """A new link, with its secret."""
    body = {"chatbot_id": "bot", "name": "Portal", "parts": PARTS, **settings}
    answer = tenant.world.client.post("/v1/embed-links", json=body, headers=tenant.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class Reader:
    """Whoever holds a secret."""

    def __init__(self, tenant: Tenant, secret: str) -> None:
        self._client = tenant.world.client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **params: str) -> Any:
        return self._client.get(path, params=params, headers=self.headers)

    def query(self, **request: Any) -> Any:
        return self._client.post("/v1/query", json={**CARD, **request}, headers=self.headers)

    def batch(self, questions: dict[str, Any]) -> Any:
        return self._client.post("/v1/queries", json=questions, headers=self.headers)

    def count(self, **request: Any) -> int:
        answer = self.query(**request)
        assert answer.status_code == 200, answer.text
        found: int = answer.json()["rows"][0]["conversations"]
        return found

    def refused(self, path: str, **params: str) -> tuple[int, str]:
        return refusal(self.get(path, **params))


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
