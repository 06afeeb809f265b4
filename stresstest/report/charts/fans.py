"""A mean path inside its 90 percent band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import style

HEIGHT = 190


def fan(
    dates: Sequence[str],
    series: Mapping[str, Sequence[float]],
    axis: str,
    number_format: str,
    line: float = 2.5,
    marks: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Specification of a fan. series: mean, p05, p95 by date; number_format: of the vertical axis, as d3 writes it.

    marks: level of each horizontal line by the text that stands on it.
    """
    import altair as alt

    data = [
        {"date": day, "mean": mean, "low": low, "high": high}
        for day, mean, low, high in zip(dates, series["mean"], series["p05"], series["p95"], strict=True)
    ]
    base = style.chart(data).encode(x=style.months())
    y = alt.Y("low:Q", axis=style.upright(axis, number_format), scale=alt.Scale(zero=False))
    layers = [
        base.mark_area(color=style.BLUE, opacity=0.25).encode(y=y, y2="high:Q"),
        base.mark_line(color=style.BLUE, strokeWidth=line).encode(y=alt.Y("mean:Q")),
    ]
    for text, level in (marks or {}).items():
        mark = style.chart([{"level": level, "text": text}]).encode(y=alt.Y("level:Q"))
        layers.append(mark.mark_rule(color=style.INK, strokeDash=[4, 3]))
        above = mark.mark_text(align="left", baseline="bottom", dx=2, dy=-2)
        layers.append(above.encode(x=alt.value(0), text="text:N"))
    return style.finished(alt.layer(*layers).properties(width=style.WIDTH - 40, height=HEIGHT))
