"""The file's own totals against the sum of what was read: where they differ, and by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .findings import Findings
from .raw import FileTotal

#: Differences below this share of the total, or this much a row, are rounding.
RELATIVE, A_ROW = 5e-4, 0.02


def reconcile(totals: tuple[FileTotal, ...], values: Mapping[int, float], base_usd: float, findings: Findings) -> None:
    """Warn about every total that the rows do not sum to; name the row whose value is the difference, if one is.

    values: USD by physical line. base_usd: dollars per unit of the currency of the totals.
    """
    for total in totals:
        rows = {line: values.get(line, 0.0) / base_usd for line in total.lines}
        read = math.fsum(rows.values())
        gap = read - total.amount
        tolerance = max(RELATIVE * abs(total.amount), A_ROW * (len(rows) + 1))
        if abs(gap) > tolerance:
            found = f"{total.amount:,.2f} in the file; the rows read sum to {read:,.2f}"
            findings.warn(total.line, total.label, found, "equal sums", _explain(gap, rows, tolerance))


def _explain(gap: float, rows: Mapping[int, float], tolerance: float) -> str:
    text = f"The difference is {gap:,.2f}"
    culprit = next((line for line, value in sorted(rows.items()) if abs(value - gap) <= tolerance and value), None)
    return f"{text}." if culprit is None else f"{text}: the value of row {culprit}, which the total leaves out."
