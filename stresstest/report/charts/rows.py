"""Horizontal bars, the label on a line above each bar and the figure beside it: long names never squeeze the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from . import style

ROW = 34
BAR = 11
ABOVE, BELOW = -7, 8


@dataclass(frozen=True)
class Row:
    """A bar from ``start`` to ``end`` (fractions). tone: "gain", "loss" or "total"; low, high: its band, if any."""

    label: str
    figure: str
    start: float
    end: float
    tone: str
    low: float | None = None
    high: float | None = None


def bars(rows: Sequence[Row], axis: str) -> dict[str, Any]:
    """Specification of the bars in the given order. axis: what the horizontal axis measures, with its unit."""
    import altair as alt

    data = [{**asdict(row), "label": style.above(row.label), "order": i} for i, row in enumerate(rows)]
    width = style.plot_width(row.figure for row in rows)
    base = style.chart(data).encode(y=alt.Y("order:O", axis=None))
    named = alt.Axis(title=axis, titleAnchor="start", titleLimit=style.WIDTH, format="~%", tickCount=5)
    x = alt.X("start:Q", axis=named)
    tone = alt.Color("tone:N", legend=None, scale=alt.Scale(domain=list(style.TONES), range=list(style.TONES.values())))
    layers = [
        base.mark_bar(height=BAR, yOffset=BELOW).encode(x=x, x2="end:Q", color=tone),
        base.mark_text(align="left", yOffset=ABOVE).encode(x=alt.value(0), text="label:N"),
        base.mark_text(align="right", yOffset=BELOW, fontWeight="bold").encode(
            x=alt.value(style.WIDTH), text="figure:N"
        ),
    ]
    if any(row.low is not None for row in rows):
        band = base.transform_filter("isValid(datum.low)").encode(x=alt.X("low:Q"), x2="high:Q")
        layers.append(band.mark_rule(yOffset=BELOW, strokeWidth=2, color=style.INK))
        for end in ("low", "high"):
            layers.append(
                base.mark_tick(yOffset=BELOW, color=style.INK, thickness=2, size=9).encode(x=alt.X(f"{end}:Q"))
            )
    return style.finished(alt.layer(*layers).properties(width=width, height=alt.Step(ROW)))
