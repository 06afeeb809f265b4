"""The Treasury zero curve on the tenors of the rate factors, and its bootstrap from par yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import DataError, Problem
from ..records import MarketSnapshot
from ..tables import TENORS

NODES = np.array(list(TENORS.values()))
#: Par bonds pay twice a year.
COUPONS_A_YEAR = 2
PRICING_ERROR = 1e-12
ITERATIONS = 50


@dataclass(frozen=True, eq=False)
class Curve:
    """Continuously compounded zero rates at ``NODES``, linear in the rate between them and flat outside.

    zero: (7,), decimals.
    """

    zero: np.ndarray

    def rate(self, times: np.ndarray | float) -> np.ndarray:
        """Zero rate for each time in years."""
        rates: np.ndarray = np.interp(times, NODES, self.zero)
        return rates

    def discount(self, times: np.ndarray | float) -> np.ndarray:
        """Price today of one unit paid at each time; a time of zero or less is worth one."""
        years = np.maximum(times, 0.0)
        factors: np.ndarray = np.exp(-self.rate(years) * years)
        return factors

    def shifted(self, moves: np.ndarray | float) -> Curve:
        """The curve with ``moves`` ((7,) or one number, continuously compounded) added to its nodes."""
        return Curve(self.zero + moves)


def node_weights(times: np.ndarray) -> np.ndarray:
    """(n, 7) shares of the nodes in the zero rate for each of ``times`` (n,); each row sums to one.

    With them a shifted curve discounts by ``exp(-(z + W @ dz) * t)``.
    """
    inside = np.clip(times, NODES[0], NODES[-1])
    left = np.clip(np.searchsorted(NODES, inside, side="right") - 1, 0, NODES.size - 2)
    share = (inside - NODES[left]) / (NODES[left + 1] - NODES[left])
    weights = np.zeros((np.size(times), NODES.size))
    rows = np.arange(np.size(times))
    weights[rows, left] = 1.0 - share
    weights[rows, left + 1] = share
    return weights


def bootstrap(par: Mapping[float, float]) -> Curve:
    """The curve on which every par bond costs its face value.

    par: bond-equivalent par yield (decimal) by tenor in years, for each of ``NODES``. A tenor shorter than a coupon
    period is one payment at simple interest; the others pay half the yield twice a year.
    Newton's method on all nodes at once; between nodes coupons are discounted at interpolated rates.
    Raises DataError where a tenor is missing or no curve prices the bonds.
    """
    missing = [f"{tenor:g}y" for tenor in NODES if tenor not in par]
    if missing:
        raise DataError(Problem(None, "par", f"no yield for {', '.join(missing)}", "a par yield for every tenor", ""))
    yields = np.array([par[tenor] for tenor in NODES])
    zero = _solve(*_par_bonds(yields), start=COUPONS_A_YEAR * np.log1p(yields / COUPONS_A_YEAR))
    if zero is None:
        found = ", ".join(f"{tenor:g}y {rate:.2%}" for tenor, rate in zip(NODES, yields, strict=True))
        raise DataError(Problem(None, "par", found, "par yields that a zero curve can price", "Check the snapshot."))
    return Curve(zero)


def _solve(times: np.ndarray, flows: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """Zero rates at which every row of ``flows`` is worth one, or None where Newton's method finds none."""
    weights, zero = node_weights(times), start
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(ITERATIONS):
            discount = np.exp(-times * (weights @ zero))
            error = flows @ discount - 1.0
            if np.abs(error).max() < PRICING_ERROR:
                return zero
            slope = (flows * (times * discount)) @ weights
            if not np.isfinite(slope).all() or not slope.diagonal().all():
                return None
            zero = zero + np.linalg.solve(slope, error)
    return None


def _par_bonds(yields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Payment times (n,), and the payments (7, n) of one bond per node."""
    period = 1.0 / COUPONS_A_YEAR
    times = np.union1d(NODES, np.arange(1, NODES[-1] * COUPONS_A_YEAR + 1) * period)
    regular = np.isclose(times % period, 0.0)
    flows = np.where(regular & (times <= NODES[:, None]), yields[:, None] * period, 0.0)
    flows[np.arange(NODES.size), np.searchsorted(times, NODES)] += 1.0
    short = period > NODES
    flows[short, np.searchsorted(times, NODES[short])] += yields[short] * NODES[short]
    return times, flows


def from_snapshot(snapshot: MarketSnapshot) -> Curve:
    """The curve of the par yields in the snapshot. Raises DataError that lists the quotes it lacks."""
    missing = [name for name in TENORS if name not in snapshot.quotes]
    if missing:
        raise DataError(Problem(None, "name", f"no {', '.join(missing)}", "Treasury par yields", "", snapshot.origin))
    return bootstrap({tenor: snapshot[name] for name, tenor in TENORS.items()})
