"""Numbers as brokers write them. What is not clearly a number is refused, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Ways to write "no value".
EMPTY = frozenset(
    {"", "-", "--", "---", "—", "n/a", "#n/a", "na", "incomplete", "not applicable", "not available", "none", "null"}
)
#: Larger than any holding; keeps products of two numbers finite.
LARGEST = 1e15
#: Currency signs, and the currencies that each may stand for.
SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "BRL"),
    "US$": ("USD",),
    "NT$": ("TWD",),
    "HK$": ("HKD",),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
}
POINT, COMMA = ".", ","
#: Marks that group thousands in either style, beside the mark that is not the decimal one.
_BLANKS = " \u00a0\u202f'\u2019"
_MONEY = r"(?:US\$|NT\$|HK\$|[$€£¥])"
_EXPONENT = r"(?:[eE][+-]?\d{1,4})?"


def _pattern(decimal: str, group: str) -> re.Pattern[str]:
    d, g = re.escape(decimal), re.escape(group)
    whole = rf"(?:\d{{1,3}}(?:{g}\d{{3}})+|\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+|\d+)"
    digits = rf"(?P<digits>{whole}(?:{d}\d*)?{_EXPONENT}|{d}\d+{_EXPONENT})"
    before = rf"(?P<sign>[+-]?)\s*(?P<money>{_MONEY}|[A-Z]{{3}}(?=[ +-]))?\s*(?P<inner>[+-]?)"
    return re.compile(rf"{before}{digits}\s*(?P<percent>%?)(?:\s(?P<code>[A-Z]{{3}}))?", re.ASCII)


_AMOUNTS = {POINT: _pattern(POINT, COMMA), COMMA: _pattern(COMMA, POINT)}
#: What a spreadsheet of our own or a plain file holds: nothing but digits and a point.
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_BODY = re.compile(rf"[\d.,{_BLANKS}]*\d[\d.,]*", re.ASCII)
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)(?: (\d+)/([1-9]\d*))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the marks around it. value: as written (12.5 for "12.5%"). money: sign, currency code or ""."""

    value: float
    money: str = ""
    percent: bool = False

    def may_be(self, currency: str) -> bool:
        """Whether the sign or code can stand for ``currency``."""
        return currency in SIGNS.get(self.money, (self.money,))


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a file writes numbers. decimal: "." or ",". settled: whether 10,500 and 10.500 have one meaning in it.

    mixed: both decimal marks occur, each number being clear by itself (typed cells of a workbook, some ledgers).
    """

    decimal: str = POINT
    settled: bool = True
    mixed: bool = False


STANDARD = NumberFormat()


def is_empty(text: str) -> bool:
    """True for the ways in which exports write "no value"."""
    return text.strip().casefold() in EMPTY


def parse_amount(text: str, how: NumberFormat = STANDARD) -> Amount:
    """Read "1,250.25", "$.28", "-$5", "€-5", "(12.5)", "+3%", "1.5E+05", "89,162.28 SEK", and "1.250,25" by ``how``.

    Raises ValueError with the reason.
    """
    if how.decimal == POINT and _PLAIN.fullmatch(text):
        return Amount(float(text))
    bare = text.strip().replace("\u2212", "-")
    bracketed = bare.startswith("(") and bare.endswith(")")
    inside = bare[1:-1].strip() if bracketed else bare
    decimal = _decimal_of(inside, how)
    match = _AMOUNTS[decimal].fullmatch(inside)
    if match is None:
        raise ValueError(_why_not(bare, how))
    signs = match["sign"] + match["inner"]
    if len(signs) + bracketed > 1:
        raise ValueError("two signs")
    if match["money"] and match["code"] and match["code"] not in SIGNS.get(match["money"], ()):
        raise ValueError("two currencies")
    value = _value(match["digits"], decimal)
    negative = bracketed or signs == "-"
    return Amount(-value if negative else value, match["code"] or match["money"] or "", bool(match["percent"]))


def _value(digits: str, decimal: str) -> float:
    group = COMMA if decimal == POINT else POINT
    bare = digits.replace(group, "").replace(decimal, POINT)
    value = float(re.sub(rf"[{_BLANKS}]", "", bare))
    if not math.isfinite(value) or value > LARGEST:
        raise ValueError(f"larger than {LARGEST:g}")
    return value


def _decimal_of(text: str, how: NumberFormat) -> str:
    """The decimal mark to read one cell with. Raises ValueError for a cell that could be two numbers."""
    if how.settled and not how.mixed:
        return how.decimal
    own = decimal_mark(text)
    if own == "?" and not how.settled:
        raise ValueError("one number with a decimal mark or another with a thousands separator; write 10500 or 10.5")
    return own if how.mixed and own in (POINT, COMMA) else how.decimal


def _why_not(text: str, how: NumberFormat) -> str:
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.IGNORECASE):
        return "not a finite number"
    other = decimal_mark(text)
    if other in (POINT, COMMA) and other != how.decimal:
        return f"the decimal mark of this file is {how.decimal!r}; this number has another, or a misplaced separator"
    return "not a number"


def decimal_mark(text: str) -> str:
    """The decimal mark that a number shows by itself: "." or ",", "?" where two readings exist, "" where none is seen.

    "1,250.25" shows ".", "12,5" and "0,125" show ",", "10,500" and "1.234" could be either.
    """
    if COMMA not in text and POINT not in text:
        return ""
    match = _BODY.search(text)
    if match is None:
        return ""
    body = re.sub(rf"[{_BLANKS}]", "", match[0])
    commas, points = body.count(COMMA), body.count(POINT)
    if commas and points:
        return POINT if body.rfind(POINT) > body.rfind(COMMA) else COMMA
    mark, other = (COMMA, POINT) if commas else (POINT, COMMA)
    parts = body.split(mark)
    grouped = all(len(part) == 3 for part in parts[1:]) and 1 <= len(parts[0]) <= 3 and parts[0].strip("0")
    if len(parts) > 2:
        return other if grouped else ""
    return "?" if grouped else mark


def number_format(cells: Iterable[str], comma_delimited: bool, mixed: bool = False) -> NumberFormat:
    """The format of a file from all its number cells: the mark that more of them show.

    Where none shows one, a comma is a thousands separator in a comma-delimited file, and not settled in any other.
    """
    points = commas = doubtful = 0
    for cell in cells:
        if COMMA in cell:
            mark = decimal_mark(cell)
            points += mark == POINT
            commas += mark == COMMA
            doubtful += mark == "?"
        elif POINT in cell:
            points += decimal_mark(cell) == POINT
    if commas > points:
        return NumberFormat(COMMA, mixed=mixed)
    return NumberFormat(POINT, settled=bool(points or comma_delimited or not doubtful), mixed=mixed)


def parse_fraction(text: str) -> float:
    """Read "4", "4.125" or "4 1/8". Raises ValueError for anything else."""
    match = _FRACTION.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a number or a fraction")
    return float(match[1]) + (int(match[2]) / int(match[3]) if match[2] else 0.0)
