"""Numbers and dates as brokers write them. What is not clearly a number is refused, never guessed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

#: Ways to write "no value".
EMPTY = frozenset({"", "-", "--", "---", "n/a", "#n/a", "na", "incomplete", "not applicable", "none", "null"})
#: Larger than any holding; keeps products of two numbers finite.
LARGEST = 1e15
#: Currency signs, and the currencies that each may stand for ("" means any that calls itself dollar).
SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "BRL"),
    "US$": ("USD",),
    "NT$": ("TWD",),
    "HK$": ("HKD",),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
}
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<money>US\$|NT\$|HK\$|[$€£¥])?\s*(?P<inner>[+-]?)"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,2})?|\.\d+)\s*(?P<percent>%?)",
    re.ASCII,
)
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)(?: (\d+)/([1-9]\d*))?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3})[a-z]*[ -](\d{1,2}),?[ -](\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[ -]?([A-Za-z]{3})[ -]?(\d{4}|\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the marks around it. value: as written (12.5 for "12.5%"). money: currency sign or ""."""

    value: float
    money: str = ""
    percent: bool = False


def is_empty(text: str) -> bool:
    """True for the ways in which exports write "no value"."""
    return text.strip().casefold() in EMPTY


def parse_amount(text: str) -> Amount:
    """Read "1,250.25", "$.28", "-$5", "€-5", "(12.5)", "+3%", "1.5E+05". Raises ValueError with the reason."""
    bare = text.strip().replace("\u2212", "-")
    bracketed = bare.startswith("(") and bare.endswith(")")
    match = _AMOUNT.fullmatch(bare[1:-1].strip() if bracketed else bare)
    if match is None:
        raise ValueError(_why_not(bare))
    signs = match["sign"] + match["inner"]
    if len(signs) + bracketed > 1:
        raise ValueError("two signs")
    value = float(match["digits"].replace(",", ""))
    if not math.isfinite(value) or value > LARGEST:
        raise ValueError(f"larger than {LARGEST:g}")
    negative = bracketed or signs == "-"
    return Amount(-value if negative else value, match["money"] or "", bool(match["percent"]))


def _why_not(text: str) -> str:
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.IGNORECASE):
        return "not a finite number"
    if re.fullmatch(r"[+-]?[\d.]*\d,\d+", text, re.ASCII):
        return "a decimal comma or a misplaced thousands separator; write 1234.56"
    return "not a number"


def parse_date(text: str) -> date:
    """Read 2034-02-15, 20340215, 2/15/2034 (month first), 15FEB34, "Feb 15, 2034"; a time after it is dropped.

    Two-digit years are read as 20YY. Raises ValueError for anything else and for days that do not exist.
    """
    first = re.split(r"[,;T]? \d{1,2}:|[,;T]\d{1,2}:", text.strip())[0].strip().rstrip(",;")
    for pattern, order in ((_ISO, "ymd"), (_COMPACT, "ymd"), (_US, "mdy"), (_MONTH_FIRST, "mdy"), (_DAY_FIRST, "dmy")):
        if match := pattern.fullmatch(first):
            part = dict(zip(order, match.groups(), strict=True))
            year = int(part["y"]) + (2000 if len(part["y"]) == 2 else 0)
            return date(year, _month(part["m"]), int(part["d"]))
    raise ValueError("not a date")


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.casefold() not in _MONTHS:
        raise ValueError("not a month")
    return _MONTHS.index(text.casefold()) + 1


def is_ambiguous(text: str) -> bool:
    """True for a date like 02/03/2030, which two conventions read as two days."""
    match = _US.fullmatch(text.strip())
    return match is not None and int(match[1]) <= 12 and int(match[2]) <= 12 and match[1] != match[2]


def find_date(text: str) -> date | None:
    """The last date inside a title such as "Positions ... as of 06:04 PM ET, 11/15/2020"; None where there is none."""
    for pattern in (_ISO, _US, _MONTH_FIRST):
        for match in reversed(list(pattern.finditer(text))):
            try:
                return parse_date(match[0])
            except ValueError:
                continue
    return None


def parse_fraction(text: str) -> float:
    """Read "4", "4.125" or "4 1/8". Raises ValueError for anything else."""
    match = _FRACTION.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a number or a fraction")
    return float(match[1]) + (int(match[2]) / int(match[3]) if match[2] else 0.0)
