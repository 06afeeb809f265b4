"""Options under simulated paths: the noise that moves their underlying is also what prices them.

Symmetric noise adds nothing to the mean of the spot (``drift.py``), and with what the underlying pays the spot earns
the rate of today's curve, for that is the forward in the premium. An option is then worth, in the mean, its premium
rolled at that rate, whatever the simulated volatility: variance that the way has used up is taken from what today's
implied volatility promised until the expiry, so a way that is rougher than implied leaves less of it for the rest. No
payoff is touched: an option that expires on the way is paid what its contract says, and the difference between implied
and simulated volatility stays with its holder. So does what is left where no volatility between two bounds for the rest
meets the premium; that gap is measured, and a warning names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import NoAnswerError, Problem
from ..instruments.option import Option
from ..instruments.solver import solve
from ..records import Book, FactorPaths, Holding
from .drift import MARKET, log_mean_noise
from .reference import constant
from .unexplained import RESIDUAL, deviations

#: Paths that suffice to weigh the volatility of an option, and nodes for specific risk on each of them.
LAW_PATHS, NODES = 6000, 5
#: Step of the slope by volatility.
STEP = 1e-3
#: A premium below this is nothing, and no ratio to it overflows.
SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class OptionLaw:
    """How one option follows its underlying. spent: variance a year that the way uses up, None for today's volatility.

    drift: log, taken off the spot by the horizon; settled: by the expiry, where that comes first, else the same. gap:
    mean value at the horizon over the rolled premium, one where a volatility within the bounds meets it.
    """

    option: Option
    drift: float = 0.0
    settled: float = 0.0
    spent: float | None = None
    gap: float = 1.0

    def change(self, moves: np.ndarray, age: float, shock: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """(S,) gain at ``age`` from moves (S, F) and the log ``shock`` (S,) of mean one, of log ``variance`` (S,).

        Of an option that has expired by then only the shock of the time until its expiry counts, as of the moves.
        """
        share = min(self.option.expiry / age, 1.0) if age > 0 else 1.0
        if share < 1.0:
            shock = np.sqrt(share) * (shock + variance / 2.0) - share * variance / 2.0
        return self.option.shifted_change(
            moves, age, shock - (self.drift if share == 1.0 else self.settled), self.spent
        )


def option_laws(book: Book, factors: FactorPaths) -> Mapping[int, OptionLaw]:
    """The law of every option of a book by its place; without ordinary noise the option as it stands."""
    noisy, laws = MARKET in factors.channels and factors.years > 0, {}
    for n, holding in enumerate(book.holdings):
        option = holding.instrument
        if isinstance(option, Option):
            laws[n] = _law(holding, option, factors) if noisy and option.units else OptionLaw(option)
    return laws


def _law(holding: Holding, option: Option, factors: FactorPaths) -> OptionLaw:
    whole = _drift(option, factors, factors.years)
    if option.expiry <= factors.years:
        return OptionLaw(option, whole, _drift(option, factors, option.expiry))
    return OptionLaw(option, whole, whole, *_spent(holding, option, factors))


def premium_gaps(book: Book, laws: Mapping[int, OptionLaw]) -> Iterator[Problem]:
    """A warning for each option whose mean is not its premium, because of the bounds of the volatility that is left."""
    low, high = constant("least_left_vol"), constant("most_left_vol")
    expected = f"1.00 times, at a volatility for the rest between {low:g} and {high:g} times today's"
    for n, law in laws.items():
        if abs(law.gap - 1.0) > constant("told_premium_gap"):
            holding, way = book.holdings[n], "rougher" if law.gap > 1.0 else "quieter"
            name = holding.instrument.symbol
            found = f"{name}: its mean value at the horizon is {law.gap:.2f} times its premium rolled at the curve"
            vol = f"{law.option.vol:.1%}"
            hint = (
                f"The simulated way is {way} than its implied volatility of {vol}: its gains and losses hold the gap."
            )
            yield Problem(holding.position.row, "price", found, expected, hint)


def _drift(option: Option, factors: FactorPaths, age: float) -> float:
    """What ordinary noise adds to the log mean of the spot by ``age``, less the growth of the forward."""
    beta = option.beta * np.sqrt(age / factors.years)
    return float(log_mean_noise(factors, beta[None])[0]) - option.growth(age)


def _spent(holding: Holding, option: Option, factors: FactorPaths) -> tuple[float, float]:
    """Variance a year at which the mean value at the horizon is that of the premium, and the mean over the premium.

    Where none within the bounds of the table meets it, that of the nearer bound.
    """
    age, left = factors.years, option.expiry - factors.years
    rows = np.arange(0, len(factors.moves), -(-len(factors.moves) // LAW_PATHS))
    moves, weight, shock = _ordinary(holding, option, factors, rows)
    wanted = float(option.at(0.0).price) * np.exp(option.rolled(age))
    unchanged = option.units * float(option.at(age).price)

    def spent_at(vol: float) -> float:
        return float((option.vol**2 * option.expiry - vol**2 * left) / age)

    def mean(vol: float) -> float:
        change = option.shifted_change(moves, age, shock, spent_at(vol))
        return float(weight @ (unchanged + change)) / option.units

    def priced(vol: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        here, up = mean(float(vol)), mean(float(vol) + STEP)
        return np.asarray(here), np.asarray((up - here) / STEP)

    low, high = (option.vol * constant(name) for name in ("least_left_vol", "most_left_vol"))
    try:
        return spent_at(float(solve(priced, wanted, option.vol, low, high, "volatility that is left"))), 1.0
    except NoAnswerError:
        means = {mean(bound): bound for bound in (low, high)}
        nearest = min(means, key=lambda value: abs(value - wanted))
        return spent_at(means[nearest]), nearest / max(wanted, SMALLEST)


def _ordinary(
    holding: Holding, option: Option, factors: FactorPaths, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moves by chance (K, F) on some paths with each node of specific risk, weights (K,), log shocks (K,).

    Chance is the scatter of all channels about their means, turbulence among them; the means are the plan's. The drift
    is that of these rows alone, so that the mean of the spot has no error of sampling.
    """
    probability = factors.probability[rows] / factors.probability[rows].sum()
    ordinary = factors.by_channel[rows, factors.channels.index(MARKET)].astype(float)
    noise = factors.moves[rows] - probability @ (factors.moves[rows] - ordinary)
    _, specific = deviations(holding, factors, (RESIDUAL,), factors.years)
    deviation = specific[rows, None]
    count = NODES if deviation.any() else 1
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    shock = deviation * nodes - deviation**2 / 2.0
    drift = np.log(probability @ np.exp(noise @ option.beta)) - option.growth(factors.years)
    pairs = (probability[:, None] * (weights / weights.sum())).ravel()
    return np.repeat(noise, count, axis=0), pairs, (shock - drift).ravel()
