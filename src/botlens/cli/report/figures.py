"""How numbers look in a terminal: values with their unit, changes, what a rate stands on, lines of blocks."""

from collections.abc import Mapping, Sequence
from typing import Any

from botlens.metrics.catalogue import METRICS

NONE = "–"
"""Where there is nothing to take a share or a middle of: never a zero."""

_CHANCE, _TOO_FEW = " ~", " ?"
MARKS = {
    _CHANCE: "may be chance",
    _TOO_FEW: "too few, now or before, to say whether it is more than chance",
}
"""Of changes: mark to what it means."""

_BLOCKS = "▁▂▃▄▅▆▇█"
_SHADES = "░▒▓█"
_SECOND = 1000


def why_null(name: str) -> str:
    """Why a metric has no value."""
    return METRICS[name].when_null or ""


def value_text(name: str, value: float | None) -> str:
    """The value of a metric."""
    if value is None:
        return NONE
    unit = METRICS[name].unit
    if unit == "share":
        return f"{percent(value)} %"
    if unit == "ms":
        return f"{value:,.0f} ms" if value < _SECOND else f"{value / _SECOND:,.1f} s"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def change_text(name: str, value: float | None, before: float | None) -> str:
    """From before to now: points of a share, else percent of what it was."""
    if value is None or before is None:
        return NONE
    if METRICS[name].unit == "share":
        return f"{round(100 * (value - before), 1) + 0.0:+.1f} pp"
    if before == 0:
        return NONE if value == 0 else "new"
    return f"{round(100 * (value / before - 1)) + 0:+,} %"


def basis_text(basis: Mapping[str, Any] | None, *, short: bool = False) -> str:
    """What a value stands on: `8 of 10`, with the interval that the true share is in, if it is a rate."""
    if not basis:
        return ""
    if "n" in basis:
        return f"of {basis['n']:,}"
    share = f"{basis['numerator']:,} of {basis['denominator']:,}"
    if "interval" not in basis:
        return share.replace(" of ", " / ")
    if short or basis["interval"] is None:
        return share
    low, high = basis["interval"]
    return f"{share} (95 %: {percent(low)} to {percent(high)} %)"


def percent(share: float) -> str:
    """`12.3`; what is not quite none or all never reads as none or all."""
    text = f"{100 * share:.1f}"
    if text == "100.0" and share < 1:
        return ">99.9"
    return "<0.1" if text == "0.0" and share > 0 else text


def mark_of(change: Mapping[str, Any]) -> str:
    """What stands behind a change that is no finding; see `MARKS`."""
    if change.get("unsaid") == "too_few":
        return _TOO_FEW
    return _CHANCE if change.get("distinguishable") is False else ""


def sparkline(values: Sequence[float | None]) -> str:
    """One block a value, as high as it is to the highest; zero is a dot, never a low block; null is a gap."""
    top = max((value for value in values if value), default=0)
    return "".join(" " if value is None else _block(value, top) for value in values)


def _block(value: float, top: float) -> str:
    return _BLOCKS[int(-(-value * len(_BLOCKS) // top)) - 1] if value else "·"


def shades(counts: Sequence[int], top: int, wide: int) -> str:
    """One shade a count, the darker the closer it is to the highest; nothing is blank."""
    return "".join(
        (_SHADES[-(-count * len(_SHADES) // top) - 1] if count else " ") * wide for count in counts
    )
