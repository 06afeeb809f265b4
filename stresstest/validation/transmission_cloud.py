"""D6, F2 and F3, and the horizon: what the whole cloud of paths looks like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..calibrate.regimes import OWN_LAW
from ..market.history import load_history
from ..plumbing import named_plan
from ..records import Check, FactorPaths, MarketSnapshot
from ..scenarios import ALL_CHANNELS, LAYERS, choose, generate
from ..scenarios.block import run_block
from ..scenarios.moves import central_moves
from ..scenarios.world import Setting, begins, make_world
from ..tables import factor_index, factor_names, factor_table
from ..transmission.moments import load_moments
from ..transmission.today import moments_for
from ..units import WEEKS_A_YEAR, fixed, simple_return, to_bp, to_percent
from .transmission_law import known_from
from .transmission_qt2 import mark

PATHS = 10_000
#: Paths of which the worst hundredth is looked at: a share of those has a standard error of three points.
TAIL_PATHS = 30_000
WEEKLY_PATHS = 2_000
EVE_OF_2022 = date(2021, 12, 31)
SINCE = "1990"
#: Factors of a dash for cash, and whether they fell in March 2020.
DASH_FALLS = {"equity_us": True, "gold": True, "ust_10y": False, "ig_spread": False, "mortgage_spread": False,
              "usd_broad": False}  # fmt: skip


def checks(snapshot: MarketSnapshot, data: Path | None, as_of: date | None, seed: int) -> Iterator[Check]:
    """From simulated paths; with a folder of series also against the record."""
    start = snapshot.as_of
    plans = {name: generate(named_plan(name, start), snapshot, paths=paths, seed=seed, keep_paths=False).factors
             for name, paths in (("hold", PATHS), ("fast-qt", TAIL_PATHS))}  # fmt: skip
    yield from _dash(snapshot, seed)
    yield from _severity(plans["fast-qt"], snapshot["cpi_yoy"])
    yield _nothing(plans["hold"])
    if data is None:
        note = "needs a folder of series (--data)"
        yield Check("N1", "", "Twelve-month tail of the S&P against the record", "", "", None, note=note)
        yield Check("N2", "", "Correlations of 2022 from moments known before", "", "", None, note=note)
        return
    yield from against_record(plans["hold"], data, as_of)


def _dash(snapshot: MarketSnapshot, seed: int) -> Iterator[Check]:
    """D6: the named scenario, and weeks of the cloud."""
    moves = dict(zip(factor_names(), central_moves(choose(["dash-for-cash"])[0]), strict=True))
    stressed = load_moments().covariance("flight", 1)[factor_index()["equity_us"]]
    alike = _right(dict(zip(factor_names(), np.sign(moves["equity_us"]) * stressed, strict=True)))
    right = _right(moves)
    yield Check(
        "D6a", "", "Dash for cash: bonds, gold, mortgages and investment grade fall with shares, the dollar rises",
        f"S&P {fixed(to_percent(moves['equity_us']), '.1f')}, gold {fixed(to_percent(moves['gold']), '.1f')}, dollar "
        f"{fixed(to_percent(moves['usd_broad']), '+.1f')} percent; ten-year "
        f"{fixed(to_bp(moves['ust_10y']), '+.0f')} bp", "all six",
        right == len(DASH_FALLS), value=float(right), rival="what goes with shares in stress weeks as estimated",
        rival_value=float(alike), rival_measured=f"{alike} of six", note="The named scenario at central responses.",
    )  # fmt: skip
    seen, count = _broken_weeks(snapshot, ALL_CHANNELS, seed)
    without, _ = _broken_weeks(snapshot, tuple(name for name in ALL_CHANNELS if name != "liquidity"), seed)
    right, alike = _right(seen), _right(without)
    yield Check(
        "D6b", "", "The same in the cloud: mean of the weeks in which a funding break meets turbulence",
        f"S&P {fixed(to_percent(seen['equity_us']), '.1f')}, gold {fixed(to_percent(seen['gold']), '.1f')}, dollar "
        f"{fixed(to_percent(seen['usd_broad']), '+.1f')} percent; ten-year "
        f"{fixed(to_bp(seen['ust_10y']), '+.0f')} bp", "all six",
        right == len(DASH_FALLS), value=to_bp(seen["ust_10y"]), rival="no liquidity channel",
        rival_value=to_bp(without["ust_10y"]),
        rival_measured=f"{alike} of six; ten-year {fixed(to_bp(without['ust_10y']), '+.0f')} bp, S&P "
        f"{fixed(to_percent(without['equity_us']), '.1f')} percent",
        note=f"{count} weeks of {WEEKLY_PATHS} paths of fast QT.",
    )  # fmt: skip


def _right(moves: Mapping[str, float]) -> int:
    """How many of the factors of a dash for cash move as they did in March 2020."""
    return sum(bool(moves[name] < 0) == falls for name, falls in DASH_FALLS.items())


def _broken_weeks(snapshot: MarketSnapshot, channels: tuple[str, ...], seed: int) -> tuple[dict[str, float], int]:
    """Mean move of the weeks in which a funding break meets turbulence under fast QT, and how many there are."""
    moments = moments_for(snapshot.levels)
    setting = Setting(named_plan("fast-qt", snapshot.as_of), snapshot, WEEKS_A_YEAR, LAYERS, moments)
    world = make_world(setting, named_plan("hold", snapshot.as_of), channels)
    paths = np.empty((WEEKLY_PATHS, WEEKS_A_YEAR, len(factor_names())), dtype=np.float32)
    plumbing = run_block(world, WEEKLY_PATHS, np.random.SeedSequence(seed), paths.__setitem__).plumbing
    first = begins(plumbing.turbulent & plumbing.fragile)
    mean = np.diff(paths, axis=1, prepend=0.0)[first].mean(axis=0)
    return {name: float(mean[factor_index()[name]]) for name in DASH_FALLS}, int(first.sum())


def _severity(factors: FactorPaths, inflation: float) -> Iterator[Check]:
    shares, yields = factors.moves[:, factor_index()["equity_us"]], factors.moves[:, factor_index()["ust_10y"]]
    worst = shares <= np.quantile(shares, mark("F2", "worst"))
    falls = simple_return(shares[worst])
    inside = float(((falls >= mark("F2", "deepest")) & (falls <= mark("F2", "shallowest"))).mean())
    low, high = np.quantile(falls, [0.05, 0.95])
    normal = simple_return(float(shares.std()) * np.random.default_rng(0).standard_normal(len(shares)))
    far = normal[normal <= np.quantile(normal, mark("F2", "worst"))]
    alike = float(((far >= mark("F2", "deepest")) & (far <= mark("F2", "shallowest"))).mean())
    yield Check(
        "F2a", "", "S&P on the worst hundredth of paths under fast QT",
        f"{fixed(to_percent(low), '.0f')} to {fixed(to_percent(high), '.0f')} percent, {inside:.0%} inside",
        "-18 to -55 percent, nine in ten", inside >= mark("F2", "inside"), value=inside,
        rival="normal of the same variance", rival_value=alike, rival_measured=f"{alike:.0%} inside",
        note="5th and 95th percentile of those paths; the market itself, without carry.",
    )  # fmt: skip
    assert factors.leader is not None
    up = float((yields[worst] > 0).mean())
    flight = float((yields[worst & (factors.leader == 0)] > 0).mean())
    led = float((yields[worst & (factors.leader > 0)] > 0).mean())
    yield Check(
        "F2b", "", "Ten-year yields up on those paths", f"{up:.0%}", "over 70%", up > mark("F2", "up"), value=up,
        rival="correlations since 2007", rival_value=flight, rival_measured=f"{flight:.0%}",
        note=f"{led:.0%} where rates lead. How often they do is estimated: of 106 twelve-month windows since 1961 in "
        f"which the S&P fell by 10 percent or more, half had rising yields at 4 percent inflation (today "
        f"{inflation:.1%}), 84 percent above 6. The mark would need inflation near 7 percent; no number was chosen to "
        "meet it. In the supervisory scenario of 2026, the deep end of F2a, yields fall by 2 points.",
    )  # fmt: skip


def _nothing(factors: FactorPaths) -> Check:
    spread = factors.moves.std(axis=0)
    z = np.where(spread > 0, factors.moves.mean(axis=0) / np.where(spread > 0, spread, 1.0), 0.0)
    largest = int(np.abs(z).argmax())
    column = factor_index()["equity_us"]
    falls = factors.by_channel[:, factors.channels.index("turbulence"), column]
    raw = float((falls.max() - falls.mean(dtype=np.float64)) / spread[column])
    return Check(
        "F3", "", "Doing nothing has no mean shock", f"{abs(z[largest]):.3f} sd ({factor_names()[largest]})",
        "every factor below 0.1 sd", bool(abs(z[largest]) < mark("F3", "mean")), value=float(abs(z[largest])),
        rival="falls of turbulence not taken off", rival_value=raw, rival_measured=f"{raw:.2f} sd (S&P)",
        note=f"{PATHS} paths of the plan hold over a year; sampling error 0.01 sd.",
    )  # fmt: skip


def against_record(hold: FactorPaths, data: Path, as_of: date | None) -> Iterator[Check]:
    """N1 and N2. hold: a year of the plan hold."""
    yield _tail(hold, data, as_of)
    yield _correlations(data)


def _tail(factors: FactorPaths, data: Path, as_of: date | None) -> Check:
    history = load_history(data, as_of)
    levels = history.observed["SP500"] if "SP500" in history.observed else np.exp(history.log_prices["SPY"].dropna())
    weekly = np.log(levels[levels.index >= SINCE]).resample("W-FRI").last().dropna()
    seen = simple_return((weekly.shift(-WEEKS_A_YEAR) - weekly).dropna().to_numpy())
    made = simple_return(factors.moves[:, factor_index()["equity_us"]])
    drift = float(np.median(seen) - np.median(made))
    mine, record = (np.quantile(values, [0.01, 0.05]) for values in (made, seen))
    far = float(np.abs(mine - record).max())
    normal = simple_return(np.array([-2.326, -1.645]) * float(weekly.diff().std()) * WEEKS_A_YEAR**0.5)
    return Check(
        "N1", "", "Twelve-month tail of the S&P: 1st and 5th percentile",
        f"{mine[0]:.0%} and {mine[1]:.0%} against {record[0]:.0%} and {record[1]:.0%}", "within 8 points of the record",
        far <= mark("N1", "points"), value=far, rival="normal at the weekly variance",
        rival_value=float(np.abs(normal - record).max()),
        rival_measured=f"{normal[0]:.0%} and {normal[1]:.0%}", note=f"Record: {len(seen)} overlapping windows since "
        f"{weekly.index[0].year}, dividends in; its median is {fixed(drift, '.0%')} higher: no premium is modelled.",
    )  # fmt: skip


def _correlations(data: Path) -> Check:
    known = known_from(load_history(data, EVE_OF_2022)).moments
    moves = load_history(data).factors
    year = moves[pd.DatetimeIndex(moves.index).year == EVE_OF_2022.year + 1]
    groups = {factor.name: factor.group for factor in factor_table()}
    names = [name for name in factor_names() if year[name].notna().sum() > 45 and groups[name] not in OWN_LAW]
    rows = [factor_index()[name] for name in names]
    seen, off = year[names].corr().to_numpy(), ~np.eye(len(names), dtype=bool)
    error = {}
    for leader in ("flight", "rates"):
        weekly = known.covariance(leader, 1)[np.ix_(rows, rows)]
        sd = np.sqrt(np.diag(weekly))
        error[leader] = float(np.sqrt(((weekly / np.outer(sd, sd) - seen)[off] ** 2).mean()))
    return Check(
        "N2", "", "Correlations of 2022 from stress weeks of 2007-21 with one link turned",
        f"error {error['rates']:.3f}",
        "smaller than as estimated", error["rates"] < error["flight"], value=error["rates"], rival="as estimated",
        rival_value=error["flight"], rival_measured=f"{error['flight']:.3f}",
        note="Root mean square error over all pairs of factors. The link from yields to shares is reversed, no other.",
    )  # fmt: skip
