"""The incomplete beta function, both parts of it, as logarithms. Pure."""

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_ENOUGH = 1e-15
_MOST_STEPS = 10_000


def log_beta(a: float, b: float) -> float:
    """The logarithm of the whole integral of q^(a-1) (1-q)^(b-1) from 0 to 1."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def log_parts(x: float, a: float, b: float) -> tuple[float, float]:
    """The logarithms of the integral of q^(a-1) (1-q)^(b-1) from 0 to x, and of that from x to 1.

    Args:
        x: between 0 and 1, neither of them.
        a: above 0.
        b: above 0.
    """
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        above, below = log_parts(1 - x, b, a)
        return below, above
    below = a * log(x) + b * log1p(-x) - log(a) + log(_fraction(x, a, b))
    whole = log_beta(a, b)
    return below, whole + log1p(-exp(min(below - whole, -_ENOUGH)))


def share_below(x: float, a: float, b: float) -> float:
    """The probability that a variable of the distribution Beta(a, b) is below x."""
    return exp(log_parts(x, a, b)[0] - log_beta(a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method.

    Source: NIST Digital Library of Mathematical Functions, 8.17.22; W. J. Lentz, Applied Optics 15 (1976).
    """
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return found


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
