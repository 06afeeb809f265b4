"""Weeks that are made again give the numbers of weeks that are kept, however they arrive."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from stress_books import SNAPSHOT, book_of, one, random_paths

from stresstest.plumbing import named_plan
from stresstest.records import FactorPaths, StressResult, Weeks
from stresstest.scenarios import generate
from stresstest.stress import revalue, weeks
from stresstest.stress.bridge import STREAM, Bridge
from stresstest.stress.unexplained import RESIDUAL
from stresstest.stress.weeks import BLOCK, dates, follow
from stresstest.study import plans
from stresstest.study.options import Options
from stresstest.study.plans import simulate, simulate_to_follow, two_channels

#: A margin account with every way of revaluation: log-linear, smooth, options, a levered fund and a short.
ROWS = [one("fund", 3.0), one("corporate"), one("put"), one("levered"), one("share", -0.5), one("floater")]
Take = Callable[[slice, np.ndarray], None]


def same(first: StressResult, second: StressResult) -> None:
    """Equal bit for bit."""
    np.testing.assert_array_equal(first.path_value, second.path_value)
    np.testing.assert_array_equal(first.margin_call, second.margin_call)
    np.testing.assert_array_equal(first.pnl, second.pnl)
    assert set(first.effects) == set(second.effects)


def handed(paths: np.ndarray, pieces: list[slice], threads: int = 1) -> FactorPaths:
    """``paths`` (S, T, F), not kept but handed over in ``pieces``; what was handed over is then overwritten."""

    def again(take: Take) -> None:
        def hand(rows: slice) -> None:
            moves = paths[rows].copy()
            take(rows, moves)
            moves[:] = np.nan

        with ThreadPoolExecutor(threads) as workers:
            list(workers.map(hand, pieces))

    factors = random_paths(2, len(paths), paths.shape[1])
    return replace(factors, paths=None, weeks=Weeks(paths.shape[1], again))


def pieces_of(scenarios: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, scenarios)) for start in range(0, scenarios, size)]


@pytest.mark.parametrize(("size", "threads"), [(125, 1), (7, 2), (64, 3), (400, 2)])
def test_pieces_of_any_size_come_together_to_the_blocks_of_kept_paths(
    size: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in disorder, across the bounds of blocks, and in arrays that their owner uses again."""
    monkeypatch.setattr(weeks, "BLOCK", 50)
    kept = random_paths(2, 310, 12)
    assert kept.paths is not None
    pieces = pieces_of(310, size)
    mixed = [pieces[i] for i in np.random.default_rng(size).permutation(len(pieces))]
    book = book_of(ROWS, cash=-15_000.0)
    first, second = (revalue(book, factors, seed=4) for factors in (kept, handed(kept.paths, mixed, threads)))
    assert first.margin_call is not None
    assert 0 < first.margin_call.sum() < 310
    same(first, second)


def test_every_path_is_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weeks, "BLOCK", 40)
    kept = random_paths(2, 130, 6)
    assert kept.paths is not None
    for factors in (kept, handed(kept.paths, pieces_of(130, 33))):
        seen = np.zeros_like(kept.paths)
        sizes: list[int] = []

        def take(rows: slice, moves: np.ndarray, seen: np.ndarray = seen, sizes: list[int] = sizes) -> None:
            seen[rows] += moves
            sizes.append(len(moves))

        follow(factors, take)
        np.testing.assert_array_equal(seen, kept.paths)
        assert sorted(sizes) == [10, 40, 40, 40]


def test_jumps_have_no_weeks() -> None:
    jump = replace(random_paths(2, 5, 6), paths=None)
    assert dates(jump) == 0
    assert revalue(book_of(ROWS), jump).path_value is None


def test_steps_of_a_path_do_not_depend_on_the_block_it_comes_in() -> None:
    """Blocks end where streams end."""
    assert STREAM % BLOCK == 0
    bridge = Bridge.of(book_of([one("share")]), random_paths(2, STREAM + 200, 4), seed=3)
    whole = np.concatenate([bridge.of_rows(slice(0, STREAM), 4), bridge.of_rows(slice(STREAM, STREAM + 200), 4)])
    for rows in (slice(BLOCK, STREAM), slice(17, 60), slice(STREAM + 100, STREAM + 200)):
        np.testing.assert_array_equal(bridge.of_rows(rows, 4), whole[rows])
    assert np.abs(whole[:, -1]).max() < 1e-9 * np.abs(whole).max()


def test_simulated_weeks_made_again_are_those_that_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same book on the same paths, kept or not: more than one block of the generator and of the book."""
    options, plan = Options(paths=5_300, months=3, seed=6), named_plan("fast-qt", SNAPSHOT.as_of)
    kept = simulate_to_follow(plan, options, SNAPSHOT).factors
    monkeypatch.setattr(plans, "MOST_KEPT", 0)
    again = simulate_to_follow(plan, options, SNAPSHOT)
    assert kept.paths is not None
    assert again.factors.paths is None
    assert len(again.balance.scarcity) == 5_300  # path by path, as the report wants it
    book = book_of(ROWS, cash=-15_000.0)
    told: list[tuple[int, int]] = []
    second = revalue(book, again.factors, seed=6, progress=lambda done, total: told.append((done, total)))
    same(revalue(book, kept, seed=6), second)
    assert told == sorted(told)
    assert told[-1] == (5_300, 5_300)


def test_two_channels_change_no_gain() -> None:
    """Ordinary noise stays apart, because the drift that it adds to a mean is taken off."""
    plan = named_plan("fast-qt", SNAPSHOT.as_of)
    factors = simulate(plan, Options(paths=400, months=6), SNAPSHOT, keep_paths=False).factors
    merged = two_channels(factors)
    np.testing.assert_allclose(merged.by_channel.sum(axis=1), factors.moves, atol=1e-6)
    book = book_of(ROWS)
    first, second = (revalue(book, found, seed=1) for found in (factors, merged))
    np.testing.assert_allclose(second.total, first.total, rtol=1e-9)
    assert merged.by_channel.nbytes < factors.by_channel.nbytes / 5


def test_a_book_whose_layers_are_off_has_no_bridge() -> None:
    """Kept or made again, without specific risk the way is that of the factors alone."""
    kept = generate(named_plan("hold", SNAPSHOT.as_of), SNAPSHOT, paths=200, weeks=8).factors
    assert kept.paths is not None
    again = replace(kept, paths=None, weeks=handed(kept.paths, pieces_of(200, 50)).weeks)
    book = book_of([one("share")])
    first, second = (revalue(book, factors, layers=()).path_value for factors in (kept, again))
    np.testing.assert_array_equal(first, second)
    noisy = revalue(book, again, layers=(RESIDUAL,)).path_value
    assert first is not None
    assert noisy is not None
    assert np.abs(noisy - first).max() > 1.0
