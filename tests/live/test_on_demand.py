"""Prices and fund data on demand: what an unknown symbol gets, from a server on this machine, and without a network."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sources_server import TODAY, LocalSources, json_answer, limit, serving, wait_like_a_test
from typer.testing import CliRunner

from stresstest.cli import app
from stresstest.commands.fetch import fetch_missing
from stresstest.errors import InputError
from stresstest.instruments.leveraged import LeveragedFund
from stresstest.live.update import Line, fetch_symbols, update
from stresstest.market import load_snapshot
from stresstest.market.cache import cached_funds, cached_prices, current_edition, manifest
from stresstest.market.vintages import read_all
from stresstest.records import Portfolio, Position
from stresstest.study.books import make_book, read_holdings
from stresstest.tables import factor_index

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
DAYS = 400
HOLDINGS = "symbol,quantity,price,asset_class\nXMIX,10,,fund_mixed\nXFOF,10,50,fund_mixed\nX3Q,10,,fund_equity\n"


def sources_here() -> LocalSources:
    """Sources with three funds that no table knows: one of a 3x series, one with sectors, one that holds funds."""
    moves = np.random.default_rng(3).normal(0.0004, 0.012, DAYS)
    here = LocalSources()
    here.closes["QQQ"] = (500.0 * np.cumprod(1.0 + moves)).tolist()
    here.closes["X3Q"] = (40.0 * np.cumprod(1.0 + 3.0 * moves - 0.0002)).tolist()[-80:]
    here.funds["XMIX"] = {
        "category": "Moderate Allocation", "stockPosition": 0.4, "bondPosition": 0.6,
        "sectorWeightings": [{"technology": 0.7}, {"energy": 0.3}],
    }  # fmt: skip
    rows = [("VTI", 0.55), ("BND", 0.4), ("ODD ONE", 0.05)]
    here.funds["XFOF"] = {"holdings": [{"symbol": s, "holdingName": s, "holdingPercent": w} for s, w in rows]}
    return here


@contextmanager
def connected(folder: Path) -> Iterator[LocalSources]:
    """Sources on the loopback, the cache in ``folder``, and waits that a test can afford."""
    with pytest.MonkeyPatch.context() as patch, serving(sources_here()) as here:
        patch.setenv("STRESSTEST_CACHE", str(folder))
        patch.setenv("STRESSTEST_LOOPBACK_PORT", str(here.port))
        wait_like_a_test(patch)
        yield here


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalSources]:
    """An empty cache."""
    with connected(tmp_path / "cache") as here:
        yield here


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two caches: with the standard series and VTI alone, and after the symbols of the file have been fetched."""
    root = tmp_path_factory.mktemp("stored")
    (root / "mine.csv").write_text(HOLDINGS, encoding="utf-8")
    with connected(root / "all"):
        update({"VTI": "VTI"})
        shutil.copytree(root / "all", root / "standard")
        assert fetch_missing([str(root / "mine.csv")]) == ("Fetched into the cache: X3Q, XFOF, XMIX.",)
    return root / "standard", root / "all"


@pytest.fixture
def standard(stored: tuple[Path, Path], tmp_path: Path) -> Iterator[LocalSources]:
    """A cache that has been updated, without the symbols of the file."""
    shutil.copytree(stored[0], tmp_path / "cache")
    with connected(tmp_path / "cache") as here:
        yield here


@pytest.fixture
def filled(stored: tuple[Path, Path], tmp_path: Path) -> Iterator[LocalSources]:
    """A cache that has the symbols of the file."""
    shutil.copytree(stored[1], tmp_path / "cache")
    with connected(tmp_path / "cache") as here:
        yield here


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(HOLDINGS, encoding="utf-8")
    return path


def by_symbol(portfolio: Portfolio) -> dict[str, Position]:
    return {position.symbol: position for position in portfolio.positions}


def line(lines: tuple[Line, ...], column: str) -> Line:
    return next(found for found in lines if found.column == column)


def test_a_file_without_any_price_is_fetched_once_and_then_modelled(filled: LocalSources, file: Path) -> None:
    assert fetch_missing([str(file)])[0].startswith("Nothing to fetch")
    assert not filled.asked
    portfolio = read_holdings(file, load_snapshot())
    found = by_symbol(portfolio)
    assert found["X3Q"].price == pytest.approx(filled.closes["X3Q"][-2], rel=0.2)
    assert all(any(w.row == p.row and "table" in w.found for w in portfolio.warnings) for p in found.values())


def test_a_leveraged_fund_is_told_from_sixty_days_of_prices(filled: LocalSources, file: Path) -> None:
    portfolio = read_holdings(file, load_snapshot())
    found = by_symbol(portfolio)["X3Q"]
    assert (found.proxy, found.tags["leverage"]) == ("QQQ", "3")
    book = make_book(portfolio, load_snapshot())
    fund = next(h for h in book.holdings if h.position.symbol == "X3Q")
    assert fund.exposure.source == "proxy QQQ times 3"
    assert isinstance(fund.instrument, LeveragedFund)  # resets every day, with the decay that this costs
    assert fund.instrument.leverage == 3.0


def test_fund_data_replace_the_bare_class(filled: LocalSources, file: Path) -> None:
    book = make_book(read_holdings(file, load_snapshot()), load_snapshot())
    exposures = {h.position.symbol: h.exposure for h in book.holdings}
    mixed, index = exposures["XMIX"], factor_index()
    assert "sector weights" in mixed.source
    assert mixed.beta[index["equity_us"]] == pytest.approx(0.4, abs=0.02)
    assert mixed.beta[index["sector_technology"]] == pytest.approx(0.4 * 0.7)
    assert mixed.beta[index["sector_utilities"]] == 0.0
    assert "55% VTI, 40% BND" in exposures["XFOF"].source
    known = make_book(_of("VTI", "BND"), load_snapshot())
    vti, bnd = (h.exposure.beta for h in known.holdings)
    rest = exposures["XFOF"].beta - 0.55 * vti - 0.4 * bnd
    assert abs(rest[index["equity_us"]]) <= 0.05  # a twentieth of a mixed fund


def _of(*symbols: str) -> Portfolio:
    rows = [Position(i, s, "", "fund_equity", "USD", 1.0, 1.0, 1.0) for i, s in enumerate(symbols)]
    return Portfolio("known", tuple(rows), {}, 0.0)


def test_fund_data_are_kept_with_their_day_and_not_seen_before_it(filled: LocalSources) -> None:
    fund = cached_funds()["XMIX"]
    assert (fund.stocks, fund.sectors) == (0.4, {"technology": 0.7, "energy": 0.3})
    assert fund.date - TODAY <= timedelta(days=1)
    assert not cached_funds(fund.date - timedelta(days=1))


def test_hostile_fund_data_are_left_out(standard: LocalSources) -> None:
    standard.funds["XBAD"] = {
        "stockPosition": 1e9, "bondPosition": "NaN", "sectorWeightings": [{"technology": 0.9}, {"energy": 0.9}],
        "holdings": [{"symbol": "=cmd|calc", "holdingName": "", "holdingPercent": 0.9}],
    }  # fmt: skip
    fetch_symbols({"XBAD": "XBAD"})
    fund = cached_funds()["XBAD"]
    assert (fund.stocks, fund.bonds, dict(fund.sectors), dict(fund.holdings)) == (None, None, {}, {})


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(403, b"", "truncated or changed"), (404, b"{}", "no such symbol"), (200, b'{"chart": {"resu', "truncated")],
)
def test_a_fault_of_one_symbol_is_said_and_the_command_goes_on(
    standard: LocalSources, file: Path, status: int, body: bytes, said: str
) -> None:
    standard.fail("chart/XMIX", lambda: (status, "application/json", body, {}))
    told = fetch_missing([str(file)])
    assert told[0] == "Fetched into the cache: X3Q, XFOF."
    assert told[1].startswith("Not fetched, XMIX: ")
    assert said in told[1]
    reasons = {p.symbol: p.reason for p in read_holdings(file, load_snapshot()).positions}
    assert reasons["XMIX"]
    assert not reasons["XFOF"]


def test_a_limit_is_waited_out(standard: LocalSources, file: Path) -> None:
    standard.fail("chart/X3Q", limit, times=2)
    assert fetch_missing([str(file)]) == ("Fetched into the cache: X3Q, XFOF, XMIX.",)


def test_symbols_of_one_fetch_leave_all_else_of_the_edition_as_it_was(standard: LocalSources, file: Path) -> None:
    before = current_edition()
    assert before is not None
    old = json.loads((before / "manifest.json").read_text(encoding="utf-8"))
    kept = read_all(before / "vintages")
    fetch_missing([str(file)])
    after = current_edition()
    assert after is not None
    assert after != before
    new = json.loads((after / "manifest.json").read_text(encoding="utf-8"))
    assert kept.items() <= read_all(after / "vintages").items()
    assert {"VTI", "X3Q"} <= set(cached_prices())
    assert len(new["series"]) == len(old["series"]) + 3


def written_options(folder: Path) -> Path:
    """Options on a share that is not held, one that is priced in its row, one on a share beside it, one on an index."""
    rows = [
        "C1,option,1,4,QQQ,100,call,", "C2,option,1,4,MSFT,100,call,101", "C3,option,1,4,AAPL,100,call,",
        "AAPL,equity,10,90,,,,", "C4,option,1,4,SPX,5000,call,"
    ]  # fmt: skip
    header = "symbol,asset_class,quantity,price,underlying,strike,put_call,tag_underlying_price,expiry,multiplier"
    expiry = TODAY + timedelta(days=300)
    path = folder / "options.csv"
    path.write_text("\n".join([header, *(f"{row},{expiry},100" for row in rows)]) + "\n", encoding="utf-8")
    return path


def test_the_underlying_of_an_option_is_fetched_and_prices_it(standard: LocalSources, tmp_path: Path) -> None:
    file = written_options(tmp_path)
    before = make_book(read_holdings(file, load_snapshot()), load_snapshot())
    assert "no price of the underlying QQQ" in {p.symbol: why for p, why in before.not_modelled}["C1"]
    assert fetch_missing([str(file)]) == ("Fetched into the cache: QQQ.",)
    assert not any("MSFT" in asked or "SPX" in asked or "AAPL" in asked for asked in standard.asked)
    portfolio = read_holdings(file, load_snapshot())
    book = make_book(portfolio, load_snapshot())
    spot = next(h for h in book.holdings if h.position.symbol == "C1").analytics["underlying_price"]
    assert spot == pytest.approx(cached_prices()["QQQ"].price)
    (warning,) = [w for w in portfolio.warnings if w.column == "tag_underlying_price"]
    assert (warning.row, warning.found) == (2, "no price of QQQ")
    assert fetch_missing([str(file)])[0].startswith("Nothing to fetch")


def test_without_a_network_the_command_answers_from_what_it_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path
) -> None:
    monkeypatch.setenv("STRESSTEST_CACHE", str(tmp_path / "cache"))
    wait_like_a_test(monkeypatch)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        monkeypatch.setenv("STRESSTEST_LOOPBACK_PORT", str(taken.getsockname()[1]))
        told = fetch_missing([str(file)])
    assert len(told) == 1
    assert told[0].startswith("Nothing was fetched (no source could be read")
    assert "goes on" in told[0]
    positions = by_symbol(read_holdings(file, load_snapshot()))
    assert not positions["XFOF"].reason


def test_the_option_is_off_by_default_and_not_for_a_folder(standard: LocalSources, file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--fetch"):
        fetch_missing([str(file)], data=tmp_path)
    run = ["check", str(file), "--json"]
    quiet = CliRunner().invoke(app, run)
    assert not standard.asked
    assert json.loads(quiet.stdout)["positions"][0]["modelled"] is False
    loud = CliRunner().invoke(app, [*run, "--fetch"])
    assert "fetch: Fetched into the cache: X3Q, XFOF, XMIX." in loud.stderr
    rows = {row["symbol"]: row for row in json.loads(loud.stdout)["positions"]}
    assert rows["X3Q"]["exposure"] == "proxy QQQ times 3"
    assert rows["XMIX"]["modelled"] is True


# ------------------------------------------------------------------------------------------ contracts on arrival


def test_another_frequency_is_refused(local: LocalSources) -> None:
    days = [TODAY - timedelta(days=90 * i) for i in range(12)]
    rows = "".join(f"{day},4.1\n" for day in sorted(days))
    local.fail("id=UNRATE", lambda: (200, "text/csv", f"observation_date,UNRATE\n{rows}".encode(), {}))
    found = line(update(only=["fred"]).lines, "UNRATE")
    assert found.state == "missing"
    assert "90 days apart, where one a month is declared" in found.detail


def test_with_a_key_the_description_is_checked(local: LocalSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", "a" * 32)
    right = {"frequency_short": "W", "units": "Millions of U.S. Dollars"}
    faults = {"WALCL": {"units": "Billions of Dollars"}, "TREAST": {"frequency_short": "M"}, "WORAL": {"id": "WALNUT"}}
    for series, wrong in faults.items():
        about = json_answer({"seriess": [{"id": series, **right, **wrong}]})
        local.fail(rf"fred/series\?series_id={series}&", lambda about=about: about)  # type: ignore[misc]
    done = update(only=["fred"]).lines
    assert "units 'Billions of Dollars', where million is declared" in line(done, "WALCL").detail
    assert "frequency 'M', where one a week is declared" in line(done, "TREAST").detail
    assert "a description of 'WALNUT' instead of WORAL" in line(done, "WORAL").detail
    assert line(done, "WRESBAL").state == "fresh"


def test_a_past_day_says_that_its_values_were_fetched_later(filled: LocalSources) -> None:
    edition = current_edition()
    assert edition is not None
    past = load_snapshot(as_of=TODAY - timedelta(days=60))
    mark = f"as revised, first seen {manifest(edition)['fetched_on']}"
    assert mark in past.quotes["reserves"].source
    assert mark in past.quotes["cpi_yoy"].source
    assert "revised" not in past.quotes["sofr"].source  # a rate is not revised
    assert any(mark in problem.found for problem in past.warnings)
    assert not load_snapshot().warnings
    assert not any("revised" in quote.source for quote in load_snapshot().quotes.values())
