"""Before and after on one line: a ring before, a filled diamond after, told apart by shape as well as colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from . import style
from .rows import ABOVE, BELOW, ROW


@dataclass(frozen=True)
class Pair:
    """Two values (fractions) of one thing, and the text that states them."""

    label: str
    figure: str
    before: float
    after: float


def pairs(rows: Sequence[Pair], axis: str) -> dict[str, Any]:
    """Specification of the pairs in the given order."""
    import altair as alt

    data = [{**asdict(row), "label": style.above(row.label), "order": i} for i, row in enumerate(rows)]
    width = style.plot_width(row.figure for row in rows)
    base = style.chart(data).encode(y=alt.Y("order:O", axis=None))
    before = alt.X("before:Q", axis=alt.Axis(title=axis, format="~%", tickCount=5), scale=alt.Scale(zero=True))
    ring: dict[str, Any] = {"shape": "circle", "size": 90, "color": style.ORANGE, "fill": "white", "strokeWidth": 2.5}
    diamond: dict[str, Any] = {"shape": "diamond", "size": 110, "color": style.BLUE, "fill": style.BLUE}
    layers = (
        base.mark_rule(yOffset=BELOW, strokeWidth=2, color=style.GREY).encode(x=before, x2="after:Q"),
        base.mark_point(yOffset=BELOW, opacity=1, **ring).encode(x=before),
        base.mark_point(yOffset=BELOW, opacity=1, **diamond).encode(x=alt.X("after:Q")),
        base.mark_text(align="left", yOffset=ABOVE).encode(x=alt.value(0), text="label:N"),
        base.mark_text(align="right", yOffset=BELOW, fontWeight="bold").encode(
            x=alt.value(style.WIDTH), text="figure:N"
        ),
    )
    return style.finished(alt.layer(*layers).properties(width=width, height=alt.Step(ROW)))
