"""`POST /v1/nodes/orders`: what nodes of a cluster order of each other, and nobody else."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from botlens.api.known import ON_KNOWN
from botlens.api.passing import orders
from botlens.api.passing.orders import NodeOrders
from botlens.cluster.order_seal import ORDER_SEAL, ORDERS_PATH, sealed_order
from botlens.cluster.ownership import Here, Nowhere, Whereabouts
from botlens.commit import order_wire
from botlens.commit.order_wire import BEAT, packed_order, unpacked_answer
from botlens.commit.orders import CountOrder
from botlens.errors import InvalidError, NotHereError, OverloadedError
from botlens.jobs.leases import LeaseClaim
from tests.contract.asking import until

SECRET = b"a secret that all nodes of a cluster share"
ORDER = CountOrder("a")
BODY = packed_order(LeaseClaim("sync", "ann"), ORDER)
HERE = Here(1, 2_048)


class SaidPlace:
    """Says where a company is, as a test wants."""

    def __init__(self, place: Whereabouts = HERE) -> None:
        self.place, self.lasts = place, True

    def place_of(self, company_id: str) -> Whereabouts:
        return self.place

    def still_here(self, place: Here) -> bool:
        return self.lasts


class SaidTaking:
    """Does what a test wants when something is ordered."""

    def __init__(self, does: Callable[[Callable[[], bool]], Any]) -> None:
        self.does = does
        self.ordered = 0

    def carry_out(self, order: Any, claim: LeaseClaim, stop: Callable[[], bool]) -> Any:
        assert (order, claim) == (ORDER, LeaseClaim("sync", "ann"))
        self.ordered += 1
        return self.does(stop)


async def _others(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"none"})


def asked(
    taking: SaidTaking,
    place: SaidPlace | None = None,
    *,
    body: bytes = BODY,
    seal: bytes | None = None,
    path: str = ORDERS_PATH,
    leaves: threading.Event | None = None,
    known: list[bool] | None = None,
) -> tuple[int, bytes]:
    """Status and body of an answer; whoever asks goes away once `leaves` is set."""
    app = NodeOrders(_others, taking, place or SaidPlace(), SECRET)  # type: ignore[arg-type]
    return asyncio.run(asking(app, body=body, seal=seal, path=path, leaves=leaves, known=known))


async def asking(
    app: NodeOrders,
    *,
    body: bytes = BODY,
    seal: bytes | None = None,
    path: str = ORDERS_PATH,
    leaves: threading.Event | None = None,
    known: list[bool] | None = None,
) -> tuple[int, bytes]:
    headers = [] if seal == b"" else [(ORDER_SEAL, seal or sealed_order(SECRET, body))]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": headers}
    scope[ON_KNOWN] = lambda: None if known is None else known.append(True)
    status, pieces, given = [0], [b""], [False]

    async def receive() -> dict[str, Any]:
        if not given[0]:
            given[0] = True
            return {"type": "http.request", "body": body, "more_body": False}
        while leaves is None or not leaves.is_set():  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status[0] = message["status"]
        else:
            pieces.append(message["body"])

    await asyncio.wait_for(app(scope, receive, send), 60)
    return status[0], b"".join(pieces)


def answered(found: tuple[int, bytes]) -> Any:
    assert found[0] == 200
    try:
        return unpacked_answer(found[1], ORDER)
    except (OverloadedError, InvalidError) as error:
        return type(error)


def test_an_order_is_done_and_answered() -> None:
    """By the node that has the company, with a sign each second that it is under way."""
    taking = SaidTaking(lambda _: 12)
    found = asked(taking)
    assert answered(found) == 12
    assert found[1].startswith(BEAT)


def test_what_no_node_has_sealed_is_no_order() -> None:
    """There is nothing at the address for anybody else; nothing that was changed on the way is done."""
    taking = SaidTaking(lambda _: 12)
    assert asked(taking, seal=b"") == (404, b"none")
    assert asked(taking, seal=sealed_order(SECRET + b"!", BODY)) == (404, b"none")
    assert asked(taking, path="/v1/events") == (404, b"none")
    status, said = asked(taking, body=BODY + b" ", seal=sealed_order(SECRET, BODY))
    assert (status, b"sealed" in said) == (422, True)
    assert taking.ordered == 0


def test_a_node_gives_way_to_no_stranger() -> None:
    """Else whoever opens many connections would cut off what nodes order."""
    known: list[bool] = []
    asked(SaidTaking(lambda _: 12), known=known, seal=sealed_order(SECRET + b"!", BODY))
    asked(SaidTaking(lambda _: 12), known=known, body=BODY + b" ", seal=sealed_order(SECRET, BODY))
    assert known == []
    asked(SaidTaking(lambda _: 12), known=known)
    assert known == [True]


def test_an_order_of_another_version_is_not_done_in_part() -> None:
    """What it says more would be lost, and acknowledged."""
    taking = SaidTaking(lambda _: 12)
    with patch.object(order_wire, "FORM", order_wire.FORM + 1):
        body = packed_order(LeaseClaim("sync", "ann"), ORDER)
    status, said = asked(taking, body=body)
    assert (status, b"another version" in said) == (422, True)
    assert taking.ordered == 0


def test_a_company_that_is_not_here() -> None:
    """Nothing is done where it is known before; what was done is not said if the lease has ended."""
    taking = SaidTaking(lambda _: 12)
    assert answered(asked(taking, SaidPlace(Nowhere(1, "Nobody has it.")))) is NotHereError
    assert taking.ordered == 0
    place = SaidPlace()

    def ends(_: Any) -> int:
        place.lasts = False
        return 12

    assert answered(asked(SaidTaking(ends), place)) is NotHereError


def test_a_fault_is_no_secret_of_the_node() -> None:
    """Whoever follows hears that it failed, and does it again."""

    def breaks(_: Any) -> int:
        raise ZeroDivisionError

    assert answered(asked(SaidTaking(breaks))) is OverloadedError


def test_whoever_ordered_goes_away() -> None:
    """What takes long is ended soon after."""
    began, ended = threading.Event(), threading.Event()

    def counts(stop: Callable[[], bool]) -> int:
        began.set()
        while not stop():
            pass
        ended.set()
        return 1

    asked(SaidTaking(counts), leaves=began)
    assert ended.wait(60)


def test_a_seal_is_looked_at_beside_the_loop() -> None:
    """A large order takes long: whoever else asks the node need not wait for that."""
    looked: list[threading.Thread] = []
    is_order = orders.is_order

    def looks(body: bytes, digest: bytes) -> bool:
        looked.append(threading.current_thread())
        return is_order(body, digest)

    with patch.object(orders, "is_order", looks):
        assert answered(asked(SaidTaking(lambda _: 12))) == 12
    assert len(looked) == 1
    assert looked[0] is not threading.current_thread()


async def while_another_is_done() -> None:
    """Once who ordered the second of two has gone one order is kept; the first has the one thread."""
    began, ends, gone = threading.Event(), threading.Event(), threading.Event()

    def works(_: Any) -> int:
        began.set()
        ends.wait(60)
        return 1

    taking = SaidTaking(works)
    app = NodeOrders(_others, taking, SaidPlace(), SECRET)  # type: ignore[arg-type]
    first = asyncio.ensure_future(asking(app))
    while not began.is_set():  # noqa: ASYNC110 - a thread sets it
        await asyncio.sleep(0.01)
    second = asyncio.ensure_future(asking(app, leaves=gone))
    while len(app._under_way) < 2:  # noqa: ASYNC110 - there is nobody to say it
        await asyncio.sleep(0.01)
    gone.set()
    await second
    await until(lambda: len(app._under_way) == 1)
    ends.set()
    assert answered(await first) == 1
    assert taking.ordered == 1


def test_what_waits_for_its_turn_is_not_kept_for_nobody() -> None:
    """It may be tens of MiB, and whoever ordered has ordered it elsewhere by now."""
    with patch.object(orders, "_AT_ONCE", 1):
        asyncio.run(while_another_is_done())
