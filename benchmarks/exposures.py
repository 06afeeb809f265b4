"""Time the estimation of exposures: 500 assets on 20 factors, and on all of them, from made-up prices.

    python benchmarks/exposures.py

Fifteen years of weekly and ten of daily rows, errors of betas, residual correlations and groups of peers included.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from stresstest.exposures.estimation import estimate
from stresstest.exposures.priors import Prior, class_prior
from stresstest.tables import factor_index, factor_names, factor_table

ASSETS, DAYS = 500, 5600
RATES = ("ust_3m", "ust_1y", "ust_2y", "ust_5y", "ust_10y", "ust_20y", "ust_30y")
TWENTY = (
    *RATES, "breakeven_10y", "ig_spread", "hy_spread", "usd_broad", "equity_us", "growth_value", "size", "vix", "gold",
    "oil", "btc", "sector_technology", "sector_energy",
)  # fmt: skip


def a_market() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Log prices of 500 assets and levels of every factor, on calendar days."""
    rng = np.random.default_rng(0)
    index = pd.date_range("2011-01-01", periods=DAYS, freq="D")
    open_days = np.asarray(index.day_of_week < 5)[:, None]
    count = len(factor_names())
    steps = 0.01 * rng.standard_normal((DAYS, count)) * open_days
    levels = pd.DataFrame(np.cumsum(steps, axis=0), index=index, columns=list(factor_names()))
    for factor in factor_table():
        if factor.kind == "change":
            levels[factor.name] = 0.03 + 0.02 * np.tanh(levels[factor.name])
    beta = 0.3 * rng.standard_t(3, (ASSETS, count)) * (rng.random((ASSETS, count)) < 0.2)
    returns = steps @ beta.T + 0.01 * rng.standard_t(5, (DAYS, ASSETS)) * open_days
    columns = [f"asset {i}" for i in range(ASSETS)]
    return pd.DataFrame(np.cumsum(returns, axis=0), index=index, columns=columns), levels


def only(prior: Prior, names: tuple[str, ...]) -> Prior:
    """The prior with every other factor held at zero."""
    sd = np.zeros_like(prior.sd)
    where = [factor_index()[name] for name in names]
    sd[where] = prior.sd[where]
    return Prior(prior.mean, sd, prior.residual_vol, prior.keys)


def main() -> None:
    print("goal: under 10 s for 20 factors")
    prices, levels = a_market()
    whole = class_prior(("unknown",))
    used = tuple(np.array(factor_names())[whole.sd > 0].tolist())
    for names in (TWENTY, used):
        prior = only(whole, names)
        wall, cpu = time.perf_counter(), time.process_time()
        found = estimate(prices, levels, dict.fromkeys(prices, prior))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{len(found.symbols)} assets x {len(names)} factors   {wall:6.2f} s ({cpu:.2f} s CPU)")


if __name__ == "__main__":
    main()
