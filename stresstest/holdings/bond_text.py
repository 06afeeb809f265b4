"""Coupon, maturity and kind of a bond from the words that brokers use for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from ..tables import read_table
from .dates import parse_date
from .fields import DIGITS
from .numbers import parse_fraction

_COUPON = re.compile(r"(\d{1,2}(?:\.\d+)?)\s?%", re.ASCII)
_DAY = re.compile(r"\b(\d{4}[-/]\d{2}[-/]\d{2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2}))\b", re.ASCII)
_SYMBOL = re.compile(r"[A-Z]+ (\d+(?:\.\d+)?(?: \d+/[1-9]\d*)?) (\d{1,2}/\d{1,2}/\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class BondText:
    """What the words say; None or "" where they say nothing. coupon: decimal.

    issuer: "treasury", "agency", "municipal" or "".
    """

    coupon: float | None = None
    maturity: date | None = None
    asset_class: str = ""
    issuer: str = ""


@cache
def _words() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    rows = read_table("stresstest.holdings", "bond_words.csv")
    return tuple((re.compile(row["pattern"]), row["asset_class"], row["issuer"]) for row in rows)


@cache
def _any_word() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _, _ in _words()))


def has_bond_word(text: str) -> bool:
    """Whether a word in capitals tells the kind or the issuer of a bond."""
    return _any_word().search(text) is not None


def read_bond(symbol: str, name: str) -> BondText:
    """Read "UNITED STATES TREAS SER B-2034 4.00000% 02/15/2034", "T 4 1/8 11/15/32" and the like."""
    words = (name or symbol).upper()
    coupon, maturity = _from_symbol(symbol)
    if coupon is None and (found := _COUPON.search(words)):
        coupon = round(float(found[1]) / 100, DIGITS)
    if maturity is None:
        maturity = _last_day(words)
    asset_class, issuer = _kind(f"{symbol.upper()} | {words}")
    return BondText(coupon, maturity, asset_class, issuer)


def _from_symbol(symbol: str) -> tuple[float | None, date | None]:
    match = _SYMBOL.fullmatch(symbol.upper())
    if match is None:
        return None, None
    try:
        return round(parse_fraction(match[1]) / 100, DIGITS), parse_date(match[2])
    except ValueError:
        return None, None


def _last_day(words: str) -> date | None:
    for text in reversed(_DAY.findall(words)):
        try:
            return parse_date(text)
        except ValueError:
            continue
    return None


def _kind(words: str) -> tuple[str, str]:
    """First class and first issuer among the patterns that match, in the order of the table."""
    hits = [(asset_class, issuer) for pattern, asset_class, issuer in _words() if pattern.search(words)]
    asset_class = next((hit[0] for hit in hits if hit[0]), "")
    return asset_class, next((hit[1] for hit in hits if hit[1]), "")
