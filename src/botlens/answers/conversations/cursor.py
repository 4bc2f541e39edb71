"""Where the next page of a list begins, or the one before ends, as a text that a caller hands back."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botlens.errors import InvalidError
from botlens.events.times import EARLIEST
from botlens.moments import instant, microseconds
from botlens.store.conversations import Place

_LATEST = 2**62
_OF_THE_PAGE = ("cursor", "limit", "near", "chatbot")
_SLACK = timedelta(minutes=5)  # clocks of several servers behind one address


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place beside which a page lies, before it or after it, and the `now` of the first page.

    Every page is of the first one's moment: what "the last 30 days" are does not move while somebody leafs.
    """

    beside: Place
    now: datetime
    before: bool = False

    def encode(self, digest: str) -> str:
        """As text; only a request with this digest can use it."""
        place = self.beside
        values = [
            digest,
            microseconds(self.now),
            place.unknown,
            place.value,
            place.chatbot_id,
            place.conversation_id,
            self.before,
        ]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: Any, digest: str, now: datetime) -> "Cursor":
        """From text.

        Raises:
            InvalidError: it is none, or one of another request.
        """
        try:
            found, moment, place, before = _read(text)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            raise _invalid("is not one that a list gave") from None
        if found != digest:
            raise _invalid("belongs to a list that was asked for in another way")
        if not EARLIEST <= moment <= now + _SLACK:
            raise _invalid("is not one that a list gave")
        return cls(place, moment, before)


def request_digest(company_id: str, request: Mapping[str, Any]) -> str:
    """What two requests share if one may go on where the other stopped: all but the page and its size."""
    asked = {key: value for key, value in request.items() if key not in _OF_THE_PAGE and value is not None}
    canonical = json.dumps([company_id, asked], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _read(text: Any) -> tuple[str, datetime, Place, bool]:
    raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
    digest, then, unknown, value, *ids, before = json.loads(raw)
    numbers = all(type(each) is int and abs(each) < _LATEST for each in (then, unknown, value))
    if not numbers or type(before) is not bool:
        raise ValueError(raw)
    # Half a surrogate pair is a text that the store could not be asked for.
    chatbot_id, conversation_id = (each.encode().decode() for each in ids)
    return digest, instant(then), Place(unknown, value, chatbot_id, conversation_id), before


def _invalid(what: str) -> InvalidError:
    return InvalidError(
        f"The `cursor` {what}: ask for the first page, without one.", code="invalid_cursor", field="cursor"
    )
