"""What a row says and can hardly mean: a proxy that nobody knows, a bond of a thousand years, a purchase tomorrow."""

from __future__ import annotations

from datetime import date
from functools import cache

from ..records import Terms
from ..tables import read_table
from .context import Context
from .fields import Fields
from .identity import normal_symbol

#: Bonds of a hundred years exist; listed options run for a few years, some over the counter for longer.
LONGEST = {"maturity": 100, "expiry": 15}
#: No contract of today was due before this year: an earlier one is a typing error.
FIRST_YEAR = 1900
PERPETUAL = (
    "It is not modelled: check the year. A perpetual preferred is an equity with tag_type preferred; for a perpetual "
    "bond write the date of the next call."
)


def question(
    fields: Fields, terms: Terms, quantity: float | None, cost: float | None, acquired: date | None, context: Context
) -> None:
    """Record what is doubtful in a row, and in a file typed by hand what cannot be."""
    _proxy(fields)
    complain = fields.fault if context.by_hand else fields.doubt
    for name, day in (("maturity", terms.maturity), ("expiry", terms.expiry)):
        if day is not None and day.year > context.as_of.year + LONGEST[name]:
            hint = PERPETUAL if name == "maturity" else "Check the year; the contract is taken to run until then."
            article = "an" if name == "expiry" else "a"
            fields.doubt(name, day.isoformat(), f"{article} {name} within {LONGEST[name]} years", hint)
        if day is not None and day.year < FIRST_YEAR:
            complain(name, day.isoformat(), f"a day after {FIRST_YEAR}", "Check the year.")
    if cost is not None and cost < 0 and (quantity or 0.0) > 0:
        hint = "Write what was paid, without a sign; only a short position has a negative one."
        complain("cost_basis", f"{cost:,.2f}", "a cost of zero or more", hint)
    if acquired is not None and acquired > context.as_of:
        today = context.as_of.isoformat()
        complain("acquired", acquired.isoformat(), f"a day up to {today}", "Mend the date, or leave the cell empty.")


def _proxy(fields: Fields) -> None:
    name = fields.text("proxy")
    if name and normal_symbol(name) not in with_exposures():
        hint = "It is not used. Take a fund or share that `stresstest check` shows with the embedded table, or betas."
        fields.doubt("proxy", name, "a symbol with known exposures", hint)


@cache
def with_exposures() -> frozenset[str]:
    """Symbols in the embedded table of exposures."""
    return frozenset(normal_symbol(row["symbol"]) for row in read_table("stresstest.exposures", "assets.csv"))
