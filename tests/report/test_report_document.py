"""The document: strict, complete, adding up, and silent about the machine."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import fake
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstest.plumbing.plan import foreign_plan_names, named_plan, plan_names
from stresstest.records import Estimate, Study
from stresstest.report import to_document
from stresstest.report.document import clean

CONTRACT = {
    "": ("schema", "inputs", "portfolio", "scenarios", "distribution", "balance_sheet", "rebalance", "warnings"),
    "portfolio": ("value", "leverage", "coverage", "positions", "not_modelled"),
    "distribution": (
        *("horizon_months", "paths", "var_95", "es_95", "var_99", "es_99"),
        *("cdar_95", "max_drawdown_median", "margin_call_probability"),
    ),
    "balance_sheet": ("dates", "assets", "liabilities", "funding"),
    "rebalance": ("status", "trades", "limits", "before", "after", "out_of_sample", "relaxation", "stops"),
}
SCENARIO = (
    *("name", "title", "probability", "plausibility", "loss_pct", "loss", "band", "by_position", "by_factor"),
    *("by_channel", "linear_gap", "factor_moves"),
)
TRADE = ("symbol", "side", "quantity", "value", "cost", "tax", "tranche", "reason")
REASON = ("scenario", "factor", "constraint", "shadow_price", "text")
LIMIT = ("name", "limit", "before", "after", "ok", "shadow_price")


def test_has_the_keys_that_scripts_rely_on(document: dict[str, Any]) -> None:
    assert document["schema"] == "stresstest/report/1"
    for part, keys in CONTRACT.items():
        assert set(keys) <= set(document[part] if part else document), part
    for rows, keys in (
        (document["scenarios"], SCENARIO),
        (document["rebalance"]["trades"], TRADE),
        ([trade["reason"] for trade in document["rebalance"]["trades"]], REASON),
        (document["rebalance"]["limits"], LIMIT),
    ):
        assert rows
        assert all(set(keys) <= set(row) for row in rows)
    assert all(set(s["band"]) == {"p05", "p95"} for s in document["scenarios"])
    assert set(document["balance_sheet"]["funding"]["sofr_iorb_bp"]) == {"mean", "p05", "p95"}


def test_is_strict_json_even_where_a_number_is_missing(study: Study) -> None:
    holes = replace(study.risk, var_99=Estimate(0.2, math.nan, math.inf, math.nan), cdar_95=-math.inf)
    found = to_document(replace(study, risk=holes))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["distribution"]["bands"]["var_99"] == {"value": 0.2, "p05": None, "p95": None, "standard_error": None}
    assert found["distribution"]["cdar_95"] is None


def test_losses_add_up(document: dict[str, Any]) -> None:
    value = document["portfolio"]["modelled_value"]
    for s in [*document["scenarios"], document["distribution"]["tail"]]:
        rest = s["linear_gap"] + s["carry"] + s["residual"]
        for split, others in (("by_position", 0.0), ("by_class", 0.0), ("by_factor", rest), ("by_channel", rest)):
            assert sum(s[split].values()) + others == pytest.approx(s["total"], abs=1e-4), split
    for s in document["scenarios"]:
        assert s["loss"] == pytest.approx(-s["total"])
        assert s["loss_pct"] == pytest.approx(100 * s["loss_fraction"])
        assert s["loss_fraction"] == pytest.approx(s["loss"] / value)


def test_the_book_adds_up(document: dict[str, Any]) -> None:
    book = document["portfolio"]
    assert sum(p["market_value"] for p in book["positions"]) == pytest.approx(book["value"])
    assert sum(c["value"] for c in book["by_class"]) == pytest.approx(book["value"])
    assert sum(c["share"] for c in book["by_class"]) == pytest.approx(1.0)
    assert [p["symbol"] for p in book["not_modelled"]] == [fake.UNKNOWN[0]]
    contributions = [p["contribution_es_95"] for p in book["positions"] if p["modelled"]]
    assert sum(contributions) == pytest.approx(document["distribution"]["es_95"])


def test_histogram_holds_every_path_and_the_mean(study: Study, document: dict[str, Any]) -> None:
    edges, weight = (np.array(document["distribution"]["histogram"][key]) for key in ("edges", "probability"))
    assert weight.sum() == pytest.approx(1.0)
    middle = (edges[:-1] + edges[1:]) / 2
    assert middle @ weight == pytest.approx(
        float(study.stress.total.mean() / study.book.value), abs=edges[1] - edges[0]
    )


def test_series_agree_with_the_records(study: Study, document: dict[str, Any]) -> None:
    sheet = document["balance_sheet"]
    assert sheet["assets"]["treasuries"] == pytest.approx(study.balance.to_frame()["treasuries"].to_numpy())
    spread = study.funding.to_frame()
    for name in ("mean", "p05", "p95"):
        assert sheet["funding"]["sofr_iorb_bp"][name] == pytest.approx(spread[name].to_numpy(), abs=1e-9)
    assert sheet["dates"][0] == fake.AS_OF.isoformat()


def test_says_nothing_about_the_machine(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "/home" not in text
    assert document["inputs"]["command"] == "stresstest run book.csv --qt-pace 95 --seed 7"
    assert document["inputs"]["options"]["limits"] == "limits.toml"
    assert document["warnings"][0]["file"] == "book.csv"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("/home/me/a.csv", "a.csv"),
        (r"--limits C:\Users\me\l.toml", "--limits l.toml"),
        ("https://example.org/a/b.csv", "https://example.org/a/b.csv"),
        ("10/2026 and/or", "10/2026 and/or"),
    ],
)
def test_folders_are_private(given_text: str, kept: str) -> None:
    assert clean.without_folders(given_text) == kept


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_twelve_digits(value: float) -> None:
    kept = clean.number(value)
    assert kept is not None
    assert kept == pytest.approx(value, rel=10 ** (1 - clean.DIGITS), abs=0)
    assert clean.number(kept) == kept
    assert math.copysign(1.0, kept) == 1.0 or kept < 0


@given(st.text(st.characters(codec=None), max_size=40))
def test_text_is_one_safe_line(value: str) -> None:
    kept = clean.text(value)
    kept.encode("utf-8")
    assert not set(kept) & set("\n\r\t\x00\x1b\u202e\u2066")
    assert clean.text(kept) == kept


def test_names_cannot_turn_the_direction_or_colour_the_terminal(document: dict[str, Any]) -> None:
    names = {p["symbol"]: p["name"] for p in document["portfolio"]["positions"]}
    assert names["@USDC"] == "AAAgnp.exe[31m"
    assert names["SPY260918P"] == "Put on SPY second line"


def test_what_has_no_json_form_is_refused(study: Study) -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        to_document(replace(study, inputs={"odd": object()}))


@pytest.mark.parametrize("name", [*plan_names(), *foreign_plan_names()])
def test_every_plan_that_ships_has_a_json_form(name: str, study: Study) -> None:
    """Steps, rules and paths of the Treasury's account come back with every one of their fields."""
    plan = named_plan(name)
    said = json.loads(json.dumps(to_document(replace(study, plan=plan))["plan"], allow_nan=False))
    assert said.keys() == plan.__dict__.keys()
    for part in ("steps", "rules", "tga"):
        assert [set(row) for row in said[part]] == [set(row.__dict__) for row in getattr(plan, part)]


@pytest.mark.parametrize("status", ["infeasible", "no_trade"])
def test_a_proposal_without_trades_has_no_after(status: str) -> None:
    found = to_document(fake.study(status))
    assert found["rebalance"]["trades"] == []
    assert all(c["value_after"] is None for c in found["portfolio"]["by_class"])


def test_stress_alone_has_no_proposal() -> None:
    assert to_document(fake.study(None))["rebalance"] is None
