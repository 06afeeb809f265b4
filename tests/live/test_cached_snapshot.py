"""What a study sees of the cache: newer levels, past levels without revisions, and the way back to the embedded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sources_server import TODAY, LocalSources, serving, wait_like_a_test

from stresstest.live.update import update
from stresstest.market import load_snapshot
from stresstest.market.cache import cached_folder, current_edition
from stresstest.market.vintages import read_all
from stresstest.study.books import read_holdings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
HOLDINGS = "symbol,quantity,price,asset_class\nVTI,10,,fund_equity\nAGGY,5,,fund_bond\nCASH,100,,\n"


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalSources]:
    """A cache that has been filled once from sources on the loopback."""
    monkeypatch.setenv("STRESSTEST_CACHE", str(tmp_path / "cache"))
    wait_like_a_test(monkeypatch)
    with serving(LocalSources()) as local:
        monkeypatch.setenv("STRESSTEST_LOOPBACK_PORT", str(local.port))
        update({"VTI": "VTI", "AGGY": "AGGY"})
        yield local


def test_the_cache_is_newer_than_the_embedded_levels_and_says_its_edition(filled: LocalSources) -> None:
    snapshot = load_snapshot()
    assert snapshot.origin == f"user cache, edition {current_edition().name}"  # type: ignore[union-attr]
    assert (TODAY - snapshot.as_of).days <= 8
    assert max(quote.date for quote in snapshot.quotes.values()) <= TODAY
    assert not snapshot.warnings


def test_a_revision_is_not_seen_before_it_was_made(filled: LocalSources) -> None:
    before = load_snapshot(as_of=TODAY - timedelta(days=1))
    filled.changes |= {"WRESBAL": 1.5, "WRBWFRBL": 1.5}
    update(only=["fred"])
    assert load_snapshot(as_of=TODAY - timedelta(days=1))["reserves"] == before["reserves"]
    assert load_snapshot()["reserves"] == pytest.approx(1.5 * before["reserves"])


def test_a_broken_cache_is_a_warning_and_the_embedded_levels_are_used(filled: LocalSources) -> None:
    (cached_folder() / "macro" / "fed_h41_weekly.csv").unlink()  # type: ignore[operator]
    snapshot = load_snapshot()
    assert snapshot.origin == "embedded"
    assert "stresstest update" in snapshot.warnings[0].hint


def test_holdings_without_prices_take_them_from_the_cache_and_say_so(filled: LocalSources, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(HOLDINGS, encoding="utf-8")
    portfolio = read_holdings(path, load_snapshot())
    by_symbol = {position.symbol: position for position in portfolio.positions}
    assert by_symbol["AGGY"].price == pytest.approx(100.0)
    assert by_symbol["AGGY"].terms.duration == pytest.approx(6.1)
    assert any("fund data" in problem.expected for problem in portfolio.warnings)
    assert any(problem.row == by_symbol["VTI"].row for problem in portfolio.warnings)


def test_vintages_hold_every_series_of_the_folder(filled: LocalSources) -> None:
    edition = current_edition()
    assert edition is not None
    for file, column in read_all(edition / "vintages"):
        header = (edition / "series" / file).read_text(encoding="utf-8").partition("\n")[0]
        assert column in header.split(",")
