"""Sends events to the API: in bodies that it takes, with the chatbots that they need."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec

from botlens.client.api import AnsweredError, Api
from botlens.sources.batch import SourceChatbot

MAX_EVENTS = 10_000
MAX_BYTES = 12 * 1024 * 1024
"""Of one body; the API takes 16 MiB, which one large event may need for itself."""

_NDJSON = "application/x-ndjson"
_TOO_LARGE = 413
_MAY_NOT = (403, 404)
_CANNOT_BE = 422

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the event at `index` (of those that were sent, from 0) was not taken."""

    index: int
    code: str
    message: str


@dataclass(slots=True)
class Sent:
    """What became of some events. Warnings are counted by code."""

    accepted: int = 0
    rejected: list[Refusal] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


class Sender:
    """Sends the events of one company."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: set[str] | None = None

    def create_missing(self, chatbots: Iterable[SourceChatbot]) -> list[str]:
        """Create those chatbots that are not there, and leave those that are as they are.

        Where it cannot be done (the key may not, the id is none), the answer to the events says so.

        Returns:
            The ids of those that were created.
        """
        wanted = [chatbot for chatbot in chatbots if self._known is None or chatbot.id not in self._known]
        if not wanted:
            return []
        try:
            if self._known is None:
                self._known = {each["chatbot_id"] for each in self._api.get("/v1/chatbots")["chatbots"]}
            missing = [chatbot for chatbot in wanted if chatbot.id not in self._known]
            return [chatbot.id for chatbot in missing if self._is_created(chatbot)]
        except AnsweredError as error:
            if error.status not in _MAY_NOT:
                raise
            return []
        finally:
            self._known = (self._known or set()) | {chatbot.id for chatbot in wanted}

    def _is_created(self, chatbot: SourceChatbot) -> bool:
        """Create one; False if nothing can be called so, which is no reason to leave the others out."""
        value = {"name": chatbot.name} if chatbot.name else {}
        try:
            self._api.put(f"/v1/chatbots/{quote(chatbot.id, safe='')}", value)
        except AnsweredError as error:
            if error.status != _CANNOT_BE:
                raise
            return False
        return True

    def send(self, events: Sequence[dict[str, Any]]) -> Sent:
        """Send events, in as few bodies as will do; they are durable when this returns."""
        sent = Sent()
        for first, lines in _bodies(events):
            try:
                answer = self._api.post("/v1/events", b"\n".join(lines), content_type=_NDJSON)
            except AnsweredError as error:
                if error.status != _TOO_LARGE or len(lines) > 1:
                    raise
                sent.rejected.append(Refusal(first, error.code, error.message))
                continue
            sent.accepted += answer["accepted"]
            sent.rejected += _refusals(answer["rejected"], first)
            sent.warnings.update(_warned(answer))
        return sent


def _refusals(answered: list[dict[str, Any]], first: int) -> list[Refusal]:
    return [Refusal(first + each["index"], each["code"], each["message"]) for each in answered]


def _warned(answer: dict[str, Any]) -> Counter[str]:
    """How many warnings there are by code; a server of another version may list them all instead."""
    listed = Counter(each["code"] for each in answer.get("warnings") or [])
    return Counter(answer.get("warning_counts") or listed)


def _bodies(events: Sequence[dict[str, Any]]) -> Iterator[tuple[int, list[bytes]]]:
    """The events as lines of JSON, in parts that fit a body, each with the index of its first event."""
    first, size = 0, 0
    lines: list[bytes] = []
    for index, event in enumerate(events):
        line = _encode(event)
        if lines and (len(lines) >= MAX_EVENTS or size + len(line) > MAX_BYTES):
            yield first, lines
            first, size, lines = index, 0, []
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield first, lines
