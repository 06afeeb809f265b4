"""Whether a price is a copy, or a daily multiple, of another price: then the longer history of that one tells more.

A fund that resets its leverage every day earns a whole multiple of the day's return of an index, less financing and
fee; that shows within weeks as a regression of simple daily returns with a slope of nearly -3, -2, -1, 2 or 3 and
hardly any residual. A plain copy (a second fund on one index, a second listing) has the slope one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .detection import constants


@dataclass(frozen=True)
class Multiple:
    """``times`` the daily return of ``symbol``. slope, r_squared: of the regression on ``days`` common days."""

    symbol: str
    times: float
    slope: float
    r_squared: float
    days: int


def multiple_of_prices(log_returns: np.ndarray, others: np.ndarray, symbols: Sequence[str]) -> Multiple | None:
    """The best copy or multiple among ``others``, or None where none fits.

    log_returns: (T,) daily; others: (T, N) of ``symbols`` on the same days; NaN where missing.
    """
    fits = [_fit(log_returns, column, symbol) for column, symbol in zip(others.T, symbols, strict=True)]
    good = [fit for fit in fits if fit is not None and _is_whole(fit)]
    return max(good, key=lambda fit: fit.r_squared, default=None)


def _fit(log_returns: np.ndarray, other: np.ndarray, symbol: str) -> Multiple | None:
    known = np.isfinite(log_returns) & np.isfinite(other)
    if known.sum() < constants()["multiple_days"]:
        return None
    y, x = np.expm1(log_returns[known]), np.expm1(other[known])
    y, x = y - y.mean(), x - x.mean()
    squares, whole = float(x @ x), float(y @ y)
    if squares <= 0.0 or whole <= 0.0:
        return None
    slope = float(x @ y) / squares
    return Multiple(symbol, float(round(slope)), slope, slope**2 * squares / whole, int(known.sum()))


def _is_whole(fit: Multiple) -> bool:
    """Whether the slope is near a multiple that is sold, and hardly anything is left beside it."""
    least = constants()["copy_fit"] if fit.times == 1.0 else constants()["multiple_fit"]
    near = abs(fit.slope - fit.times) <= constants()["multiple_gap"]
    return near and 1.0 <= abs(fit.times) <= constants()["most_multiple"] and fit.r_squared >= least
