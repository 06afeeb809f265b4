"""Section "instruments": bond arithmetic, funds seen through, options, callable bonds, daily-reset funds, orders.

QuantLib is an oracle of the tests; where it is installed its comparison stands here as well.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..instruments.cashflows import fixed_coupon
from ..instruments.daycount import ACTUAL_ACTUAL, settlement_date
from ..instruments.leveraged import daily_reset_returns
from ..instruments.lookthrough import FundLine, FundShape, fund_shape, read_lines
from ..instruments.reference import constant
from ..instruments.street import street_yield
from ..records import Check, Evidence
from ..tables import read_table
from ..units import BP, PERCENT, fixed
from .instruments_models import model_checks

SECTION = "instruments"
NEEDS_DATA = "needs a folder of series (--data)"
SAMPLE_DAY = date(2024, 6, 28)
TREASURY_FILE = "treasury_prices_sample_2024-06-28.csv"
YIELD_MARK, LINE_YIELD_MARK, LINE_DURATION_MARK, FUND_MARK, FUND_3X_MARK = 0.1 * BP, 2.0 * BP, 0.02, 0.01, 0.03
FUNDS = (
    ("TLT", "ishares_tlt_holdings_2023-10-27.csv", date(2023, 10, 27), True),
    ("LQD", "ishares_lqd_holdings_2025-12-18.csv", date(2025, 12, 18), False),
    ("HYG", "ishares_hyg_holdings_2023-11-16.csv", date(2023, 11, 16), False),
)


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """Every check of the section; those of files are skipped without a folder, or where they are later than as_of."""
    last_record = max(date.fromisoformat(row["end"]) for row in _records())
    made = [
        _with_data(evidence, "I1", "Treasury yields from prices", SAMPLE_DAY, _treasuries),
        *(
            _with_data(evidence, f"I2.{name}", f"{name} seen through", day, _fund(name, file, day, treasury))
            for name, file, day, treasury in FUNDS
        ),
        _with_data(evidence, "I3", "Three-times funds over 2022", last_record, _three_times),
    ]
    return (*made, *model_checks(evidence.seed, oracle=find_spec("QuantLib") is not None))


def _with_data(evidence: Evidence, name: str, title: str, day: date, run: Callable[[Path, str, str], Check]) -> Check:
    if evidence.data is None:
        return Check(name, SECTION, title, "", "", None, note=NEEDS_DATA)
    if evidence.as_of is not None and evidence.as_of < day:
        return Check(name, SECTION, title, "", "", None, note=f"needs files of {day}")
    return run(evidence.data, name, title)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _treasuries(data: Path, name: str, title: str) -> Check:
    """Yield from the end-of-day price, settled on the next business day, against the yield in the file."""
    rows = _rows(data / "bonds" / TREASURY_FILE)
    listed = [row for row in rows if row["coupon_pct"] and row["eod_yield_pct"]]
    gaps, naive = np.array([_yield_gaps(row) for row in listed]).T
    worst, rival = float(np.abs(gaps).max()), float(np.abs(naive).max())
    return Check(
        name, SECTION, title, f"{worst / BP:.3f} bp at worst over {len(listed)} notes and bonds",
        f"under {YIELD_MARK / BP:g} bp", worst < YIELD_MARK, worst,
        "coupon plus pull to par over price", rival, f"{rival / BP:.0f} bp",
        f"{len(rows)} Treasuries in the file; the {len(rows) - len(listed)} bills in it come without a yield",
    )  # fmt: skip


def _yield_gaps(row: Mapping[str, str]) -> tuple[float, float]:
    coupon, maturity = float(row["coupon_pct"]) * PERCENT, date.fromisoformat(row["maturity_date"])
    flows = fixed_coupon(coupon, maturity, 2, settlement_date(SAMPLE_DAY), ACTUAL_ACTUAL, month_end=True)
    price, theirs = float(row["eod_price"]) * PERCENT, float(row["eod_yield_pct"]) * PERCENT
    found = street_yield(price + flows.accrued, flows.amounts, flows.periods, flows.frequency, flows.simple)
    naive = (coupon + (1.0 - price) / float(flows.years[-1])) / price
    return float(found) - theirs, naive - theirs


def _fund(name: str, file: str, day: date, treasury: bool) -> Callable[[Path, str, str], Check]:
    """The check of one file of holdings."""

    def run(data: Path, key: str, title: str) -> Check:
        lines, left_out = read_lines(_rows(data / "bonds" / file))
        shape = fund_shape(lines, day, treasury, left_out)
        yields, durations, fund, rival = _fund_gaps(shape, day)
        passed = yields < LINE_YIELD_MARK and durations < LINE_DURATION_MARK and abs(fund) < FUND_MARK
        effective = sum(w * (line.duration or 0.0) for w, line in zip(shape.weights, shape.lines, strict=True))
        measured = (
            f"median yield {yields / BP:.2f} bp, duration {durations:.4f} years; fund duration {fixed(fund, '+.2%')}"
        )
        note = (
            f"{len(shape.lines)} lines on {day}. Modified duration against the file's own; the file's effective one, "
            f"{effective:.2f} years against {shape.modified_duration:.2f} modified, holds calls that it does not list"
        )
        wanted = f"under {LINE_YIELD_MARK / BP:g} bp, {LINE_DURATION_MARK:g} years, {FUND_MARK:.0%}"
        return Check(
            key, SECTION, title, measured, wanted, passed, abs(fund),
            "one bond of the mean coupon, price and maturity", abs(rival),
            f"fund duration {fixed(rival, '+.2%')}", note,
        )  # fmt: skip

    return run


def _fund_gaps(shape: FundShape, day: date) -> tuple[float, float, float, float]:
    """Median gaps of yields and durations of the bonds, relative gap of the fund's duration, and that of the rival."""
    bonds = [
        (line, rate, years)
        for line, rate, years in zip(shape.lines, shape.yields, shape.modified, strict=True)
        if not line.is_cash and line.ytm is not None and line.modified is not None
    ]
    yields = float(np.median([abs(rate - (line.ytm or 0.0)) for line, rate, _ in bonds]))
    durations = float(np.median([abs(years - (line.modified or 0.0)) for line, _, years in bonds]))
    theirs = sum(weight * (line.modified or 0.0) for weight, line in zip(shape.weights, shape.lines, strict=True))
    return yields, durations, shape.modified_duration / theirs - 1.0, _mean_bond(shape, day) / theirs - 1.0


def _mean_bond(shape: FundShape, day: date) -> float:
    """Modified duration of one bond with the mean coupon, price and maturity of the fund."""
    held = [(w, line) for w, line in zip(shape.weights, shape.lines, strict=True) if line.maturity is not None]
    share = sum(w for w, _ in held)
    price, coupon, left = (
        sum(w * part for w, part in zip([w for w, _ in held], parts, strict=True)) / share
        for parts in (
            [line.price or 0.0 for _, line in held],
            [line.coupon or 0.0 for _, line in held],
            [(line.maturity - day).days if line.maturity else 0 for _, line in held],
        )
    )
    one = FundLine("mean", 1.0, price, coupon, date.fromordinal(day.toordinal() + round(left)))
    return fund_shape([one], day).modified_duration


# -------------------------------------------------------------------------------------------------- daily-reset funds


def _records() -> list[dict[str, str]]:
    return read_table("stresstest.validation", "records_3x.csv")


def _three_times(data: Path, name: str, title: str) -> Check:
    """Value at the end over that of the record, from daily returns of the index fund and SOFR."""
    prices = {row["date"]: row for row in _rows(data / "equities" / "etf_adjclose_daily.csv")}
    sofr = {row["date"]: row["SOFR"] for row in _rows(data / "macro" / "money_market_rates_daily.csv")}
    gaps = {f"{row['fund']} to {row['end']}": _reset_gap(row, prices, sofr) for row in _records()}
    worst = max(abs(gap) for gap, _ in gaps.values())
    rival = max(abs(gap) for _, gap in gaps.values())
    listed = ", ".join(f"{key} {fixed(gap, '+.1%')}" for key, (gap, _) in gaps.items())
    return Check(
        name, SECTION, title, f"{worst:.1%} of value at worst: {listed}", f"within {FUND_3X_MARK:.0%} of each record",
        worst < FUND_3X_MARK, worst, "three times the return of the period", rival, f"{rival:.0%} of value at worst",
        f"published returns in records_3x.csv; financing at SOFR plus {constant('swap_spread'):.1%}",
    )  # fmt: skip


def _reset_gap(
    record: Mapping[str, str], prices: Mapping[str, Mapping[str, str]], sofr: Mapping[str, str]
) -> tuple[float, float]:
    """Model and rival, as value at the end over the record's, less one."""
    days = [day for day in sorted(prices) if record["start"] <= day <= record["end"] and prices[day][record["index"]]]
    level = np.array([float(prices[day][record["index"]]) for day in days])
    rates, last = [], 0.0
    for day in days[:-1]:
        last = float(sofr[day]) * PERCENT if sofr.get(day) else last
        rates.append(last)
    years = np.array([(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in pairwise(days)]) / 360.0
    multiple, fee = float(record["multiple"]), float(record["fee_pct"]) * PERCENT
    returns = daily_reset_returns(
        level[1:] / level[:-1] - 1.0, np.array(rates), years, multiple, fee, constant("swap_spread")
    )
    true = 1.0 + float(record["return_pct"]) * PERCENT
    naive = max(1.0 + multiple * (level[-1] / level[0] - 1.0), 0.0)
    return float(np.prod(1.0 + returns)) / true - 1.0, naive / true - 1.0
