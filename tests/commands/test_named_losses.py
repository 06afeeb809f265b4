"""Losses in named scenarios: income stands apart from price, and an official path is taken at its worst quarter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.holdings import example_names
from stresstest.market import load_snapshot
from stresstest.records import Book
from stresstest.scenarios import choose, named_paths
from stresstest.stress import revalue
from stresstest.study.books import make_book, read_holdings
from stresstest.study.losses import at_worst_points, path_losses, scenario_losses

SOFR = 0.0365


def book(name: str) -> Book:
    return make_book(read_holdings(f"example:{name}", load_snapshot()), load_snapshot())


def test_income_is_told_apart_from_price() -> None:
    held, chosen = book("income_ladder"), choose(["qt-hikes-inflation", "dash-for-cash"])
    with_income = revalue(held, named_paths(chosen, sofr=SOFR), layers=())
    losses = {loss.name: loss for loss in scenario_losses(held, chosen, with_income, None, 0, SOFR)}
    for k, scenario in enumerate(chosen):
        loss = losses[scenario.name]
        assert loss.income < 0  # a ladder of bonds earns
        assert loss.loss_fraction - loss.income == pytest.approx(-with_income.price[k].sum() / held.value)
        assert loss.attribution.carry == pytest.approx(-loss.income * held.value)
        assert loss.band.low < loss.loss_fraction < loss.band.high
    # a year earns twelve times what a month does, give or take what rates do to floating income
    assert losses["qt-hikes-inflation"].income < 8 * losses["dash-for-cash"].income


def test_without_a_rate_there_is_no_income() -> None:
    held, chosen = book("balanced"), choose(["coupon-surge"])
    (loss,) = scenario_losses(held, chosen, revalue(held, named_paths(chosen), layers=()), None, 0)
    assert loss.income == 0.0
    assert loss.plausibility is not None
    assert loss.plausibility_calm is not None
    assert loss.plausibility_calm < loss.plausibility


@pytest.mark.parametrize("name", ["boe-2025", "eba-2025-adverse"])
def test_an_official_path_is_taken_at_the_worst_point_of_the_book(name: str) -> None:
    chosen = choose([name])
    for held in (book("balanced"), book("income_ladder")):
        (worst,) = at_worst_points(held, chosen, SOFR)
        losses = path_losses(held, chosen[0], SOFR)
        got = revalue(held, named_paths((worst,), sofr=SOFR), layers=()).total[0]
        assert -got / held.value == pytest.approx(max(losses.values()))
        assert worst.title.endswith(f"at {max(losses, key=losses.__getitem__)}")


def test_other_scenarios_are_left_as_they_are() -> None:
    chosen = choose(["coupon-surge", "covid-2020"])
    assert at_worst_points(book("balanced"), chosen) == chosen
    assert path_losses(book("balanced"), chosen[0]) == {}


@pytest.mark.parametrize("name", example_names())
def test_supervisory_tables_run_on_every_shipped_portfolio(shared_data: Path, name: str) -> None:
    """2024 and 2025, severely adverse: every quarter has a finite loss, and shares lose what the table says."""
    held, snapshot = book(name), load_snapshot()
    files = [str(shared_data / "dfast" / f"{year}_severely_adverse_domestic.csv") for year in (2024, 2025)]
    for scenario in at_worst_points(held, choose(files, snapshot), snapshot["sofr"]):
        losses = path_losses(held, scenario, snapshot["sofr"])
        assert len(losses) == 13
        assert np.isfinite(list(losses.values())).all()
        (loss,) = scenario_losses(
            held, (scenario,), revalue(held, named_paths((scenario,), sofr=snapshot["sofr"]), layers=()), None, 0,
            snapshot["sofr"],
        )  # fmt: skip
        assert loss.loss_fraction == pytest.approx(max(losses.values()))
        assert loss.path == losses
        assert not loss.episode
