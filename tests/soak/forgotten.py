"""A message that is sent once and never again: it may be there or not, but all must say the same of it.

Whoever sends again mends what a frame does that is written too late: the next owner has the message, too.
"""

import json
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException

from tests.soak.clients import Company
from tests.soak.history import Step
from tests.soak.nodes import Node
from tests.soak.talk import CHATBOTS

WHOSE = -1
"""Whose steps these are in a history."""
_PATIENCE = 30.0


class Forgotten:
    """Sends them, one of a company at most: of two, the second might be there without the first.

    Args:
        companies: that may have one.
        now: when it is said.
    """

    def __init__(self, companies: Sequence[Company], now: datetime) -> None:
        self._companies, self._now = companies, now

    def send(self, node: Node, of: Collection[str]) -> str | None:
        """Send one to a node, of one of some companies, and do not wait; returns whose it is, if any can."""
        for company in self._companies:
            if company.id in of and not company.history.steps[WHOSE]:
                event = {
                    "type": "message",
                    "chatbot_id": CHATBOTS[0],
                    "conversation_id": "forgotten",
                    "id": "m0",
                    "role": "user",
                    "content": "Is anybody there?",
                    "created_at": self._now.isoformat(),
                }
                step = Step([event], None, time.monotonic())
                company.history.steps[WHOSE].append(step)
                threading.Thread(target=_send_once, args=(node.port, company, step), daemon=True).start()
                return company.id
        return None


def _send_once(port: int, company: Company, step: Step) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    headers = {"Authorization": f"Bearer {company.key}", "Content-Type": "application/json"}
    with suppress(OSError, HTTPException):
        connection.request("POST", "/v1/events", json.dumps({"events": step.events}), headers)
        if connection.getresponse().status == 200:
            step.ended = time.monotonic()
    connection.close()
