"""What who follows a source orders of owners: by whom, in which order, and as bytes."""

import time
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pytest

from botlens.cluster.order_seal import digest_of_order, is_order, sealed_order
from botlens.commit.columns import LoadedRows, RefusedRows
from botlens.commit.order_wire import (
    BEAT,
    packed_answer,
    packed_failure,
    packed_order,
    unpacked_answer,
    unpacked_order,
)
from botlens.commit.orders import CountOrder, LoadOrder, OrderTaking, SaidOrder, SubmitOrder, UncountedOrder
from botlens.commit.source_commits import SourceCommits
from botlens.errors import BotlensError, InvalidError, NotHereError, OverloadedError
from botlens.events.record import MESSAGE, Record
from botlens.jobs.leases import LeaseClaim, LeaseLostError
from botlens.store.said import SaidNames, SaidRange, SaidRecords
from botlens.store.said_questions import (
    NamesInConversations,
    NamesInRange,
    RangesOfChatbot,
    RecordsInConversations,
)

SECRET = b"a secret that all nodes of a cluster share"
CLAIM = LeaseClaim("sync", "ann")
RECORD = Record("bot", "c", MESSAGE, "m", 7, 0, 1_700_000_000_000_000, content="Where? é\n", confidence=0.25)
TABLE = pa.table({"conversation_id": ["c", "c"], "event_id": ["m", "n"]})


class SlowCommits(SourceCommits):
    """Notes what is done, and lets a write be held up."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.began, self.may_end = Event(), Event()
        self.may_end.set()

    def chatbots(self, company_id: str) -> Any:
        raise AssertionError

    def submit(self, company_id: str, records: Sequence[Record]) -> Any:
        self.began.set()
        assert self.may_end.wait(60)
        self.done.append(f"submit {company_id}")
        return ()

    def load(self, company_id: str, events: Any) -> Any:
        self.done.append(f"load {company_id} {events.type} {len(events.table)}")
        return LoadedRows(len(events.table))

    def count_loaded(self, company_id: str, stop: Any = None) -> int:
        self.done.append("count")
        return 3

    def uncounted(self, company_id: str) -> frozenset[str]:
        return frozenset(("bot",))

    def said(self, company_id: str, question: Any) -> Any:
        self.done.append(f"said {company_id}")
        return []


def test_whoever_was_taken_over_writes_nothing() -> None:
    """The lease is looked at before each write; what only asks, or counts what is there, does no harm."""
    commits, held = SlowCommits(), [True]
    taking = OrderTaking(commits, lambda claim: held[0] and claim == CLAIM, lambda: None)
    assert taking.carry_out(SubmitOrder("a", [RECORD]), CLAIM) == ()
    held[0] = False
    for order in (SubmitOrder("a", [RECORD]), LoadOrder("a", "message", TABLE)):
        with pytest.raises(LeaseLostError):
            taking.carry_out(order, CLAIM)
    assert commits.done == ["submit a"]
    assert taking.carry_out(CountOrder("a"), CLAIM) == 3
    assert taking.carry_out(UncountedOrder("a"), CLAIM) == {"bot"}


def test_a_question_waits_for_what_is_being_written() -> None:
    """Of its company alone: else it would miss what one that was taken over writes a moment later."""
    commits = SlowCommits()
    taking = OrderTaking(commits, lambda _: True, lambda: None)
    commits.may_end.clear()
    question = RangesOfChatbot("bot")
    writing = Thread(target=taking.carry_out, args=(SubmitOrder("a", [RECORD]), CLAIM))
    asking = Thread(target=taking.carry_out, args=(SaidOrder("a", question), CLAIM))
    writing.start()
    assert commits.began.wait(60)
    asking.start()
    taking.carry_out(SaidOrder("b", question), CLAIM)
    time.sleep(0.2)
    assert commits.done == ["said b"]
    commits.may_end.set()
    writing.join(60)
    asking.join(60)
    assert commits.done == ["said b", "submit a", "said a"]


def test_chatbots_are_looked_at_anew_before_anything() -> None:
    """Whoever follows may have made one a moment ago: its first events would be refused."""
    seen: list[str] = []
    commits = SlowCommits()
    taking = OrderTaking(commits, lambda _: not seen.append("lease"), lambda: seen.append("anew"))
    taking.carry_out(SubmitOrder("a", [RECORD]), CLAIM)
    assert seen == ["anew", "lease"]


ORDERS = [
    (SubmitOrder("a", [RECORD]), (0, 2)),
    (LoadOrder("a", "message", TABLE), LoadedRows(1, [RefusedRows("invalid_id", "id", [1])])),
    (CountOrder("a"), 12),
    (UncountedOrder("a"), frozenset(("x", "y"))),
    (SaidOrder("a", RangesOfChatbot("bot")), [SaidRange("bot", "", "c"), SaidRange("bot", "c")]),
    (
        SaidOrder("a", NamesInRange(SaidRange("bot", "a", None))),
        SaidNames(frozenset("c"), frozenset("d"), frozenset(), TABLE, TABLE.slice(0, 0)),
    ),
    (
        SaidOrder("a", NamesInConversations([("bot", "c")])),
        {("bot", "c"): ({"n": None, "m": None}, {"m": None})},
    ),
    (
        SaidOrder("a", RecordsInConversations([("bot", "c")], ["m"])),
        {("bot", "c"): SaidRecords(False, None, {"m": RECORD}, {}, RECORD)},
    ),
]


@pytest.mark.parametrize(("order", "answer"), ORDERS, ids=lambda each: type(each).__name__)
def test_orders_and_answers_are_the_same_at_the_other_node(order: Any, answer: Any) -> None:
    """Whatever is ordered, and whatever it answers, after some signs that it is under way."""
    sent = unpacked_order(packed_order(CLAIM, order))
    assert (sent.claim, sent.order) == (CLAIM, order)
    found = unpacked_answer(3 * BEAT + packed_answer(answer), order)
    assert found == answer
    if isinstance(answer, dict):
        assert list(found) == list(answer)
        assert [list(each[0]) for each in found.values() if isinstance(each, tuple)] in ([], [["n", "m"]])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotHereError(), NotHereError),
        (LeaseLostError(), LeaseLostError),
        (OverloadedError("Full.", code="disk_full"), OverloadedError),
        (InvalidError("No such columns.", field="table"), InvalidError),
        (BotlensError("Broken."), BotlensError),
    ],
)
def test_an_order_that_failed_says_why(error: BotlensError, kind: type[BotlensError]) -> None:
    """As it would have said it here."""
    with pytest.raises(kind) as raised:
        unpacked_answer(packed_failure(error), CountOrder("a"))
    found = raised.value
    assert (type(found), found.code, found.message, found.field) == (
        kind,
        error.code,
        error.message,
        error.field,
    )


@pytest.mark.parametrize("cut", [0, 1, 5, -1])
def test_an_answer_that_was_cut_off_is_none(cut: int) -> None:
    """Also one that ends while it is under way."""
    whole = packed_answer(frozenset(("x", "y")))
    with pytest.raises(ValueError, match=r"."):
        unpacked_answer(BEAT + whole[:cut], UncountedOrder("a"))


def test_an_order_of_a_later_version_is_refused() -> None:
    """It is not done in part."""
    data = packed_order(CLAIM, CountOrder("a")).replace(b"CountOrder", b"GrandOrder")
    with pytest.raises(InvalidError, match="another version"):
        unpacked_order(data)


def test_a_seal_is_of_one_order_and_one_cluster() -> None:
    """Whoever does not know the secret can neither make one nor change what was sealed."""
    body = packed_order(CLAIM, CountOrder("a"))
    seal = sealed_order(SECRET, body)
    digest = digest_of_order(SECRET, seal)
    assert digest is not None
    assert is_order(body, digest)
    assert not is_order(body + b" ", digest)
    assert digest_of_order(SECRET + b"!", seal) is None
    for wrong in (b"", b".", seal[:-1], seal[1:], digest, b"\xff" + seal[1:]):
        assert digest_of_order(SECRET, wrong) is None
