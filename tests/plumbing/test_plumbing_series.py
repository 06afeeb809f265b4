"""Input checks of the weekly series: every fault is named with its remedy, and nothing later than the start counts."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import DataError
from stresstest.market import load_snapshot
from stresstest.market.snapshot_given import given_levels, weekly_levels
from stresstest.market.snapshot_soma import newest_list, read_list
from stresstest.plumbing import named_plan, project
from stresstest.plumbing.ladder import make_ladder
from stresstest.plumbing.project import week_dates

NEEDED = (
    "macro/fed_h41_weekly.csv", "macro/onrrp_srf_daily.csv", "macro/bank_assets_h8_knots.csv",
    "macro/macro_quarterly.csv", "macro/macro_monthly.csv", "macro/money_market_rates_daily.csv",
    "macro/soma_summary_weekly.csv", "yields/treasury_cmt_daily.csv", "yields/tips_breakeven_daily.csv",
    "credit/mortgage30us_weekly.csv", "equities/indices_daily.csv", "fx/fx_h10_daily.csv",
    "bonds/soma_holdings_2022-02-16.csv",
)  # fmt: skip
H41 = "macro/fed_h41_weekly.csv"
SOMA_HEADER = "security_type,maturity_date,par_value,inflation_compensation\n"


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    """A copy of the files that a start needs, to be spoilt."""
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(shared_data / name, tmp_path / name)
    return tmp_path


def spoil(path: Path, change: object) -> None:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    changed = change(rows)  # type: ignore[operator]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(changed)


def scaled(column: str, size: float) -> object:
    def change(rows: list[list[str]]) -> list[list[str]]:
        i = rows[0].index(column)
        for row in rows[1:]:
            row[i] = str(float(row[i]) * size) if row[i] else ""
        return rows

    return change


def without(column: str) -> object:
    def change(rows: list[list[str]]) -> list[list[str]]:
        i = rows[0].index(column)
        return [row[:i] + row[i + 1 :] for row in rows]

    return change


def blank(column: str, first: str, last: str) -> object:
    def change(rows: list[list[str]]) -> list[list[str]]:
        i = rows[0].index(column)
        for row in rows[1:]:
            if first <= row[0] <= last:
                row[i] = ""
        return rows

    return change


def swapped(rows: list[list[str]]) -> list[list[str]]:
    rows[-2], rows[-1] = rows[-1], rows[-2]
    return rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (scaled("WDTGAL", 0.001), ("WDTGAL", "Multiplied by 1000")),
        (scaled("TREAST", 1000), ("TREAST", "Multiplied by 0.001")),
        (without("WSHOMCB"), ("WSHOMCB", "no such column")),
        (blank("WLRRAL", "2023-01-01", "2023-06-30"), ("WLRRAL", "days without a value")),
        (swapped, ("increasing dates", "Sort the file")),
    ],
)
def test_faults_of_a_series_are_named_with_their_remedy(folder: Path, change: object, words: tuple[str, ...]) -> None:
    """A series in billions where millions are declared, a missing column, a gap, and dates out of order: exit 2."""
    spoil(folder / H41, change)
    with pytest.raises(DataError) as caught:
        load_snapshot(folder, date(2024, 6, 5))
    assert caught.value.exit_code == 2
    for word in words:
        assert word in str(caught.value)


def test_several_faults_are_reported_together(folder: Path) -> None:
    spoil(folder / H41, scaled("WDTGAL", 0.001))
    spoil(folder / "credit/mortgage30us_weekly.csv", scaled("MORTGAGE30US", 0.01))
    with pytest.raises(DataError) as caught:
        load_snapshot(folder, date(2024, 6, 5))
    assert {problem.column for problem in caught.value.problems} >= {"WDTGAL", "MORTGAGE30US"}


def test_dates_beyond_a_series_are_refused_with_its_range(shared_data: Path) -> None:
    with pytest.raises(DataError, match="or leave it to the model"):
        weekly_levels(shared_data, ("tga",), [date(2026, 7, 1), date(2027, 7, 1)])


def test_derived_levels_close_the_record(shared_data: Path) -> None:
    """Currency from the monetary base: 2,279 in June 2022 and 1,573 in September 2017 (H.4.1), within a percent."""
    dates = [date(2017, 9, 27), date(2022, 6, 1)]
    levels = given_levels(shared_data, ("currency", "foreign_repo", "other_assets", "on_rrp"), dates)
    np.testing.assert_allclose(levels["currency"], [1573, 2279], rtol=0.01)
    assert levels["foreign_repo"][1] == pytest.approx(265.5, abs=1)
    assert (levels["other_assets"] > 0).all()


@pytest.mark.parametrize("start", [date(2022, 6, 1), date(2024, 3, 20)])
def test_later_rows_change_nothing(folder: Path, shared_data: Path, start: date) -> None:
    """Every file cut at the start: the same levels, the same ladder, the same path."""
    whole = load_snapshot(shared_data, start)
    for name in NEEDED:
        if not name.startswith("bonds"):
            spoil(folder / name, lambda rows: rows[:1] + [row for row in rows[1:] if row[0] <= start.isoformat()])
    cut = load_snapshot(folder, start)
    assert {n: (q.value, q.date) for n, q in cut.quotes.items()} == {
        n: (q.value, q.date) for n, q in whole.quotes.items()
    }
    paths = [project(named_plan("qt2", start), snapshot, 60).balance for snapshot in (whole, cut)]
    np.testing.assert_array_equal(paths[0].scarcity, paths[1].scarcity)
    assert make_ladder(cut).source == make_ladder(whole).source


def test_monthly_figures_count_from_their_publication(shared_data: Path) -> None:
    """Inflation of May 2022 was published on 10 June: on 1 June the newest was April, 8.3 percent."""
    snapshot = load_snapshot(shared_data, date(2022, 6, 1))
    assert snapshot["cpi_yoy"] == pytest.approx(0.083, abs=0.002)
    assert snapshot.quotes["unemployment"].date <= date(2022, 4, 30)
    assert snapshot.quotes["gdp"].date <= date(2022, 1, 31)


def test_losses_before_2026_are_those_of_their_date(shared_data: Path) -> None:
    levels = [load_snapshot(shared_data, day)["deferred_asset"] for day in (date(2022, 6, 1), date(2024, 1, 3))]
    assert levels == [0, -133]


def test_bills_are_brought_forward_where_the_classes_are_old(shared_data: Path) -> None:
    """Classes stop in October 2025; since December all purchases are bills (234 to 242 at the end of 2025)."""
    quote = load_snapshot(shared_data, date(2026, 1, 2)).quotes["bills"]
    assert quote.status == "derived"
    assert 220 < quote.value < 250


def test_the_newest_list_not_after_the_start_counts(tmp_path: Path) -> None:
    bonds = tmp_path / "bonds"
    bonds.mkdir()
    for day, par in (("2022-02-16", 5e11), ("2024-05-01", 4e11)):
        body = f"Bills,2030-01-01,{par},\n"
        (bonds / f"soma_holdings_{day}.csv").write_text(SOMA_HEADER + body, encoding="utf-8")
    assert newest_list(tmp_path, date(2022, 2, 15)) is None
    for start, par in ((date(2023, 1, 1), 500.0), (date(2024, 5, 1), 400.0)):
        listed = newest_list(tmp_path, start)
        assert listed is not None
        assert listed.par.sum() == pytest.approx(par)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Bills,2030-01-01,500,\n", "US dollars"),
        ("Bills,01/01/2030,5e11,\n", "ISO date"),
        ("Bills,2030-01-01,-5e11,\n", "zero or more"),
        ("Bills,2030-01-01,nan,\n", "zero or more"),
    ],
)
def test_faults_of_a_list(body: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "soma_holdings_2022-02-16.csv"
    path.write_text(SOMA_HEADER + body, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_list(path, date(2022, 2, 16))


def test_projection_dates_are_weekly_from_the_release(shared_data: Path) -> None:
    """A Monday start begins at the Wednesday before it."""
    snapshot = load_snapshot(shared_data, date(2024, 3, 25))
    assert snapshot.as_of == date(2024, 3, 20)
    assert week_dates(snapshot.as_of, 1)[-1] == date(2024, 3, 27)
