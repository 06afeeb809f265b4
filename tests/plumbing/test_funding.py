"""The funding curve against the record: quarterly means, calendar order, spike frequencies."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from stresstest.plumbing.calendar import business_days, funding_day
from stresstest.plumbing.funding import (
    calendar_effect,
    ordinary_spread,
    soft_ceiling,
    spike_probability,
    spike_size,
)
from stresstest.tables import central

P = central()
ORDINARY = funding_day(date(2026, 8, 5))
MONTH_END = funding_day(date(2026, 8, 31))
QUARTER_END = funding_day(date(2026, 9, 30))
YEAR_END = funding_day(date(2026, 12, 31))


def at(level: float) -> np.ndarray:
    return np.array([level])


@pytest.mark.parametrize(
    ("liquidity", "observed_bp"),
    [
        (0.318, -10.1),
        (0.234, -8.6),
        (0.194, -4.8),
        (0.182, -3.8),
        (0.168, -1.9),
        (0.156, -2.6),
        (0.132, 3.2),
        (0.122, 6.3),
    ],
)
def test_ordinary_days_follow_the_quarterly_record(liquidity: float, observed_bp: float) -> None:
    """Quarterly means of 2018 to 2026 (all days, so the tolerance is the record's own scatter of about 5 bp)."""
    assert 1e4 * ordinary_spread(at(liquidity), P)[0] == pytest.approx(observed_bp, abs=5.5)


def test_the_spread_falls_with_liquidity() -> None:
    spread = ordinary_spread(np.linspace(0.08, 0.35, 200), P)
    assert (np.diff(spread) < 0).all()


def test_calendar_order_and_growth_with_scarcity() -> None:
    ample = [calendar_effect(day, at(0.18), P)[0] for day in (ORDINARY, MONTH_END, QUARTER_END, YEAR_END)]
    scarce = [calendar_effect(day, at(0.12), P)[0] for day in (ORDINARY, MONTH_END, QUARTER_END, YEAR_END)]
    assert ample == sorted(ample)
    assert ample[0] == scarce[0] == 0
    assert all(s > a for a, s in zip(ample[1:], scarce[1:], strict=True))


@pytest.mark.parametrize(
    ("liquidity", "ordinary", "month_end"),
    [(0.11, 0.062, 0.74), (0.13, 0.020, 0.47), (0.15, 0.006, 0.21), (0.17, 0.002, 0.08)],
)
def test_spike_probability_is_the_fitted_logit(liquidity: float, ordinary: float, month_end: float) -> None:
    """Figures of the reference, section 2.2, rounded as printed there."""
    assert spike_probability(ORDINARY, at(liquidity), P)[0] == pytest.approx(ordinary, abs=0.002)
    assert spike_probability(MONTH_END, at(liquidity), P)[0] == pytest.approx(month_end, abs=0.02)


def test_spike_sizes_are_generalised_pareto() -> None:
    """Quantiles against scipy's own distribution."""
    from scipy.stats import genpareto

    u = np.array([0.1, 0.5, 0.9, 0.99, 0.999])
    expected = 8e-4 + genpareto.ppf(u, 0.6, scale=8e-4)
    np.testing.assert_allclose(spike_size(u, P), expected, rtol=1e-12)


def test_the_facility_is_a_soft_ceiling() -> None:
    """It never raises a spread, leaves ordinary ones alone, and lets a share of a large one through."""
    spread = np.array([-0.001, 0.0014, 0.0015, 0.0055, 0.03])
    capped = soft_ceiling(spread, P)
    np.testing.assert_allclose(capped[:3], spread[:3])
    assert capped[3] == pytest.approx(0.0015 + 0.3 * 0.0040)
    assert (capped <= spread + 1e-15).all()


def test_business_days_skip_weekends_and_holidays() -> None:
    days = business_days(date(2026, 11, 20), date(2026, 11, 30))
    assert date(2026, 11, 26) not in days
    assert [day.day for day in days] == [23, 24, 25, 27, 30]


def test_calendar_flags() -> None:
    assert QUARTER_END.quarter_end
    assert QUARTER_END.month_end
    assert not MONTH_END.quarter_end
    assert YEAR_END.year_end
    assert funding_day(date(2026, 9, 1)).first_day
    assert funding_day(date(2026, 9, 15)).tax
    assert funding_day(date(2026, 8, 17)).settlement, "the 15th is a Saturday"
