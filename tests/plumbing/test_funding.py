"""The funding spread: curve against the record, calendar, spikes at their estimated frequency, the soft ceiling."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from stresstest.plumbing.calendar import FundingDay, funding_day
from stresstest.plumbing.funding import calendar_effect, ordinary_spread, soft_ceiling, week_spread
from stresstest.plumbing.spikes import averaged_logistic, forecast_probability, spike_excess, spike_probability
from stresstest.tables import Draws, central, draw_parameters

P = central()
ORDINARY = funding_day(date(2026, 8, 5))
MONTH_END = funding_day(date(2026, 8, 31))
QUARTER_END = funding_day(date(2026, 9, 30))
YEAR_END = funding_day(date(2026, 12, 31))
TAX = funding_day(date(2027, 4, 15))
PATHS = 40_000


def at(level: float) -> np.ndarray:
    return np.array([level])


def simulated(
    day: FundingDay, scarcity: float, p: Draws, *, demand: float = 0.0, facility: bool = True, seed: int = 0
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise, uniform = rng.standard_normal((PATHS, 1)), rng.random((2, PATHS, 1))
    level = np.full(PATHS, scarcity)
    return week_spread((day,), level, np.full(PATHS, demand), noise, uniform, p, facility=facility)[:, 0]


@pytest.mark.parametrize(
    ("liquidity", "observed_bp"),
    [(0.318, -10.1), (0.234, -8.6), (0.194, -4.8), (0.182, -3.8), (0.168, -1.9), (0.132, 3.2), (0.122, 6.3)],
)
def test_ordinary_days_follow_the_quarterly_record(liquidity: float, observed_bp: float) -> None:
    """Quarterly means of 2018 to 2026 (all days, so the tolerance is the record's own scatter of about 5 bp)."""
    assert 1e4 * ordinary_spread(at(liquidity), P)[0] == pytest.approx(observed_bp, abs=5.5)


def test_the_spread_falls_with_liquidity() -> None:
    assert (np.diff(ordinary_spread(np.linspace(0.08, 0.35, 200), P)) < 0).all()


def test_calendar_order_and_growth_with_scarcity() -> None:
    days = (ORDINARY, MONTH_END, QUARTER_END, YEAR_END)
    ample, scarce = ([calendar_effect(day, at(level), P)[0] for day in days] for level in (0.18, 0.12))
    assert ample == sorted(ample)
    assert ample[0] == scarce[0] == 0
    assert all(s > a for a, s in zip(ample[1:], scarce[1:], strict=True))


# ------------------------------------------------------------------------------------------------------------- spikes


@pytest.mark.parametrize("day", [ORDINARY, MONTH_END, TAX, YEAR_END], ids=lambda day: day.kind)
@pytest.mark.parametrize("scarcity", [0.11, 0.13, 0.155, 0.19])
@pytest.mark.parametrize("facility", [True, False])
def test_spikes_come_as_often_as_estimated(day: FundingDay, scarcity: float, facility: bool) -> None:
    """Curve, calendar premium, noise and facility may not add to the probability: it is the logit's, to four errors."""
    wanted = float(spike_probability(day, ordinary_spread(at(scarcity), P), P)[0])
    found = float((simulated(day, scarcity, P, facility=facility) > 0.0015).mean())
    assert found == pytest.approx(wanted, abs=4 * np.sqrt(wanted * (1 - wanted) / PATHS) + 1e-9)


def test_the_probability_is_the_mean_over_drawn_parameters() -> None:
    p = draw_parameters(PATHS, np.random.default_rng(5))
    wanted = spike_probability(TAX, ordinary_spread(np.full(PATHS, 0.13), p), p).mean()
    assert (simulated(TAX, 0.13, p) > 0.0015).mean() == pytest.approx(wanted, abs=0.005)


def test_scarcity_demand_and_the_calendar_raise_the_probability() -> None:
    level = ordinary_spread(np.array([0.19, 0.15, 0.13, 0.11]), P)
    assert (np.diff(spike_probability(ORDINARY, level, P)) > 0).all()
    assert (spike_probability(ORDINARY, level + 5e-4, P) > spike_probability(ORDINARY, level, P)).all()
    assert (spike_probability(MONTH_END, level, P) > spike_probability(TAX, level, P)).all()
    assert (spike_probability(TAX, level, P) > spike_probability(ORDINARY, level, P)).all()


def test_spike_sizes_are_generalised_pareto_up_to_the_cut() -> None:
    """Quantiles against scipy's own distribution."""
    from scipy.stats import genpareto

    u = np.array([0.1, 0.5, 0.9, 0.99])
    expected = genpareto.ppf(u, P["spike_shape"][0], scale=P["spike_scale"][0])
    np.testing.assert_allclose(spike_excess(u, P), expected, rtol=1e-12)
    assert spike_excess(at(1 - 1e-12), P)[0] == pytest.approx(0.08)


def test_a_spike_lies_over_what_was_expected_of_the_day() -> None:
    scarce_year_end = simulated(YEAR_END, 0.12, P, facility=False)
    expected = ordinary_spread(at(0.12), P)[0] + calendar_effect(YEAR_END, at(0.12), P)[0]
    spikes = scarce_year_end[scarce_year_end > 0.0015]
    assert expected > 0.0015
    assert spikes.min() >= expected


def test_a_future_probability_averages_over_the_level() -> None:
    """Gauss-Hermite against plain simulation; with a certain level it is the logit itself."""
    level, sd = ordinary_spread(at(0.14), P), at(4e-4)
    samples = level + sd * np.random.default_rng(0).standard_normal(400_000)
    found = forecast_probability(TAX, level, sd, P)[0]
    assert found == pytest.approx(spike_probability(TAX, samples, P).mean(), rel=0.01)
    assert found > spike_probability(TAX, level, P)[0]
    assert forecast_probability(TAX, level, at(0.0), P)[0] == pytest.approx(spike_probability(TAX, level, P)[0])
    np.testing.assert_allclose(averaged_logistic(at(0.0), at(3.0)), 0.5)


# ----------------------------------------------------------------------------------------------------------- facility


def test_the_facility_is_a_soft_ceiling() -> None:
    """It never raises a spread, leaves those under the ceiling alone, and lets an ever smaller share through."""
    spread = np.array([-0.001, 0.0014, 0.0015, 0.0025, 0.0055, 0.03])
    capped = soft_ceiling(spread, P)
    np.testing.assert_allclose(capped[:3], spread[:3])
    assert (capped <= spread + 1e-15).all()
    through = (capped[3:] - 0.0015) / (spread[3:] - 0.0015)
    assert (np.diff(through) < 0).all()
    assert (np.diff(capped) > 0).all()
    assert capped[-1] < 0.0060, "300 bp in 2019 would have been some tens with the facility"


def test_with_and_without_facility_share_their_chance() -> None:
    with_it, without = (simulated(MONTH_END, 0.12, P, facility=f) for f in (True, False))
    quiet = without <= 0.0015
    np.testing.assert_array_equal(with_it[quiet], without[quiet])
    np.testing.assert_allclose(with_it, soft_ceiling(without, P))
