"""Regimes and dated warnings in the main report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from reading import Reader

from stresstest.plumbing.plan import named_plan
from stresstest.plumbing.rules import ACTIONS, MEASURES
from stresstest.records import FundingOutlook, Study
from stresstest.report import page, to_document
from stresstest.report.catalogue import load
from stresstest.report.localise import localised
from stresstest.report.tables import inputs, plumbing

WARNING = {
    "date": "2027-04-15", "kind": "tax", "probability": 0.31, "standard_error": 0.01, "level_bp": 15.0,
    "sentence": "tax date 2027-04-15: 31 percent chance of more than 15 bp",
}  # fmt: skip


def _with(study: Study, warnings: tuple[dict[str, object], ...]) -> Study:
    weeks = len(study.balance.dates) - 1
    scarce = np.linspace(0.1, 0.6, weeks)
    share = {"abundant": np.array([1.0, 0.0]), "ample": np.array([0.5, 0.5]), "scarce": np.array([0.2, 0.8])}
    outlook = FundingOutlook(
        dates=study.balance.dates[1:],
        probability={"abundant": np.full(weeks, 0.05), "ample": 0.95 - scarce, "scarce": scarce},
        thresholds={"ample": 0.18, "scarce": 0.12},
        edges=np.array([-0.002, 0.0, 0.002]),
        histogram=share,
        days={"abundant": 0.05, "ample": 0.6, "scarce": 0.35},
        spikes={"abundant": 0.0, "ample": 0.01, "scarce": 0.2},
        level=0.0015,
        kinds=("ordinary",) * len(study.funding.dates),
        warnings=warnings,
    )
    balance = replace(study.balance, halted=study.balance.halted[:, -weeks:])
    return replace(study, balance=balance, outlook=outlook)


def test_the_page_tells_regimes_and_days_in_both_languages(study: Study) -> None:
    document = to_document(_with(study, (WARNING,)))
    assert document["balance_sheet"]["warnings_dated"] == [WARNING]
    assert document["balance_sheet"]["regimes"]["histogram"]["spike_bp"] == pytest.approx(15.0)
    for language, words in (("en", WARNING["sentence"]), ("zh-TW", "2027-04-15（繳稅日）：利差超過 15 個基點")):
        text = " ".join(Reader(page.render(localised(document, load(language)), load(language))).texts)
        assert str(words) in text
        assert "60%" in text


def test_without_a_day_to_watch_the_page_says_so(study: Study) -> None:
    document = to_document(_with(study, ()))
    html = page.render(localised(document, load("en")), load("en"))
    assert load("en")("plumbing.watch_none") in html
    assert load("en")("table.warnings_dated") not in html


def test_the_table_of_regimes_ends_with_the_last_week(study: Study) -> None:
    path = to_document(_with(study, ()))["balance_sheet"]
    found = path["regimes"]
    table = plumbing.regimes(found, path["halted_share"], load("en"))
    assert table.rows[-1][0] == found["dates"][-1]
    assert all(sum(row[1:4]) == pytest.approx(1.0) for row in table.rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_rules_of_a_plan_are_told(study: Study, language: str) -> None:
    """Every rule of a plan that ships, with the level of each condition; a plan without rules has no rows."""
    t, plan = load(language), named_plan("conditional-qt")
    ruled = to_document(replace(study, plan=plan, baseline=replace(plan, rules=())))
    rows = inputs.rules(ruled, t).rows
    assert len(rows) == len(plan.rules)
    for (_, action, when), rule in zip(rows, plan.rules, strict=True):
        assert "{" not in f"{action}{when}"
        assert all(f"{100 * level:.1f}%" in str(when) for level in rule.conditions.values())
    dated = replace(plan.rules[0], start=date(2026, 9, 1), until=date(2027, 3, 1))
    ((_, _, when),) = inputs.rules(to_document(replace(study, plan=replace(plan, rules=(dated,)))), t).rows
    assert "2026-09-01" in str(when)
    assert "2027-03-01" in str(when)


def test_every_measure_of_a_rule_has_words() -> None:
    names = {f"condition.{measure.key}" for measure in MEASURES} | {f"rule.{kind}" for kind in ACTIONS}
    assert names - load("en").texts.keys() == set()
