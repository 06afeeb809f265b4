"""The curve: par bonds cost par, and QuantLib finds the same zero rates."""

import numpy as np
import pytest
import QuantLib as ql

from stresstest.errors import DataError
from stresstest.instruments.curve import NODES, Curve, bootstrap, node_weights

YIELDS = [0.0389, 0.0411, 0.0431, 0.0441, 0.0467, 0.0517, 0.0515]


def par(yields):
    return dict(zip(NODES, yields, strict=True))


def random_yields(seed):
    """Steep, inverted, humped and negative curves."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.01, 0.12) + np.cumsum(rng.normal(0, 0.006, NODES.size))


@pytest.mark.parametrize("seed", range(25))
def test_par_bonds_cost_par(seed):
    yields = random_yields(seed)
    curve = bootstrap(par(yields))
    for tenor, rate in zip(NODES[1:], yields[1:], strict=True):
        coupons = np.arange(0.5, tenor + 0.25, 0.5)
        assert rate / 2 * curve.discount(coupons).sum() + curve.discount(tenor) == pytest.approx(1.0, abs=1e-11)
    assert (1 + yields[0] / 4) * curve.discount(0.25) == pytest.approx(1.0, abs=1e-11)


@pytest.mark.parametrize("yields", [YIELDS, [0.054, 0.05, 0.045, 0.041, 0.042, 0.045, 0.043]])
def test_quantlib_bootstraps_the_same_zero_rates(yields):
    start, count, nocal = ql.Date(15, 1, 2026), ql.Thirty360(ql.Thirty360.BondBasis), ql.NullCalendar()
    ql.Settings.instance().evaluationDate = start

    def bond(tenor, rate):
        end = start + ql.Period(int(tenor), ql.Years)
        dates = ql.Schedule(
            start, end, ql.Period(6, ql.Months), nocal, ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Backward, False
        )
        return ql.FixedRateBondHelper(
            ql.QuoteHandle(ql.SimpleQuote(100.0)), 0, 100.0, dates, [float(rate)], count, ql.Unadjusted
        )

    bill = ql.DepositRateHelper(float(yields[0]), ql.Period(3, ql.Months), 0, nocal, ql.Unadjusted, False, count)
    helpers = [bill] + [bond(tenor, rate) for tenor, rate in zip(NODES[1:], yields[1:], strict=True)]
    theirs = ql.PiecewiseLinearZero(start, helpers, count)
    found = [theirs.zeroRate(float(t), ql.Continuous).rate() for t in NODES]
    assert bootstrap(par(yields)).zero == pytest.approx(found, abs=1e-9)


def test_node_weights_shift_the_curve_as_the_curve_shifts_itself():
    curve, times = bootstrap(par(YIELDS)), np.linspace(0.0, 45.0, 181)
    bump = np.random.default_rng(1).normal(0, 0.01, NODES.size)
    weights = node_weights(times)
    assert weights.sum(axis=1) == pytest.approx(np.ones(times.size), abs=1e-15)
    shifted = np.exp(-(curve.rate(times) + weights @ bump) * times)
    assert shifted == pytest.approx(curve.shifted(bump).discount(times), rel=1e-14)


def test_flat_outside_the_nodes():
    curve = Curve(np.linspace(0.03, 0.05, NODES.size))
    assert curve.rate(0.01) == 0.03
    assert curve.rate(60.0) == 0.05
    assert curve.discount(-1.0) == 1.0


def test_every_missing_tenor_is_named():
    with pytest.raises(DataError, match=r"0\.25y, 30y"):
        bootstrap(dict.fromkeys(NODES[1:-1], 0.04))


def test_yields_that_no_curve_prices_are_refused():
    with pytest.raises(DataError, match="par yields"):
        bootstrap(par([0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 3.0]))
