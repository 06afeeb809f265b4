"""Channels as plain functions of what the plumbing did: news against flow, relief by bills, signs and regimes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.plumbing.project import project
from stresstest.records import Supply
from stresstest.tables import central
from stresstest.transmission.channels import CHANNELS
from stresstest.transmission.context import Context, Usual, premium_parts, since

SNAPSHOT = load_snapshot()
WEEKS = 26
PLUMBING = project(named_plan("hold", SNAPSHOT.as_of), SNAPSHOT, WEEKS)


def ramp(amount: float) -> np.ndarray:
    return np.linspace(0.0, amount, WEEKS + 1)[None, :]


def context(**changes: object) -> Context:
    """One calm path on which 100 of coupons, MBS and bills each are announced and delivered as announced."""
    never, zero = np.zeros((1, WEEKS), dtype=bool), np.zeros(WEEKS)
    supply = Supply(ramp(100.0), ramp(100.0), ramp(100.0))
    base = Context(
        p=central().weekly(), announced=supply, announced_in_all=supply.at((slice(None), slice(-1, None))),
        delivered=supply, balance=PLUMBING.balance, funding=PLUMBING.funding, turbulent=never, fragile=never,
        priced_in=0.0, coupon_surprise=0.0, doubt=np.zeros(1, dtype=bool), gdp=30_000.0, total_assets=6_700.0,
        expected_spread=PLUMBING.funding.weekly[0], jumps=never, depeg=never,
        usual=Usual(*(zero,) * 6), foreign={}, foreign_assets=0.0,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def total(name: str, driver: str, **changes: object) -> float:
    return float(CHANNELS[name](context(**changes))[driver].sum())


def test_duration_is_kappa_times_par_over_gdp() -> None:
    kappa = float(central()["kappa"][0])
    assert total("duration", "term_premium") == pytest.approx(kappa * 300 / 30_000)


def test_news_comes_first_and_flow_as_it_is_delivered() -> None:
    c = context()
    news, flow = premium_parts(c, c.delivered.par(), np.full((1, WEEKS + 1), 300.0))
    assert news[0, 0] == news[0, -1] > 0
    assert flow[0, 0] == 0
    share = float(central()["announcement_share"][0])
    assert news[0, -1] / (news[0, -1] + flow[0, -1]) == pytest.approx(share)


def test_what_is_priced_in_is_no_news() -> None:
    share = float(central()["announcement_share"][0])
    assert total("duration", "term_premium", priced_in=1.0) == pytest.approx(
        (1 - share) * total("duration", "term_premium")
    )
    assert total("dollar", "dollar", priced_in=1.0) == 0.0
    assert total("risk_appetite", "equity", priced_in=1.0) == 0.0
    for name, driver in (
        ("policy_path", "expected_path"), ("inflation_growth", "growth"), ("inflation_growth", "inflation"),
        ("mortgages", "mortgage"),
    ):  # fmt: skip
        unexpected = total(name, driver)
        assert unexpected != 0.0
        assert total(name, driver, priced_in=1.0) == pytest.approx(0.0, abs=1e-12)
        assert total(name, driver, priced_in=0.25) == pytest.approx(0.75 * unexpected)


def test_less_than_was_priced_in_is_news_of_the_other_sign() -> None:
    """A plan that markets expect and that is delivered by half: the expected path of the policy rate rises."""
    half = Supply(ramp(50.0), ramp(50.0), ramp(50.0))
    less = total("policy_path", "expected_path", priced_in=1.0, delivered=half)
    assert less == pytest.approx(-total("policy_path", "expected_path", delivered=half))


def test_bills_relieve_and_surprising_coupons_add() -> None:
    kappa, factor = (float(central()[name][0]) for name in ("kappa", "bill_factor"))
    relieved = total("fiscal", "term_premium")
    assert relieved == pytest.approx(-kappa * (1 - factor) * 100 / 30_000)
    surprised = total("fiscal", "term_premium", coupon_surprise=0.01)
    assert surprised - relieved == pytest.approx(float(central()["fiscal_kappa"][0]) * 0.01)


def test_turbulence_multiplies_the_term_premium() -> None:
    always = np.ones((1, WEEKS), dtype=bool)
    ratio = total("duration", "term_premium", turbulent=always) / total("duration", "term_premium")
    assert ratio == pytest.approx(float(central()["turbulence_multiplier"][0]))


def test_delivery_as_announced_leaves_no_reaction() -> None:
    assert total("policy_reaction", "term_premium") == pytest.approx(0.0, abs=1e-12)


def test_half_delivered_and_halted_gives_back_what_does_not_come() -> None:
    half = Supply(ramp(50.0), ramp(50.0), ramp(50.0))
    halted = replace(PLUMBING.balance, halted=np.ones((1, WEEKS), dtype=bool))
    given_back = total("policy_reaction", "term_premium", delivered=half, balance=halted)
    announced = total("duration", "term_premium") + total("fiscal", "term_premium")
    assert given_back == pytest.approx(-announced / 2, rel=1e-6)


def test_doubt_goes_with_the_term_premium_on_doubting_paths_only() -> None:
    moves = CHANNELS["duration"](context(doubt=np.ones(1, dtype=bool)))
    np.testing.assert_array_equal(moves["doubt"], moves["term_premium"])
    assert np.abs(CHANNELS["duration"](context())["doubt"]).max() == 0


def test_output_falls_before_prices_and_rates_take_part_of_it_back() -> None:
    moves = CHANNELS["inflation_growth"](context())
    gap, prices = moves["growth"].sum(), moves["inflation"].sum()
    assert gap < prices < 0
    stubborn = context(p=replace_parameter("substitution", 0.0))
    assert CHANNELS["inflation_growth"](stubborn)["growth"].sum() < gap


def replace_parameter(name: str, value: float):  # type: ignore[no-untyped-def]
    p = central()
    return replace(p, by_name={**p.by_name, name: np.array([value])}).weekly()


def test_other_central_banks_lift_their_own_premia_part_of_ours_and_hold_the_dollar_back() -> None:
    shares = np.stack([np.full(WEEKS + 1, 0.02), np.linspace(0, 0.02, WEEKS + 1)], axis=1)
    c = context(foreign={"eur": shares}, foreign_assets=0.05)
    moves = {driver: float(values.sum()) for driver, values in CHANNELS["global"](c).items()}
    euro = float(central()["kappa_ecb"][0]) * 0.02
    assert moves["euro_premium"] == pytest.approx(euro)
    assert moves["term_premium"] == pytest.approx(float(central()["premium_spillover"][0]) * euro)
    assert moves["dollar"] == pytest.approx(-float(central()["dollar_balance_sheet"][0]) * 0.05)
    assert all(np.abs(values).max() == 0 for values in CHANNELS["global"](context()).values())


def test_funding_stress_needs_leverage_and_a_dash_for_cash_needs_turbulence_too() -> None:
    fragile = np.zeros((1, WEEKS), dtype=bool)
    fragile[0, 5:9] = True
    plain, dash = (CHANNELS["liquidity"](context(fragile=fragile, turbulent=t)) for t in (~fragile & fragile, fragile))
    assert plain["equity"][0, 5] < 0
    assert plain["equity"][0, 4] == 0
    assert plain["volatility"][0, 5] > 0
    assert np.abs(plain["term_premium"]).max() == 0
    assert dash["term_premium"][0, 5] == pytest.approx(float(central()["dash_premium"][0]))
    assert dash["gold"][0, 5] < 0 < dash["dollar"][0, 5]
    assert dash["term_premium"].sum() == pytest.approx(0.0), "what is sold in a dash comes back"


def test_what_a_funding_break_takes_off_shares_is_bounded_and_comes_back() -> None:
    """A geometric sum while the break lasts, half of it left after each half-life once it is over."""
    weeks, half_life = 12, 8
    fragile = (np.arange(WEEKS) < weeks)[None, :]
    level = np.cumsum(CHANNELS["liquidity"](context(fragile=fragile))["equity"][0])
    shock, left = -0.03 * 12 / 52, 0.5 ** (1 / half_life)
    np.testing.assert_allclose(level[:weeks], shock * (1 - left ** np.arange(1, weeks + 1)) / (1 - left), rtol=1e-6)
    assert level[weeks - 1 + half_life] == pytest.approx(level[weeks - 1] / 2, rel=1e-6)
    lasting = CHANNELS["liquidity"](context(fragile=np.ones((1, WEEKS), dtype=bool)))["equity"].sum()
    assert shock / (1 - left) < lasting < 0.85 * shock / (1 - left)


def test_what_the_baseline_brings_on_average_is_taken_off() -> None:
    quarter = Usual(*(np.full(WEEKS, 0.25),) * 6)
    liquidity = CHANNELS["liquidity"](context(usual=quarter))
    assert (liquidity["equity"] > 0).all()
    coins = CHANNELS["crypto"](context(usual=quarter))
    assert (coins["crypto"] > 0).all()
    jump = CHANNELS["crypto"](context(usual=quarter, jumps=np.ones((1, WEEKS), dtype=bool)))
    assert (jump["crypto"] < 0).all()


def test_a_mean_since_the_start_counts_what_was_before_as_zero() -> None:
    values = np.array([[0.0, 1.0, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(since(values, np.array([[2.0]])), [[0.0, 0.5, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(since(values, np.array([[10.0]])), [[0.0, 0.1, 0.2, 0.3, 0.4]])
