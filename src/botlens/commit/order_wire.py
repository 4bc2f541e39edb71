"""Orders and their answers as bytes, from one node to another."""

from typing import Any, Final

import msgspec
import pyarrow as pa

from botlens.commit.orders import AnyOrder
from botlens.errors import BotlensError, InvalidError, NotHereError, OverloadedError
from botlens.jobs.leases import LeaseClaim, LeaseLostError

BEAT: Final = b"\0"
"""What comes before an answer, again and again, while it is being made."""


_NOTHING: Final = msgspec.msgpack.encode(None)


FORM: Final = 1
"""Another one where an order, or a `Record`, says more than before: a node that does not know it must not do
a part of what was ordered, and say that it was done."""


class SentOrder(msgspec.Struct, frozen=True):
    """An order, and by which lease it is given. `form`: see `FORM`."""

    form: int
    claim: LeaseClaim
    order: AnyOrder


class OrderFailure(msgspec.Struct, frozen=True):
    """Why an order was not done: what a `BotlensError` says."""

    status: int
    code: str
    message: str
    field: str | None = None

    def error(self) -> BotlensError:
        """The same, to be raised."""
        match self.code:
            case NotHereError.code:
                return NotHereError(self.message)
            case LeaseLostError.code:
                return LeaseLostError()
        if self.status == OverloadedError.status:
            return OverloadedError(self.message, code=self.code)
        if self.status == InvalidError.status:
            return InvalidError(self.message, code=self.code, field=self.field)
        return BotlensError(self.message, code=self.code, field=self.field)


class OrderAnswer(msgspec.Struct, frozen=True):
    """What became of an order: its answer, or why there is none."""

    done: msgspec.Raw = msgspec.Raw(_NOTHING)
    failure: OrderFailure | None = None


def _encoded(value: Any) -> Any:
    if not isinstance(value, pa.Table):
        raise NotImplementedError(type(value))
    found = pa.BufferOutputStream()
    with pa.ipc.new_stream(found, value.schema) as writer:
        writer.write_table(value)
    return found.getvalue().to_pybytes()


def _decoded(of: type, given: Any) -> Any:
    if of is not pa.Table:
        raise NotImplementedError(of)
    return pa.ipc.open_stream(given).read_all()


_orders = msgspec.msgpack.Decoder(SentOrder, dec_hook=_decoded)
_answers = msgspec.msgpack.Decoder(OrderAnswer)
_encoder = msgspec.msgpack.Encoder(enc_hook=_encoded)


def packed_order(claim: LeaseClaim, order: AnyOrder) -> bytes:
    """An order as bytes."""
    return _encoder.encode(SentOrder(FORM, claim, order))


def unpacked_order(data: bytes) -> SentOrder:
    """The order that bytes say.

    Raises:
        InvalidError: none that this version knows.
    """
    try:
        found = _orders.decode(data)
    except (msgspec.DecodeError, pa.ArrowInvalid) as error:
        raise InvalidError(f"No order that this node knows: {error}. Is it of another version?") from None
    if found.form != FORM:
        raise InvalidError(
            f"An order of form {found.form}; this node knows {FORM}: it is of another version."
        )
    return found


def packed_answer(answer: Any) -> bytes:
    """What an order has answered, as bytes."""
    return _encoder.encode(OrderAnswer(msgspec.Raw(_encoder.encode(answer))))


def packed_failure(error: BotlensError) -> bytes:
    """Why an order was not done, as bytes."""
    failure = OrderFailure(error.status, error.code, error.message, error.field)
    return _encoder.encode(OrderAnswer(failure=failure))


def unpacked_answer(data: bytes, order: AnyOrder) -> Any:
    """What an order has answered.

    Raises:
        BotlensError: what it was not done for.
        ValueError: this is no answer, or not all of it.
    """
    try:
        answer = _answers.decode(data.lstrip(BEAT))
    except msgspec.DecodeError as error:  # of some versions no `ValueError`
        raise ValueError(str(error)) from error
    if answer.failure is not None:
        raise answer.failure.error()
    return msgspec.msgpack.decode(answer.done, type=order.answer_type, dec_hook=_decoded)
