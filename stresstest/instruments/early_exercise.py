"""What the right to exercise early adds to a European option: an explicit lattice in the logarithm of the spot.

The lattice has three branches and covers all spots at once; it is run for American and for European exercise, and only
the difference is kept, so that its error in the European value drops out. Dividends in cash are escrowed: the spot less
their present value diffuses, and that value is paid on exercise as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

#: Steps to expiry; at 100 the premium is good to about a ten-thousandth of the strike, a few ten-thousandths at worst.
STEPS = 120
#: Share of a step.
HAIR = 1e-6
#: Half-width of the lattice in standard deviations to expiry.
WIDTH = 6.0
SPACING = float(np.sqrt(3.0 / STEPS))
SCORES = SPACING * np.arange(-int(WIDTH / SPACING), int(WIDTH / SPACING) + 1)
#: Volatilities (times today's) and rates (beside today's) at which premiums are tabulated; flat beyond.
LOG_VOLS = np.linspace(np.log(0.35), np.log(3.5), 10)
RATES = np.linspace(-0.05, 0.05, 11)
#: Tables that are kept, an eighth of a megabyte each.
KEPT = 256


@dataclass(frozen=True)
class Dividends:
    """What the underlying pays: a yield (continuous, a year), and cash at times in years from today."""

    rate: float = 0.0
    times: tuple[float, ...] = ()
    amounts: tuple[float, ...] = ()

    def escrowed(self, age: float, until: float, rate: np.ndarray) -> np.ndarray:
        """Present value at ``age`` of the cash paid after it, up to ``until``, in the shape of ``rate``."""
        paid = zip(self.times, self.amounts, strict=True)
        due = [amount * np.exp(-rate * (time - age)) for time, amount in paid if age < time <= until]
        return np.sum(due, axis=0) if due else np.zeros(np.shape(rate))

    def after(self, age: float) -> Dividends:
        """The same, seen from ``age``."""
        left = [(time - age, amount) for time, amount in zip(self.times, self.amounts, strict=True) if time > age]
        return Dividends(self.rate, tuple(time for time, _ in left), tuple(amount for _, amount in left))


def premium(
    vols: np.ndarray, rates: np.ndarray, strike: float, time: float, call: bool, dividends: Dividends
) -> np.ndarray:
    """(V, len(SCORES)) American less European value, for pairs of volatility and rate (V,), in units of the strike.

    SCORES: log of the diffusing spot over the strike, in standard deviations to expiry.
    """
    sign, step = (1.0 if call else -1.0), time / STEPS
    spots = np.exp(vols[:, None] * np.sqrt(time) * SCORES)
    tilt = (rates - dividends.rate - 0.5 * vols**2) * np.sqrt(step / 12.0) / vols
    odds = np.stack([1 / 6 - tilt, np.full(vols.shape, 2 / 3), 1 / 6 + tilt]) * np.exp(-rates * step)
    ratio, dividends = spots[:, 1:2] / spots[:, :1], _on_steps(dividends, step)
    american = np.maximum(sign * (spots - 1.0), 0.0)
    european = american
    for n in range(STEPS - 1, -1, -1):
        cash = dividends.escrowed(n * step, time, rates) / strike
        american = np.maximum(_back(american, odds, ratio), sign * (spots + cash[:, None] - 1.0))
        european = _back(european, odds, ratio)
    return american - european


def _on_steps(dividends: Dividends, step: float) -> Dividends:
    """Cash moved to the nearest step, and paid just after it: exercise on that step still gets it."""
    return replace(dividends, times=tuple(step * (round(time / step) + HAIR) for time in dividends.times))


def _back(value: np.ndarray, odds: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """One step back; beyond the edges values are linear in the spot. ratio: (V, 1) of neighbouring spots."""
    low = value[:, :1] + (value[:, :1] - value[:, 1:2]) / ratio
    high = value[:, -1:] + (value[:, -1:] - value[:, -2:-1]) * ratio
    wide = np.concatenate([low, value, high], axis=1)
    down, middle, up = odds[:, :, None]
    stepped: np.ndarray = down * wide[:, :-2] + middle * wide[:, 1:-1] + up * wide[:, 2:]
    return stepped


@dataclass(frozen=True, eq=False)
class PremiumTable:
    """Premiums around today's volatility and rate as a smooth function, for one time to expiry."""

    vol: float
    rate: float
    time: float
    filtered: np.ndarray

    @classmethod
    def of(cls, vol: float, rate: float, strike: float, time: float, call: bool, dividends: Dividends) -> PremiumTable:
        """Tabulate on the product of ``LOG_VOLS`` and ``RATES``."""
        return cls(vol, rate, time, _filtered(vol, rate, strike, time, call, dividends))

    def __call__(self, moneyness: np.ndarray, vols: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """Premium in units of the strike; moneyness: log of the diffusing spot over the strike."""
        from scipy.ndimage import map_coordinates

        scores = moneyness / (vols * np.sqrt(self.time))
        places = np.broadcast_arrays(
            np.clip(_place(np.log(vols / self.vol), LOG_VOLS), 0, LOG_VOLS.size - 1),
            np.clip(_place(rates - self.rate, RATES), 0, RATES.size - 1),
            np.clip(_place(scores, SCORES), 0, SCORES.size - 1),
        )
        flat = np.stack([np.ravel(place) for place in places])
        found = map_coordinates(self.filtered, flat, order=3, mode="nearest", prefilter=False)
        return np.maximum(found.reshape(places[0].shape), 0.0)


@lru_cache(maxsize=KEPT)
def _filtered(vol: float, rate: float, strike: float, time: float, call: bool, dividends: Dividends) -> np.ndarray:
    """The premiums, prepared for cubic interpolation; some are kept, for a book is built again after trades."""
    from scipy.ndimage import spline_filter

    vols, rates = np.meshgrid(vol * np.exp(LOG_VOLS), rate + RATES, indexing="ij")
    flat = premium(vols.ravel(), rates.ravel(), strike, time, call, dividends)
    table = flat.reshape(LOG_VOLS.size, RATES.size, SCORES.size)
    return np.asarray(spline_filter(table, order=3, mode="nearest"))


def _place(value: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Position on an even grid, in steps from its first point."""
    position: np.ndarray = (value - grid[0]) / (grid[1] - grid[0])
    return position
