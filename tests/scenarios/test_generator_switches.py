"""Switches of the generator: channels, layers, workers, doubt; and what must hold of its law at every date."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.scenarios import ALL_CHANNELS, Generated, generate
from stresstest.scenarios.block import Block, run_block
from stresstest.scenarios.generator import BLOCK, LAYERS
from stresstest.scenarios.world import PILOT_PATHS, Setting, World, make_world
from stresstest.tables import factor_index
from stresstest.transmission.bounds import start_levels
from stresstest.transmission.moments import load_moments

SNAPSHOT = load_snapshot()
INDEX = factor_index()
FAST = named_plan("fast-qt", SNAPSHOT.as_of)
HOLD = named_plan("hold", SNAPSHOT.as_of)
TURBULENCE = ALL_CHANNELS.index("turbulence")


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(Setting(FAST, SNAPSHOT, 52, LAYERS, load_moments()), HOLD, ALL_CHANNELS)


def block(world: World, *channels: str) -> Block:
    return run_block(replace(world, channels=channels), 250, np.random.SeedSequence(3), None)


@pytest.fixture(scope="module")
def everything(world: World) -> Block:
    return block(world, *ALL_CHANNELS)


@pytest.fixture(scope="module")
def quiet() -> Generated:
    """Ordinary moves of the baseline with their paths: no plan, no channel of one."""
    return generate(HOLD, SNAPSHOT, paths=4000, channels=("turbulence", "market"))


@pytest.mark.parametrize("off", ALL_CHANNELS)
def test_a_channel_that_is_off_leaves_the_others_as_they_were(world: World, everything: Block, off: str) -> None:
    """The bend at the bounds counts as market, so that it alone changes when the falls of turbulence are off."""
    without = block(world, *(name for name in ALL_CHANNELS if name != off))
    for i, name in enumerate(ALL_CHANNELS):
        if name == off:
            assert np.abs(without.horizon.by_channel[i]).max() == 0
        elif (off, name) != ("turbulence", "market"):
            np.testing.assert_array_equal(without.horizon.by_channel[i], everything.horizon.by_channel[i])


def test_parameters_are_drawn_only_in_their_layer() -> None:
    """Without it the premium of the plan as announced is one of two numbers: calm or turbulent at the horizon."""
    premium = {}
    for layers in ((), ("parameters",)):
        made = generate(FAST, SNAPSHOT, paths=400, layers=layers, keep_paths=False)
        premium[layers] = made.factors.by_channel[:, ALL_CHANNELS.index("duration"), INDEX["ust_10y"]]
    assert len(np.unique(np.round(premium[()] / premium[()].min(), 4))) == 2
    assert len(np.unique(premium["parameters",])) > 300


def test_the_number_of_workers_does_not_change_a_byte() -> None:
    one, two = (generate(FAST, SNAPSHOT, paths=BLOCK + 200, weeks=26, workers=n) for n in (1, 2))
    assert one.factors.paths is not None
    assert two.factors.paths is not None
    assert one.factors.paths.tobytes() == two.factors.paths.tobytes()
    assert one.factors.by_channel.tobytes() == two.factors.by_channel.tobytes()
    assert one.balance.items["reserves"].tobytes() == two.balance.items["reserves"].tobytes()


def test_without_the_balance_sheets_the_moves_are_the_same_and_their_mean_is_kept() -> None:
    """Two blocks of unequal size: the mean counts each by its paths."""
    full, lean = (
        generate(FAST, SNAPSHOT, paths=BLOCK + 200, weeks=8, keep_paths=False, keep_balance=keep)
        for keep in (True, False)
    )
    assert full.factors.moves.tobytes() == lean.factors.moves.tobytes()
    for name in ("turbulent", "funding_break", "leader"):
        np.testing.assert_array_equal(getattr(full.factors, name), getattr(lean.factors, name))
    reserves = full.balance.items["reserves"].mean(axis=0, dtype=float)
    np.testing.assert_allclose(lean.balance.items["reserves"], reserves[None])
    np.testing.assert_allclose(lean.balance.halted, full.balance.halted.mean(axis=0, keepdims=True))
    np.testing.assert_allclose(lean.funding.spread[0], full.funding.spread.mean(axis=0, dtype=float), atol=1e-12)


def test_keeping_the_paths_does_not_change_a_byte_of_the_horizon() -> None:
    """Weeks that the horizon does not need are drawn apart, and so that they add up to it."""
    kept, not_kept = (generate(FAST, SNAPSHOT, paths=300, weeks=30, keep_paths=keep).factors for keep in (True, False))
    assert kept.by_channel.tobytes() == not_kept.by_channel.tobytes()
    assert kept.financing is not None
    assert not_kept.financing is not None
    assert kept.financing.tobytes() == not_kept.financing.tobytes()


def test_weeks_are_handed_over_as_they_are_kept() -> None:
    """Every path once, in two blocks of which the last is smaller, by two threads."""
    paths, weeks = BLOCK + 130, 8
    handed = np.full((paths, weeks, len(INDEX)), np.nan, dtype=np.float32)
    counts = np.zeros(paths, dtype=int)

    def take(rows: slice, moves: np.ndarray) -> None:
        handed[rows] = moves
        counts[rows] += 1

    lean = generate(FAST, SNAPSHOT, paths=paths, weeks=weeks, keep_paths=False, weekly=take).factors
    assert lean.paths is None
    assert (counts == 1).all()
    kept = generate(FAST, SNAPSHOT, paths=paths, weeks=weeks).factors
    assert kept.paths is not None
    assert handed.tobytes() == kept.paths.tobytes()
    assert lean.moves.tobytes() == kept.moves.tobytes()


def test_moves_are_the_sum_of_their_channels() -> None:
    """In double precision over the singles that are kept, and the last week of the paths to theirs."""
    made = generate(FAST, SNAPSHOT, paths=300, weeks=20).factors
    np.testing.assert_allclose(made.moves, made.by_channel.sum(axis=1, dtype=float), atol=1e-15)
    assert made.paths is not None
    size = made.moves.std(axis=0) + 1e-9
    assert np.abs((made.paths[:, -1] - made.moves) / size).max() < 1e-5


def test_borrowing_is_financed_at_the_short_rate_of_the_paths() -> None:
    """Noise, channels and the falls with which turbulence begins: the mean so far of SOFR with the kept path."""
    made = generate(FAST, SNAPSHOT, paths=200, weeks=30)
    assert made.factors.paths is not None
    assert made.factors.turbulent is not None
    assert made.factors.turbulent.any()
    rate = np.maximum(made.funding.sofr + made.factors.paths[:, :, INDEX["ust_3m"]], 0.0)
    mean = np.cumsum(rate, axis=1) / np.arange(1, 31)
    np.testing.assert_allclose(made.factors.financing, mean, atol=1e-7)


def test_the_dollar_of_the_plan_turns_only_under_doubt() -> None:
    for doubt, sign in ((0.0, 1), (1.0, -1)):
        plan = replace(FAST, doubt=doubt, reaction=False)
        made = generate(plan, SNAPSHOT, paths=200, layers=(), keep_paths=False).factors
        mean = made.by_channel[:, ALL_CHANNELS.index("duration")].mean(axis=0)
        assert sign * mean[INDEX["usd_broad"]] > 0
        assert mean[INDEX["ust_10y"]] > 0
        assert (made.leader == 2).all() == (doubt == 1.0)


def test_doing_nothing_under_doubt_has_no_mean_either() -> None:
    """What is taken off is what the baseline brings under the same doubt; without that the dollar fell by 0.4 sd."""
    moves = generate(replace(HOLD, doubt=1.0), SNAPSHOT, paths=4000, keep_paths=False).factors.moves
    for name in ("usd_broad", "hy_spread", "ust_10y", "gold"):
        values = moves[:, INDEX[name]]
        assert abs(values.mean() / values.std()) < 0.08, name


def test_turbulence_begins_with_falls_that_have_no_mean_on_the_baseline(quiet: Generated) -> None:
    """What the baseline brings is itself an average over so many paths: both samples have an error."""
    entries = quiet.factors.by_channel[:, TURBULENCE].astype(float)
    moving = entries.std(axis=0) > 0
    error = entries[:, moving].std(axis=0) * np.sqrt(1 / len(entries) + 1 / PILOT_PATHS)
    assert moving.sum() > 30
    assert np.abs(entries[:, moving].mean(axis=0) / error).max() < 3.5


def test_spreads_and_volatilities_stay_above_their_bounds_and_have_no_drift(quiet: Generated) -> None:
    """At every date; the mean within four and a half sampling errors of zero, or a tenth of a standard deviation."""
    columns, _, room = start_levels({name: quote.value for name, quote in SNAPSHOT.quotes.items()})
    assert quiet.factors.paths is not None
    moves = quiet.factors.paths[:, :, columns].astype(float)
    assert (moves > -room - 1e-6).all()
    assert (moves.min(axis=(0, 1)) < -0.3 * room).all(), "falls do use the room there is"
    error, spread = moves.std(axis=0) / np.sqrt(len(moves)), moves.std(axis=0)
    assert (np.abs(moves.mean(axis=0)) < np.maximum(4.5 * error, 0.1 * spread)).all()


def test_each_week_of_turbulence_only_raises_the_variance(quiet: Generated) -> None:
    shares = quiet.factors.moves[:, INDEX["equity_us"]]
    assert quiet.factors.turbulent is not None
    assert shares[quiet.factors.turbulent].std() > 1.3 * shares[~quiet.factors.turbulent].std()
