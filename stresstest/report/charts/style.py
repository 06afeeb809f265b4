"""The look of every chart: one width that stays readable from a 320-pixel phone to print, two colours, plain axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

#: Drawn at this width and scaled by the page: 0.8 on a narrow phone, 1.3 on a desk.
WIDTH = 360
FONT = 13
#: Okabe and Ito's blue and vermilion: told apart by every kind of colour vision, 3:1 or more against white.
BLUE, ORANGE, GREY, INK, LINE = "#0072B2", "#D55E00", "#767676", "#222222", "#E3E3E3"
TONES = {"gain": BLUE, "loss": ORANGE, "total": GREY}
#: Longest label that fits beside its figure, in half-width characters.
LABEL = 33


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
        .configure_text(fontSize=FONT, color=INK)
    )
    return dict(styled.to_dict())


def upright(title: str, number_format: str, lift: float = 0) -> alt.Axis:
    """A vertical axis with its title lying flat above it, ``lift`` higher to clear what stands over the plot."""
    import altair as alt

    axis = {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": -30, "titleY": -10 - lift}
    return alt.Axis.from_dict({**axis, "title": title, "format": number_format, "tickCount": 5})


def shorten(text: str, width: int = LABEL) -> str:
    """Text cut to ``width`` half-width characters; the table below the chart has it whole."""
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
