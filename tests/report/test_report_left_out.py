"""The answer of a book that is not modelled whole, of a plan that is the baseline, and of one that is over."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stresstest.report import page, prose, summary
from stresstest.report.catalogue import load
from stresstest.report.localise import in_words

LANGUAGES = ("en", "zh-TW")
WARNING = {"row": None, "column": "coverage", "found": "x", "expected": "y", "hint": "", "file": ""}


@pytest.fixture
def d(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document that a test may change; everything in it is modelled."""
    copied = copy.deepcopy(document)
    copied["portfolio"]["not_modelled"] = []
    return copied


def _left_out(d: dict[str, Any], symbol: str, value: float | None) -> dict[str, Any]:
    row = {**d["portfolio"]["positions"][0], "symbol": symbol, "price": value, "market_value": value}
    d["portfolio"]["not_modelled"].append({**row, "modelled": False, "reason": "none", "share": 0.0})
    return d


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_left_out_stands_first_everywhere_and_shares_say_their_base(d: dict[str, Any], language: str) -> None:
    value = d["portfolio"]["value"]
    for symbol, part in (("WEIRD", 0.25 * value), ("NONE", None)):
        _left_out(d, symbol, part)
    d["warnings"] = [WARNING]
    shown, t = in_words(d, language)
    first, tail = prose.answer(shown, t)[:2]
    assert first.label == t("answer.left_out_label")
    held = [p for p in d["portfolio"]["positions"] if p["asset_class"] != "cash"]
    assert first.figure == t("answer.left_out_figure", count=2, all=len(held))
    assert "WEIRD" in first.sentence and "25%" in first.sentence  # noqa: PT018
    assert t("answer.left_out_unpriced", count=1) in first.sentence
    assert t("answer.base_modelled") in tail.sentence
    for text in (summary.terminal(shown, t, 4000), summary.markdown(shown, t), page.render(shown, t)):
        assert 0 < text.index(first.sentence[:30]) < text.index(tail.sentence[:30])
    assert t("book.modelled_value") in summary.terminal(shown, t, 400)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_part_left_out_is_a_sentence_of_the_first_card(d: dict[str, Any], language: str) -> None:
    d["warnings"] = []
    whole, t = in_words(d, language)
    before = prose.answer(whole, t)
    assert t("answer.base_modelled") not in "".join(statement.sentence for statement in before)
    shown, t = in_words(_left_out(d, "TINY", 1.0), language)
    after = prose.answer(shown, t)
    assert len(after) == len(before)
    assert "TINY" in after[0].sentence
    assert t("answer.left_out_large") not in after[0].sentence


def test_only_the_first_names_of_many_are_listed(d: dict[str, Any]) -> None:
    for k in range(9):
        _left_out(d, f"ROW{k}" + "x" * 100, 1.0 + k)
    sentence = prose.answer(*in_words(d, "en"))[0].sentence
    assert "ROW8" in sentence
    assert "ROW3" not in sentence
    assert "and 4 more" in sentence
    assert "x" * 30 not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_baseline_is_not_compared_with_itself(d: dict[str, Any], language: str) -> None:
    d["plan"] = copy.deepcopy(d["baseline"])
    d["increment"]["es_95"].update(value=0.0, standard_error=0.0)
    shown, t = in_words(d, language)
    plan = prose.answer(shown, t)[1]
    assert plan.sentence == t("answer.plan_baseline", plan=shown["baseline"]["title"])
    assert plan.figure == t("answer.plan_none_figure")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_that_is_over_has_no_effect_of_its_own(d: dict[str, Any], language: str) -> None:
    d["plan"]["end"] = "2025-11-30"
    d["increment"]["es_95"].update(value=-0.02, standard_error=0.001)
    shown, t = in_words(d, language)
    said = prose.answer(shown, t)[1].sentence
    assert "2025-11-30" in said
    assert said.count(shown["baseline"]["title"]) == 2
    d["plan"]["end"] = d["snapshot"]["as_of"]
    shown, t = in_words(d, language)
    assert prose.answer(shown, t)[1].sentence != said


@pytest.mark.parametrize(
    ("reaction", "rules", "who"),
    [
        (True, [], "answer.stops_committee"),
        (True, [{"when": "maintain"}], "answer.stops_committee"),
        (True, [{"when": "halt"}], "answer.stops_either"),
        (False, [{"when": "halt"}], "answer.stops_rules"),
    ],
)
def test_who_stops_a_plan(d: dict[str, Any], reaction: bool, rules: list[dict[str, Any]], who: str) -> None:
    d["plan"].update(reaction=reaction, rules=rules)
    d["balance_sheet"]["halted_ever"] = 0.99
    t = load("en")
    assert t("answer.plan_stopped", share="99%", who=t(who)) in prose.answer(d, t)[1].sentence
