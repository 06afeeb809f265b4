"""Sinking funds against QuantLib's amortising bond, and what a schedule may not say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import QuantLib as ql
from specimens import make_position

from stresstest.instruments import build_book
from stresstest.instruments.cashflows import fixed_coupon
from stresstest.instruments.daycount import ACTUAL_ACTUAL
from stresstest.instruments.sinking import with_sinking_fund
from stresstest.instruments.street import price_at_yield
from stresstest.records import Portfolio

SCHEDULE = "2028-05-15:10; 2029-05-15:20; 2030-05-15:20.5"


def bond(schedule: str, **more: object):  # type: ignore[no-untyped-def]
    terms = {"coupon": 0.055, "maturity": date(2031, 5, 15), "rating": "BBB", **more}
    return make_position("bond", price=101.0, tags={"sinking_fund": schedule}, **terms)


@pytest.mark.parametrize("rate", [0.02, 0.055, 0.11])
def test_price_at_a_yield_agrees_with_quantlib(rate: float) -> None:
    today = ql.Date(30, 7, 2026)
    ql.Settings.instance().evaluationDate = today
    schedule = ql.Schedule(
        ql.Date(15, 5, 2026), ql.Date(15, 5, 2031), ql.Period(ql.Semiannual), ql.NullCalendar(), ql.Unadjusted,
        ql.Unadjusted, ql.DateGeneration.Backward, False,
    )  # fmt: skip
    count = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    left = [100, 100, 100, 100, 90, 90, 70, 70, 49.5, 49.5]
    theirs = ql.AmortizingFixedRateBond(0, left, schedule, [0.055], count, ql.Unadjusted)
    dirty = theirs.cleanPrice(rate, count, ql.Compounded, ql.Semiannual, today) + theirs.accruedAmount(today)

    flows = fixed_coupon(0.055, date(2031, 5, 15), 2, date(2026, 7, 30), ACTUAL_ACTUAL, False)
    ours, notes = with_sinking_fund(flows, bond(SCHEDULE))
    assert len(notes) == 1
    found = price_at_yield(rate, ours.amounts, ours.periods, ours.frequency, ours.simple)
    assert 100 * float(found.price) == pytest.approx(dirty, abs=1e-9)


def test_the_whole_face_is_repaid_and_sooner(hold) -> None:
    sinking, bullet = (hold(bond(schedule)).instrument for schedule in (SCHEDULE, ""))
    principal = hold(bond(SCHEDULE, coupon=1e-12)).instrument.amounts
    np.testing.assert_allclose(np.delete(principal, np.flatnonzero(principal < 1e-9)), [0.1, 0.2, 0.205, 0.495])
    assert sinking.amounts.sum() < bullet.amounts.sum(), "interest on less face"
    durations = [hold(bond(schedule)).analytics["modified_duration"] for schedule in (SCHEDULE, "")]
    assert durations[0] < 0.9 * durations[1]


def test_what_was_redeemed_before_is_no_longer_in_the_face(hold) -> None:
    past, none = (hold(bond(schedule)).instrument for schedule in ("2020-05-15:40", ""))
    np.testing.assert_array_equal(past.amounts, none.amounts)


@pytest.mark.parametrize(
    ("schedule", "more", "words"),
    [
        ("2028-06-15:10", {}, "not a coupon date"),
        ("2028-05-15:60; 2029-05-15:60", {}, "redeems 120%"),
        ("2028-05-15:-5", {}, "negative"),
        ("2028-05-15:10", {"coupon": 0.0}, "not a coupon date"),
        ("soon:10", {}, "not a date"),
    ],
)
def test_a_schedule_that_cannot_be_is_the_reason_why_not(snapshot, schedule: str, more: dict, words: str) -> None:
    book = build_book(Portfolio("one", (bond(schedule, **more),), {}, 0.0), [None], snapshot)
    assert words in book.not_modelled[0][1]


def test_calls_beside_it_are_not_modelled(snapshot) -> None:
    position = bond(SCHEDULE)
    position.tags["call_date"] = "2028-05-15"  # type: ignore[index]
    book = build_book(Portfolio("one", (position,), {}, 0.0), [None], snapshot)
    assert "sinking fund" in book.not_modelled[0][1]
