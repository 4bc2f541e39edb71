"""How commands speak to the API: patiently, in bodies that it takes, without changing what is configured."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from botlens.client import sending
from botlens.client.api import AnsweredError, Api, UnreachableError
from botlens.client.sending import Sender
from botlens.sources.batch import SourceChatbot


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


def test_only_chatbots_that_are_missing_are_created() -> None:
    """A chatbot that exists is never written to, and one that a key may not create is left to the events."""
    puts: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json={"chatbots": [{"chatbot_id": "here"}]})
        puts.append(request.url.raw_path.decode())
        return httpx2.Response(201, json={})

    sender = Sender(api_that(answer))
    assert sender.create_missing([SourceChatbot("here", "Here"), SourceChatbot("a/b c")]) == ["a/b c"]
    assert sender.create_missing([SourceChatbot("a/b c")]) == []
    assert puts == ["/v1/chatbots/a%2Fb%20c"]

    body = {"error": {"code": "missing_scope", "message": "No."}}
    denied = Sender(api_that(lambda _: httpx2.Response(403, json=body)))
    assert denied.create_missing([SourceChatbot("new")]) == []
