"""Treasuries by class and by day of maturity: hand numbers for the rules, the list by CUSIP, and the record of QT2."""

from __future__ import annotations

import csv
import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.market.snapshot_given import given_levels
from stresstest.plumbing import Conditions, named_plan, project, runoff_plan
from stresstest.plumbing.chance import draw_conditions
from stresstest.plumbing.ladder import (
    BANK_NAMES,
    CLASSES,
    COUPONS,
    Ladder,
    class_totals,
    make_ladder,
    monthly_shares,
)
from stresstest.plumbing.project import week_dates
from stresstest.plumbing.schedule import make_schedule
from stresstest.plumbing.treasuries import TreasuryBook, accrue, run_off, sell, start_book
from stresstest.records import CapStep, MarketSnapshot, RunoffPlan
from stresstest.report.catalogue import phrasebook
from stresstest.tables import central, read_table
from stresstest.units import WEEKS_A_MONTH, WEEKS_A_YEAR

START = date(2026, 9, 30)
TOTALS = {"bills": 500.0, "notes_bonds": 3000.0, "frn": 0.0, "tips": 300.0, "tips_compensation": 100.0}
#: Day, class, par.
SMALL = (("2026-10-15", 0, 60.0), ("2026-10-31", 0, 30.0), ("2026-11-15", 0, 20.0))


def ladder_of(rows: tuple[tuple[str, int, float], ...], compensation: float = 0.0) -> Ladder:
    day, kind, par = zip(*rows, strict=True)
    accrued = np.where(np.array(kind) == COUPONS.index("tips"), compensation, 0.0)
    return Ladder(np.array(day, dtype="datetime64[D]"), np.array(kind), np.array(par), accrued, False, "hand")


def capped(cap: float) -> RunoffPlan:
    return RunoffPlan("hand", "hand", (CapStep(START, treasury_cap=cap),), date(2030, 1, 1))


def run_months(cap: float, *, fill: bool, pace: float = 1.0) -> tuple[list[float], list[float], TreasuryBook]:
    """Coupons and bills redeemed in each of nine weeks from the end of September, and the book after them."""
    ladder = ladder_of(SMALL)
    schedule = make_schedule(capped(cap), ladder, START, 9)
    book = start_book(TOTALS, schedule.months)
    flows = [run_off(book, week, schedule, np.array([pace]), fill, central()) for week in schedule.weeks]
    return [float(c[0]) for c, _ in flows], [float(b[0]) for _, b in flows], book


def test_above_the_cap_is_rolled_over_in_proportion_over_the_dates_of_the_month() -> None:
    coupons, bills, book = run_months(45.0, fill=True)
    assert coupons[2] == pytest.approx(30.0), "the week of 15 October: 60 matures, half of 90 is redeemed"
    assert coupons[4] == pytest.approx(15.0), "the week of 31 October: 30 matures"
    assert sum(coupons[5:]) == pytest.approx(20.0), "November: all of 20, the cap is wider"
    # Nine weeks end on 2 December: all of November's gap, and two days of a December without coupons.
    assert sum(bills) == pytest.approx(45.0 - 20.0 + 45.0 * 2 / 31)
    assert book.total()[0] == pytest.approx(sum(TOTALS.values()) - sum(coupons) - sum(bills))


def test_bills_fill_the_cap_only_where_the_plan_says_so() -> None:
    coupons, bills, book = run_months(45.0, fill=False)
    assert sum(coupons) == pytest.approx(65.0)
    assert not any(bills)
    assert book.held["bills"][0] == TOTALS["bills"]


def test_a_halt_redeems_nothing_and_half_the_pace_half_the_cap() -> None:
    assert not any(run_months(45.0, fill=True, pace=0.0)[0])
    assert sum(run_months(45.0, fill=False, pace=0.5)[0]) == pytest.approx(22.5 + 20.0)


def test_compensation_grows_with_prices_and_is_paid_at_maturity() -> None:
    """Second route: par and accrued compound; a security with a third of both pays that with a year's inflation."""
    ladder = ladder_of((("2027-09-29", COUPONS.index("tips"), 100.0),), compensation=40.0)
    totals = {**TOTALS, "tips_compensation": 120.0}
    schedule = make_schedule(capped(1000.0), ladder, START, 52)
    book = start_book(totals, schedule.months)
    paid = 0.0
    for week in schedule.weeks:
        accrue(book, np.array([0.04]))
        paid += float(run_off(book, week, schedule, np.ones(1), False, central())[0][0])
    grown = (1.0 + 0.04 / WEEKS_A_YEAR) ** 52
    assert paid == pytest.approx(140.0 * grown)
    assert book.held["tips"][0] == pytest.approx(200.0)
    assert book.held["tips_compensation"][0] == pytest.approx(420.0 * grown - 300.0 - (140.0 * grown - 100.0))


def test_sales_take_every_coupon_pro_rata_and_never_more_than_there_is() -> None:
    book = start_book(TOTALS, 4)
    assert sell(book, np.array([340.0, 1e6])) == pytest.approx([340.0, 3400.0])
    assert book.held["notes_bonds"] == pytest.approx([2700.0, 0.0])
    assert book.held["bills"] == pytest.approx([500.0]), "the same on both paths"
    assert book.kept == pytest.approx([0.9, 0.0])


def test_classes_add_up_on_every_path(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    balance = project(named_plan("active-mbs-sales", snapshot.as_of), snapshot, 52, conditions).balance
    assert balance.items["treasuries"] == pytest.approx(sum(balance.detail[name] for name in CLASSES))
    assert min(balance.detail[name].min() for name in CLASSES) >= 0


def test_the_source_of_a_fitted_ladder_names_its_bank(snapshot: MarketSnapshot) -> None:
    assert {row["bank"] for row in read_table("stresstest.plumbing", "maturities.csv")} == set(BANK_NAMES)
    for bank, name in BANK_NAMES.items():
        source = make_ladder(snapshot, bank).source
        assert source.endswith(f"the maturities of {name}")
        assert phrasebook("zh-TW")(source).startswith("各類總額，依")


def test_a_fitted_ladder_holds_the_class_totals_after_the_start(snapshot: MarketSnapshot) -> None:
    ladder, totals = make_ladder(snapshot), class_totals(snapshot)
    assert ladder.fitted
    assert (ladder.maturity > np.datetime64(snapshot.as_of)).all()
    assert (np.diff(ladder.maturity.astype(int)) >= 0).all()
    held = np.bincount(ladder.kind, ladder.par)
    assert held == pytest.approx([totals[name] for name in COUPONS])
    assert ladder.compensation.sum() == pytest.approx(totals["tips_compensation"])
    months, share = monthly_shares("fed", snapshot.as_of)
    assert share.sum() == pytest.approx(1.0)
    assert months == len(share)
    assert (share >= 0).all()


def test_inflation_moves_compensation_and_nothing_else_of_the_securities(snapshot: MarketSnapshot) -> None:
    """Two points more of inflation than expected for half a year on 417 of TIPS."""
    base = draw_conditions(snapshot.as_of, 26, 1, np.random.default_rng(1))
    plan = named_plan("hold", snapshot.as_of, reaction=False)
    plain = project(plan, snapshot, 26, base).balance
    level = np.full((1, 26), 0.08)
    hot = project(plan, snapshot, 26, dataclasses.replace(base, inflation=level)).balance
    more = hot.detail["tips_compensation"][0, -1] - plain.detail["tips_compensation"][0, -1]
    assert 5.0 < more < 14.0
    assert hot.items["treasuries"][0, -1] - plain.items["treasuries"][0, -1] == pytest.approx(more, abs=0.6)
    np.testing.assert_array_equal(hot.items["mbs"], plain.items["mbs"])


def test_a_halved_cap_halves_what_bills_give(snapshot: MarketSnapshot) -> None:
    """The plan's amounts are linear while coupons mature beyond neither cap: bills take the difference."""
    wide, narrow = (project(runoff_plan(pace, 12, snapshot.as_of), snapshot, 26).balance for pace in (95.0, 76.0))
    gap = (wide.supply.par() - narrow.supply.par())[0, -1]
    assert gap == pytest.approx((60 - 48) * 26 / WEEKS_A_MONTH, rel=0.12)


@pytest.fixture(scope="module")
def listed(shared_data: Path) -> MarketSnapshot:
    return load_snapshot(shared_data, date(2022, 2, 16))


def test_the_list_by_cusip_adds_up_to_the_class_totals(listed: MarketSnapshot) -> None:
    """Two sources: the list of securities, and the weekly totals of the H.4.1 and of SOMA."""
    held, totals = listed.maturities, class_totals(listed)
    assert held is not None
    for name in ("bills", *COUPONS):
        assert held.par[held.kind == name].sum() == pytest.approx(totals[name], rel=1e-6)
    assert held.compensation.sum() == pytest.approx(totals["tips_compensation"], rel=1e-6)
    assert not make_ladder(listed).fitted


def test_the_fitted_ladder_gives_the_path_of_the_list(listed: MarketSnapshot) -> None:
    fitted = dataclasses.replace(listed, maturities=None)
    plan = named_plan("qt2", listed.as_of)
    paths = [project(plan, start, 150).balance.items["treasuries"][0] for start in (listed, fitted)]
    assert not np.array_equal(*paths)
    np.testing.assert_allclose(paths[1], paths[0], rtol=0.005)


def test_an_old_list_is_not_used(listed: MarketSnapshot) -> None:
    assert make_ladder(dataclasses.replace(listed, as_of=date(2023, 6, 7))).fitted


def test_classes_follow_the_record_of_qt2(shared_data: Path) -> None:
    """SOMA by class, which the model never saw: caps, list of February 2022, TGA and mortgage rates only."""
    start = load_snapshot(shared_data, date(2022, 6, 1))
    end = date(2025, 10, 15)
    weeks = (end - start.as_of).days // 7
    given = given_levels(shared_data, ["tga", "mortgage_rate"], week_dates(start.as_of, weeks))
    detail = project(named_plan("qt2", start.as_of), start, weeks, given=given).balance.detail
    with (shared_data / "macro" / "soma_summary_weekly.csv").open(encoding="utf-8") as handle:
        record = next(row for row in csv.DictReader(handle) if row["date"] == end.isoformat())
    actual = {name: float(record[name]) * 1e-9 for name in ("bills", "notes_bonds", "frn", "tips")}
    actual["tips_compensation"] = float(record["tips_inflation_compensation"]) * 1e-9
    error = {name: detail[name][0, -1] / value - 1.0 for name, value in actual.items()}
    assert abs(error["notes_bonds"]) < 0.02
    assert abs(error["tips"]) < 0.08
    assert abs(error["tips_compensation"]) < 0.15
    for name in ("bills", "frn"):
        assert detail[name][0, -1] == pytest.approx(actual[name], abs=15)
