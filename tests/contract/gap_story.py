"""Questions that fail, or are answered, day by day; and gaps as the API tells them."""

import json
from typing import Any

from tests.conftest import Tenant
from tests.events import answer, message

GIFT = ("How do I wrap a gift?", "Can you gift wrap my order", "Gift wrap my order, please")
PARCEL = ("Where is my parcel now?", "Is my parcel here, where", "where's my parcel")


def ask(
    tenant: Tenant,
    day: str,
    texts: tuple[str, ...],
    *,
    fails: bool,
    sessions: int | None = None,
    chatbot: str = "bot",
) -> None:
    """Sessions of a day, each with one of the texts in turn, whose answer is sure of itself or not."""
    events = []
    for number in range(len(texts) if sessions is None else sessions):
        text = texts[number % len(texts)]
        name = f"{day}-{text[:12]}-{number}"
        of = {"session_id": f"session {name}", "chatbot_id": chatbot}
        events += [
            message(name, "1", text, f"{day}T10:00:00Z", language="en", **of),
            answer(name, "2", 0.1 if fails else 0.9, f"{day}T10:00:01Z", **of),
        ]
    tenant.send(*events)


def relink(tenant: Tenant) -> dict[str, Any]:
    """Link now, and wait for it."""
    found = tenant.world.client.post("/v1/gaps/relink?wait=120", headers=tenant.headers)
    assert found.status_code == 200, found.text
    return found.json()


def gaps(tenant: Tenant, **asked: str) -> list[dict[str, Any]]:
    return tenant.get("/v1/gaps", **asked)["gaps"]


def gap_about(tenant: Tenant, word: str, **asked: str) -> dict[str, Any]:
    """The one gap whose title has a word in it."""
    (found,) = [each for each in gaps(tenant, **asked) if word in each["title"].lower()]
    return found


def change(tenant: Tenant, gap_id: str, **values: Any) -> Any:
    return tenant.world.client.patch(f"/v1/gaps/{gap_id}", json=values, headers=tenant.headers)


def fix(tenant: Tenant, gap_id: str, at: str) -> None:
    found = change(tenant, gap_id, state="fixed", at=at, note="Written.")
    assert (found.status_code, found.json()["state"]) == (200, "fixed"), found.text


def questions(tenant: Tenant, **asked: str) -> dict[str, str | None]:
    """By wording, its gap."""
    found = tenant.world.client.get("/v1/gaps/questions", params=asked, headers=tenant.headers)
    assert found.status_code == 200, found.text
    lines = [json.loads(line) for line in found.text.splitlines()]
    return {line["question"]: line["gap_id"] for line in lines}
