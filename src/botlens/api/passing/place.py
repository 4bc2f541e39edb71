"""Where the company of a request is, noted beside the request as soon as it is known who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

from starlette.types import Scope

from botlens.api.passing.seal import NodeWord
from botlens.cluster.ownership import Here, Nowhere, Ownership, There
from botlens.errors import BotlensError, NotHereError
from botlens.tenants.values import Company

_PLACE: Final = "botlens.place"
_PATIENCE: Final = 9.0
"""Seconds; so that nobody waits for more than 15: a node that stands still may come on top."""


class ElsewhereError(BotlensError):
    """Another node has the company: the request is to be passed on. No client ever sees this."""

    status = 421

    def __init__(self) -> None:
        super().__init__("Another node has this company.")


@dataclass(slots=True, eq=False)
class RequestPlace:
    """What is known of one request. Shared by the copies of its scope.

    Attributes:
        ownership: knows where companies are.
        arrived: what the node said that passed it on; None if it came from a client.
        company_id: of whoever asks, once that is known.
        is_local: whether a command of this machine asks.
        here: how this node had the company when it was looked up; None if it had it not.
        there: which node had it; None if none else had.
        is_moving: whether it is being handed over, and worth waiting for.
        has_moved: whether that was so, and was waited for.
        waited: seconds in which nobody did anything for it at this node: it waited for its company to be
            somewhere, or for a node that did not answer.
    """

    ownership: Ownership
    arrived: NodeWord | None = None
    company_id: str | None = None
    is_local: bool = False
    here: Here | None = None
    there: There | None = None
    is_moving: bool = False
    has_moved: bool = False
    waited: float = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """It waits meanwhile."""
        begun = monotonic()
        try:
            yield
        finally:
            self.waited += monotonic() - begun

    @property
    def waited_at_all(self) -> float:
        """So many seconds it has waited, at whichever nodes."""
        return self.waited + (0.0 if self.arrived is None else self.arrived.waited)

    @property
    def patience(self) -> float:
        """So many seconds more it may wait: several waits one after the other are not one each."""
        return max(0.0, _PATIENCE - self.waited_at_all)

    @property
    def may_go_on(self) -> bool:
        """Whether it may be passed on from here: it came from a client, or has moved while it was here."""
        return self.arrived is None or self.has_moved

    @property
    def is_still_here(self) -> bool:
        """Whether what was made at this node may leave it."""
        return self.here is None or self.ownership.still_here(self.here)

    def look(self) -> Here | There | Nowhere:
        """Where the company is by now."""
        assert self.company_id is not None  # noqa: S101 - asked of a request whose company is known
        return self.ownership.place_of(self.company_id)


def place_beside(scope: Scope, place: RequestPlace) -> Scope:
    """The scope of a request with a place for what is known of where it belongs."""
    return {**scope, _PLACE: place}


def arrived_with(scope: Scope) -> NodeWord | None:
    """What the node said that has passed a request on; None if none has."""
    place: RequestPlace | None = scope.get(_PLACE)
    return None if place is None else place.arrived


def settle_place(scope: Scope, company: Company | None, *, is_local: bool) -> None:
    """It is known who asks: pass if this node answers them.

    Args:
        scope: of the request.
        company: whose numbers are asked for; None is nobody's, for whom every node answers.
        is_local: whether a command of this machine asks.

    Raises:
        ElsewhereError: another node answers, or one will in a moment.
        NotHereError: nobody does for now; or another one has passed it on to this one by mistake.
    """
    place: RequestPlace | None = scope.get(_PLACE)
    if place is None or company is None:  # no cluster
        return
    place.company_id, place.is_local = company.id, is_local
    match place.look():
        case Here() as here:
            if place.here is None:  # else somebody is asked again in the middle of an answer
                place.here = here
        case There() as there if place.may_go_on:
            place.there = there
            raise ElsewhereError
        case Nowhere(is_soon=True) if place.here is None and not place.has_moved:
            place.is_moving = True
            raise ElsewhereError
        case Nowhere(retry_after, reason):
            raise NotHereError(reason, retry_after=retry_after)
        case _:
            raise NotHereError
