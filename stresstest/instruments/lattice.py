"""Hull and White's trinomial lattice of the short rate: bonds that their issuer may call.

dr = (theta(t) - a r) dt + sigma dW, with theta such that every curve is repriced. A parallel shift of the curve, or a
spread, adds the same to every short rate, so one lattice serves a whole grid of shifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curve import Curve


@dataclass(frozen=True, eq=False)
class Branches:
    """One step: for each node (n,), the index of its middle child, and the probabilities down, middle, up (3, n)."""

    child: np.ndarray
    odds: np.ndarray


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes of the driftless part of the rate, and the shift of each curve that makes it reprice.

    times: (T+1,), from zero. rates: T+1 arrays of the driftless rate at the nodes. branches: T steps.
    drift: (C, T) what each of C curves adds to the rate in each step.
    """

    times: np.ndarray
    rates: tuple[np.ndarray, ...]
    branches: tuple[Branches, ...]
    drift: np.ndarray

    def values(
        self, flows: np.ndarray, calls: np.ndarray, shifts: np.ndarray, which: np.ndarray | int = 0
    ) -> np.ndarray:
        """(M,) values today of a callable bond at ``shifts`` (M,) added to all rates, on curve ``which`` (M,) or one.

        flows: (T+1,) payments at each time. calls: (T+1,) price at which the issuer may redeem right after the payment
        of that time, infinite where it may not.
        """
        drift = self.drift[np.broadcast_to(which, shifts.shape)] + shifts[:, None]
        value = np.full((shifts.size, self.rates[-1].size), flows[-1])
        for step in range(self.times.size - 2, -1, -1):
            branch, length = self.branches[step], self.times[step + 1] - self.times[step]
            held = sum(odds * value[:, branch.child + k] for k, odds in zip((-1, 0, 1), branch.odds, strict=True))
            value = held * np.exp(-self.rates[step] * length) * np.exp(-drift[:, step] * length)[:, None]
            if np.isfinite(calls[step]):
                value = np.minimum(value, calls[step])
            value = value + flows[step]
        result: np.ndarray = value[:, 0]
        return result


def time_grid(due: np.ndarray, steps: int) -> np.ndarray:
    """Times from zero through every one of ``due`` (ascending, above zero), in about ``steps`` even steps."""
    longest = due[-1] / steps
    starts = np.concatenate([[0.0], due[:-1]])
    counts = np.maximum(np.floor((due - starts) / longest + 0.5).astype(int), 1)
    pieces = [np.linspace(s, e, n + 1)[1:] for s, e, n in zip(starts, due, counts, strict=True)]
    return np.concatenate([[0.0], *pieces])


def build_lattice(times: np.ndarray, curves: tuple[Curve, ...], reversion: float, volatility: float) -> Lattice:
    """The lattice on ``times`` that reprices every zero bond of each curve. reversion, volatility: a year, decimals."""
    rates, branches = [np.zeros(1)], []
    lowest = 0
    for length in np.diff(times):
        decay = np.exp(-reversion * length)
        variance = volatility**2 * -np.expm1(-2.0 * reversion * length) / (2.0 * reversion)
        spacing = np.sqrt(3.0 * variance)
        centre = rates[-1] * decay
        nearest = np.floor(centre / spacing + 0.5).astype(int)
        miss = (centre - nearest * spacing) / np.sqrt(variance)
        odds = np.stack([1.0 + miss**2 - np.sqrt(3.0) * miss, 4.0 - 2.0 * miss**2, 1.0 + miss**2 + np.sqrt(3.0) * miss])
        lowest = int(nearest.min()) - 1
        branches.append(Branches(nearest - lowest, odds / 6.0))
        rates.append(spacing * np.arange(lowest, int(nearest.max()) + 2))
    return Lattice(times, tuple(rates), tuple(branches), _fitted(times, rates, branches, curves))


def _fitted(
    times: np.ndarray, rates: list[np.ndarray], branches: list[Branches], curves: tuple[Curve, ...]
) -> np.ndarray:
    """(C, T) shifts at which the lattice gives the discount factors of the curves, by forward induction."""
    bonds = np.array([curve.discount(times) for curve in curves])
    drift = np.empty((len(curves), times.size - 1))
    state = np.ones((len(curves), 1))
    for step, branch in enumerate(branches):
        length = times[step + 1] - times[step]
        weighted = state * np.exp(-rates[step] * length)
        drift[:, step] = np.log(weighted.sum(axis=1) / bonds[:, step + 1]) / length
        paid = weighted * np.exp(-drift[:, step] * length)[:, None]
        state = np.zeros((len(curves), rates[step + 1].size))
        for k, odds in zip((-1, 0, 1), branch.odds, strict=True):
            np.add.at(state.T, branch.child + k, (paid * odds).T)
    return drift
