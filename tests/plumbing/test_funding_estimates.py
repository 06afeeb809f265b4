"""Estimates of funding markets: known parameters are found again, nothing looks ahead, tables and draws agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.calibrate.funding import curve, fit_curve
from stresstest.calibrate.funding_calendar import fit_calendar
from stresstest.calibrate.funding_data import daily_record, known_series
from stresstest.calibrate.funding_demand import fit_demand
from stresstest.calibrate.funding_estimates import FundingEstimates, estimate_funding
from stresstest.calibrate.funding_mode import huber, posterior_mode
from stresstest.calibrate.funding_spikes import fit_logit, fit_sizes
from stresstest.market.history import History, load_history
from stresstest.plumbing.calendar import business_days, funding_day
from stresstest.plumbing.funding import ordinary_spread, soft_ceiling, week_spread
from stresstest.tables import central, draw_parameters, estimated_parameters, parameter_table

START, END = date(2018, 4, 1), date(2026, 7, 31)


@pytest.fixture(scope="module")
def history(shared_data: Path) -> History:
    return load_history(shared_data)


@pytest.fixture(scope="module")
def made(history: History) -> FundingEstimates:
    return estimate_funding(history.observed)


def synthetic(seed: int = 0) -> pd.DataFrame:
    """A record simulated from the shipped parameters along a wandering L, without a facility until 2021-07."""
    rng, p = np.random.default_rng(seed), central()
    days = business_days(START, END)
    marked = [funding_day(day) for day in days]
    weeks = np.array([(day - START).days // 7 for day in days])
    scarcity = 0.165 + 0.055 * np.sin(np.arange(weeks[-1] + 1) / 60.0)
    memory = p["demand_persistence"][0] ** (12 / 52)
    demand = np.zeros(weeks[-1] + 1)
    for week in range(1, len(demand)):
        shock = p["demand_sd"][0] * np.sqrt(1 - memory**2)
        demand[week] = memory * demand[week - 1] + shock * rng.standard_normal()
    noise, uniform = rng.standard_normal((1, len(days))), rng.random((2, 1, len(days)))
    spread = np.array([
        week_spread((day,), scarcity[[w]], demand[[w]], noise[:, [i]], uniform[:, :, [i]], p, facility=False)[0, 0]
        for i, (day, w) in enumerate(zip(marked, weeks, strict=True))
    ])  # fmt: skip
    index = pd.DatetimeIndex(days)
    spread = np.where(index >= "2021-07-29", soft_ceiling(spread, p), spread)
    middle = np.array([day.mid_month for day in marked])
    special = np.array([day.has_effects for day in marked]) | np.append(False, middle)[:-1]
    return pd.DataFrame({
        "spread": 1e4 * spread, "scarcity": 100 * scarcity[weeks], "known_scarcity": 100 * scarcity[weeks],
        "kind": [day.kind for day in marked], "month_end": [day.month_end for day in marked],
        "first_day": [day.first_day for day in marked], "mid_month": middle, "ordinary": ~special,
    }, index=index)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- estimators


def test_the_mode_of_a_normal_sample_is_the_textbook_one() -> None:
    """Mean with a normal prior: shrinkage and standard error in closed form."""
    sample = np.random.default_rng(0).standard_normal(400) + 3.0
    mode = posterior_mode(lambda x: -0.5 * (sample - x[0]) ** 2, np.array([0.0]), np.array([0.5]), 0)
    assert mode.values[0] == pytest.approx(sample.sum() / (400 + 4.0), rel=1e-4)
    assert mode.errors[0] == pytest.approx(1 / np.sqrt(404), rel=0.1)


def test_an_outlier_counts_by_its_sign_only() -> None:
    sample = np.append(np.zeros(50), 1.0)
    estimates = []
    for outlier in (50.0, 5000.0):
        values = np.where(sample > 0, outlier, np.random.default_rng(1).standard_normal(51))
        mode = posterior_mode(lambda x, v=values: huber(v - x[0], 1.5, 1.0), np.array([0.0]), np.array([10.0]), 0)
        estimates.append(mode.values[0])
    assert estimates[0] == pytest.approx(estimates[1], abs=1e-4)


def test_the_logit_agrees_with_statsmodels_when_the_prior_is_wide() -> None:
    from statsmodels.api import Logit

    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(3000), rng.standard_normal((3000, 2))])
    y = (rng.random(3000) < 1 / (1 + np.exp(-(x @ [-2.0, 1.0, 0.5])))).astype(float)
    mode = fit_logit(x, y, np.zeros(3), np.full(3, 100.0))
    reference = Logit(y, x).fit(disp=0, cov_type="HAC", cov_kwds={"maxlags": 10, "use_correction": False})
    np.testing.assert_allclose(mode.values, reference.params, atol=1e-3)
    np.testing.assert_allclose(mode.errors, reference.bse, rtol=0.01)


def test_the_parameters_behind_a_simulated_record_are_found_again() -> None:
    record, p = synthetic(), central()
    line = fit_curve(record)
    demand = fit_demand(record, line)
    for level in (11.5, 13.0, 16.0, 20.0):
        true = 1e4 * ordinary_spread(np.array([level / 100]), p)[0]
        assert curve(line.values, np.array([level]))[0] == pytest.approx(true, abs=1.5)
    assert demand["demand_sd"] == pytest.approx(1e4 * p["demand_sd"][0], rel=0.3)
    assert demand["demand_persistence"] == pytest.approx(p["demand_persistence"][0], abs=0.2)
    assert demand["funding_daily_sd"] == pytest.approx(1e4 * p["funding_daily_sd"][0], rel=0.2)
    calendar = fit_calendar(record)
    assert calendar["calendar_settlement"] == pytest.approx(1e4 * p["calendar_settlement"][0], abs=1.0)
    assert calendar["calendar_tax"] == pytest.approx(1e4 * p["calendar_tax"][0], abs=1.5)


# ------------------------------------------------------------------------------------------------------------- record


def test_the_curve_agrees_with_the_reference(made: FundingEstimates) -> None:
    """-10.2 + 1.38 w ln(1 + exp((22.2 - L) / w)) where the convex part, which that fit leaves out, is not at work."""
    levels = np.linspace(13.0, 32.0, 40)
    reference = -10.2 + 1.38 * 0.7 * np.logaddexp(0.0, (22.2 - levels) / 0.7)
    assert np.abs(curve(made.curve.values, levels) - reference).max() < 1.7
    assert np.abs(curve(made.curve.values, levels) - reference).mean() < 0.7


def test_the_curve_of_the_calibration_is_the_curve_of_the_simulation(made: FundingEstimates) -> None:
    levels = np.linspace(9.0, 32.0, 60)
    ours = 1e4 * ordinary_spread(levels / 100, made.central())
    np.testing.assert_allclose(curve(made.curve.values, levels), ours, atol=1e-9)


def test_september_2019_does_not_carry_the_estimates(history: History, made: FundingEstimates) -> None:
    """315 bp instead of 45 on one day: only the tail may notice."""
    observed = dict(history.observed)
    observed["SOFR"] = observed["SOFR"].copy()
    observed["SOFR"].loc["2019-09-17"] = observed["SOFR"].loc["2019-09-18"]
    calmer = estimate_funding(observed)
    for name in ("curve", "calendar", "demand"):
        np.testing.assert_allclose(calmer.groups[name].values, made.groups[name].values, rtol=0.02, atol=0.02)
    assert calmer.sizes["spike_shape"] < made.sizes["spike_shape"]


def test_an_estimate_does_not_change_when_later_rows_are_deleted(history: History) -> None:
    as_of = pd.Timestamp(2021, 12, 31)
    cut = {name: series[series.index <= as_of] for name, series in history.observed.items()}
    for first, second in zip(
        estimate_funding(history.observed, as_of).groups.values(),
        estimate_funding(cut, as_of).groups.values(),
        strict=True,
    ):
        np.testing.assert_array_equal(first.values, second.values)
        np.testing.assert_array_equal(first.correlation, second.correlation)


def test_known_series_are_those_of_a_history_as_of_the_date(shared_data: Path, history: History) -> None:
    as_of = date(2019, 9, 13)
    early = load_history(shared_data, as_of).observed
    for name, series in known_series(history.observed, as_of).items():
        pd.testing.assert_series_equal(series, early[name])


def test_scarcity_known_in_the_morning_is_what_was_published(history: History) -> None:
    """Rows of a record cut in the evening before hold the same figure as the full record: no later value leaks in."""
    full = daily_record(history.observed)
    for day in ("2019-09-16", "2022-10-06", "2025-10-31"):
        morning = daily_record(history.observed, pd.Timestamp(day) + pd.Timedelta(days=1))
        assert morning["known_scarcity"].loc[day] == full["known_scarcity"].loc[day]
        cut = {k: s[s.index < day] if k != "SOFR" else s for k, s in known_series(history.observed, None).items()}
        assert daily_record(cut)["known_scarcity"].loc[day] == full["known_scarcity"].loc[day]


def ordinary_days(days: pd.DatetimeIndex) -> np.ndarray:
    """Not the first or last business day of a month, nor mid-month settlement (also tax day) or the day after it."""
    month = days.to_period("M")
    changes = np.asarray(month[1:] != month[:-1])
    first, last = np.r_[True, changes], np.r_[changes, True]
    past_middle = np.asarray(days.day >= 15)
    settlement = past_middle & (first | ~np.r_[False, past_middle[:-1]])
    return np.asarray(~(first | last | settlement | np.r_[False, settlement[:-1]]))


def test_ordinary_days_by_position_are_those_of_the_calendar(history: History) -> None:
    record = daily_record(history.observed)
    inside = slice(1, -30)
    by_position = ordinary_days(pd.DatetimeIndex(record.index))[inside]
    assert (by_position == record["ordinary"].to_numpy()[inside]).mean() > 0.999
    special = ["2019-09-16", "2019-09-17", "2019-09-30", "2019-10-01", "2019-10-15", "2019-10-16"]
    assert not record.loc[special, "ordinary"].any()
    assert record.loc[["2019-09-13", "2019-09-18", "2019-10-17"], "ordinary"].all()


# ------------------------------------------------------------------------------------------------------ table and draws


def test_one_table_governs_each_parameter(made: FundingEstimates) -> None:
    """The shipped tables are those of today's estimates, and what the draws use."""
    shipped: Mapping[str, float] = {n: p.value for table in estimated_parameters() for n, p in table.parameters.items()}
    fresh = {name: p for table in made.estimated() for name, p in table.parameters.items()}
    assert shipped.keys() == fresh.keys()
    for name, parameter in fresh.items():
        assert parameter.value == pytest.approx(shipped[name], rel=2e-3)
        assert parameter_table()[name].value == shipped[name]


def test_draws_have_the_errors_and_correlations_of_the_tables() -> None:
    draws = draw_parameters(40_000, np.random.default_rng(0))
    for table in estimated_parameters():
        names = list(table.parameters)
        for name, parameter in table.parameters.items():
            low, high = np.quantile(draws[name], [0.05, 0.95])
            width = parameter.high - parameter.low
            assert low == pytest.approx(parameter.low, abs=0.03 * width)
            assert high == pytest.approx(parameter.high, abs=0.03 * width)
        found = np.corrcoef([draws[name] for name in names])
        assert np.abs(found - table.correlation).max() < 0.06


def test_correlated_draws_of_the_curve_are_tighter_where_data_are(made: FundingEstimates) -> None:
    """At today's L the curve is known to about a basis point, although slope and kink each are not."""
    together = draw_parameters(5000, np.random.default_rng(1))
    spread = 1e4 * ordinary_spread(np.full(5000, 0.155), together)
    assert spread.std() < 1.5


def test_sizes_are_estimated_from_few_spikes_and_say_so(history: History, made: FundingEstimates) -> None:
    record = daily_record(history.observed)
    sizes = fit_sizes(record, np.zeros(len(record)))
    assert "29 excesses" in sizes.sample
    assert sizes.errors[sizes.names.index("spike_shape")] > 0.1
    assert 0.1 <= made.sizes["spike_shape"] <= 0.9
