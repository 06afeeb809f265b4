"""Anything to strict JSON: finite numbers of fixed precision, safe text, no trace of the machine."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

import numpy as np

#: Enough to reproduce any figure shown, few enough that a different order of summation does not change the bytes.
DIGITS = 12

_FOLDERS = re.compile(r"(?<![\w.:/\\])(?:/(?:[^/\s]+/)+|[A-Za-z]:\\(?:[^\\\s]+\\)*)")
#: Characters that change the direction of what follows (a name could pass for another), and two that XML forbids.
_UNWANTED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff")


def number(value: float) -> float | None:
    """A float of ``DIGITS`` significant digits, no negative zero; None where it is not finite."""
    return float(f"{value:.{DIGITS}g}") + 0.0 if math.isfinite(value) else None


def text(value: str) -> str:
    """Text on one line, without control, direction or unpaired surrogate characters."""
    kept = ("" if _hidden(c) else c for c in re.sub(r"[\t\r\n]+", " ", value))
    return "".join(kept).strip()


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _UNWANTED


def without_folders(value: str) -> str:
    """Text with the folders of absolute paths removed: the name of a file says enough, its place is private."""
    return _FOLDERS.sub("", value)


def strict(value: object) -> Any:
    """``value`` as cleaned JSON types, arrays and dates included. Raises TypeError for what has no JSON form."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    if isinstance(value, str):
        return text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return text(value.name)
    if isinstance(value, Mapping):
        return {text(str(key)): strict(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return strict(value.tolist())
    if isinstance(value, Iterable):
        return [strict(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def private(value: Any) -> Any:
    """A cleaned JSON value with the folders of absolute paths removed from every text in it."""
    if isinstance(value, str):
        return without_folders(value)
    if isinstance(value, dict):
        return {without_folders(key): private(item) for key, item in value.items()}
    return [private(item) for item in value] if isinstance(value, list) else value
