"""The simulated result of one horizon, with the tail measures marked above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import style

HEIGHT = 170
#: Each mark is written on its own line above the plot, so that close marks do not overlap.
LINE_HEIGHT = 18


def histogram(
    edges: Sequence[float], probability: Sequence[float], marks: Mapping[str, float], axes: tuple[str, str]
) -> dict[str, Any]:
    """Specification. edges: fractions; marks: text and place of each line; axes: horizontal and vertical titles."""
    import altair as alt

    bins = [
        {"from": low, "to": high, "probability": p, "tone": "loss" if low + high < 0 else "gain"}
        for low, high, p in zip(edges, edges[1:], probability, strict=False)
    ]
    lines = [{"at": at, "text": text} for text, at in marks.items()]
    tone = alt.Color("tone:N", legend=None, scale=alt.Scale(domain=list(style.TONES), range=list(style.TONES.values())))
    x = alt.X(
        "from:Q",
        bin="binned",
        axis=alt.Axis(title=axes[0], format="~%", tickCount=6, grid=False),
        scale=alt.Scale(nice=False),
    )
    y = alt.Y("probability:Q", axis=style.upright(axes[1], "~%", lift=len(lines) * LINE_HEIGHT))
    layers = [style.chart(bins).mark_bar(binSpacing=1).encode(x=x, x2="to:Q", y=y, color=tone)]
    for i, line in enumerate(lines):
        top = -(len(lines) - i) * LINE_HEIGHT
        base = style.chart([line]).encode(x=alt.X("at:Q"))
        layers.append(base.mark_rule(color=style.INK, strokeDash=[4, 3]).encode(y=alt.value(top), y2=alt.value(HEIGHT)))
        text = base.mark_text(align="left", baseline="top", dx=5, dy=-1)
        layers.append(text.encode(y=alt.value(top), text="text:N"))
    return style.finished(alt.layer(*layers).properties(width=style.WIDTH - 40, height=HEIGHT))
