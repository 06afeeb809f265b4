"""The look of every chart: one width that stays readable from a 320-pixel phone to print, two colours, plain axes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

#: Drawn at this width and scaled by the page: 0.8 on a narrow phone, 1.3 on a desk.
WIDTH = 360
FONT = 13
#: Okabe and Ito's blue and vermilion: told apart by every kind of colour vision, 3:1 or more against white.
BLUE, ORANGE, GREY, INK, LINE = "#0072B2", "#D55E00", "#767676", "#222222", "#E3E3E3"
#: Areas beside each other, told apart by lightness as well as hue; each has its name beside it.
AREAS = (BLUE, "#C9C9C9", "#E69F00", "#009E73", "#56B4E9", "#CC79A7")
#: One hue, light to dark: small chances to large ones.
SHADES = ("#EEF3F7", "#C2DDEE", "#7FB5DA", "#2E84BD", "#00507E", "#001F33")
TONES = {"gain": BLUE, "loss": ORANGE, "total": GREY}
#: Half-width characters on the line above a bar, and the width of a bold one in the figure beside the bar.
LINE_COLUMNS, BOLD = 46, 9.0
#: Between the bars and the widest figure.
GAP = 8


def chart(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart of these rows, without marks yet."""
    import altair as alt

    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]


def finished(layers: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The Vega-Lite specification with the common style."""
    styled = (
        layers.configure(font="sans-serif", background="transparent", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=FONT,
            titleFontSize=FONT,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
            gridColor=LINE,
            domain=False,
            tickColor=LINE,
            titlePadding=8,
            labelFlush=False,
            labelSeparation=8,
        )
        .configure_legend(labelColor=INK, titleColor=INK)
        .configure_text(fontSize=FONT, color=INK)
    )
    return dict(styled.to_dict())


def months() -> alt.X:
    """A horizontal axis of dates in universal time: the same picture in every time zone."""
    import altair as alt

    axis = alt.Axis(title=None, format="%Y-%m", tickCount=4, grid=False)
    return alt.X("date:T", axis=axis, scale=alt.Scale(type="utc"))


def upright(title: str, number_format: str, lift: float = 0) -> alt.Axis:
    """A vertical axis with its title lying flat above it, ``lift`` higher to clear what stands over the plot."""
    import altair as alt

    axis = {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": -30, "titleY": -10 - lift}
    return alt.Axis.from_dict({**axis, "title": title, "format": number_format, "tickCount": 5})


def plot_width(figures: Iterable[str]) -> int:
    """What the figures beside them leave for the bars: the figures stand right-aligned at ``WIDTH``."""
    widest = max((sum(map(_columns, figure)) for figure in figures), default=0)
    return WIDTH - GAP - math.ceil(BOLD * widest)


def above(label: str) -> str:
    """The label cut to one line; the table below the chart has it whole."""
    return shorten(label, LINE_COLUMNS)


def shorten(text: str, width: int) -> str:
    """Text cut to ``width`` half-width characters."""
    kept, used = "", 0
    for character in text:
        used += _columns(character)
        if used > width:
            return kept.rstrip()[: len(text)] + "\N{HORIZONTAL ELLIPSIS}"
        kept += character
    return kept


def _columns(character: str) -> int:
    from unicodedata import east_asian_width

    return 2 if east_asian_width(character) in "WF" else 1
