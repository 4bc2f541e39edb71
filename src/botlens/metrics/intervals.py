"""How sure a rate is of itself, and the difference of two of another."""

from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: 95 % lie between minus and plus it."""

Interval = tuple[float, float]
"""From, to."""


def wilson(numerator: float, denominator: float) -> tuple[float, float] | None:
    """The Wilson score interval of a share at 95 %; None if there is nothing to take a share of.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927).
    """
    if not denominator:
        return None
    share, z2 = numerator / denominator, Z_95 * Z_95
    centre = share + z2 / (2 * denominator)
    spread = Z_95 * sqrt(share * (1 - share) / denominator + z2 / (4 * denominator * denominator))
    scale = 1 + z2 / denominator
    # Of none and of all, one end is known exactly; the formula would miss it by a rounding error.
    low = (centre - spread) / scale if numerator else 0.0
    high = (centre + spread) / scale if numerator < denominator else 1.0
    return low, high


def newcombe(before: tuple[float, float], after: tuple[float, float]) -> tuple[float, float] | None:
    """Newcombe's interval (method 10) of the difference of two shares, at 95 %; None if one is of nothing.

    Args:
        before: part and whole of the earlier share.
        after: the same of the later one.
    """
    first, second = wilson(*before), wilson(*after)
    if first is None or second is None:
        return None
    one, two = before[0] / before[1], after[0] / after[1]
    low = two - one - sqrt((two - second[0]) ** 2 + (first[1] - one) ** 2)
    high = two - one + sqrt((second[1] - two) ** 2 + (one - first[0]) ** 2)
    return low, high


def student(freedom: int) -> float:
    """The 97.5th percentile of Student's t: Cornish-Fisher, within 0.5 % from 4 degrees of freedom on."""
    z, n = Z_95, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
