"""A company goes from one node to another: requests wait for it, or follow it, and nobody gets a 503."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec import structs

from botlens.api.passing import passing
from botlens.api.passing.place import RequestPlace
from botlens.api.passing.seal import Seal
from botlens.cluster.ownership import Nowhere
from tests.conftest import Tenant, World
from tests.contract.nodes import SHARED, Node, nodes
from tests.contract.test_passing import PAIR, REPEATED
from tests.events import message


@pytest.fixture
def three(shared_world: World) -> Iterator[list[Node]]:
    with nodes(shared_world, "ann", "ben", "cat") as found:
        for each in found:
            each.has()
        yield found


MOVING = Nowhere(1, "It is being handed over.", is_soon=True)


def _soon(then: Callable[[], None]) -> None:
    threading.Timer(0.3, then).start()


@pytest.mark.parametrize("size", [2, 2_000])
def test_what_is_handed_over_is_waited_for(tenant: Tenant, three: list[Node], size: int) -> None:
    """By the node itself, by one that passes it on, and by the one that lets go of it: nobody gets a 503."""
    ann, ben, cat = three
    events = {"events": [message(f"c{number}", "1") for number in range(size)]}

    def sent() -> None:
        found = ann.client.post("/v1/events", json=events, headers=tenant.headers)
        assert (found.status_code, found.json()["accepted"]) == (200, size), found.text
        found = ann.client.get("/analytics/overview", headers=tenant.headers)
        assert (found.status_code, found.json()["total_messages"]) == (200, size)

    ann.sends_to(MOVING)
    _soon(ann.has)
    sent()
    assert (ben.seen, cat.seen) == ([], [])
    ann.sends_to(MOVING)
    _soon(lambda: ann.sends_to(ben))
    sent()
    assert (len(ben.seen), cat.seen) == (2, [])
    ann.sends_to(ben)
    ben.sends_to(MOVING)
    _soon(lambda: ben.sends_to(cat))
    found = ann.client.post("/v1/events", json=events, headers=tenant.headers)
    assert (found.status_code, found.json()["accepted"]) == (200, size)
    assert (len(ben.seen), len(cat.seen)) == (3, 1)


def test_it_comes_to_who_was_asked_first(tenant: Tenant, three: list[Node]) -> None:
    """The node that had it has it no more; the one that passed the request on gets it, and answers."""
    ann, ben, cat = three
    ann.sends_to(ben)
    ben.sends_to(cat)

    def comes_back() -> None:
        while not ben.seen:
            time.sleep(0.05)
        ann.has()

    threading.Thread(target=comes_back, daemon=True).start()
    found = ann.client.post("/v1/events", json={"events": PAIR}, headers=tenant.headers)
    assert (found.status_code, found.json()["accepted"]) == (200, len(PAIR)), found.text
    assert (len(ben.seen), cat.seen) == (1, [])


def test_nobody_waits_for_ever(tenant: Tenant, three: list[Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not handed over after all."""
    ann = three[0]
    monkeypatch.setattr(passing, "_MOVES_WITHIN", 0.3)
    ann.sends_to(MOVING)
    found = ann.client.post("/v1/events", json={"events": [message("c", "1")]}, headers=tenant.headers)
    assert (found.status_code, found.json()["error"]["code"]) == (503, "not_here")


def test_several_waits_are_one(tenant: Tenant, three: list[Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was waited for at one node is waited for no more at the next, which is told."""
    ann, ben, _ = three
    waits = iter([MOVING] * 6)
    monkeypatch.setattr(ann.ownership, "place_of", lambda _: next(waits, ben.there))
    found = ann.client.post("/v1/events", json={"events": PAIR}, headers=tenant.headers)
    assert found.status_code == 200
    (word,) = (Seal(SHARED).opened(each) for each in ben.seen)
    assert word is not None
    assert 0 < word.waited < 9
    assert 0 < RequestPlace(ben.ownership, word).patience < 9
    assert RequestPlace(ben.ownership, structs.replace(word, waited=9.5)).patience == 0


def test_an_answer_that_comes_too_late_is_asked_of_the_new_owner(tenant: Tenant, three: list[Node]) -> None:
    """Nothing of the old answer leaves, and the client sees nothing of it all."""
    ann, ben, _ = three
    tenant.send(*PAIR)
    calls: list[int] = []

    def place_of(company_id: str) -> Any:
        calls.append(1)
        return ben.there if len(calls) > 1 else ben.ownership.place

    ann.ownership.place_of = place_of  # type: ignore[method-assign]
    ann.ownership.lasts = False
    found = ann.client.get("/analytics/overview", headers=tenant.headers)
    assert (found.status_code, found.json()["total_messages"]) == (200, 2)
    assert len(ben.seen) == 1
    for path, body in REPEATED.items():
        calls.clear()
        found = ann.client.post(path, json=body, headers=tenant.headers)
        assert found.status_code == 200, found.text
    assert len(ben.seen) == 1 + len(REPEATED)


@pytest.mark.parametrize("first", ["ann", "ben"])
def test_an_answer_that_comes_too_late_is_made_again_where_the_company_came_back(
    tenant: Tenant, three: list[Node], first: str
) -> None:
    """Its slot was opened anew at the same node, with another epoch: nobody gets a 503 for that."""
    ann, ben, _ = three
    tenant.send(*PAIR)
    if first == "ben":
        ben.sends_to(ann)
    asked = {"ann": ann, "ben": ben}[first]
    for method, path, body in [
        ("GET", "/analytics/overview", None),
        ("POST", "/v1/events", {"events": PAIR}),
    ]:
        lasted = iter([False])
        ann.ownership.still_here = lambda _, lasted=lasted: next(lasted, True)  # type: ignore[method-assign]
        found = asked.client.request(method, path, json=body, headers=tenant.headers)
        assert found.status_code == 200, found.text
        assert next(lasted, None) is None
    assert tenant.chatbot()["total_messages"] == 2
