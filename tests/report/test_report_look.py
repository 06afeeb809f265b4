"""What can be seen: contrast on a light and on a dark ground, headings in order, tables that say what they hold."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import fake
import pytest
from reading import Reader

from stresstest.report import page, to_document
from stresstest.report.catalogue import load
from stresstest.report.charts import figures, plumbing_shapes, style, svg

DARK = "@media screen and (prefers-color-scheme: dark) {"
#: WCAG 2.2: body text (1.4.3), and parts of a picture that are needed to read it (1.4.11).
TEXT, PICTURE = 4.5, 3.0
NAMED = {"white": "#ffffff"}
#: Shades on each side of zero, as style.css names them.
SHADES = [f"{side}-{step}" for side in ("gain", "loss") for step in range(1, page.SHADES + 1)]


def sheets() -> tuple[str, str]:
    """The rules for a light ground, and those that a dark one changes."""
    light, _, rest = page.style().partition(DARK)
    dark, _, after = rest.partition("\n}\n")
    return light + after, dark


def variables(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]+)", sheet.partition("}")[0]))


def luminance(colour: str) -> float:
    digits = NAMED.get(colour, colour).lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def drawn_in_dark(colour: str) -> set[str]:
    """What a colour of a figure becomes on a dark ground; itself where no rule changes it."""
    found = re.findall(rf'svg \[(?:fill|stroke)="{colour}"\] {{ (?:fill|stroke): (#\w+); }}', sheets()[1])
    return set(found) or {colour}


def test_contrast_measures_what_the_guidelines_do() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21.0)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", [0, 1])
def test_every_text_can_be_read(mode: int) -> None:
    found = variables(sheets()[mode])
    for ink in ("ink", "quiet", "accent"):
        for ground in ("ground", "soft"):
            assert contrast(found[ink], found[ground]) >= TEXT, (ink, ground)


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("shade", SHADES)
def test_a_figure_can_be_read_on_every_shade_of_the_map(shade: str, mode: int) -> None:
    sheet = sheets()[mode]
    found = re.search(rf"\.{shade} {{ background: (#\w+);(?: color: (#\w+);)? }}", sheet)
    assert found is not None
    assert contrast(found[2] or variables(sheet)["ink"], found[1]) >= TEXT


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("side", ["gain", "loss"])
def test_shades_leave_the_ground_step_by_step(side: str, mode: int) -> None:
    sheet = sheets()[mode]
    grounds = re.findall(rf"\.{side}-\d {{ background: (#\w+);", sheet)
    away = [contrast(ground, variables(sheet)["ground"]) for ground in grounds]
    assert len(away) == page.SHADES
    assert away == sorted(away)


@pytest.mark.parametrize("colour", [style.INK, style.BLUE, style.ORANGE, style.GREY])
def test_marks_stand_out_on_both_grounds(colour: str) -> None:
    light, dark = map(variables, sheets())
    least = TEXT if colour == style.INK else PICTURE
    assert contrast(colour, light["ground"]) >= least
    (turned,) = drawn_in_dark(colour)
    assert turned != colour
    assert contrast(turned, dark["ground"]) >= least


def test_areas_beside_each_other_differ_in_lightness_and_a_calendar_runs_one_way() -> None:
    for turn in (lambda colour: colour, lambda colour: next(iter(drawn_in_dark(colour)))):
        areas = [turn(colour) for colour in style.AREAS]
        assert len(set(areas)) == len(areas)
        assert min(contrast(*pair) for pair in pairwise(areas)) > 1.25
        ramp = [luminance(turn(colour)) for colour in style.SHADES]
        assert ramp in (sorted(ramp), sorted(ramp, reverse=True))
    ground = variables(sheets()[1])["ground"]
    away = [contrast(next(iter(drawn_in_dark(colour))), ground) for colour in style.SHADES]
    assert away == sorted(away)


def pictures(document: dict[str, Any]) -> list[str]:
    """Every figure of the report, and the shapes that only the page of ``project`` has."""
    days = [f"2026-09-{day:02}" for day in range(1, 13)]
    chances = [0.0, *(bound + 0.001 for bound in plumbing_shapes.BOUNDS)]
    shapes = (
        plumbing_shapes.stack(days, {f"area {k}": [1.0] * 12 for k in range(len(style.AREAS))}, "USD bn", ",d"),
        plumbing_shapes.calendar(days, 2 * chances, "Chance"),
        plumbing_shapes.histograms([0.0, 1.0, 2.0], {"ample": [0.4, 0.6]}, ("15 bp", 1.0), "Basis points"),
    )
    drawn = [svg.render(shape, f"shape-{k}", "title", "note") for k, shape in enumerate(shapes)]
    return [figure.picture for figure in figures(document, load("en")).values()] + drawn


def test_no_figure_has_a_colour_that_a_dark_ground_does_not_know(document: dict[str, Any]) -> None:
    ground = variables(sheets()[1])["ground"]
    used = {colour for picture in pictures(document) for colour in re.findall(r'(?:fill|stroke)="([^"]+)"', picture)}
    assert {style.INK, style.BLUE, style.ORANGE, style.LINE, *style.AREAS, *style.SHADES} <= used
    for colour in used - {"none", "transparent"}:
        assert re.fullmatch(r"#[0-9A-Fa-f]{6}|white", colour), colour
        turned = drawn_in_dark(colour)
        if colour not in (style.LINE, "white", *style.SHADES):
            assert all(contrast(one, ground) >= PICTURE for one in turned), colour
    assert drawn_in_dark("white") == {ground}


def test_every_word_in_a_figure_has_a_colour_of_its_own(document: dict[str, Any]) -> None:
    """A word without one would be black, and lost on a dark ground."""
    words = [word for picture in pictures(document) for word in re.findall(r"<text\b[^>]*>", picture)]
    assert len(words) > 100
    assert all(f'fill="{style.INK}"' in word for word in words)


def test_a_printed_page_is_light() -> None:
    """The rules for a dark ground hold on a screen only."""
    assert page.style().count("prefers-color-scheme") == 1
    assert DARK in page.style()


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_headings_step_down_one_at_a_time(language: str, pages: dict[str, str]) -> None:
    levels = [int(tag[1]) for tag in Reader(pages[language]).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_every_table_has_a_caption_and_every_heading_cell_a_direction(language: str, pages: dict[str, str]) -> None:
    html = pages[language]
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert len(tables) > 20
    for found in tables:
        assert re.search(r"<caption[^>]*><span>[^<]", found)
        assert all('scope="' in cell for cell in re.findall(r"<th\b[^>]*>", found))
    regions = re.findall(r'<div class="scroll"[^>]*>', html)
    assert len(regions) == len(tables)
    assert all('tabindex="0"' in region and "aria-label" in region for region in regions)


def test_the_first_screen_has_its_figure_beside_it_only_where_there_is_one(pages: dict[str, str]) -> None:
    assert '<div class="lead">' in pages["en"]
    bare = {**to_document(fake.study()), "scenarios": []}
    assert '<div class="lead">' not in page.render(bare, load("en"))


def test_a_label_has_the_whole_line_and_the_figure_stands_beside_the_bar() -> None:
    label = "Past: Global financial crisis (peak to trough)"
    assert style.above(label) == label
    assert style.above("歷史：" + 40 * "長").endswith("…")
    assert style.plot_width(["loss 5%", "loss 22.8%"]) < style.plot_width(["loss 5%"]) < style.WIDTH
