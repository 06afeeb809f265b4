"""What a provider hands over: dated values of one series, or the reason why there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from .client import FetchError

Points: TypeAlias = dict[date, float]
Outcome: TypeAlias = Points | FetchError


def records(text: str, *path: str) -> list[Mapping[str, Any]]:
    """The list of JSON objects at ``path``. Raises FetchError for anything else (a truncated or changed answer)."""
    try:
        found = json.loads(text)
        for key in path:
            found = found[key]
    except (ValueError, KeyError, TypeError):
        raise FetchError("not_data", f"JSON without {'/'.join(path)}") from None
    if not (isinstance(found, list) and all(isinstance(row, dict) for row in found)):
        raise FetchError("not_data", f"{'/'.join(path)} is no list of records")
    return found


def dated(rows: Iterable[Mapping[str, Any]], day: str, value: str) -> Points:
    """Values by date, added up within a day; rows with no value ("", "null", None, "-") are passed over.

    Raises FetchError where no row has the two keys, or a cell cannot be read.
    """
    points: Points = {}
    seen = False
    for row in rows:
        if day not in row or value not in row:
            continue
        seen = True
        cell = row[value]
        if cell in (None, "", "null", "-"):
            continue
        try:
            key = date.fromisoformat(str(row[day])[:10])
            points[key] = points.get(key, 0.0) + float(str(cell).replace(",", ""))
        except ValueError as error:
            raise FetchError("not_data", f"{value}: {error}") from None
    if not seen:
        raise FetchError("not_data", f"no record has both {day} and {value}: the columns have changed")
    return points
