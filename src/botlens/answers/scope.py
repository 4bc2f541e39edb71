"""Who asks, and what that lets them see: the one value that every answer demands, and the gate before it.

The gate stands at the methods that answer, not at the door that a question came through: whoever asks from
Python, over HTTP or through a router in another app passes the same one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from botlens.errors import NotFoundError
from botlens.metrics.calendar import zone_named
from botlens.tenants.accounts import Accounts
from botlens.tenants.entitlements import plan_of, require_feature, require_history
from botlens.tenants.plans import Plan
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
        company: that asks.
        plans: every plan of this installation, by name.
        chatbots: that the company has, by id, in the order of their ids.
        now: what "today" is taken from, aware.
    """

    company: Company
    plans: Mapping[str, Plan]
    chatbots: Mapping[str, Chatbot]
    now: datetime

    @classmethod
    def of(cls, accounts: Accounts, company: Company, now: datetime) -> "Scope":
        """The scope of a company as the accounts have it at this moment. It may have to wait for them."""
        return cls(company, accounts.plans, accounts.chatbots_by_id(company.id), now)

    def at(self, now: datetime) -> "Scope":
        """The same scope at another time: a list that is leafed through is of its first page's."""
        return replace(self, now=now)

    @property
    def plan(self) -> Plan:
        """The company's plan.

        Raises:
            BotlensError: `unknown_plan`. What needs no feature never asks: it is open on any plan.
        """
        return plan_of(self.company, self.plans)

    def require(self, feature: str) -> None:
        """Pass if the plan includes a feature.

        Raises:
            PlanError: it does not.
        """
        require_feature(self.plan, self.plans, feature)

    def require_history(self, start: datetime | None, zone: ZoneInfo) -> None:
        """Pass if the plan's history reaches back to the start of a window; None is all time.

        Raises:
            PlanError: it does not.
        """
        require_history(self.plan, self.plans, start, self.now, zone=zone)

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

        Args:
            asked: an IANA name, if the question says one.
            chatbot_id: the one chatbot that is asked about, if it is one.
            field: what the question calls its zone.

        Raises:
            InvalidError: there is no such zone.
            NotFoundError: there is no such chatbot.
        """
        if asked:
            return zone_named(asked, field=field)
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
