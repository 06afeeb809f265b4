"""Dates as brokers write them, in several orders and in two calendars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

#: Orders of a date written with slashes, dots or hyphens when the year comes last.
MONTH_FIRST, DAY_FIRST = "mdy", "dmy"
#: Years of the Republic of China (Minguo) begin here: 115 is 2026.
MINGUO = 1911
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MINGUO = re.compile(r"(1\d\d)[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})[.-](\d{1,2})[.-](\d{4})", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3})[a-z]*[ -](\d{1,2}),?[ -](\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[ -]?([A-Za-z]{3})[a-z]*[ -]?(\d{4}|\d{2})", re.ASCII)
_EPOCH = re.compile(r"[12]\d{9}(?:\d{3})?", re.ASCII)
_TIME = re.compile(r"[,;T]? \d{1,2}:|[,;T]\d{1,2}:| as of | \d{6}$")


def parse_date(text: str, order: str = MONTH_FIRST) -> date:
    """Read 2034-02-15, 20340215, 2/15/2034, 15.2.2034, 15FEB34, "Feb 15, 2034", 123/02/15 (Minguo), epoch seconds.

    A time after the day, and what follows "as of", are dropped. order: of a date with slashes. Two-digit years are
    20YY. Raises ValueError for anything else and for days that do not exist.
    """
    first = _TIME.split(text.strip())[0].strip().rstrip(",;")
    if _EPOCH.fullmatch(first):
        seconds = int(first) / (1000 if len(first) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).date()
    for pattern, parts in (
        (_ISO, "ymd"), (_COMPACT, "ymd"), (_MINGUO, "Ymd"), (_SLASHED, order), (_DOTTED, DAY_FIRST),
        (_MONTH_FIRST, MONTH_FIRST), (_DAY_FIRST, DAY_FIRST),
    ):  # fmt: skip
        if match := pattern.fullmatch(first):
            part = dict(zip(parts, match.groups(), strict=True))
            return date(_year(part), _month(part["m"]), int(part["d"]))
    raise ValueError("not a date")


def _year(part: dict[str, str]) -> int:
    if "Y" in part:
        return int(part["Y"]) + MINGUO
    return int(part["y"]) + (2000 if len(part["y"]) == 2 else 0)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.casefold() not in _MONTHS:
        raise ValueError("not a month")
    return _MONTHS.index(text.casefold()) + 1


def is_ambiguous(text: str) -> bool:
    """True for a date like 02/03/2030, which two conventions read as two days."""
    match = _SLASHED.fullmatch(text.strip())
    return match is not None and int(match[1]) <= 12 and int(match[2]) <= 12 and match[1] != match[2]


def date_order(cells: Iterable[str]) -> str:
    """Day first if any date with slashes can only be read so; month first otherwise."""
    for cell in cells:
        match = _SLASHED.match(cell.strip())
        if match and 12 < int(match[1]) <= 31:
            return DAY_FIRST
    return MONTH_FIRST


def find_date(text: str) -> date | None:
    """The last date inside a title such as "Positions ... as of 06:04 PM ET, 11/15/2020"; None where there is none."""
    for pattern in (_ISO, _SLASHED, _MONTH_FIRST, re.compile(rf"(?<!\d){_MINGUO.pattern}"), _DAY_FIRST):
        for match in reversed(list(pattern.finditer(text))):
            try:
                return parse_date(match[0])
            except ValueError:
                continue
    return None
