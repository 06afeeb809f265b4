"""The file's own totals against the sum of what was read, to the cent; a difference says where it lies."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .context import Rates
from .findings import Findings
from .numbers import NumberFormat, is_empty, parse_amount
from .raw import FileTotal

#: Sums over several currencies: rates written with four digits explain this share of the foreign part silently, rates
#: of another hour this one with a warning.
RATE_DIGITS, RATE_OF_ANOTHER_HOUR = 5e-4, 0.05


@dataclass(frozen=True)
class Line:
    """What was read on one physical line: USD, currency, symbol. known: the value is the file's own."""

    usd: float
    currency: str
    symbol: str
    known: bool = True


def reconcile(
    totals: Collection[FileTotal], lines: Mapping[int, Line], rates: Rates, how: NumberFormat, findings: Findings
) -> None:
    """Record an error for every total that the rows do not sum to, and a warning where one row explains the gap.

    lines: by physical line. A total may be the sum of any of its scopes; the nearest is taken.
    """
    for total in totals:
        try:
            amount = math.nan if is_empty(total.text) else parse_amount(total.text, how).value - total.less
        except ValueError as reason:
            findings.error(total.line, total.label, total.text, "the total as a number", f"{reason}.".capitalize())
            continue
        scopes = [_Scope(total, amount, scope, lines, rates) for scope in total.scopes if scope]
        if not math.isnan(amount) and scopes:
            min(scopes, key=lambda scope: abs(scope.gap)).judge(findings)


class _Scope:
    """One set of rows that a total may be the sum of, in the currency of the total."""

    def __init__(
        self, total: FileTotal, amount: float, scope: frozenset[int], lines: Mapping[int, Line], rates: Rates
    ) -> None:
        self.total, self.amount = total, amount
        self.lines = {number: lines[number] for number in sorted(scope) if number in lines}
        currencies = {line.currency for line in self.lines.values()}
        shared = currencies.pop() if total.common and len(currencies) == 1 else ""
        currency = total.currency or shared or rates.base
        unit = rates.usd(currency) or 1.0
        self.values = {number: line.usd / unit for number, line in self.lines.items()}
        self.read = math.fsum(self.values.values())
        self.gap = self.read - amount
        self.foreign = math.fsum(abs(self.values[n]) for n, line in self.lines.items() if line.currency != currency)
        self.rounding = _half_unit(total.text) * (len(self.values) + 1) + 1e-9 * abs(amount)

    def judge(self, findings: Findings) -> None:
        tolerance = self.rounding + RATE_DIGITS * self.foreign
        if abs(self.gap) <= tolerance:
            return
        found = f"{self.amount:,.2f} in the file; the rows read sum to {self.read:,.2f}"
        place = (self.total.line, self.total.label, found, "equal sums")
        text = f"The difference is {self.gap:,.2f}"
        culprit = self._culprit(tolerance)
        if culprit is not None and self._only_once(culprit):
            findings.warn(*place, f"{text}: the value of row {culprit}, which the total leaves out.")
        elif not all(line.known for line in self.lines.values()):
            findings.warn(*place, f"{text}; not every row has a value in the file.")
        elif self.foreign and abs(self.gap) <= RATE_OF_ANOTHER_HOUR * self.foreign:
            hint = f"{text}: the total was made with other exchange rates than the file states."
            findings.warn(*place, hint)
        else:
            twice = "" if culprit is None else f": the value of row {culprit}, which the file holds more than once"
            findings.error(*place, f"{text}{twice}. Rows are missing, repeated or changed; download the file again.")

    def _culprit(self, tolerance: float) -> int | None:
        return next((n for n, value in self.values.items() if value and abs(value - self.gap) <= tolerance), None)

    def _only_once(self, number: int) -> bool:
        line = self.lines[number]
        return sum(other.symbol == line.symbol and other.usd == line.usd for other in self.lines.values()) == 1


def _half_unit(text: str) -> float:
    """Half of the last digit that a number shows: 0.005 for 1,054.25, and never less than half a cent's tenth."""
    digits = "".join(char for char in text if char.isdigit() or char in ".,")
    mark = max(digits.rfind("."), digits.rfind(","))
    decimals = len(digits) - mark - 1 if mark >= 0 and len(digits) - mark - 1 != 3 else 0
    return max(0.5 * 10.0**-decimals, 0.0005)
