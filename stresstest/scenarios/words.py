"""A move of a factor as people read it."""

from __future__ import annotations

import math

from ..tables import factor_index, factor_table
from ..units import to_bp, to_percent


def move_text(name: str, move: float) -> str:
    """Basis points for changes, points for VIX, percent simple return for prices."""
    if factor_table()[factor_index()[name]].group == "volatility":
        return f"{to_percent(move):+.1f} points"
    if factor_table()[factor_index()[name]].kind == "change":
        return f"{to_bp(move):+.0f} bp"
    return f"{to_percent(math.expm1(move)):+.1f} %"
