"""A move and a level of a factor as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..tables import factor_index, factor_table
from ..units import fixed, to_bp, to_percent


def move_text(name: str, move: float) -> str:
    """Basis points for changes, points for VIX, percent simple return for prices; no sign on what rounds to zero."""
    if factor_table()[factor_index()[name]].group == "volatility":
        return f"{fixed(to_percent(move), '+.1f')} points"
    if factor_table()[factor_index()[name]].kind == "change":
        return f"{fixed(to_bp(move), '+.0f')} bp"
    return f"{fixed(to_percent(math.expm1(move)), '+.1f')} %"


def level_text(name: str, levels: Mapping[str, float]) -> str:
    """Percent for rates and spreads, points for volatility, prices as quoted; empty where no level is known."""
    level = levels.get(name)
    if level is None:
        return ""
    factor = factor_table()[factor_index()[name]]
    if factor.kind == "log_return":
        return f"{level:.5g}"
    return f"{to_percent(level):.1f} points" if factor.group == "volatility" else f"{to_percent(level):.2f} %"
