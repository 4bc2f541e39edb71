"""How commands speak to the API: patiently, in bodies that it takes, without changing what is configured."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest

from botlens.client import sending
from botlens.client.api import AnsweredError, Api, UnreachableError
from botlens.client.sending import Sender
from botlens.errors import BadRequestError
from botlens.events.types import Deletion
from botlens.sources.source import Batch, SourceChatbot, chatbots_needed


def api_that(answers: Callable[[httpx2.Request], httpx2.Response]) -> Api:
    return Api("http://botlens.test", {}, transport=httpx2.MockTransport(answers))


def accepting(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"accepted": len(request.read().splitlines()), "rejected": []})


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(status: int) -> None:
    """429 and 503 are no failure: the same body is sent again after `Retry-After`."""
    seen: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.read())
        if len(seen) == 1:
            return httpx2.Response(status, headers={"Retry-After": "0"})
        return accepting(request)

    assert Sender(api_that(answer)).send([{"id": "m1"}]).accepted == 1
    assert seen == [b'{"id":"m1"}'] * 2


def test_a_line_that_breaks_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events carry ids, so what may have arrived can be sent again; a server that is not there is told."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    tries: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        tries.append(1)
        if len(tries) == 1:
            raise httpx2.ReadError("cut")
        return accepting(request)

    assert Sender(api_that(answer)).send([{"id": "m1"}]).accepted == 1

    def absent(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(UnreachableError, match="Is it running"):
        api_that(absent).get("/readyz")


def test_the_errors_of_a_server_keep_their_words() -> None:
    """What the API says is wrong is what the command says; an answer of somebody else's is told as such."""
    body = {"error": {"code": "plan_required", "message": "The plan has no analytics."}}
    with pytest.raises(AnsweredError, match=r"^The plan has no analytics\.$") as caught:
        api_that(lambda _: httpx2.Response(402, json=body)).get("/analytics/overview")
    assert (caught.value.status, caught.value.code) == (402, "plan_required")
    with pytest.raises(AnsweredError, match="answered 502 Bad Gateway"):
        api_that(lambda _: httpx2.Response(502, text="<html>")).get("/analytics/overview")
    with pytest.raises(AnsweredError, match="not as botlens does"):
        api_that(lambda _: httpx2.Response(200, text="<html>")).get("/analytics/overview")


def test_events_are_sent_in_bodies_that_the_api_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No body has too many events or bytes, and a rejection is told by its place among all that was sent."""
    monkeypatch.setattr(sending, "MAX_EVENTS", 3)
    monkeypatch.setattr(sending, "MAX_BYTES", 60)
    bodies: list[list[Any]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        events = [json.loads(line) for line in request.read().splitlines()]
        bodies.append(events)
        if len(events[0]["text"]) > 60:
            return httpx2.Response(413, json={"error": {"code": "body_too_large", "message": "Too large."}})
        rejected = [{"index": len(events) - 1, "code": "bad", "message": "Bad."}]
        return httpx2.Response(200, json={"accepted": len(events) - 1, "rejected": rejected})

    texts = ["a", "b", "c", "d", "e" * 70, "f", "g" * 45]
    sent = Sender(api_that(answer)).send([{"text": text} for text in texts])
    assert [[event["text"] for event in events] for events in bodies] == [
        ["a", "b", "c"],
        ["d"],
        ["e" * 70],
        ["f"],
        ["g" * 45],
    ]
    assert sent.accepted == 2
    assert [each.index for each in sent.rejected] == [2, 3, 4, 5, 6]


class Platform:
    """A server with one chatbot, `here`; it takes events that have a `text`, and deletions."""

    def __init__(self) -> None:
        self.chatbots: dict[str, dict[str, Any]] = {"here": {"name": "Ours"}}
        self.writes: list[str] = []
        self.taken: list[str] = []
        self.deleted: list[tuple[Any, ...]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.raw_path.decode()
        if request.method == "GET":
            return httpx2.Response(200, json={"chatbots": [{"chatbot_id": each} for each in self.chatbots]})
        if request.method == "POST":
            return self._events([json.loads(line) for line in request.read().splitlines()])
        self.writes.append(f"{request.method} {path}")
        if path.endswith("forbidden"):
            return httpx2.Response(403, json={"error": {"code": "missing_scope", "message": "No."}})
        self.chatbots.setdefault(unquote(path.rpartition("/")[2]), {}).update(json.loads(request.read()))
        return httpx2.Response(201, json={})

    def _events(self, events: list[dict[str, Any]]) -> httpx2.Response:
        codes = [self._missing(each["chatbot_id"]) if self._is_good(each) else "bad" for each in events]
        self.taken += [
            each["text"] for each, code in zip(events, codes, strict=True) if not code and "text" in each
        ]
        fields = ("chatbot_id", "of", "message_id", "revision")
        self.deleted += [
            tuple(each[name] for name in fields) for each in events if each.get("type") == "deletion"
        ]
        rejected = [{"index": at, "code": code, "message": "No."} for at, code in enumerate(codes) if code]
        return httpx2.Response(200, json={"accepted": codes.count(""), "rejected": rejected})

    def _is_good(self, event: dict[str, Any]) -> bool:
        return "text" in event or (event.get("type") == "deletion" and event["chatbot_id"] != "bad")

    def _missing(self, chatbot_id: str) -> str:
        return "" if chatbot_id in self.chatbots else "unknown_chatbot"


def batch_of(*events: dict[str, Any], **more: Any) -> Batch:
    """Events of chatbots that are called by their ids."""
    chatbots = chatbots_needed(events, {each["chatbot_id"]: each["chatbot_id"] for each in events})
    return Batch(list(events), more.pop("chatbots", chatbots), "1", range(1, 2), **more)


def test_only_chatbots_of_good_events_are_made() -> None:
    """A chatbot that exists is never written to, none is made for events that are all rejected, and one that
    a key may not make is left to the events. Rejections are told by their place in the batch.
    """
    platform = Platform()
    taken = Sender(api_that(platform)).take(
        batch_of(
            {"chatbot_id": "here", "text": "1"},
            {"chatbot_id": "bad"},
            {"chatbot_id": "a/b c", "text": "2"},
            {"chatbot_id": "forbidden", "text": "3"},
            {"chatbot_id": "a/b c"},
        )
    )
    assert platform.taken == ["1", "2"]
    assert platform.chatbots == {"here": {"name": "Ours"}, "a/b c": {"name": "a/b c"}}
    assert platform.writes == ["PUT /v1/chatbots/a%2Fb%20c", "PUT /v1/chatbots/forbidden"]
    assert (taken.accepted, taken.created) == (2, ["a/b c"])
    assert [(each.index, each.code) for each in taken.rejected] == [
        (1, "bad"),
        (3, "unknown_chatbot"),
        (4, "bad"),
    ]


def test_what_a_source_decides_of_a_chatbot_is_set_whenever_it_changes() -> None:
    """Settings of a source go to chatbots that exist, too; those it begins with go to new ones alone."""
    platform = Platform()
    sender = Sender(api_that(platform))
    for average in (4.0, 4.0, 4.5):
        settings = {"average_rating": average}
        known = SourceChatbot("here", {"timezone": "UTC"}, settings)
        new = SourceChatbot("new", {"timezone": "UTC"}, {"name": "New"})
        sender.take(batch_of(chatbots=(known, new)))
    assert platform.chatbots == {
        "here": {"name": "Ours", "average_rating": 4.5},
        "new": {"timezone": "UTC", "name": "New"},
    }
    assert len(platform.writes) == 3


def test_deletions_of_a_source_are_done() -> None:
    """What is gone is sent as an event, after all else; that its chatbot was never here is no failure."""
    platform = Platform()
    at = datetime(2026, 3, 18, 10, tzinfo=UTC)
    gone = (Deletion("here", "c/1", "conversation", at), Deletion("never", "c", "message", at, "m", 7))
    Sender(api_that(platform)).take(batch_of({"chatbot_id": "here", "text": "1"}, deletions=gone))
    assert platform.deleted == [("here", "conversation", None, None), ("never", "message", "m", 7)]
    with pytest.raises(BadRequestError) as refused:
        Sender(api_that(platform)).take(batch_of(deletions=(Deletion("bad", "c", "rating", at),)))
    assert refused.value.code == "bad"
