"""Named scenarios take time: what ages in them, what it costs, and what no long position can lose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.records import Book
from stresstest.scenarios import choose, named_paths
from stresstest.stress import revalue
from stresstest.study.books import make_book, read_holdings

SNAPSHOT = load_snapshot()
LIBRARY = choose(())


def book(text: str, folder: Path) -> Book:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return make_book(read_holdings(path, SNAPSHOT), SNAPSHOT)


@pytest.mark.parametrize("name", ["growth_on_margin", "balanced"])
def test_no_long_position_loses_more_than_it_is_worth(name: str) -> None:
    held = make_book(read_holdings(f"example:{name}", SNAPSHOT), SNAPSHOT)
    assert any(holding.position.asset_class == "option" for holding in held.holdings)
    pnl = revalue(held, named_paths(LIBRARY, sofr=SNAPSHOT["sofr"]), layers=()).pnl
    long = held.values > 0
    assert (pnl[:, long] >= -held.values[long] - 1e-6).all()


def test_a_threefold_fund_through_2022_comes_near_its_record(tmp_path: Path) -> None:
    text = "symbol,quantity,price,asset_class,tag_leverage\nTQQQ,100,100,fund_equity,3\nQQQ,100,100,fund_equity,\n"
    held = book(text, tmp_path)
    chosen = choose(["inflation-2022"])
    threefold, plain = revalue(held, named_paths(chosen, sofr=SNAPSHOT["sofr"]), layers=()).pnl[0] / held.values
    without_reset = (1.0 + plain) ** 3 - 1.0
    assert threefold == pytest.approx(-0.79, abs=0.07)  # TQQQ in 2022, validation/records_3x.csv
    assert threefold < without_reset


def test_shares_earn_a_bill_in_stories_and_nothing_beside_the_record_in_episodes(tmp_path: Path) -> None:
    held = book("symbol,quantity,price,asset_class\nVTI,10,300,fund_equity\n", tmp_path)
    chosen = choose(["fast-qt", "inflation-2022"])
    carry = revalue(held, named_paths(chosen, sofr=SNAPSHOT["sofr"]), layers=()).carry[:, 0] / held.value
    years = chosen[0].months / 12
    assert carry[0] == pytest.approx(SNAPSHOT["ust_3m"] * years, rel=0.05)
    assert carry[1] == 0.0


def test_margin_of_a_short_put_follows_its_premium_and_not_a_multiple_of_it(tmp_path: Path) -> None:
    from stresstest.scenarios import generate
    from stresstest.study.plans import baseline_plan

    text = (
        "symbol,quantity,price,asset_class,strike,expiry,put_call,underlying,multiplier,tag_underlying_price\n"
        "SPY,100,740,fund_equity,,,,,,\nSPY P650,-1,1.5,option,650,2027-01-15,put,SPY,100,740\nCASH,20000,,,,,,,,\n"
    )
    factors = generate(baseline_plan(SNAPSHOT), SNAPSHOT, weeks=26, paths=500, seed=1).factors
    result = revalue(book(text, tmp_path), factors)
    assert result.margin_call is not None
    assert np.mean(result.margin_call) < 0.01
