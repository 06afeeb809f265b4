"""Units: converted once at the edge, decimals inside.

Rates, spreads, returns and shares are decimals (0.01 is one percent or 100 basis points);
balance-sheet amounts are USD bn; time is in years unless a name says otherwise.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from .errors import DataError, Problem

Number = TypeVar("Number", float, np.ndarray)

BP = 1e-4
PERCENT = 1e-2
WEEKS_A_YEAR = 52
MONTHS_A_YEAR = 12
WEEKS_A_MONTH = WEEKS_A_YEAR / MONTHS_A_YEAR
BUSINESS_DAYS_A_WEEK = 5

#: The size of one unit in internal terms. A compound unit is written "a per b".
SIZE = {
    "1": 1.0,
    "decimal": 1.0,
    "bp": BP,
    "pp": PERCENT,
    "percent": PERCENT,
    "100bp": PERCENT,
    "10bp": 10 * BP,
    "pp2": PERCENT**2,
    "vix_point": PERCENT,
    "usd_mn": 1e-3,
    "usd_bn": 1.0,
    "usd_tn": 1000.0,
    "month": 1.0 / MONTHS_A_YEAR,
    "week": 1.0 / WEEKS_A_YEAR,
    "year": 1.0,
}


def size_of(unit: str) -> float:
    """Internal size of one ``unit``: "bp per pp" is 1e-4 / 1e-2.

    Raises DataError for a unit that is not in ``SIZE``.
    """
    parts = [part.strip() for part in unit.split(" per ")]
    for part in parts:
        if part not in SIZE:
            raise DataError(
                Problem(None, "unit", repr(unit), f"one of {', '.join(SIZE)}, or 'a per b'", "Mend the table.")
            )
    result = SIZE[parts[0]]
    for part in parts[1:]:
        result /= SIZE[part]
    return result


def to_bp(value: Number) -> Number:
    """Decimal to basis points."""
    return value / BP


def to_percent(value: Number) -> Number:
    """Decimal to percent."""
    return value / PERCENT


def fixed(value: float, spec: str) -> str:
    """``format(value, spec)``, but no sign on what rounds to zero: "+.1f" makes +0.3 and 0.0 of 0.26 and -0.01."""
    text = format(value, spec)
    return text if any(letter in text for letter in "123456789n") else text.lstrip("+-")


def counted(number: float, noun: str) -> str:
    """A number with its noun: "1 month", "12 months"."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def simple_return(log_return: Number) -> Number:
    """Log return to simple return: the form in which people read price moves."""
    return np.expm1(log_return)
