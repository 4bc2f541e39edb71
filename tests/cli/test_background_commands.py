"""`botlens rejections` and `botlens jobs`: what the API says of them, through the server that knows."""

import io

import httpx2
import pytest
from rich.console import Console

from botlens.cli import console
from botlens.cli.rejections import print_rejections
from tests.cli.conftest import EXCHANGE, Shell


def test_rejections(shell: Shell) -> None:
    """What a server refused, with its code, field and sentence; nothing is known without a server."""
    key = shell.company()["api_key"]
    assert "Nothing was refused" in shell.run("rejections").stderr
    with shell.serving() as server:
        headers = {"Authorization": f"Bearer {key}"}
        event = {**EXCHANGE[0], "type": "mess[b]age"}
        httpx2.post(f"{server.url}/v1/events", json={"events": [event]}, headers=headers)
        (found,) = shell.json("rejections")
        assert found == httpx2.get(f"{server.url}/v1/rejections", headers=headers).json()["rejections"][0]
        assert found["field"] == "type"
        said = shell.run("rejections").stdout
        assert found["code"] in said
        assert "mess" in said


def test_jobs(shell: Shell) -> None:
    """Every job that there is, with or without a server."""
    key = shell.company()["api_key"]
    alone = {each["name"] for each in shell.json("jobs")}
    with shell.serving() as server:
        asked = httpx2.get(f"{server.url}/v1/jobs", headers={"Authorization": f"Bearer {key}"}).json()
        found = {each["name"] for each in shell.json("jobs")}
        said = shell.run("jobs").stdout
    assert alone == found == {each["name"] for each in asked["jobs"]}
    assert found
    assert all(name in said for name in found)


def test_rejections_are_told_whole_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for goes on in the next line; nothing is cut."""
    each = {
        "at": "2026-03-18T09:30:00.000000Z",
        "by": "key:web-bot-of-the-shop",
        "code": "conversation_too_long",
        "field": "conversation_id",
        "message": "Conversation `order-4711` has 1,000,000 records.",
    }
    file = io.StringIO()
    monkeypatch.setattr(console, "out", Console(file=file, width=80))
    print_rejections([each])
    said = file.getvalue()
    assert "…" not in said
    assert "conversation_too_long" in said
