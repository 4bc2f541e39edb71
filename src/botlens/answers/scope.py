"""Who asks, and what that lets them see: the one value that every answer demands, and the gate before it.

The gate stands at the methods that answer, not at the door that a question came through: whoever asks from
Python, over HTTP or through a router in another app passes the same one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from botlens.answers.embedded import (
    beyond,
    first_day_of,
    locked_by,
    only_its_own,
    require_days_of,
    require_feature_of,
    require_texts_of,
    shown_window,
)
from botlens.errors import NotFoundError
from botlens.metrics.calendar import zone_named
from botlens.metrics.values import Text
from botlens.moments import instant
from botlens.query.filters import Condition
from botlens.query.window import Window
from botlens.tenants.accounts import Accounts
from botlens.tenants.entitlements import plan_of, require_feature, require_history
from botlens.tenants.plans import EMBED, Plan
from botlens.tenants.values import Chatbot, Company

P = ParamSpec("P")
T = TypeVar("T")
Room = TypeVar("Room")

_FEATURE: Final = "botlens_feature"
"""The attribute of a method that holds the feature that it needs."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one question of one company may be about. Made by `Scope.of` and nowhere else.

    Attributes:
        company: that asks; seen through an embed link it is bounded by that.
        plans: every plan of this installation, by name.
        chatbots: that the company has, by id, in the order of `Accounts.chatbots`.
        now: what "today" is taken from, aware.
    """

    company: Company
    plans: Mapping[str, Plan]
    chatbots: Mapping[str, Chatbot]
    now: datetime

    @classmethod
    def of(cls, accounts: Accounts, company: Company, now: datetime) -> "Scope":
        """The scope of a company as the accounts have it at this moment. It may have to wait for them."""
        chatbots = accounts.chatbots_by_id(company.id)
        if company.link is not None:
            chatbots = only_its_own(company.link, chatbots)
        return cls(company, accounts.plans, chatbots, now)

    def at(self, now: datetime) -> "Scope":
        """The same scope at another time: a list that is leafed through is of its first page's."""
        return replace(self, now=now)

    @property
    def plan(self) -> Plan:
        """The company's plan; free if it is on one that is not configured."""
        return plan_of(self.company, self.plans)

    def require(self, feature: str) -> None:
        """Pass if the plan includes a feature.

        Raises:
            PlanError: it does not.
            ForbiddenError: an embed link does not.
        """
        if self.company.link is not None:
            require_feature(self.plan, self.plans, EMBED)
            require_feature_of(self.company.link, feature)
        require_feature(self.plan, self.plans, feature)

    def require_history(self, window: Window, zone: ZoneInfo) -> None:
        """Pass if the plan's history, and what an embed link shows, hold a window.

        Raises:
            PlanError: the plan's history does not reach back so far.
            ForbiddenError: the link does not show all of it.
        """
        start = None if window.start is None else instant(window.start)
        require_history(self.plan, self.plans, start, self.now, zone=zone)
        if self.company.link is not None:
            require_days_of(self.company.link, window, self.now, zone)

    def require_texts(self, texts: Iterable[Text]) -> None:
        """Pass if texts of these kinds may be read, and asked about, which an embed link may leave out.

        Raises:
            ForbiddenError: they may not.
        """
        if self.company.link is not None:
            require_texts_of(self.company.link, texts)

    def locked(self, condition: Condition) -> Condition:
        """A condition, and what an embed link locks besides: for every look at conversations."""
        if self.company.link is None:
            return condition
        return condition.and_also(locked_by(self.company.link.filters))

    def first_day(self, zone: ZoneInfo) -> date | None:
        """The first local day that an embed link shows; None if it does not bound that."""
        return None if self.company.link is None else first_day_of(self.company.link, self.now, zone)

    @property
    def last_day(self) -> date | None:
        """The last local day that an embed link shows; None if it does not bound that."""
        return None if self.company.link is None else self.company.link.last_day

    def open_window(self, zone: ZoneInfo) -> Window:
        """All the days that may be looked at, but for the plan's history."""
        return Window() if self.company.link is None else shown_window(self.company.link, self.now, zone)

    @property
    def is_bounded(self) -> bool:
        """Whether of the company's conversations only some may be seen."""
        return self.company.link is not None

    def chatbot(self, chatbot_id: str) -> Chatbot:
        """One chatbot of the company.

        Raises:
            NotFoundError: the company has none of this id; another company's looks the same.
        """
        chatbot = self.chatbots.get(chatbot_id)
        if chatbot is None:
            raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")
        return chatbot

    def zone(self, asked: str | None = None, *, chatbot_id: str | None = None, field: str = "tz") -> ZoneInfo:
        """Whose days are counted: of the zone that is asked for, else the chatbot's, else the company's.

        Through an embed link it is one chatbot that is asked about, and the days that the link shows are
        those of its zone: in another they begin and end hours before or after.

        Args:
            asked: an IANA name, if the question says one.
            chatbot_id: the one chatbot that is asked about, if it is one.
            field: what the question calls its zone.

        Raises:
            InvalidError: there is no such zone.
            NotFoundError: there is no such chatbot.
            ForbiddenError: an embed link shows the days of another zone.
        """
        link = self.company.link
        if link is None:
            return zone_named(asked, field=field) if asked else self._zone_of(chatbot_id)
        own = self._zone_of(link.chatbot_id)
        zone = zone_named(asked, field=field) if asked else own
        if link.bounds_days and zone.key != own.key:
            raise beyond(f"Its days are those of {own.key}: ask for that zone, or for none.")
        return zone

    def _zone_of(self, chatbot_id: str | None) -> ZoneInfo:
        own = None if chatbot_id is None else self.chatbot(chatbot_id).timezone
        return zone_named(own or self.company.timezone)


Answering = Callable[Concatenate[Room, Scope, P], T]
"""A method that answers within a scope."""


def needs(feature: str) -> Callable[[Answering[Room, P, T]], Answering[Room, P, T]]:
    """Mark a method that answers with the feature that a plan must include, which is checked at each call.

    Args:
        feature: `ANALYTICS`, or one of `FEATURES` (see `botlens.tenants.plans`).
    """

    def gate(method: Answering[Room, P, T]) -> Answering[Room, P, T]:
        @wraps(method)
        def gated(self: Room, scope: Scope, /, *args: P.args, **kwargs: P.kwargs) -> T:
            scope.require(feature)
            return method(self, scope, *args, **kwargs)

        setattr(gated, _FEATURE, feature)
        return gated

    return gate


def free_of_features(method: Answering[Room, P, T]) -> Answering[Room, P, T]:
    """Mark a method that answers on any plan."""
    setattr(method, _FEATURE, None)
    return method


def feature_of(method: Callable[..., Any]) -> str | None:
    """What a plan must include for this method; None if nothing.

    Raises:
        AttributeError: the method declares no feature.
    """
    feature: str | None = getattr(method, _FEATURE)
    return feature
