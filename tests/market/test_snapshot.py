"""Starting levels: the embedded ones close the identity, a folder gives its own, nothing is later than asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stresstest.errors import DataError
from stresstest.market import load_snapshot
from stresstest.market.prices import last_prices
from stresstest.market.snapshot import stale_quotes
from stresstest.records import ASSETS, LIABILITIES, MarketSnapshot


def gap(snapshot: MarketSnapshot) -> float:
    return sum(snapshot[name] for name in ASSETS) - sum(snapshot[name] for name in LIABILITIES)


def test_the_embedded_levels_close_the_identity() -> None:
    snapshot = load_snapshot()
    assert gap(snapshot) == pytest.approx(0, abs=1e-9)
    assert snapshot.as_of == date(2026, 7, 29)
    assert 2300 < snapshot["currency"] < 2550, "currency in circulation, the residual, is near its trend"


def test_every_level_has_a_date_a_source_and_a_status() -> None:
    for quote in load_snapshot().quotes.values():
        assert quote.source
        assert quote.status in {"V-data", "V-src", "V-2nd", "MEM", "JUDG", "derived"}
        assert quote.date <= date(2026, 7, 29)


def test_an_earlier_date_needs_a_folder() -> None:
    with pytest.raises(DataError, match="--data"):
        load_snapshot(as_of=date(2022, 6, 1))


def test_every_missing_file_of_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_snapshot(tmp_path)
    files = {Path(problem.file).name for problem in caught.value.problems}
    assert files >= {"fed_h41_weekly.csv", "treasury_cmt_daily.csv", "fx_h10_daily.csv"}


def test_old_levels_are_reported() -> None:
    from dataclasses import replace

    snapshot = load_snapshot()
    assert not stale_quotes(snapshot)
    old = replace(snapshot.quotes["gdp"], date=date(2025, 1, 1))
    assert [q.name for q in stale_quotes(replace(snapshot, quotes={**snapshot.quotes, "gdp": old}))] == ["gdp"]


@pytest.mark.parametrize(
    ("day", "reserves", "total"),
    [(date(2019, 9, 18), 1385.4, 3845), (date(2022, 6, 1), 3357.4, 8915), (date(2025, 10, 29), 2827.9, 6587)],
)
def test_a_folder_gives_the_levels_of_its_date(shared_data: Path, day: date, reserves: float, total: float) -> None:
    """Wednesday levels of the H.4.1, as the other items of the identity (week averages are 9 to 35 away)."""
    snapshot = load_snapshot(shared_data, day)
    assert snapshot["reserves"] == pytest.approx(reserves, abs=1)
    assert snapshot["total_assets"] == pytest.approx(total, abs=1.5)
    assert gap(snapshot) == pytest.approx(0, abs=1e-9)
    assert all(q.date <= day or q.status in ("MEM", "JUDG") for q in snapshot.quotes.values() if q.status != "derived")


def test_last_prices_stop_at_the_date(shared_data: Path) -> None:
    late, early = last_prices(shared_data), last_prices(shared_data, date(2020, 3, 23))
    assert early["SPY"] < 0.5 * late["SPY"]
    assert "IBIT" in late
    assert "IBIT" not in early
    assert early["BTC"] == pytest.approx(6400, rel=0.1)


def test_no_prices_in_an_empty_folder(tmp_path: Path) -> None:
    assert last_prices(tmp_path) == {}
