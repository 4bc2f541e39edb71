"""Sends what a source gives to the API: in bodies that it takes, with the chatbots that events need."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from botlens.client.api import AnsweredError, Api
from botlens.errors import BadRequestError
from botlens.events.types import Deletion
from botlens.sources.receiver import Refusal, Taken
from botlens.sources.source import Batch, SourceChatbot

MAX_EVENTS = 10_000
MAX_BYTES = 12 * 1024 * 1024
"""Of one body; the API takes 16 MiB, which one large event may need for itself."""

_NDJSON = "application/x-ndjson"
_UNKNOWN_CHATBOT = "unknown_chatbot"
_TOO_LARGE = 413
_MAY_NOT = (403, 404)
_CANNOT_BE = 422

_encode = msgspec.json.Encoder().encode


class Sender:
    """Sends the events of one company; a `Receiver` of batches."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: set[str] | None = None
        self._said: dict[str, Mapping[str, Any]] = {}

    def take(self, batch: Batch) -> Taken:
        """Send a batch, and have the chatbots made that its good events are for; see `Receiver`.

        Where a chatbot cannot be made (the key may not, the id is none), the answer to its events says so.

        Raises:
            BotlensError: the server does not take it, or a setting or deletion of the source is refused.
        """
        created = [chatbot.id for chatbot in batch.chatbots if self._is_settled(chatbot)]
        taken = self.send(batch.events)
        taken.created = created
        self._send_again(batch, taken)
        self._delete(batch.deletions)
        return taken

    def send(self, events: Sequence[dict[str, Any]]) -> Taken:
        """Send events, in as few bodies as will do; they are durable when this returns."""
        taken = Taken()
        for first, lines in _bodies(events):
            try:
                answer = self._api.post("/v1/events", b"\n".join(lines), content_type=_NDJSON)
            except AnsweredError as error:
                if error.status != _TOO_LARGE or len(lines) > 1:
                    raise
                taken.rejected.append(Refusal(first, error.code, error.message))
                continue
            taken.accepted += answer["accepted"]
            taken.rejected += _refusals(answer["rejected"], first)
            taken.warnings.update(_warned(answer))
        return taken

    def _send_again(self, batch: Batch, taken: Taken) -> None:
        """Make the chatbots that nothing but their absence kept events from, and send these once more."""
        missed = {
            each.index: str(batch.events[each.index].get("chatbot_id"))
            for each in taken.rejected
            if each.code == _UNKNOWN_CHATBOT
        }
        made = set(self._created(batch.chatbots, set(missed.values())))
        places = sorted(index for index, chatbot_id in missed.items() if chatbot_id in made)
        if not places:
            return
        again = self.send([batch.events[place] for place in places])
        still = [Refusal(places[each.index], each.code, each.message) for each in again.rejected]
        kept = [each for each in taken.rejected if missed.get(each.index) not in made]
        taken.accepted += again.accepted
        taken.rejected = sorted(kept + still, key=lambda each: each.index)
        taken.warnings.update(again.warnings)
        taken.created += sorted(made, key=list(missed.values()).index)

    def _created(self, chatbots: Iterable[SourceChatbot], missing: set[str]) -> list[str]:
        """Make those chatbots that are missing; returns the ids of those that are there by then."""
        return [
            chatbot.id
            for chatbot in chatbots
            if chatbot.id in missing and self._is_put(chatbot.id, chatbot.defaults)
        ]

    def _is_settled(self, chatbot: SourceChatbot) -> bool:
        """Set what the source decides of a chatbot, if that is new; returns whether it was made for it."""
        if not chatbot.settings or self._said.get(chatbot.id) == chatbot.settings:
            return False
        if self._known is None:
            self._known = {each["chatbot_id"] for each in self._api.get("/v1/chatbots")["chatbots"]}
        is_new = chatbot.id not in self._known
        defaults = chatbot.defaults if is_new else {}
        self._api.put(_place(chatbot.id), {**defaults, **chatbot.settings})
        self._known.add(chatbot.id)
        self._said[chatbot.id] = chatbot.settings
        return is_new

    def _is_put(self, chatbot_id: str, settings: Mapping[str, Any]) -> bool:
        """Put a chatbot; False if the key may not, or nothing can be called so: no reason to stop."""
        try:
            self._api.put(_place(chatbot_id), dict(settings))
        except AnsweredError as error:
            if error.status not in (*_MAY_NOT, _CANNOT_BE):
                raise
            return False
        return True

    def _delete(self, deletions: Sequence[Deletion]) -> None:
        """Send what is gone.

        Raises:
            BadRequestError: some of it is refused, but for what is of chatbots that are not here.
        """
        for each in self.send([msgspec.to_builtins(deletion) for deletion in deletions]).rejected:
            if each.code != _UNKNOWN_CHATBOT:
                raise BadRequestError(each.message, code=each.code)


def _place(chatbot_id: str) -> str:
    return f"/v1/chatbots/{quote(chatbot_id, safe='')}"


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
