"""What is checked when a series arrives, before anything is stored."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from .client import FetchError
from .points import Points
from .sources import Source, setting

#: Days between two dates of a series, by its frequency; the median must lie in this.
SPACING = {"day": (1, 5), "week": (5, 9), "month": (27, 32), "quarter": (88, 93)}
#: Fewer dates do not tell a frequency.
LEAST_DATES = 3
#: A wrong unit is most often a power of ten away; these are tried for the hint.
LIKELY_SLIPS = (1e-2, 1e2, 1e-3, 1e3, 1e-6, 1e6, 1e9, 1e-9)


def checked(source: Source, points: Points, stored: Mapping[date, float], today: date) -> Points:
    """The points in the unit of the column. Raises FetchError for a series that breaks its contract.

    stored: values that the cache holds already, in the unit of the column.
    """
    values = {day: value * source.multiply for day, value in sorted(points.items())}
    if not values and not stored:
        raise FetchError("not_data", "an empty series")
    if any(day > today for day in values):
        raise FetchError("not_data", f"a value of {max(values)}, which is still to come")
    if not _is_spaced(source, values):
        raise FetchError("not_data", f"values {_gap(values):g} days apart, where one a {source.frequency} is declared")
    if values and not _fits(source, values, 1.0):
        raise FetchError("not_data", _wrong_size(source, values))
    common = [values[day] / stored[day] for day in values if stored.get(day)]
    slip = setting("slip_ratio")
    if common and not 1.0 / slip <= abs(statistics.median(common)) <= slip:
        raise FetchError(
            "not_data", f"{statistics.median(common):g} times the stored values of the same days: another unit?"
        )
    return values


def is_late(source: Source, newest: date, today: date) -> bool:
    """Whether the newest value is older than the contract allows."""
    return (today - newest).days > source.max_age_days


def _gap(values: Points) -> float:
    """Median of the days between two dates."""
    days = sorted(values)
    return statistics.median((after - before).days for before, after in pairwise(days))


def _is_spaced(source: Source, values: Points) -> bool:
    """Whether dates come as often as the contract says."""
    if len(values) < LEAST_DATES:
        return True
    low, high = SPACING[source.frequency]
    return low <= _gap(values) <= high


def _fits(source: Source, values: Points, size: float) -> bool:
    low, high = min(values.values()) * size, max(values.values()) * size
    # a short tail of a long series may be quieter than the whole: the median is asked of a year and more
    quiet = len(values) < 12 or statistics.median(abs(v) for v in values.values()) * size >= source.typical_low
    return low >= source.low and high <= source.high and quiet


def _wrong_size(source: Source, values: Points) -> str:
    found = f"values from {min(values.values()):g} to {max(values.values()):g}"
    slip = next((size for size in LIKELY_SLIPS if _fits(source, values, size)), None)
    hint = f"; multiplied by {slip:g} they would fit, so the unit has changed" if slip else ""
    return f"{found} instead of {source.low:g} to {source.high:g} {source.unit}{hint}"
