"""Plans: what a company may use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from botlens.errors import InvalidError

ANALYTICS: Final = "analytics"
"""Numbers at all: what every other feature stands on. It is a switch of a plan, not one of `FEATURES`."""

QUERY, COMPARE, CONVERSATIONS, EXPORT = "query", "compare", "conversations", "export"
GAPS, MARKERS, VIEWS, EMBED = "gaps", "markers", "views", "embed"
FEATURES: Final = (QUERY, COMPARE, CONVERSATIONS, EXPORT, GAPS, MARKERS, VIEWS, EMBED)
"""What a plan may include besides the seed routes: `/v1/query`, comparisons in it, single conversations
(lists and transcripts), `/v1/export`, knowledge gaps, markers in charts, saved views, embedded pages."""

UNLIMITED: Final = -1

FREE: Final = "free"
"""The plan of whoever has none, or one that is not configured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a company on this plan may use; -1 is unlimited.

    Attributes:
        name: of the plan.
        analytics: whether any numbers are shown; without it the other features are nothing.
        conversations_per_month: how many are included. Over it nothing is dropped.
        history_days: how many local days back, before today, a question of `/v1` may reach.
        features: the names of `FEATURES` that are included.
    """

    name: str
    analytics: bool
    conversations_per_month: int
    history_days: int = UNLIMITED
    features: frozenset[str] = frozenset(FEATURES)

    def includes(self, feature: str) -> bool:
        """Whether a company on this plan may use a feature: `ANALYTICS`, or one of `FEATURES`."""
        return self.analytics and (feature == ANALYTICS or feature in self.features)


DEFAULT_PLANS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        plan.name: plan
        for plan in (
            Plan(FREE, analytics=False, conversations_per_month=100, features=frozenset()),
            Plan(
                "starter",
                analytics=True,
                conversations_per_month=1_000,
                history_days=365,
                features=frozenset({QUERY, COMPARE, CONVERSATIONS, GAPS, MARKERS, VIEWS}),
            ),
            Plan("pro", analytics=True, conversations_per_month=10_000),
            Plan("enterprise", analytics=True, conversations_per_month=UNLIMITED),
        )
    }
)
_REQUIRED: Final = ("analytics", "conversations_per_month")


def plans_from(mapping: Mapping[str, Mapping[str, object]]) -> dict[str, Plan]:
    """The default plans with a configuration laid over them.

    Args:
        mapping: Plan name to its settings: `analytics` (bool), `conversations_per_month` (int),
            `history_days` (int) and `features` (list of names). A default plan keeps what is not named. A new
            plan must name the first two; it has an unlimited history and every feature unless it says less. A
            list of features is the whole list: what a later version adds is not in it.

    Returns:
        Every plan by name, the defaults first.

    Raises:
        InvalidError: A setting is unknown, missing or of the wrong type; `field` is `plans.<plan>.<setting>`.
    """
    plans = dict(DEFAULT_PLANS)
    for name, settings in mapping.items():
        plans[name] = _plan(name, settings, plans.get(name))
    return plans


def _plan(name: str, settings: Mapping[str, object], base: Plan | None) -> Plan:
    if not isinstance(name, str) or not name.strip():
        raise InvalidError("A plan needs a name that is not blank.", field="plans")
    if not isinstance(settings, Mapping):
        raise InvalidError(f"Plan '{name}' must be a table of {_listed(_SETTINGS)}.", field=f"plans.{name}")
    for key in settings:
        if key not in _SETTINGS:
            message = f"Plan '{name}' has no setting '{key}'. Use {_listed(_SETTINGS)}."
            raise InvalidError(message, field=f"plans.{name}.{key}")
    if base is None:
        for key in _REQUIRED:
            if key not in settings:
                message = f"'{name}' is a new plan, so it must say its '{key}'."
                raise InvalidError(message, field=f"plans.{name}.{key}")
        base = Plan(name, analytics=False, conversations_per_month=0)
    checked: dict[str, Any] = {key: _SETTINGS[key](name, key, value) for key, value in settings.items()}
    return replace(base, **checked)


def _switch(name: str, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, key, "true or false", value)
    return value


def _number(name: str, key: str, value: object) -> int:
    # bool is an int in Python; a limit of `true` is a slip, not one conversation.
    if not isinstance(value, int) or isinstance(value, bool) or value < UNLIMITED:
        raise _wrong(name, key, "a whole number, or -1 for unlimited", value)
    return value


def _features(name: str, key: str, value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple | set | frozenset) or not all(each in FEATURES for each in value):
        raise _wrong(name, key, f"a list of names among {_listed(FEATURES)}", value)
    return frozenset(value)


_SETTINGS: Final[Mapping[str, Callable[[str, str, object], object]]] = MappingProxyType(
    {
        "analytics": _switch,
        "conversations_per_month": _number,
        "history_days": _number,
        "features": _features,
    }
)
"""What checks each setting."""


def _wrong(name: str, key: str, what: str, value: object) -> InvalidError:
    return InvalidError(
        f"'{key}' of plan '{name}' must be {what}, not {value!r}.", field=f"plans.{name}.{key}"
    )


def _listed(names: Mapping[str, object] | tuple[str, ...]) -> str:
    *others, last = (f"'{each}'" for each in names)
    return f"{', '.join(others)} and {last}"
