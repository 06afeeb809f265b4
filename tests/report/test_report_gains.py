"""A gain is said as a gain: in the answer, on the pictures, in the header of a small book."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest

from stresstest.report import page, prose, summary, switched_off
from stresstest.report.catalogue import load
from stresstest.report.localise import localised
from stresstest.report.tables import losses
from stresstest.scenarios import ALL_CHANNELS, LAYERS
from stresstest.study.losses import scenario_losses


@pytest.fixture
def gaining(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a book that loses nowhere: every loss with its sign turned."""
    d = copy.deepcopy(document)
    tail = d["distribution"]
    for measure in ("var_95", "es_95", "var_99", "es_99"):
        band = tail["bands"][measure]
        tail[measure] = -abs(tail[measure])
        band.update(value=-abs(band["value"]), p05=-abs(band["p95"]), p95=-abs(band["p05"]))
    for s in d["scenarios"]:
        s["loss"], s["loss_fraction"] = -abs(s["loss"]), -abs(s["loss_fraction"])
        s["band"] = {"p05": -0.2, "p95": -0.01}
        if s["loss_fraction_after"] is not None:
            s["loss_fraction_after"] = -abs(s["loss_fraction_after"])
    return d


@pytest.mark.parametrize(
    ("language", "gain", "minus"), [("en", "gain", "\N{MINUS SIGN}"), ("zh-TW", "獲利", "\N{MINUS SIGN}")]
)
def test_the_answer_says_gain(gaining: dict[str, Any], language: str, gain: str, minus: str) -> None:
    t = load(language)
    tail, _, worst, proposal = prose.answer(localised(gaining, t), t)
    for statement in (tail, worst):
        assert gain in statement.figure
        assert gain in statement.sentence
        assert minus not in statement.figure + statement.sentence
    assert gain in proposal.figure


def test_the_band_of_a_gain_runs_from_low_to_high(gaining: dict[str, Any]) -> None:
    t = load("en")
    worst = prose.answer(localised(gaining, t), t)[2]
    assert "1.0% to 20.0%" in worst.sentence


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("fixture", ["document", "gaining"])
def test_a_tail_without_a_part_is_not_the_risk_of_the_book(
    fixture: str, language: str, request: pytest.FixtureRequest
) -> None:
    """Whole, the sentence claims the risk of the book; with a part off it takes that back and names the part."""
    d, t = copy.deepcopy(request.getfixturevalue(fixture)), load(language)
    claims = [t(key) for key in ("answer.tail_means", "answer.tail_gain_means")]
    assert [claim in prose.answer(localised(d, t), t)[0].sentence for claim in claims].count(True) == 1
    d["distribution"]["without"] = {"channels": ["liquidity"], "layers": ["exposures"]}
    tail = prose.answer(localised(d, t), t)[1].sentence
    assert not any(claim in tail for claim in claims)
    assert t.label("channel", "liquidity") in tail
    assert t.label("measure", "exposures") in tail


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("lines", [("turbulence", "market"), ("market",), ("turbulence",), ()])
def test_the_page_speaks_of_no_line_that_the_split_does_not_have(
    document: dict[str, Any], lines: tuple[str, ...], language: str
) -> None:
    d, t = copy.deepcopy(document), load(language)
    d["distribution"]["tail"]["by_channel"] = {"duration": -10.0, **dict.fromkeys(lines, -5.0)}
    html = page.render(localised(d, t), t)
    said = {
        ("turbulence", "market"): "plan.tail_usual",
        ("market",): "plan.tail_usual_market",
        ("turbulence",): "plan.tail_usual_turbulence",
    }
    for names, key in said.items():
        assert (t(key) in html) == (names == lines)
    for key in ("plan.ordinary_noise", "figure.distribution.ordinary"):
        assert (t(key) in html) == ("market" in lines)


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_every_part_that_can_be_switched_off_has_words_of_its_own(document: dict[str, Any], language: str) -> None:
    """Two parts under one name would be counted and named as one."""
    d, t = copy.deepcopy(document), load(language)
    d["distribution"]["without"] = {"channels": ALL_CHANNELS, "layers": LAYERS}
    assert len(set(switched_off.names(d, t))) == len(ALL_CHANNELS) + len(LAYERS)
    d["distribution"]["without"] = {"channels": ("market",), "layers": ("noise",)}
    assert prose.answer(localised(d, t), t)[0].figure == "2"


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_what_bands_leave_out_stands_beside_the_losses_by_scenario(document: dict[str, Any], language: str) -> None:
    """In the label of the worst one, the caption of the tables, the note of the picture; noise is in no such band."""
    d, t = copy.deepcopy(document), load(language)
    whole = localised(document, t)
    d["distribution"]["without"] = {"channels": (), "layers": ("noise", "exposures")}
    part = localised(d, t)
    said = t("table.off_bands", names=t.label("measure", "exposures"))
    for make in (losses.losses, losses.selected_losses):
        assert said in make(part, t).caption
        assert said not in make(whole, t).caption
    worst = next(s for s in prose.answer(part, t) if s.label.startswith(t("answer.worst_label")))
    assert said in worst.label
    sentence = t("answer.off_bands", names=t.label("measure", "exposures"))
    html = page.render(part, t)
    assert html.count(sentence) == 3  # in the answer, below the title of the picture, and in its description
    assert sentence not in page.render(whole, t)


def test_the_layers_of_bands_are_those_that_the_losses_draw() -> None:
    assert inspect.signature(scenario_losses).parameters["layers"].default == switched_off.BANDED


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_limits_of_the_method_are_those_of_the_run(document: dict[str, Any], language: str) -> None:
    d, t = copy.deepcopy(document), load(language)
    usual = prose.limits(localised(d, t), t)
    assert usual == [t(f"limits_of_method.{name}") for name in t.family("limits_of_method")]
    d["distribution"]["without"] = {"channels": (), "layers": ("parameters",)}
    changed = dict(zip(t.family("limits_of_method"), prose.limits(localised(d, t), t), strict=True))
    assert {name for name, text in changed.items() if text not in usual} == {"history", "bands"}
    d["distribution"]["without"] = {"channels": ("market",), "layers": ("parameters", "exposures")}
    d["distribution"]["tail"]["by_channel"].pop("market")
    assert not set(prose.limits(localised(d, t), t)) & {
        t(f"limits_of_method.{name}") for name in t.family("limits_off")
    }


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_titles_of_pictures_say_gain(gaining: dict[str, Any], language: str) -> None:
    t = load(language)
    html = page.render(localised(gaining, t), t)
    assert t("figure.distribution.title_gain", es=t.result(-gaining["distribution"]["es_95"])) in html


def test_losses_read_as_before(document: dict[str, Any]) -> None:
    t = load("en")
    assert prose.said_result(0.031, t) == "loss of 3.1%"
    assert prose.said_result(-0.031, t) == "gain of 3.1%"
    assert "gain" not in prose.answer(localised(document, t), t)[0].sentence


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [("en", 394_123.4, "USD 394,123"), ("en", 57.129, "USD 57.13"), ("zh-TW", 394_123.4, "394,123 美元")],
)
def test_the_net_value_of_the_header_is_exact(document: dict[str, Any], language: str, value: float, text: str) -> None:
    t = load(language)
    assert t.exact(value) == text
    d = {**document, "portfolio": {**document["portfolio"], "value": value}}
    assert text in summary.markdown(localised(d, t), t).splitlines()[2]
