"""Whose bond a row of a file is: the tag of the user wins, and a symbol tells it only where the name agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstest.holdings import load_portfolio
from stresstest.instruments.daycount import ACTUAL_ACTUAL
from stresstest.instruments.issuer import assumed_rating, convention_of, is_treasury
from stresstest.market import load_snapshot
from stresstest.records import Holding
from stresstest.study.books import make_book
from stresstest.tables import factor_index

SNAPSHOT = load_snapshot()
HEAD = "symbol,name,quantity,price,asset_class,coupon,maturity,rating,tag_sector\n"
TICKER = "T 4.25 11/15/34"


def held(folder: Path, symbol: str, name: str, sector: str = "", rating: str = "") -> Holding:
    path = folder / "bond.csv"
    path.write_text(f"{HEAD}{symbol},{name},10000,98,bond,4.25,2034-11-15,{rating},{sector}\n", encoding="utf-8")
    (found,) = make_book(load_portfolio(path, SNAPSHOT), SNAPSHOT).holdings
    return found


@pytest.mark.parametrize(
    ("symbol", "name", "sector", "treasury"),
    [
        (TICKER, "", "", True),
        (TICKER, TICKER, "", True),
        (TICKER, "Treasury", "", True),
        (TICKER, "US Treasury 4.25% 11/15/34", "", True),
        (TICKER, "T 4.25% 11/15/2034", "", True),
        (TICKER, "UST", "", True),
        (TICKER, "Treasury", "government", True),
        (TICKER, "AT&T Inc", "government", True),
        ("XS1", "Treasury", "government", True),
        (TICKER, "AT&T Inc", "", False),
        (TICKER, "Treasury Wine Estates", "", False),
        (TICKER, "", "corporate", False),
        (TICKER, "Treasury", "corporate", False),
        ("XS1", "Treasury", "", False),
    ],
)
def test_a_treasury_has_no_spread_and_its_own_day_count(
    tmp_path: Path, symbol: str, name: str, sector: str, treasury: bool
) -> None:
    bond = held(tmp_path, symbol, name, sector)
    assert is_treasury(bond.position) is treasury
    assert bool(bond.exposure.beta[factor_index()["ig_spread"]]) is not treasury
    assert (convention_of(bond.position).day_count == ACTUAL_ACTUAL) is treasury
    assert assumed_rating(bond.position) == bond.analytics.get("assumed_rating", "") == ("" if treasury else "BBB")
    assert bond.position.tags.get("sector", "") == (sector or ("treasury" if treasury else ""))


def test_a_known_rating_is_not_assumed(tmp_path: Path) -> None:
    assert "assumed_rating" not in held(tmp_path, "XS1", "Acme Corp", "corporate", "BBB").analytics
    assert held(tmp_path, "XS1", "Acme Corp", "corporate", "NR").analytics["assumed_rating"] == "BBB"
