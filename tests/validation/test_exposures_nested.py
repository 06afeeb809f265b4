"""The nested choice of settings: it takes what was best, only from what had ended, and the plain row before that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.exposures.priors import settings
from stresstest.tables import Z_95
from stresstest.validation import exposures_walk
from stresstest.validation.exposures_nested import FOLLOWED, Tried, candidates, choose, mean_errors, tried_settings
from stresstest.validation.exposures_walk import walk

ASSETS = 400


def an_episode(best: int, sd: np.ndarray, seed: int = 0) -> Tried:
    """Errors are normal with the deviations of the last way to follow VIX under candidate ``best``, three times
    as large under all others. sd: (P,)."""
    rng = np.random.default_rng(seed)
    error = sd[-1] * rng.standard_normal(ASSETS)
    log_mean = 0.05 * rng.standard_normal((len(candidates()), ASSETS))
    realised = np.expm1(log_mean[best] + error)
    others = [i for i in range(len(log_mean)) if i != best]
    log_mean[others] = np.log1p(realised) - 3.0 * error
    group = np.where(np.arange(ASSETS) % 2, "funds", "single stocks")
    return Tried(
        pd.Timestamp("2020-01-01"), pd.Timestamp("2020-02-01"), log_mean, np.repeat(sd[:, None], ASSETS, axis=1),
        realised, group,
    )  # fmt: skip


def test_every_candidate_names_settings_and_one_of_them_ships() -> None:
    rows = [tried_settings(row) for row in candidates() if row["choosable"] == "yes"]
    assert all(set(row) <= set(settings()) for row in rows)
    assert sum(all(settings()[k] == v for k, v in row.items()) for row in rows) == 1
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_what_is_only_compared_is_never_chosen() -> None:
    """Betas by regime would need a second table: the best candidate by far, and still another one is taken."""
    closed = [i for i, row in enumerate(candidates()) if row["choosable"] == "no"]
    assert closed
    one = an_episode(closed[0], np.array([0.05, 0.05, 0.05]))
    assert all(int(np.argmin(errors)) == closed[0] for errors in mean_errors([one]).values())
    assert choose([one]).candidate not in closed


def test_before_any_episode_the_plain_row_is_taken() -> None:
    choice = choose([])
    assert candidates()[choice.candidate]["name"] == "plain"
    assert (FOLLOWED[choice.followed], choice.quantile) == (0.0, Z_95)


@pytest.mark.parametrize("best", [0, 3])
def test_the_candidate_with_the_least_error_and_even_bands_are_chosen(best: int) -> None:
    """Calm and wild episodes: only the deviations that follow VIX cover both; normal errors then give 1.645."""
    calm, wild = an_episode(best, np.array([0.05, 0.03, 0.02])), an_episode(best, np.array([0.05, 0.07, 0.1]), 1)
    choice = choose([calm, wild])
    assert choice.candidate == best
    assert FOLLOWED[choice.followed] == 1.0
    assert choice.quantile == pytest.approx(Z_95, abs=0.15)


def test_assets_without_a_group_or_a_return_have_no_say() -> None:
    one = an_episode(2, np.array([0.05, 0.05, 0.05]))
    noise = 1e3 * np.random.default_rng(5).standard_normal((len(candidates()), 100))
    outside = replace(
        one,
        log_mean=np.hstack([one.log_mean, -np.abs(noise)]),
        sd=np.pad(one.sd, ((0, 0), (0, 100)), constant_values=1.0),
        realised=np.append(one.realised, np.r_[np.zeros(50), np.full(50, np.nan)]),
        group=np.append(one.group, np.r_[np.full(50, ""), np.full(50, "funds")]),
    )
    assert choose([one]) == choose([outside])


def every_sixth(groups: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Some assets of each group: who hears of whom does not depend on how many there are."""
    return lambda *given: dict(list(groups(*given).items())[::6])


def test_an_episode_hears_only_of_those_that_ended_before(shared_data: Path) -> None:
    """The second begins before the first has ended, so both take the plain row; the last choice hears of both."""
    episodes = [
        {"name": "one", "start": "2023-03-08", "end": "2023-03-13"},
        {"name": "other", "start": "2023-03-10", "end": "2023-03-14"},
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exposures_walk, "read_table", lambda package, name: episodes)
        patch.setattr(exposures_walk, "PORTFOLIOS", 20)
        patch.setattr(exposures_walk, "_groups", every_sixth(exposures_walk._groups))
        found = walk(shared_data)
    assert found.choices["one"] == found.choices["other"] == choose([])
    assert found.last != choose([])
    shares = found.pairs[found.pairs["group"] == "single stocks"]
    assert not np.allclose(shares["nested"], shares["predicted"])
    assert (shares["nested_p05"] < shares["nested"]).all()
