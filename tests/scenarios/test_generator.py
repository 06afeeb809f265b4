"""The generator: channels add up, doing nothing moves nothing, chance is common, plans order as they should."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan, runoff_plan
from stresstest.records import RunoffPlan
from stresstest.scenarios import ALL_CHANNELS, Generated, generate
from stresstest.scenarios.generator import BLOCK
from stresstest.tables import factor_index

SNAPSHOT = load_snapshot()
INDEX = factor_index()
PATHS = 3000


def cloud(plan: RunoffPlan | str, **options: object) -> Generated:
    chosen = named_plan(plan, SNAPSHOT.as_of) if isinstance(plan, str) else plan
    return generate(chosen, SNAPSHOT, **{"paths": PATHS, "keep_paths": False, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hold() -> Generated:
    return cloud("hold")


@pytest.fixture(scope="module")
def fast() -> Generated:
    return cloud("fast-qt")


def test_doing_nothing_has_no_mean_shock(hold: Generated) -> None:
    """Pass mark F3: absolute mean below 0.1 standard deviation for every factor, within sampling error."""
    moves = hold.factors.moves
    spread = moves.std(axis=0)
    moving = spread > 0
    z = np.abs(moves.mean(axis=0)[moving]) / spread[moving]
    assert z.max() < 0.1 + 2 / np.sqrt(PATHS)


def test_channels_add_up_to_the_moves(fast: Generated) -> None:
    """In double precision the sum is exact; the record of channels itself is in single precision."""
    np.testing.assert_array_equal(fast.factors.by_channel.sum(axis=1, dtype=np.float64), fast.factors.moves)


def test_a_plan_that_is_the_baseline_has_no_plan_channels(hold: Generated) -> None:
    means = {c: hold.factors.by_channel[:, i].mean(axis=0) for i, c in enumerate(hold.factors.channels)}
    assert np.abs(means["duration"]).max() == 0
    assert np.abs(means["dollar"]).max() < 1e-3


def test_same_seed_same_bits_and_another_seed_differs(fast: Generated) -> None:
    np.testing.assert_array_equal(cloud("fast-qt").factors.moves, fast.factors.moves)
    assert not np.array_equal(cloud("fast-qt", seed=1).factors.moves, fast.factors.moves)


def test_plans_meet_the_same_markets(hold: Generated, fast: Generated) -> None:
    """Common random numbers: paths without turbulence in either run carry identical market noise."""
    market = ALL_CHANNELS.index("market")
    same = np.isclose(hold.factors.by_channel[:, market], fast.factors.by_channel[:, market], atol=0).all(axis=1)
    assert same.mean() > 0.3
    gap = fast.factors.moves[:, INDEX["equity_us"]] - hold.factors.moves[:, INDEX["equity_us"]]
    assert gap.std() < hold.factors.moves[:, INDEX["equity_us"]].std()


def test_the_last_date_of_the_paths_is_the_horizon() -> None:
    kept = cloud("fast-qt", keep_paths=True, paths=500).factors
    assert kept.paths is not None
    np.testing.assert_allclose(kept.paths[:, -1], kept.moves, atol=5e-6)


def test_the_number_of_paths_does_not_change_the_first_block() -> None:
    few, many = cloud("hold", paths=BLOCK), cloud("hold", paths=2 * BLOCK)
    np.testing.assert_array_equal(few.factors.moves, many.factors.moves[:BLOCK])


def test_faster_runoff_raises_the_term_premium_and_lowers_the_expected_path() -> None:
    means = {}
    for name in ("slow-qt", "fast-qt", "active-mbs-sales"):
        factors = cloud(named_plan(name, SNAPSHOT.as_of, reaction=False), layers=("parameters",)).factors
        means[name] = {c: factors.by_channel[:, i].mean(axis=0) for i, c in enumerate(factors.channels)}
    premium = [means[name]["duration"][INDEX["ust_10y"]] for name in means]
    assert 0 < premium[0] < premium[1] < premium[2]
    assert 0.0003 < premium[1] < 0.0040, "a year of fast runoff: a few to a few tens of basis points"
    assert means["fast-qt"]["policy_path"][INDEX["ust_2y"]] < 0
    assert (
        means["active-mbs-sales"]["mortgages"][INDEX["mortgage_spread"]]
        > 5 * means["fast-qt"]["mortgages"][INDEX["mortgage_spread"]]
    )


def test_bills_move_the_term_premium_less_than_coupons() -> None:
    """Pass mark C4: bill-financed runoff moves at most 0.3 of what coupon-financed runoff does."""
    from stresstest.records import Supply

    amount, none = np.array([100.0]), np.array([0.0])
    bills, coupons = Supply(none, none, amount), Supply(amount, none, none)
    assert bills.duration(0.25)[0] <= 0.3 * coupons.duration(0.25)[0]


def test_purchases_are_runoff_with_the_sign_reversed() -> None:
    """Pass mark E2: means of the term premium and the dollar reverse within 10 percent for mirrored supply."""
    from dataclasses import replace

    from stresstest.records import CapStep

    start = SNAPSHOT.as_of
    runoff = replace(runoff_plan(60, 12, start, reaction=False), priced_in=0.0, fill_with_bills=False)
    sells = replace(runoff, steps=(CapStep(start, mbs_sales=20.0),))
    buys = replace(runoff, steps=(CapStep(start, mbs_purchases=20.0),), mbs_principal_to="bills")
    base = replace(runoff, steps=(CapStep(start),))
    moved = {}
    for name, plan in (("sells", sells), ("buys", buys)):
        factors = generate(plan, SNAPSHOT, baseline=base, paths=500, layers=(), keep_paths=False).factors
        moved[name] = {c: factors.by_channel[:, i].mean(axis=0) for i, c in enumerate(factors.channels)}
    active = 1.5  # outright sales count more than purchases, by the table
    for channel, factor in (("mortgages", "mortgage_spread"), ("duration", "ust_10y")):
        up, down = moved["sells"][channel][INDEX[factor]], moved["buys"][channel][INDEX[factor]]
        assert up > 0 > down
        assert up == pytest.approx(-active * down, rel=0.1)


def test_layers_switch_off() -> None:
    quiet = cloud("hold", layers=()).factors
    assert np.abs(quiet.by_channel[:, ALL_CHANNELS.index("market")]).max() < 1e-9
    only_noise = cloud("fast-qt", channels=("market",)).factors
    np.testing.assert_allclose(only_noise.moves, only_noise.by_channel[:, ALL_CHANNELS.index("market")])


def test_turbulence_parameters_agree_with_the_moments() -> None:
    """Share and length of stress spells implied by the monthly hazards against moments_mean.csv."""
    from stresstest.plumbing.reaction import weekly
    from stresstest.tables import central, read_table

    rows = {row["factor"]: row["mean"] for row in read_table("stresstest.transmission", "moments_mean.csv")}
    p = central()
    enter, leave = (float(weekly(p[f"turbulence_{name}"] / 12)[0]) for name in ("base", "exit"))
    assert enter / (enter + leave) == pytest.approx(float(rows["stress_share"]), rel=0.05)
    assert 1 / leave == pytest.approx(float(rows["spell_weeks"]), rel=0.05)


@pytest.mark.parametrize("wrong", [{"paths": 0}, {"weeks": 1}, {"channels": ("durashun",)}, {"layers": ("nois",)}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        cloud("hold", **wrong)


def test_progress_counts_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    cloud("hold", paths=1300, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1300, 1300)


def test_half_of_turbulence_has_bonds_and_equities_falling_together() -> None:
    """Pass mark F2 in part: in the worst one percent of equities yields rise in a good share of paths."""
    moves = cloud("fast-qt", paths=10_000).factors.moves
    worst = moves[:, INDEX["equity_us"]] <= np.quantile(moves[:, INDEX["equity_us"]], 0.01)
    share = (moves[worst, INDEX["ust_10y"]] > 0).mean()
    assert 0.3 < share < 0.8
