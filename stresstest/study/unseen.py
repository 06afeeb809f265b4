"""What no loss of a study contains, said before everything else where it is large."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Problem

#: Share of net value above which what is not modelled could change every figure.
LARGE = 0.05


def unseen_warnings(missing: float, value: float, unpriced: int, name: str = "") -> Iterable[Problem]:
    """Warnings for the gross value that is not modelled (USD), and for rows of no known value.

    value: net value in USD, what is not modelled included. name: of the portfolio, where there are several.
    """
    if missing > LARGE * max(value, 0.0):
        share = f", {missing / value:.0%} of net value" if value > 0 else ""
        hint = "No loss and no risk figure contains it: each of them is too small, perhaps by far."
        found = f"USD {missing:,.0f} not modelled{share} (contracts at what they are written on)"
        yield Problem(None, "coverage", found, f"at most {LARGE:.0%} of net value outside the model", hint, name)
    if unpriced:
        rows = "1 row" if unpriced == 1 else f"{unpriced:,} rows"
        hint = (
            "The modelled share counts priced rows, and contracts at what they are written on; "
            "--fetch looks for prices."
        )
        yield Problem(None, "coverage", f"{rows} without a known value", "a price or a value in every row", hint, name)
