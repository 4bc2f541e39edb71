"""Plans: what a company may use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from botlens.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Plan:
    """What a company on this plan may use. `conversations_per_month` -1 is unlimited."""

    name: str
    analytics: bool
    conversations_per_month: int


DEFAULT_PLANS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        plan.name: plan
        for plan in (
            Plan("free", analytics=False, conversations_per_month=100),
            Plan("starter", analytics=True, conversations_per_month=1_000),
            Plan("pro", analytics=True, conversations_per_month=10_000),
            Plan("enterprise", analytics=True, conversations_per_month=-1),
        )
    }
)
_SETTINGS: Final = ("analytics", "conversations_per_month")


def plans_from(mapping: Mapping[str, Mapping[str, object]]) -> dict[str, Plan]:
    """The default plans with a configuration laid over them.

    Args:
        mapping: Plan name to `{"analytics": bool, "conversations_per_month": int}`. A default plan keeps what
            is not named; a new plan must name both.

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
        raise InvalidError(f"Plan '{name}' must be a table of {_known()}.", field=f"plans.{name}")
    for key in settings:
        if key not in _SETTINGS:
            message = f"Plan '{name}' has no setting '{key}'. Use {_known()}."
            raise InvalidError(message, field=f"plans.{name}.{key}")
    if base is None:
        for key in _SETTINGS:
            if key not in settings:
                message = f"'{name}' is a new plan, so it must say its '{key}'."
                raise InvalidError(message, field=f"plans.{name}.{key}")
        base = Plan(name, analytics=False, conversations_per_month=0)
    checked: dict[str, Any] = {key: _setting(name, key, value) for key, value in settings.items()}
    return replace(base, **checked)


def _setting(name: str, key: str, value: object) -> bool | int:
    field = f"plans.{name}.{key}"
    if key == "analytics":
        if not isinstance(value, bool):
            raise InvalidError(f"'{key}' of plan '{name}' must be true or false, not {value!r}.", field=field)
        return value
    # bool is an int in Python; a limit of `true` is a slip, not one conversation.
    if not isinstance(value, int) or isinstance(value, bool) or value < -1:
        message = f"'{key}' of plan '{name}' must be a whole number, or -1 for unlimited, not {value!r}."
        raise InvalidError(message, field=field)
    return value


def _known() -> str:
    return " and ".join(f"'{key}'" for key in _SETTINGS)
