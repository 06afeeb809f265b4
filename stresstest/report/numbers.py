"""Numbers to text: the same on every machine, whatever its locale.

Tables show exact figures; prose shows two significant ones. A negative number carries the minus sign U+2212.
Fractions become percent here and nowhere else. What is missing (None) is shown as a dash.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from ..units import PERCENT, to_percent

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"


def _signed(text: str, plus: bool = False) -> str:
    """Typographic minus, no minus on a zero, and a plus where gains and losses share a column."""
    negative = text.startswith("-")
    digits = text.lstrip("-")
    if not any(digit in digits for digit in "123456789"):
        return digits
    return f"{MINUS}{digits}" if negative else f"+{digits}" if plus else digits


def grouped(value: float | None, decimals: int = 0, plus: bool = False) -> str:
    """1234.5 -> "1,235" with thousands in commas."""
    return MISSING if value is None else _signed(f"{value:,.{decimals}f}", plus)


def percent(value: float | None, decimals: int = 2, plus: bool = False) -> str:
    """0.1234 -> "12.34%"."""
    return MISSING if value is None else _signed(f"{to_percent(value):,.{decimals}f}", plus) + "%"


def significant(value: float | None, digits: int = 2) -> str:
    """Round to so many significant figures, without an exponent: 123456 -> "120,000", 0.00456 -> "0.0046"."""
    if not value:
        return MISSING if value is None else "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return grouped(rounded, decimals)


def times(value: float | None, size: float) -> float | None:
    """Product, missing where ``value`` is."""
    return None if value is None else value * size


def points(value: float | None) -> str:
    """0.0123 -> "1.2": a fraction in percent without its sign of unit, to two significant figures; three from 1 on."""
    return significant(times(value, 1 / PERCENT), 3 if value is not None and abs(value) >= 1.0 else 2)


def amount(value: float | None) -> str:
    """A sum of money as it is: without cents from 1,000 on, to two significant figures where cents show nothing."""
    if value is not None and 0.0 < abs(value) < 0.01:
        return significant(value)
    return grouped(value, 2 if value is not None and abs(value) < 1_000 else 0)


def with_error(value: float | None, error: float | None) -> tuple[str, str]:
    """A fraction and its standard error in percent, both to the place of the error's first figure: 1.06 and 0.09.

    After a first figure of 1 one more is kept: 0.58 and 0.18.
    """
    if value is None or not error:
        return points(value), points(error)
    digits, exponent = f"{error / PERCENT:.1e}".split("e")
    place = max(0, digits.startswith("1") - int(exponent))
    return grouped(value / PERCENT, place), grouped(error / PERCENT, place)


_PERCENT_APART = re.compile(r"(?<=\d) %")
_HYPHEN = re.compile(r"(?<![A-Za-z0-9.])-(?=\d[\d,.]*(?:%| bp| 個基點))")
_NOTHING = re.compile(r"\b0(?:\.0*)?e[+-]\d+\b")


def typeset(sentence: str) -> str:
    """A sentence of another stage with its figures written as the report writes them: "-1.5 %" becomes "−1.5%"."""
    joined = _PERCENT_APART.sub("%", sentence)
    return _NOTHING.sub("0", _HYPHEN.sub(MINUS, joined))


def quantity(value: float) -> str:
    """Units held: up to six decimals, none where they are zero."""
    text = grouped(value, 6)
    return text.rstrip("0").rstrip(".") if "." in text else text


_FORMATS: dict[str, Callable[[float], str]] = {
    "money": lambda value: grouped(value),
    "signed_money": lambda value: grouped(value, plus=True),
    "price": lambda value: grouped(value, 2) if abs(value) >= 1 else significant(value, 4),
    "quantity": quantity,
    "percent": percent,
    "signed_percent": lambda value: percent(value, plus=True),
    "judged": lambda value: f"{points(value).removesuffix('.0')}%",
    "chance": lambda value: percent(value) if value == 0 or value >= 1e-4 else f"<{percent(1e-4)}",
    "number": lambda value: grouped(value, 2),
    "signed_number": lambda value: grouped(value, 1, plus=True),
    "count": lambda value: grouped(value),
    "significant": lambda value: significant(value, 3),
}

NUMERIC = frozenset(_FORMATS)


def show(value: object, kind: str) -> str:
    """A table cell as text. ``kind`` is "text" or one of ``NUMERIC``; nothing (None, "") is shown as a dash."""
    if value is None or value == "":
        return MISSING
    if kind in NUMERIC and isinstance(value, (int, float)):
        return _FORMATS[kind](value)
    return str(value)
