from __future__ import annotations

import pytest

from stresstest.errors import InputError
from stresstest.holdings import example_names, example_path, load_portfolio
from stresstest.holdings.terms import asset_classes

NAMES = ("balanced", "crypto_heavy", "growth_on_margin", "income_ladder", "sixty_forty", "taiwan")


def test_the_shipped_portfolios_are_found_by_name() -> None:
    assert example_names() == NAMES
    assert example_path("example:balanced") == example_path("balanced")
    with pytest.raises(InputError, match="example:sixty_forty"):
        example_path("example:sixty-forty")
    with pytest.raises(InputError):
        example_path("../balanced")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_plausible_household_that_is_wholly_understood(name: str, snapshot) -> None:
    portfolio = load_portfolio(example_path(name), snapshot)
    assert 100_000 < portfolio.value < 600_000
    assert all(position.reason == "" for position in portfolio.positions)
    assert not portfolio.skipped
    assert {warning.column for warning in portfolio.warnings} <= {"price"}  # money-like things taken at one
    text = example_path(name).read_text(encoding="utf-8")
    assert text.startswith("#")
    assert "belongs to nobody" in text


def test_together_they_span_the_asset_classes(snapshot) -> None:
    portfolios = [load_portfolio(example_path(name), snapshot) for name in NAMES]
    held = {position.asset_class for portfolio in portfolios for position in portfolio.positions}
    assert held == set(asset_classes()) - {"cash", "other"}
    assert {currency for portfolio in portfolios for currency in portfolio.cash} == {"USD", "EUR", "TWD"}


def test_the_margin_loan_and_the_short_are_negative(snapshot) -> None:
    portfolio = load_portfolio(example_path("growth_on_margin"), snapshot)
    assert portfolio.cash_usd < 0
    assert any(position.quantity < 0 and position.market_value < 0 for position in portfolio.positions)
    assert any(position.tags.get("leverage") == "3" for position in portfolio.positions)
