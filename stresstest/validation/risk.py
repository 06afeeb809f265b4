"""Value at risk and expected shortfall of the shipped portfolios, forecast every week on what was known, since 2008.

Each Friday the loss over the next twelve weeks is forecast; exposures and moments are estimated anew every January from
earlier weeks only, the regime of the day is read from VIX. Losses are price changes: income is left out on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..market.history import History, load_history
from ..records import Book, Check, Evidence, FactorPaths, Portfolio
from ..risk.measures import expected_shortfall, value_at_risk
from ..stress import revalue
from ..units import fixed
from .backtest_books import Windows, book_known, exposures_known, in_factors, shipped, symbols_of
from .backtest_moves import LEFT_OUT, Forecast, cloud, forecast, fridays, known_until, stressed_weeks
from .backtest_tests import (
    SIZE,
    christoffersen,
    kupiec,
    mean_and_error,
    overlapping,
    power,
    quantile_loss,
    shortfall_test,
)

WEEKS = 12
FIRST_START = pd.Timestamp(2008, 1, 1)
#: Fewer years than up to here say nothing.
LEAST_UNTIL = pd.Timestamp(2013, 1, 1)
PATHS = 3000
#: Years of windows that the rivals learn from.
RIVAL_YEARS = 5
LEVELS = (0.95, 0.99)
#: Draws of the model under which the shortfall statistic is placed.
DRAWS = 2000
#: Series are published within this time: estimates stop so long before the first start of a year.
PUBLISHED = pd.Timedelta(weeks=1)
#: Of the six portfolios, how many must pass.
WANTED = 5
#: Starts on which less of the gross value than this has joined are not scored.
LEAST_COVERED = 0.5
SECTION = "risk"
MODEL, RIVAL, GAUSSIAN = "model", "historical simulation", "Gaussian"
#: The model with its variance drawn towards that of the last weeks: one law for all portfolios, kept only if it scores
#: better. Half-life in weeks, and the share of the model's own variance; neither was chosen on results.
SCALED, HALF_LIFE, ANCHOR = "scaled by recent volatility", 13.0, 0.6
NO_DATA = "needs a folder of series (--data)"


@dataclass(frozen=True, eq=False)
class Forecasts:
    """One portfolio. losses: (T,) over each window, share of net value. var, shortfall: by level and forecaster, (T,).

    draws: (T, R) of the model's own loss distribution on each date. covered: (T,) share of gross value in the book.
    """

    starts: pd.DatetimeIndex
    losses: np.ndarray
    var: Mapping[tuple[float, str], np.ndarray]
    shortfall: Mapping[float, np.ndarray]
    draws: np.ndarray
    covered: np.ndarray

    def hits(self, level: float, forecaster: str = MODEL) -> np.ndarray:
        """(T,) bool: whether the loss exceeded the forecast."""
        return np.asarray(self.losses > self.var[level, forecaster])

    def scored(self) -> Forecasts:
        """From the first start on which enough of the book had joined."""
        since = slice(int(np.argmax(self.covered >= LEAST_COVERED)), None)
        return Forecasts(
            self.starts[since],
            self.losses[since],
            {key: values[since] for key, values in self.var.items()},
            {key: values[since] for key, values in self.shortfall.items()},
            self.draws[since],
            self.covered[since],
        )


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """VaR 95 and 99 and expected shortfall of every shipped portfolio, and how many of them pass."""
    if evidence.data is None:
        return _not_run(NO_DATA)
    history = load_history(evidence.data, evidence.as_of)
    if fridays(history)[-1] < LEAST_UNTIL:
        return _not_run(f"needs weeks up to {LEAST_UNTIL.date()} at least")
    found = {name: forecasts.scored() for name, forecasts in forecast_all(history, evidence.seed).items()}
    single = {level: [_var_check(name, f, level) for name, f in found.items()] for level in LEVELS}
    tails = [_shortfall_check(name, f) for name, f in found.items()]
    summaries = [*(_summary(level, single[level], found) for level in LEVELS), _score(found)]
    return (*summaries, *(check for level in LEVELS for check in single[level]), *tails)


def _not_run(note: str) -> tuple[Check, ...]:
    return tuple(
        Check(f"risk-var{level * 100:.0f}", SECTION, _summary_title(level), "", "", None, note=note) for level in LEVELS
    )


def _var_check(name: str, found: Forecasts, level: float) -> Check:
    """Coverage and independence on windows that do not overlap; beside them the overlapping ones and every phase."""
    hit, count = found.hits(level), len(found.losses[::WEEKS])
    coverage, apart = _verdict(hit, level)
    phases = [kupiec(int(hit[k::WEEKS].sum()), len(hit[k::WEEKS]), 1.0 - level) >= SIZE for k in range(WEEKS)]
    rivals = {who: found.hits(level, who) for who in (RIVAL, GAUSSIAN)}
    normal = rivals[GAUSSIAN][::WEEKS]
    return Check(
        id=f"risk-var{level * 100:.0f}-{name}",
        section=SECTION,
        title=f"{name}: twelve-week VaR {level:.0%} on non-overlapping windows",
        measured=f"{int(hit[::WEEKS].sum())} of {count} exceeded; coverage p {coverage:.2f}, independence {apart:.2f}",
        wanted=f"{(1 - level) * count:.1f} expected; both p at least {SIZE}",
        passed=min(coverage, apart) >= SIZE,
        value=float(hit[::WEEKS].mean()),
        rival=RIVAL,
        rival_value=float(rivals[RIVAL][::WEEKS].mean()),
        rival_measured=f"{int(rivals[RIVAL][::WEEKS].sum())} of {count}, {_told(rivals[RIVAL], level)}; "
        f"Gaussian {int(normal.sum())} of {count}, {_told(rivals[GAUSSIAN], level)}",
        note=f"From {found.starts[0].date()}, when {found.covered[0]:.0%} of the book had a history. All {len(hit)} "
        f"weekly starts: {hit.mean():.1%} exceeded, p {overlapping(hit, 1.0 - level, WEEKS - 1):.2f} with the overlap "
        f"allowed for. {sum(phases)} of {WEEKS} ways to choose windows pass the coverage test.{_reason(hit, level)}",
    )


def _reason(hit: np.ndarray, level: float) -> str:
    """Why a forecast failed, where it did: too cautious, too bold, or right on average but not at the right time."""
    coverage, apart = _verdict(hit, level)
    if coverage < SIZE:
        cautious = hit[::WEEKS].mean() < 1.0 - level
        fallen = (
            " Too cautious: risk has fallen since the years it was learnt from; see risk-score for recent volatility."
        )
        return fallen if cautious else " Too bold."
    return " Exceedances come in a row." if apart < SIZE else ""


def _verdict(hit: np.ndarray, level: float) -> tuple[float, float]:
    """p-values of coverage and independence on windows that do not overlap."""
    apart = hit[::WEEKS]
    return kupiec(int(apart.sum()), len(apart), 1.0 - level), christoffersen(apart)


def _told(hit: np.ndarray, level: float) -> str:
    coverage, apart = _verdict(hit, level)
    return f"p {coverage:.2f} and {apart:.2f}"


def _shortfall_check(name: str, found: Forecasts, level: float = 0.95) -> Check:
    apart = slice(None, None, WEEKS)
    test = shortfall_test(
        found.losses[apart], found.var[level, MODEL][apart], found.shortfall[level][apart], found.draws[apart], level
    )
    exceeded = found.hits(level)
    ratio = found.losses[exceeded] / found.shortfall[level][exceeded]
    return Check(
        id=f"risk-es{level * 100:.0f}-{name}",
        section=SECTION,
        title=f"{name}: twelve-week expected shortfall {level:.0%}",
        measured=f"Z2 {fixed(test.statistic, '+.2f')}, p {test.p_value:.2f}",
        wanted=f"p at least {SIZE} (Acerbi and Szekely; below zero is understated)",
        passed=test.p_value >= SIZE,
        value=test.statistic,
        note=f"Placed among {DRAWS} draws of the forecasts themselves. Over all weekly starts a loss beyond VaR was on "
        f"average {ratio.mean():.2f} times the forecast shortfall."
        if exceeded.any()
        else "No loss was beyond VaR.",
    )


def _summary_title(level: float) -> str:
    return f"Twelve-week VaR {level:.0%} passes Kupiec and Christoffersen, walk-forward"


def _summary(level: float, single: list[Check], found: Mapping[str, Forecasts]) -> Check:
    passed = sum(bool(check.passed) for check in single)
    rival = sum(min(_verdict(f.hits(level, RIVAL), level)) >= SIZE for f in found.values())
    count = max(len(f.losses[::WEEKS]) for f in found.values())
    caught = ", ".join(
        f"{times:g} times as many exceedances with probability {power(count, 1 - level, times * (1 - level)):.0%}"
        for times in (2.0, 3.0)
    )
    missed = [check.title.split(":")[0] for check in single if not check.passed]
    return Check(
        id=f"risk-var{level * 100:.0f}",
        section=SECTION,
        title=_summary_title(level),
        measured=f"{passed} of {len(single)} portfolios",
        wanted=f"at least {WANTED}",
        passed=passed >= WANTED,
        value=float(passed),
        rival=RIVAL,
        rival_value=float(rival),
        rival_measured=f"{rival} of {len(single)}",
        note=f"Power is low: with {count} windows the coverage test finds {caught}. {LEFT_OUT}"
        + (f" Missed: {', '.join(missed)}." if missed else ""),
    )


def _score(found: Mapping[str, Forecasts], level: float = 0.95) -> Check:
    """A proper score: tests of coverage do not see whether a forecast is right at the right time."""
    pairs = ((MODEL, RIVAL), (MODEL, GAUSSIAN), (SCALED, MODEL))
    gaps = {pair: {name: _gap(f, *pair, level) for name, f in found.items()} for pair in pairs}
    better = {pair: sum(gap < 0 for gap, _ in by_name.values()) for pair, by_name in gaps.items()}
    told = {
        pair: ", ".join(f"{name} {fixed(gap, '+.1%')} ({error:.1%})" for name, (gap, error) in by_name.items())
        for pair, by_name in gaps.items()
    }
    scaled = float(np.mean([gap for gap, _ in gaps[SCALED, MODEL].values()]))
    rival = better[MODEL, RIVAL]
    return Check(
        id="risk-score",
        section=SECTION,
        title=f"Quantile score of VaR {level:.0%} over all weekly starts, lower than that of its rivals",
        measured=f"lower than {RIVAL} on {rival} of {len(found)}, than Gaussian on {better[MODEL, GAUSSIAN]}",
        wanted=f"lower than {RIVAL} on at least {WANTED}",
        passed=rival >= WANTED,
        value=float(rival),
        rival=SCALED,
        rival_value=float(better[SCALED, MODEL]),
        rival_measured=f"lower than the model on {better[SCALED, MODEL]} of {len(found)}, {fixed(scaled, '+.1%')} "
        f"on average",
        note=f"Against {RIVAL}, standard errors in brackets: {told[MODEL, RIVAL]}. The same forecasts {SCALED} "
        f"(half-life {HALF_LIFE:.0f} weeks) against the model: {told[SCALED, MODEL]}. Not kept. "
        f"{LEFT_OUT}",
    )


def _gap(found: Forecasts, one: str, who: str, level: float) -> tuple[float, float]:
    """Mean score of forecaster ``one`` less that of ``who``, as a share of the latter, and its standard error."""
    own, other = (quantile_loss(found.losses, found.var[level, name], level) for name in (one, who))
    mean, error = mean_and_error(own - other, WEEKS - 1)
    return mean / float(other.mean()), error / float(other.mean())


def forecast_all(history: History, seed: int) -> dict[str, Forecasts]:
    """Forecasts and outcomes of every shipped portfolio, year by year."""
    books = shipped()
    symbols = symbols_of(books.values())
    parts: dict[str, list[Forecasts]] = {name: [] for name in books}
    windows, singles = Windows.of(history, WEEKS), Windows.of(history, 1)
    for year in range(FIRST_START.year, windows.starts[-1].year + 1):
        first, last = (int(windows.starts.searchsorted(pd.Timestamp(y, 1, 1))) for y in (year, year + 1))
        known = known_until(history, windows.starts[first] - PUBLISHED)
        found, table = forecast(known), exposures_known(known, symbols)
        clouds = tuple(cloud(found, stressed, WEEKS, PATHS, seed) for stressed in (False, True))
        state = _states(history, found, windows.starts[first:last])
        for name, portfolio in books.items():
            book = book_known(portfolio, table, known)
            parts[name].append(_of_year(book, portfolio, windows, singles, slice(first, last), clouds, state, seed))
    return {name: _joined(found_parts) for name, found_parts in parts.items()}


def _states(history: History, found: Forecast, starts: pd.DatetimeIndex) -> np.ndarray:
    """(T,) whether the week of each start is stressed by the rule of the year."""
    return stressed_weeks(known_until(history, starts[-1]), found.rule).reindex(starts).to_numpy(dtype=int)


def _of_year(
    book: Book,
    portfolio: Portfolio,
    windows: Windows,
    singles: Windows,
    rows: slice,
    clouds: tuple[FactorPaths, ...],
    state: np.ndarray,
    seed: int,
) -> Forecasts:
    """One portfolio over the starts of one year."""
    losses = np.stack([-_price_gains(book, paths, seed) for paths in clouds])
    equal = np.full(PATHS, 1.0 / PATHS)
    past = RIVAL_YEARS * 52
    before = slice(max(rows.start - past - WEEKS, 0), rows.stop)
    whole, week = (_book_losses(book, kind, before) for kind in (windows, singles))
    offset = rows.start - before.start
    var: dict[tuple[float, str], np.ndarray] = {}
    shortfall: dict[float, np.ndarray] = {}
    scale = _recent(week, offset, losses.std(axis=1)[state] / np.sqrt(WEEKS))
    for level in LEVELS:
        var[level, MODEL] = np.array([value_at_risk(-part, equal, level) for part in losses])[state]
        shortfall[level] = np.array([expected_shortfall(-part, equal, level) for part in losses])[state]
        var[level, SCALED] = scale * var[level, MODEL]
        var[level, RIVAL] = _historical(whole, offset, len(state), level)
        var[level, GAUSSIAN] = _gaussian(week, offset, len(state), level)
    rng = np.random.default_rng([seed, rows.start])
    draws = losses[state[:, None], rng.integers(0, PATHS, (len(state), DRAWS))]
    value = sum(abs(p.market_value) for p in portfolio.positions)
    held = sum(abs(h.instrument.value) for h in book.holdings if h.position.asset_class != "cash")
    return Forecasts(
        windows.starts[rows], whole[offset:], var, shortfall, draws, np.full(len(state), min(held / value, 1.0))
    )


def _price_gains(book: Book, paths: FactorPaths, seed: int) -> np.ndarray:
    """(S,) forecast gains without income, share of net value."""
    result = revalue(book, paths, seed=seed)
    return np.asarray((result.price + result.residual).sum(axis=1) / book.value)


def _book_losses(book: Book, windows: Windows, rows: slice) -> np.ndarray:
    """(T',) what the book lost; where prices of a holding are missing, by its exposures."""
    seen = windows.outcomes(book, rows)
    filled = np.where(np.isnan(seen), in_factors(book, windows.moves[rows], windows.years), seen)
    return np.asarray(-filled.sum(axis=1) / book.value)


def _historical(losses: np.ndarray, offset: int, count: int, level: float) -> np.ndarray:
    """(count,) quantile of the windows of the last years that had ended by each start."""
    found = []
    for t in range(offset, offset + count):
        known = losses[max(t - WEEKS - RIVAL_YEARS * 52, 0) : t - WEEKS + 1]
        found.append(value_at_risk(-known, np.full(len(known), 1.0 / len(known)), level))
    return np.array(found)


def _gaussian(weekly: np.ndarray, offset: int, count: int, level: float) -> np.ndarray:
    """(count,) normal quantile of the weekly deviation of the last years, times the root of the weeks."""
    from scipy.stats import norm

    spread = [weekly[max(t - RIVAL_YEARS * 52, 0) : t].std() for t in range(offset, offset + count)]
    return np.asarray(norm.ppf(level) * np.sqrt(WEEKS) * np.array(spread))


def _recent(weekly: np.ndarray, offset: int, own: np.ndarray) -> np.ndarray:
    """(T,) factor that draws the weekly deviation ``own`` of the model towards that of the last weeks."""
    found = []
    for t in range(offset, offset + len(own)):
        past = weekly[:t] ** 2
        weight = 0.5 ** (np.arange(len(past))[::-1] / HALF_LIFE)
        found.append(float(weight @ past / weight.sum()))
    return np.asarray(np.sqrt(ANCHOR + (1.0 - ANCHOR) * np.array(found) / own**2))


def _joined(parts: list[Forecasts]) -> Forecasts:
    return Forecasts(
        starts=pd.DatetimeIndex(np.concatenate([part.starts.to_numpy() for part in parts])),
        losses=np.concatenate([part.losses for part in parts]),
        var={key: np.concatenate([part.var[key] for part in parts]) for key in parts[0].var},
        shortfall={key: np.concatenate([part.shortfall[key] for part in parts]) for key in parts[0].shortfall},
        draws=np.concatenate([part.draws for part in parts]),
        covered=np.concatenate([part.covered for part in parts]),
    )
