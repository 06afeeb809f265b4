"""Typed access to the cells of one row; whatever is wrong with a cell is recorded with its row and column."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from .dates import MONTH_FIRST, is_ambiguous, parse_date
from .findings import Findings
from .numbers import STANDARD, Amount, NumberFormat, is_empty, parse_amount
from .raw import RawRow

#: Longer cells are no symbol, name or tag.
LONGEST_TEXT = 300
#: Decimals kept when percent and basis points become decimals: 4.1 percent is 0.041, not 0.040999999999999995.
DIGITS = 12


class Fields:
    """Reads cells of one row. A faulty cell gives None and marks the row as ``faulty``."""

    def __init__(
        self, row: RawRow, findings: Findings, numbers: NumberFormat = STANDARD, dates: str = MONTH_FIRST
    ) -> None:
        self.row, self.findings, self.numbers, self.dates = row, findings, numbers, dates
        self.faulty = False
        self._place, self._values = row.columns.position, row.values

    def cell(self, column: str) -> str:
        """The cell as it stands, "" where the file has no such column."""
        place = self._place.get(column)
        return "" if place is None else self._values[place]

    def fault(self, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record an error in this row."""
        self.faulty = True
        self.findings.error(self.row.line, self.row.heading(column), found, expected, hint)

    def doubt(self, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record a warning on this row."""
        self.findings.warn(self.row.line, self.row.heading(column), found, expected, hint)

    def text(self, column: str) -> str:
        """The cell, "" for the ways to write "no value"."""
        place = self._place.get(column)
        text = "" if place is None else self._values[place]
        if not text:
            return ""
        if len(text) > LONGEST_TEXT:
            self.fault(column, text, f"at most {LONGEST_TEXT} characters")
            return ""
        if column == "symbol":  # NA and NULL may be tickers; a dash is not
            return text.strip("-") and text.strip()
        return "" if is_empty(text) else text

    def number(
        self,
        column: str,
        expected: str,
        *,
        low: float | None = None,
        above: float | None = None,
        high: float | None = None,
    ) -> float | None:
        """A plain number, with bounds low <= value <= high, above < value."""
        if column not in self._place:
            return None
        amount = self._amount(column, expected)
        if amount is None:
            return None
        if amount.money or amount.percent:
            self.fault(column, self.row.text(column), expected, "Write the bare number.")
            return None
        return self._within(column, amount.value, expected, low, above, high)

    def percent(self, column: str, expected: str, low: float, high: float) -> float | None:
        """A number of percent, with or without the sign, as a decimal. low and high are in percent."""
        if column not in self._place:
            return None
        amount = self._amount(column, expected)
        value = None if amount is None else self._within(column, amount.value, expected, low, None, high)
        return None if value is None else round(value / 100, DIGITS)

    def money(self, column: str, currency: str, expected: str, *, low: float | None = None) -> float | None:
        """An amount; a currency sign must fit the row's currency ("" where that is not known)."""
        if column not in self._place:
            return None
        amount = self._amount(column, expected)
        if amount is None:
            return None
        if amount.percent:
            self.fault(column, self.row.text(column), expected, "Remove the percent sign.")
            return None
        if amount.money and currency and not amount.may_be(currency):
            self.fault(column, self.row.text(column), f"an amount in {currency}", "State the currency of the row.")
            return None
        return self._within(column, amount.value, expected, low, None, None)

    def day(self, column: str, by_hand: bool) -> date | None:
        """A date; month first where slashes are used, which is said when the user typed it and it may be read twice."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = parse_date(text, self.dates)
        except (ValueError, OverflowError) as reason:
            self.fault(column, text, "a date that exists, as 2034-02-15", f"{reason}.".capitalize())
            return None
        if by_hand and is_ambiguous(text):
            order = "month/day/year" if self.dates == MONTH_FIRST else "day/month/year"
            self.doubt(column, text, "a date as 2034-02-15", f"Read as {order}: {value.isoformat()}.")
        return value

    def choice(self, column: str, allowed: Collection[str], text: str | None = None) -> str:
        """One of the allowed words, "" where the cell is empty."""
        found = self.text(column) if text is None else text
        if found and found not in allowed:
            self.fault(column, found, f"one of {', '.join(allowed)}")
            return ""
        return found

    def _amount(self, column: str, expected: str) -> Amount | None:
        text = self.cell(column)
        if not text or is_empty(text):
            return None
        try:
            return parse_amount(text, self.numbers)
        except ValueError as reason:
            self.fault(column, text, expected, f"{reason}.".capitalize())
            return None

    def _within(
        self, column: str, value: float, expected: str, low: float | None, above: float | None, high: float | None
    ) -> float | None:
        too_low = (low is not None and value < low) or (above is not None and value <= above)
        if too_low or (high is not None and value > high):
            self.fault(column, self.row.text(column), expected)
            return None
        return value
