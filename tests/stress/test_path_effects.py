"""What the way to the horizon adds: forced sales, expiry, daily reset, reinvestment, fees; each found a second way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stress_books import TODAY, along, book_of, one, random_paths

from stresstest.records import StressResult
from stresstest.stress import revalue
from stresstest.stress.leverage import reset_decay
from stresstest.stress.margin import Account, forced_sales
from stresstest.stress.reference import constant, daily_variance, dealing_cost
from stresstest.stress.unexplained import regime_scales, residual_scale
from stresstest.tables import factor_names, read_table

WEEKS = 52


def effect(result: StressResult, name: str) -> np.ndarray:
    return result.effects[name].gain.sum(axis=1)


def fall(depth: float, by: int, weeks: int = WEEKS) -> np.ndarray:
    """One path that falls in a straight line to ``depth`` by week ``by`` and stays there."""
    return np.minimum(np.arange(1, weeks + 1) / by, 1.0)[None] * depth


# ------------------------------------------------------------------------------------------------- forced sales


def by_hand(account: Account) -> tuple[list[float], bool]:
    """One path, week by week, in plain Python: shares, debt and prices instead of sums."""
    kept, repaid, saved, cost_paid, forgone, called = 1.0, 0.0, 0.0, 0.0, 0.0, False
    values = []
    for t in range(account.value.shape[1]):
        if t:
            beyond = max(repaid - account.debt, 0.0)
            saved += (repaid - beyond) * account.rate[0, t - 1] + beyond * account.cash_rate[0, t - 1]
            forgone += (1.0 - kept) * (account.invested[0, t] - account.invested[0, t - 1])
        equity = account.value[0, t] - forgone - cost_paid + saved
        required = kept * account.required[0, t]
        if required > 0 and equity < required:
            called, aim = True, required * constant("restore_cushion")
            room = aim - kept * account.cost[0, t]
            sell = min(max((aim - equity) / room, 0.0), 1.0) if room > 0 else 1.0
            cost_paid += sell * kept * account.cost[0, t]
            repaid += sell * kept * (account.net[0, t] - account.cost[0, t])
            kept *= 1.0 - sell
        values.append(account.value[0, t] - forgone - cost_paid + saved)
    return values, called


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9), st.floats(0.1, 0.6))
def test_forced_sales_by_hand(seed: int, own: float, requirement: float) -> None:
    rng = np.random.default_rng(seed)
    worth = 100.0 * np.exp(np.cumsum(0.08 * rng.standard_normal((1, 30)), axis=1))
    worth = np.concatenate([[[100.0]], worth], axis=1)
    account = Account(
        value=100.0 * (own - 1.0) + worth, invested=worth - 100.0, net=worth, cost=0.01 * worth,
        required=requirement * worth, rate=np.full((1, 30), 0.001), cash_rate=np.full((1, 30), 0.0004),
        debt=100.0 * max(0.7 - own, 0.0),
    )  # fmt: skip
    sales = forced_sales(account)
    values, called = by_hand(account)
    np.testing.assert_allclose(sales.value[0], values, rtol=1e-12, atol=1e-9)
    assert bool(sales.called[0]) == called
    left = sales.kept * account.required
    whole = (sales.kept > 1e-12) & (sales.sold > 0)
    assert (sales.value[whole] >= left[whole] - 1e-9).all(), "sales restore the requirement"


def test_a_forced_sale_locks_in_the_loss() -> None:
    """Down a half and back: whoever had to sell on the way keeps a loss that the patient holder does not have."""
    down = fall(-0.7, 10)
    back = np.where(np.arange(WEEKS) < 26, down, 0.0)
    result = revalue(book_of([one("fund")], cash=-2_500.0), along({"equity_us": back}), layers=())
    assert result.margin_call is not None
    assert result.margin_call.all()
    assert effect(result, "forced_sales")[0] < -1_000.0
    assert effect(result, "forced_sale_costs")[0] < 0.0


def test_selling_costs_more_in_stress() -> None:
    moves = {"equity_us": fall(-0.7, 10)}
    calm, stressed = (
        revalue(book_of([one("fund")], cash=-2_500.0), along({**moves, "vix": fall(vix, 5)}), layers=())
        for vix in (0.0, 0.6)
    )
    usual, more = dealing_cost("fund_equity")
    ratio = effect(stressed, "forced_sale_costs") / effect(calm, "forced_sale_costs")
    assert ratio[0] == pytest.approx((usual + more) / usual, rel=0.1)


def test_repaid_debt_saves_its_interest() -> None:
    """After the sale of everything, what is left of the debt pays SOFR plus the spread of the broker."""
    result = revalue(book_of([one("fund")], cash=-4_300.0), along({"equity_us": fall(-1.5, 1)}, sofr=0.05), layers=())
    debt = result.book.symbols.index("CASH.USD")
    assert result.path_value is not None
    left = result.path_value[0, 1:]
    assert left[-1] < left[0] < 0, "debt that no sale could repay grows"
    unpaid = result.carry[0, debt] / result.book.values[debt] * left[0]
    assert left[-1] - left[0] == pytest.approx(unpaid, rel=0.05)


def test_proceeds_beyond_the_debt_earn_what_cash_earns() -> None:
    """All is sold in the first week; of the proceeds a part repays the debt, and the rest lies in the account."""
    week = np.ones((1, 3))
    account = Account(
        value=np.array([[60.0, 5.0, 5.0, 5.0]]), invested=np.array([[0.0, -55.0, -55.0, -55.0]]),
        net=np.array([[100.0, 45.0, 45.0, 45.0]]), cost=np.zeros((1, 4)), required=np.array([[30.0, 30.0, 30.0, 30.0]]),
        rate=0.002 * week, cash_rate=0.0005 * week, debt=40.0,
    )  # fmt: skip
    sales = forced_sales(account)
    assert sales.kept[0, 1] < 1.0 - 1e-9
    proceeds = (1.0 - sales.kept[0, 1:3]) * 45.0
    wanted = sum(min(p, 40.0) * 0.002 + max(p - 40.0, 0.0) * 0.0005 for p in proceeds)
    assert proceeds.max() < 40.0 or wanted < 0.002 * proceeds.sum()
    assert sales.saved[0] == pytest.approx(wanted)


def test_a_short_book_takes_what_buying_back_costs_from_its_cash() -> None:
    account = Account(
        value=np.array([[50.0, 10.0, 10.0]]), invested=np.array([[0.0, -40.0, -40.0]]),
        net=np.array([[-100.0, -140.0, -140.0]]), cost=np.zeros((1, 3)), required=np.array([[30.0, 42.0, 42.0]]),
        rate=np.full((1, 2), 0.002), cash_rate=np.full((1, 2), 0.0005), debt=0.0,
    )  # fmt: skip
    sales = forced_sales(account)
    bought = (1.0 - sales.kept[0, 1]) * 140.0
    assert bought > 0
    assert sales.saved[0] == pytest.approx(-bought * 0.0005)


def test_every_class_has_a_price_of_haste() -> None:
    listed = {row["asset_class"] for row in read_table("stresstest.allocation", "costs.csv")}
    assert {row["asset_class"] for row in read_table("stresstest.stress", "liquidation.csv")} == listed
    assert all(dealing_cost(name)[1] >= 0 for name in listed)


def test_without_a_call_nothing_is_forced() -> None:
    result = revalue(book_of([one("fund")], cash=-500.0), along({"equity_us": fall(0.1, 10)}), layers=())
    assert not result.margin_call.any()  # type: ignore[union-attr]
    assert not effect(result, "forced_sales").any()
    assert not effect(result, "forced_sale_costs").any()


# ------------------------------------------------------------------------------------------------------- options


def test_an_option_pays_what_it_is_worth_at_its_expiry() -> None:
    """Down by a third at expiry, up afterwards: the put pays its intrinsic value, which then earns the bill rate."""
    expiry = TODAY + timedelta(days=182)
    row, found = one("put")
    put = replace(row, terms=replace(row.terms, expiry=expiry)), found
    path = np.where(np.arange(1, WEEKS + 1) <= 30, -0.3, 0.2)[None]
    result = revalue(book_of([put]), along({"equity_us": path}), layers=())
    intrinsic = 200.0 * (95.0 - 100.0 * np.exp(-0.3))
    interest = 0.5 * 0.04 * intrinsic
    assert result.path_value is not None
    assert result.path_value[0, -1] == pytest.approx(intrinsic + interest, abs=0.01 * intrinsic)
    assert result.path_value[0, 30] == pytest.approx(intrinsic, rel=0.01)
    straight = result.book.value + result.base_total[0]
    assert straight < 0.1 * intrinsic, "the straight line to the horizon would have called it worthless"


# --------------------------------------------------------------------------------------------------- daily reset


def test_decay_against_daily_compounding() -> None:
    """Levered day by day, against weekly squares scaled up: on independent days both lose the same."""
    rng = np.random.default_rng(4)
    days = 0.013 * rng.standard_normal((400, 52, 5))
    weekly = days.sum(axis=2)
    for leverage in (3.0, 2.0, -1.0):
        exact = np.log1p(leverage * np.expm1(days)).sum(axis=(1, 2))
        decay = reset_decay(leverage, weekly, "fund_equity")[:, -1] / daily_variance("fund_equity")
        model = leverage * weekly.sum(axis=1) - decay
        assert np.mean(model - exact) == pytest.approx(0.0, abs=0.004)
        assert np.abs(model - exact).mean() < 0.08 * abs(leverage - 1.0)


def test_a_levered_fund_pays_for_going_nowhere() -> None:
    path = 0.05 * (np.arange(1, WEEKS + 1) % 2)[None]
    result = revalue(book_of([one("levered")]), along({"equity_us": path}), layers=())
    lost = 1.0 - np.exp(-3.0 * daily_variance("fund_equity") * WEEKS * 0.05**2)
    assert effect(result, "daily_reset")[0] == pytest.approx(-lost * result.book.value, rel=1e-3)


def test_a_threefold_fund_over_2022(shared_data: Path) -> None:
    """Weekly moves with the decay of the table, against daily compounding of the same closes."""
    import pandas as pd

    table = pd.read_csv(shared_data / "equities" / "etf_adjclose_daily.csv", index_col="date", usecols=["date", "QQQ"])
    logs = np.log(table["QQQ"].loc["2021-12-31":"2022-12-30"])
    exact = np.prod(1.0 + 3.0 * np.expm1(np.diff(logs)))
    fridays = pd.to_datetime(logs.index).day_of_week == 4
    weekly = np.diff(logs[fridays])
    model = np.exp(3.0 * weekly.sum() - reset_decay(3.0, weekly, "fund_equity")[-1])
    assert model == pytest.approx(exact, abs=0.03)


# --------------------------------------------------------------------------------------- money on the way, and fees


def test_coupons_are_put_aside_at_the_rate_of_the_path() -> None:
    """Two percent more from the first week: every receipt earns so much more for the time that is left."""
    bond, _ = one("treasury")
    result = revalue(book_of([(bond, None)]), along({"ust_3m": np.full((1, WEEKS), 0.02)}), layers=())
    instrument = result.book.holdings[0].instrument
    paid = instrument.years < 1.0  # type: ignore[attr-defined]
    left = 1.0 - instrument.years[paid]  # type: ignore[attr-defined]
    wanted = instrument.notional * (instrument.amounts[paid] * np.expm1(0.02 * left)).sum()  # type: ignore[attr-defined]
    assert wanted > 0
    assert effect(result, "reinvestment")[0] == pytest.approx(wanted, rel=0.05)


def test_a_bill_that_matures_is_rolled_over() -> None:
    bill, _ = one("bill")
    up, down = (
        revalue(book_of([(bill, None)]), along({"ust_3m": np.full((1, WEEKS), move)}), layers=()).total[0]
        for move in (0.01, -0.01)
    )
    left = 1.0 - (date(2026, 12, 24) - TODAY).days / 365
    assert up - down == pytest.approx(0.02 * left * 5_000, rel=0.1)


def test_a_short_pays_on_what_it_is_worth() -> None:
    """A short that has doubled from the first week on pays twice the fees and income."""
    result = revalue(
        book_of([one("share", -1.0)], 50_000.0), along({"equity_us": np.full((1, WEEKS), 0.63)}), layers=()
    )
    worth = np.exp(1.1 * 0.63)
    share = result.book.symbols.index("SHARE")
    assert effect(result, "short_borrowing")[0] == pytest.approx((worth - 1.0) * result.carry[0, share], rel=1e-3)
    assert result.carry[0, share] < 0


# --------------------------------------------------------------------------------------------------- specific risk


def test_specific_risk_is_larger_in_turbulence() -> None:
    paths = replace(random_paths(2, 4000, 4), turbulent=np.arange(4000) % 2 == 0)
    result = revalue(book_of([one("share")]), paths, layers=("residual",), along_paths=False)
    shock = np.log1p(result.residual[:, 0] / (result.book.value + result.price[:, 0]))
    ratio = shock[::2].std() / shock[1::2].std()
    holding = result.book.holdings[0]
    scales = np.unique(residual_scale(holding, paths))
    assert ratio == pytest.approx(scales[1] / scales[0], rel=0.05)
    calm, stress = regime_scales(holding)
    assert calm < scales[0] < scales[1] < stress
    share = constant("stress_weeks")
    assert (1 - share) * calm**2 + share * stress**2 == pytest.approx(1.0), "the average week stays the average"


def test_an_estimated_multiplier_comes_before_that_of_the_class() -> None:
    row, found = one("share")
    assert found is not None
    own = book_of([(row, replace(found, stress_multiplier=3.0))]).holdings[0]
    calm, stress = regime_scales(own)
    assert stress / calm == pytest.approx(3.0)


def test_a_single_scenario_has_the_specific_risk_of_its_volatility() -> None:
    """Without a rise of VIX that of the average week; with a rise as in 2020 that of stress weeks."""
    book = book_of([one("share")])
    jumps = replace(along({"vix": np.array([[0.0], [0.2], [0.9]])}), paths=None, turbulent=None)
    scale = residual_scale(book.holdings[0], jumps)
    assert scale[0] == 1.0
    assert scale[0] < scale[1] < scale[2]
    assert scale[2] == pytest.approx(regime_scales(book.holdings[0])[1])


def test_peers_move_together() -> None:
    paths = random_paths(3, 20_000, 4)
    rows = [one("share", symbol=name) for name in ("ONE", "TWO", "THREE")]
    groups = ("banks", "banks", "")
    rows = [(p, replace(e, peers=g, peer_share=0.4 if g else 0.0)) for (p, e), g in zip(rows, groups, strict=True)]  # type: ignore[type-var]
    result = revalue(book_of(rows), paths, layers=("residual",), along_paths=False)
    shocks = np.log1p(result.residual / (result.book.values + result.price))
    correlation = np.corrcoef(shocks.T)
    assert correlation[0, 1] == pytest.approx(0.4, abs=0.03)
    assert correlation[0, 2] == pytest.approx(0.0, abs=0.03)


def test_a_jump_that_stands_for_a_year_earns_the_income_of_a_year() -> None:
    moves = np.zeros((1, len(factor_names())))
    jump = replace(along({"vix": np.zeros((1, 1))}), moves=moves, paths=None, years=0.0, financing=np.array([[0.04]]))
    book = book_of([one("bond fund"), one("treasury")], -1_000.0)
    year = revalue(book, replace(jump, horizons=np.array([1.0])), layers=())
    assert not revalue(book, jump, layers=()).carry.any()
    assert (year.carry[0, :2] > 0).all()
    assert year.carry[0, 2] == pytest.approx(-1_000.0 * (0.04 + 0.015), rel=0.01)
