"""Regimes and leaders of the noise: covariances as tabled, one link turned, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.errors import DataError
from stresstest.tables import TENORS, factor_index, factor_names, read_table
from stresstest.transmission.moments import LEADERS, load_moments, make_moments

INDEX = factor_index()
MOMENTS = load_moments()


@pytest.mark.parametrize(("regime", "table"), [(0, "moments_calm.csv"), (1, "moments_stress.csv")])
def test_roots_give_back_the_tables(regime: int, table: str) -> None:
    weekly = MOMENTS.covariance("flight", regime)
    for row in read_table("stresstest.transmission", table):
        for other, cell in row.items():
            if other in INDEX:
                scale = np.sqrt(weekly[INDEX[row["factor"]], INDEX[row["factor"]]] * weekly[INDEX[other], INDEX[other]])
                assert weekly[INDEX[row["factor"]], INDEX[other]] == pytest.approx(float(cell), abs=1e-5 * scale)


def test_turning_the_link_keeps_what_does_not_pass_through_it() -> None:
    """Covariance among rates, and the answer of each factor to shares at given rates, found by regression."""
    rows = [INDEX[name] for name in TENORS]
    for regime in (0, 1):
        flight, rates = (MOMENTS.covariance(leader, regime) for leader in ("flight", "rates"))
        np.testing.assert_allclose(flight[np.ix_(rows, rows)], rates[np.ix_(rows, rows)], rtol=1e-4, atol=1e-12)
        partial = [given_rates(weekly, rows) for weekly in (flight, rates)]
        others = [i for i in range(len(INDEX)) if i not in rows and flight[i, i] > 0]
        np.testing.assert_allclose(partial[0][others], partial[1][others], rtol=0.05, atol=0.02)


def given_rates(weekly: np.ndarray, rows: list[int]) -> np.ndarray:
    """(F,) slope of every factor on shares, the rates held fixed."""
    within = weekly[np.ix_(rows, rows)]
    within = within + 0.01 * np.diag(np.diag(within))
    left = weekly - weekly[:, rows] @ np.linalg.solve(within, weekly[rows])
    return np.asarray(left[:, INDEX["equity_us"]] / left[INDEX["equity_us"], INDEX["equity_us"]])


def test_turbulence_begins_with_a_fall_and_the_leader_decides_where_yields_go() -> None:
    entry = {leader: MOMENTS.entry[i] for i, leader in enumerate(LEADERS)}
    for leader in LEADERS:
        assert entry[leader][INDEX["equity_us"]] == pytest.approx(entry["flight"][INDEX["equity_us"]], rel=0.02)
        assert entry[leader][INDEX["vix"]] > 0
    assert entry["flight"][INDEX["ust_10y"]] < 0 < entry["rates"][INDEX["ust_10y"]]
    assert entry["doubt"][INDEX["usd_broad"]] < 0


def test_factors_without_a_history_follow_their_proxy() -> None:
    for row in read_table("stresstest.transmission", "proxies.csv"):
        weekly = MOMENTS.covariance("flight", 0)
        i, j = INDEX[row["factor"]], INDEX[row["on"]]
        assert weekly[i, j] / weekly[j, j] == pytest.approx(float(row["beta"]), rel=1e-3)


def test_a_matrix_that_is_no_covariance_is_refused() -> None:
    wrong = -np.eye(len(factor_names()))
    with pytest.raises(DataError, match="covariance"):
        make_moments(wrong, wrong, np.zeros(len(factor_names())))
