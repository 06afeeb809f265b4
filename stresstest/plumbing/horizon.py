"""How far ahead the record reaches: a warning for horizons longer than any runoff that has been seen."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Problem
from ..units import WEEKS_A_MONTH
from .constants import constant


def beyond_record(months: float) -> Iterable[Problem]:
    """One warning where the horizon is longer than the longest runoff on record, else none."""
    longest = constant("longest_runoff") / WEEKS_A_MONTH
    if months > longest:
        hint = (
            "Laws of liquidity, repo demand and the committee are those of 2017 to 2026: read figures this far ahead "
            "as arithmetic, not as a forecast."
        )
        expected = f"at most {longest:.0f} months, the longest runoff on record"
        yield Problem(None, "months", f"{months:g} months", expected, hint)
