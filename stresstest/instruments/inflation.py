"""Index ratios of inflation-linked bonds: the reference price index of a day, and its growth.

The reference index of the first of a month is the consumer price index of three months before; between two firsts it is
linear in days (US TIPS: 31 CFR 356, appendix B; the same rule holds for most linkers issued since).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date

from ..errors import DataError, Problem
from .daycount import add_months

LAG_MONTHS = 3
#: Decimals to which the US Treasury rounds reference indices and index ratios.
PLACES = 5


def reference_index(prices: Mapping[date, float], day: date) -> float:
    """Reference index on ``day``, rounded to five decimals; prices: index by the first of its month.

    Raises DataError where a month is missing.
    """
    first = day.replace(day=1)
    months = [add_months(first, -LAG_MONTHS + k, False) for k in (0, 1)]
    missing = [month for month in months if month not in prices]
    if missing and not (day.day == 1 and missing == [months[1]]):
        names = ", ".join(f"{month:%Y-%m}" for month in missing)
        raise DataError(Problem(None, "price index", f"nothing for {names}", "a value for each month", ""))
    start = prices[months[0]]
    share = (day.day - 1) / calendar.monthrange(day.year, day.month)[1]
    return round(start + (share * (prices[months[1]] - start) if share else 0.0), PLACES)


def index_ratio(prices: Mapping[date, float], dated: date, day: date) -> float:
    """Growth of the reference index from the dated date of the bond to ``day``, rounded to five decimals."""
    return round(reference_index(prices, day) / reference_index(prices, dated), PLACES)
