"""Sends and reads a field `model` of messages, with a botlens that has it: see `test_added_field`.

python -m tests.engine.added_field_process FOLDER    makes the folder, of a version without the field
"""

import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

import botlens
from botlens.api.app import create_app
from botlens.engine import Engine
from botlens.tenants.credentials import TokenVerifier
from tests.engine.layout_process import in_child, open_and_die, opened, scope_of, send, unpacked, verified
from tests.events import message

NEW = message("c", "late", "And now?", "2026-03-18T10:00:00Z", model="m-1")


def found_in(engine: Engine) -> dict[str, Any]:
    """The field wherever it is shown."""
    conversations, scope = engine.answers.conversations, scope_of(engine)
    transcript = conversations.transcript(scope, "c", "bot")
    request = {"data": "messages", "format": "jsonl", "period": "all", "chatbots": ["bot"]}
    lines = b"".join(conversations.export(scope, request).chunks).splitlines()
    rows = [row for row in map(json.loads, lines) if row["conversation_id"] == "c"]
    app = create_app(engine, TokenVerifier(secret="x" * 40, audience="a", issuer="i"))
    schemas = TestClient(app).get("/openapi.json").json()["components"]["schemas"]
    described = schemas["TranscriptMessage"]["properties"]["model"]
    messages = {each["id"]: each["model"] for each in transcript["messages"]}
    return {
        "source": botlens.__file__,
        "transcript": [messages["1"], messages["late"]],
        "exported": {row["message_id"]: row["model"] for row in rows},
        "described": described,
        "verify": verified(engine),
    }


def main(folder: Path) -> None:
    """Die at the first steps of the upgrade; then send, restart, and read."""
    deaths = []
    for step in (1, 2, 3):
        shutil.rmtree(folder, ignore_errors=True)
        unpacked("81defe2", folder)
        deaths.append(in_child(partial(open_and_die, folder, step))[0])
    with opened(folder) as engine:
        send(engine, NEW)
    with opened(folder) as engine:
        sys.stdout.write(json.dumps({**found_in(engine), "deaths": deaths}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
