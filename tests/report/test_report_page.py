"""The page: self-contained, escaped, accessible, in two languages from the same figures."""

from __future__ import annotations

import math
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import fake
import pytest
from reading import Reader

from stresstest.records import Estimate, Study
from stresstest.report import page, summary_markdown, summary_text, to_document
from stresstest.report.catalogue import Catalogue, load
from stresstest.report.charts import figures
from stresstest.report.prose import answer
from stresstest.report.tables.cells import table
from stresstest.report.tables.losses import MOST_SCENARIOS, MOST_STORIES, headline, selected

SVG = "{http://www.w3.org/2000/svg}"


def test_nothing_from_the_holdings_becomes_markup(pages: dict[str, str]) -> None:
    for html in pages.values():
        assert fake.SCRIPT not in html
        assert "&lt;script&gt;" in html
        assert "script" not in Reader(html).tags


def test_asks_nobody_for_anything(pages: dict[str, str]) -> None:
    for html in pages.values():
        read = Reader(html)
        policy = [value for _, name, value in read.attributes if name == "content" and "default-src" in value]
        assert policy == [
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        ]
        loads = [
            (t, n, v) for t, n, v in read.attributes if n.split(":")[-1] in ("src", "href", "srcset", "action", "data")
        ]
        assert all(value.startswith("#") for _, _, value in loads)
        assert not {"script", "link", "iframe", "object", "embed", "img", "form"} & set(read.tags)
        assert "@import" not in html
        assert not re.search(r"url\((?!#)", html)
        assert not [name for _, name, _ in read.attributes if name.startswith("on")]


def test_links_and_labels_lead_somewhere(pages: dict[str, str]) -> None:
    for html in pages.values():
        read = Reader(html)
        names = [value for _, name, value in read.attributes if name == "id"]
        assert len(names) == len(set(names))
        targets = [value[1:] for _, name, value in read.attributes if name == "href"]
        targets += [part for _, name, value in read.attributes if name == "aria-labelledby" for part in value.split()]
        targets += re.findall(r"url\(#([^)]+)\)", html)
        assert set(targets) <= set(names)
        assert len(targets) > len(page.SECTIONS)


def test_page_names_its_language(pages: dict[str, str]) -> None:
    assert '<html lang="en">' in pages["en"]
    assert '<html lang="zh-Hant-TW">' in pages["zh-TW"]
    assert "壓力測試" in pages["zh-TW"]


def test_both_languages_show_the_same_figures(pages: dict[str, str]) -> None:
    english, chinese = (Reader(pages[language]).figures for language in ("en", "zh-TW"))
    assert english == chinese
    assert len(english) > 200


def test_every_figure_is_a_named_picture_with_its_data(document: dict[str, Any]) -> None:
    drawn = figures(document, load("en"))
    assert len(drawn) == 10
    for name, figure in drawn.items():
        root = ET.fromstring(figure.picture)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"fig-{name}-title fig-{name}-desc"
        assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
        assert (root[0].text, root[1].text) == (figure.title, figure.note)
        assert root.get("viewBox")
        assert "width" not in root.attrib
        assert figure.table.rows
        assert root.findall(f".//{SVG}text"), "text stays text"
        assert not root.findall(f".//{SVG}script")


def test_charts_are_quick(document: dict[str, Any]) -> None:
    figures(document, load("en"))
    start = time.thread_time()
    figures(document, load("en"))
    assert time.thread_time() - start < 10.0


@pytest.mark.parametrize("status", ["infeasible", "no_trade", None])
def test_every_kind_of_proposal_has_its_words(status: str | None) -> None:
    document = to_document(fake.study(status))
    html = page.render(document, load("en"))
    expected = {
        "infeasible": "Raise the turnover limit from 15% to 22%",
        "no_trade": "No trade is proposed",
        None: "No proposal was asked for",
    }[status]
    assert expected in html


def test_a_study_without_scenarios_still_reports(study: Study) -> None:
    html = page.render(to_document(replace(study, scenarios=())), load("en"))
    assert "No named scenario was run." in html


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        (0.0058, 0.0018, "adds 0.58 points"),
        (0.0030, 0.0018, "cannot be told from zero"),
        (-0.0001, 0.0018, "cannot be told from zero"),
        (-0.0100, 0.0018, "lowers that tail by 1.00 points"),
        (0.0058, float("nan"), "cannot be told from zero"),
    ],
)
def test_noise_is_never_sold_as_an_effect_of_the_plan(study: Study, size: float, error: float, words: str) -> None:
    tail = Estimate(size, size - 0.003, size + 0.003, error)
    document = to_document(replace(study, increment=replace(study.increment, es_95=tail)))
    ordinary, plan = answer(document, load("en"))[:2]
    assert words in plan.sentence
    assert "holding the book" in ordinary.sentence


def test_a_figure_that_is_missing_is_shown_as_a_dash(study: Study) -> None:
    unbanded = Estimate(0.2, math.nan, math.nan, math.nan)
    risk = replace(study.risk, es_95=unbanded, var_99=replace(unbanded, value=math.nan), cdar_95=math.nan)
    increment = replace(study.increment, mean=unbanded, es_95=unbanded)
    holes = to_document(replace(study, risk=risk, increment=increment))
    html = page.render(holes, load("en"))
    assert not re.search(r"\b(nan|none|inf)\b[%<]?", " ".join(Reader(html).figures), re.IGNORECASE)
    assert Reader(html).figures.count("–") > 5


def test_the_headline_is_a_story_and_an_episode_only_where_there_is_no_story(study: Study) -> None:
    document = to_document(study)
    t = load("en")
    assert headline(document)["name"] == "funding-break"
    document["scenarios"] = [{**s, "episode": s["name"] == "funding-break"} for s in document["scenarios"]]
    assert headline(document)["name"] == "quick-runoff"
    sentence = answer(document, t)[2].sentence
    assert "For scale, “Quarter-end funding break with forced deleveraging” would cost 24.7%" in sentence
    document["scenarios"] = [{**s, "episode": True} for s in document["scenarios"]]
    assert headline(document)["name"] == "funding-break"
    assert answer(document, t)[2].label == t("answer.worst_past_label")


def test_the_page_shows_stories_first_and_never_more_than_it_has_room_for(study: Study) -> None:
    many = [{**s, "episode": i < 20, "name": f"{i}"} for i, s in enumerate(to_document(study)["scenarios"] * 6)]
    shown = selected({"scenarios": many})
    assert len(shown) == MOST_SCENARIOS
    assert sum(not s["episode"] for s in shown) == MOST_STORIES
    assert [s["loss_fraction"] for s in shown] == sorted((s["loss_fraction"] for s in shown), reverse=True)


def test_shades_follow_the_sign_and_the_size() -> None:
    content = table(
        "", (("", "text"), ("", "signed_percent"), ("", "signed_percent")), [("a", -1.0, 0.5), ("b", 0.0, 0.05)]
    )
    assert [[cell.shade for cell in cells] for _, cells in page.shaded(content)] == [["loss-5", "gain-2"], ["", ""]]


def test_terminal_summary_fits_and_aligns(study: Study) -> None:
    from rich.cells import cell_len

    for language in ("en", "zh-TW"):
        text = summary_text(study, language, width=80)
        assert max(cell_len(line) for line in text.splitlines()) <= 80
        assert "\x1b" not in text
    assert "[31m" not in summary_text(study)


def test_markdown_cannot_be_broken_by_a_name(study: Study) -> None:
    text = summary_markdown(replace(study, scenarios=(replace(study.scenarios[0], title="a | b <img> [x](y) `z`"),)))
    row = next(line for line in text.splitlines() if line.startswith("| a "))
    assert row.startswith(r"| a \| b &lt;img&gt; \[x\](y) \`z\` |")
    assert "<" not in text


def _without_brackets(text: str) -> str:
    """What stands outside the brackets of the pseudo-language."""
    depth, kept = 0, ""
    for character in text:
        depth += character == "⟦"
        kept += character if depth == 0 else ""
        depth -= character == "⟧"
    return kept


def _strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value}.union(*(_strings(item) for item in value.values()), set())
    if isinstance(value, list):
        return set().union(*(_strings(item) for item in value), set())
    return {value} if isinstance(value, str) else set()


def test_no_visible_word_stands_outside_the_catalogue(document: dict[str, Any]) -> None:
    english = load("en")
    bracketed = {key: f"⟦{text}⟧" for key, text in english.texts.items()}
    pseudo = Catalogue("pseudo", "en", english.huge, english.large, english.middle, bracketed)
    read = Reader(page.render(document, pseudo))
    visible = read.texts + [value for _, name, value in read.attributes if name in ("aria-label", "title", "alt")]
    assert len(visible) > 500
    data = {text for string in _strings(document) for text in (string, string.replace("_", " "))}
    known = sorted((text for text in data if text), key=len, reverse=True)
    for text in visible:
        if text.endswith("…") and any(whole.startswith(text[:-1]) for whole in (*known, *bracketed.values())):
            continue
        rest = _without_brackets(text)
        for string in known:
            rest = rest.replace(string, "")
        assert not re.search(r"[^\W\d_]", rest), text


def test_every_chart_obeys_the_schema_of_vega_lite() -> None:
    """The page is drawn without the schema check, which is slow; here every chart object is checked."""
    from altair.utils import schemapi

    from stresstest.report import to_document
    from stresstest.report.catalogue import load
    from stresstest.report.charts import FIGURES

    assert schemapi.DEBUG_MODE
    document = to_document(fake.study())
    assert sum(draw(document, load("en")) is not None for draw in FIGURES) >= 8
