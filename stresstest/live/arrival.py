"""What is checked when a series arrives, before anything is stored."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from datetime import date

from .client import FetchError
from .points import Points
from .sources import Source, setting

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
