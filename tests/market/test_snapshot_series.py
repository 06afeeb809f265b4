"""Series of a made-up folder: every fault is named with its remedy, once, beside all the others."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import DataError, Problem
from stresstest.market import load_snapshot
from stresstest.market.snapshot import CPI_FILE, FX_FILE, funding_apart
from stresstest.market.snapshot_funding import days as days_of
from stresstest.market.snapshot_given import given_levels, weekly_levels
from stresstest.plumbing.window import WINDOW_DAYS
from stresstest.study.inputs import snapshot_warnings
from stresstest.tables import read_table
from stresstest.units import BP

H41, RRP = "macro/fed_h41_weekly.csv", "macro/onrrp_srf_daily.csv"
RATES = "macro/money_market_rates_daily.csv"
COLUMNS = ("date", "WALCL", "TREAST", "WSHOMCB", "WRBWFRBL", "WDTGAL", "WLRRAL", "WORAL")
LEVELS = (8_000_000, 5_000_000, 2_500_000, 3_000_000, 700_000, 350_000, 5)
FIRST, WEEKS = date(2022, 1, 5), 60
Row = list[str]


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")


def weekly_rows() -> list[Row]:
    days = [FIRST + timedelta(weeks=i) for i in range(WEEKS)]
    return [list(COLUMNS)] + [[day.isoformat(), *(str(level + i) for level in LEVELS)] for i, day in enumerate(days)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good weekly release and a daily series."""
    write(tmp_path / H41, weekly_rows())
    days = [FIRST + timedelta(days=i) for i in range(7 * WEEKS)]
    write(tmp_path / RRP, [["date", "RRPONTSYD_usd_bn"], *([day.isoformat(), "1500"] for day in days)])
    return tmp_path


def faults(folder: Path, *names: str) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        weekly_levels(folder, names, [FIRST + timedelta(weeks=1)])
    return tuple(caught.value.problems)


def test_a_good_folder_gives_the_last_value_at_or_before_each_date(folder: Path) -> None:
    days = [FIRST, FIRST + timedelta(days=6), FIRST + timedelta(days=7)]
    found = given_levels(folder, ("tga", "foreign_repo", "other_assets"), days)
    assert found["tga"] == pytest.approx([700.0, 700.0, 700.001])
    assert found["foreign_repo"] == pytest.approx(np.array([350.0, 350.0, 350.001]) - 1500.0)
    assert found["other_assets"] == pytest.approx(8000 - 5000 - 2500 - 0.005, abs=0.01)


def edited(change: Callable[[list[Row]], list[Row]]) -> list[Row]:
    return change(weekly_rows())


def without_column(rows: list[Row]) -> list[Row]:
    return [row[:-3] for row in rows]


def with_gap(rows: list[Row]) -> list[Row]:
    return rows[:20] + rows[30:]


def in_billions(rows: list[Row]) -> list[Row]:
    return [rows[0], *([row[0], *(str(float(cell) / 1000) for cell in row[1:])] for row in rows[1:])]


def out_of_order(rows: list[Row]) -> list[Row]:
    return [*rows[:10], rows[11], rows[10], *rows[12:]]


def with_text(rows: list[Row]) -> list[Row]:
    return [*rows[:10], [*rows[10][:5], "n/a", *rows[10][6:]], *rows[11:]]


def with_bad_date(rows: list[Row]) -> list[Row]:
    return [*rows[:10], ["5 Jan 2022", *rows[10][1:]], *rows[11:]]


@pytest.mark.parametrize(
    ("change", "found", "hint", "row"),
    [
        (without_column, "no such column", "Treasury General Account", 1),
        (with_gap, "77 days without a value", "Fill in", None),
        (in_billions, "a median of 700", "Multiplied by 1000", None),
        (out_of_order, "2022-03-09 after 2022-03-16", "Sort the file", 12),
        (with_text, "'n/a'", "Mend the cell", 11),
        (with_bad_date, "'5 Jan 2022'", "Mend the date", 11),
    ],
)
def test_each_fault_is_named_with_its_remedy(
    folder: Path, change: Callable[[list[Row]], list[Row]], found: str, hint: str, row: int | None
) -> None:
    write(folder / H41, edited(change))
    problem = faults(folder, "tga")[0]
    assert found in problem.found
    assert hint in problem.hint
    assert problem.row == row
    assert problem.file.endswith("fed_h41_weekly.csv")


def test_faults_of_several_series_come_together_and_once(folder: Path) -> None:
    write(folder / H41, edited(lambda rows: in_billions(with_gap(rows))))
    (folder / RRP).unlink()
    found = faults(folder, "tga", "reserves", "on_rrp", "mortgage_rate")
    assert len(found) == len(set(found)) == 6
    assert {problem.column for problem in found} == {"WDTGAL", "WRBWFRBL", "RRPONTSYD_usd_bn", "MORTGAGE30US"}


def test_a_date_that_the_series_do_not_reach_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="runs from 2022-01-05"):
        weekly_levels(folder, ["tga"], [FIRST + timedelta(weeks=WEEKS + 4)])


def copied(source: Path, target: Path, until: date) -> Path:
    """The files that the snapshot reads, with the rows up to ``until``."""
    files = {row["file"] for row in read_table("stresstest.market", "levels.csv")} | {FX_FILE, CPI_FILE}
    for file in sorted(files):
        with (source / file).open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.reader(handle))
        write(target / file, [rows[0], *(row for row in rows[1:] if row[0] <= until.isoformat())])
    return target


@pytest.mark.parametrize(
    ("day", "usual", "over", "fixing"),
    [(date(2025, 10, 31), 10.5, 15, 32), (date(2024, 12, 31), -3, 3, 9), (date(2019, 9, 17), 10, 16, 315)],
)
def test_the_usual_spread_is_that_of_two_weeks_and_of_nothing_later(
    shared_data: Path, tmp_path: Path, day: date, usual: float, over: int, fixing: float
) -> None:
    """The last fixing is that of a month end, a year end or a spike; rows after the day change nothing."""
    published = day + timedelta(days=1)
    whole, cut = load_snapshot(shared_data, published), load_snapshot(copied(shared_data, tmp_path, day), published)
    assert whole["sofr_usual"] == cut["sofr_usual"] == usual * BP
    assert whole["days_over_iorb"] == cut["days_over_iorb"] == over / 20
    assert whole["sofr"] - whole["iorb"] == pytest.approx(fixing * BP)
    assert whole.quotes["sofr_usual"].date == whole.quotes["days_over_iorb"].date == whole.quotes["sofr"].date == day


@pytest.mark.parametrize("day", [date(2019, 9, 17), date(2025, 10, 31), date(2026, 7, 29)])
def test_a_fixing_is_not_known_on_its_own_day(shared_data: Path, day: date) -> None:
    """SOFR is published on the next morning; the embedded level of that day, known later, is not used either."""
    snapshot = load_snapshot(shared_data, day)
    for name in ("sofr", "sofr_usual", "days_over_iorb"):
        assert snapshot.quotes[name].date == day - timedelta(days=1)


def test_the_embedded_levels_of_funding_are_those_of_the_folder(shared_data: Path) -> None:
    embedded = load_snapshot()
    found = load_snapshot(shared_data, embedded.as_of + timedelta(days=1))
    for name in ("sofr_usual", "days_over_iorb"):
        assert embedded[name] == pytest.approx(found[name], abs=1e-12)
        assert embedded.quotes[name].date == found.quotes[name].date


def test_the_days_over_iorb_are_those_of_the_window_that_the_committee_looks_at() -> None:
    assert days_of("window_days") == WINDOW_DAYS


def test_funding_of_another_time_than_the_balance_sheet_is_told() -> None:
    snapshot = load_snapshot()
    assert funding_apart(snapshot) is None
    for weeks, told in ((2, False), (3, True), (-3, True)):
        later = replace(snapshot.quotes["sofr_usual"], date=snapshot.as_of + timedelta(weeks=weeks))
        moved = replace(snapshot, quotes={**snapshot.quotes, "sofr_usual": later})
        assert (funding_apart(moved) is later) == told
        found = [problem.found for problem in snapshot_warnings(moved) if problem.column == "sofr_usual"]
        assert found == ([f"a funding spread of {later.date}"] if told else [])


def test_the_usual_spread_of_a_folder_with_fewer_days_says_how_many(shared_data: Path, tmp_path: Path) -> None:
    day = date(2025, 10, 31)
    path = copied(shared_data, tmp_path, day) / RATES
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    column = header.index("SOFR")
    kept = [row for row in rows if row[column]][-3:]
    for row in rows:
        if row not in kept:
            row[column] = row[header.index("SOFR_PRE2018_INDICATIVE")] = ""
    write(path, [header, *rows])
    quotes = load_snapshot(tmp_path, day + timedelta(days=1)).quotes
    quote, over = quotes["sofr_usual"], quotes["days_over_iorb"]
    at = header.index("IORB")
    assert quote.value == pytest.approx(sorted(float(row[column]) - float(row[at]) for row in kept)[1] / 100)
    assert quote.source == "median of 3 days of SOFR less IORB"
    assert over.value == sum(float(row[column]) > float(row[at]) for row in kept) / 3
    assert over.source == "share of 3 days with SOFR over IORB"


def test_faults_of_a_folder_stop_the_snapshot_all_at_once(shared_data: Path, tmp_path: Path) -> None:
    folder = copied(shared_data, tmp_path, date(2023, 6, 14))
    path = folder / H41
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    write(path, in_billions([[cell or "0" for cell in row] for row in rows]))
    (folder / FX_FILE).unlink()
    with pytest.raises(DataError) as caught:
        load_snapshot(folder, date(2023, 6, 14))
    columns = {problem.column for problem in caught.value.problems}
    assert columns >= {"WALCL", "TREAST", "WRBWFRBL", "WDTGAL"}
    assert any("USD million" in problem.hint for problem in caught.value.problems)
    assert any(problem.file.endswith("fx_h10_daily.csv") for problem in caught.value.problems)
