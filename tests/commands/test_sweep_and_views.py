"""Sweeps and views as commands: what is typed is understood or answered, and numbers move as they should."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from stresstest.commands.scenario_cards import export_scenario, scenario_cards
from stresstest.commands.sweep import read_levers, sweep_holdings
from stresstest.commands.views import views
from stresstest.commands.written import rows_csv, write_shown
from stresstest.errors import InputError, NoAnswerError
from stresstest.market import load_snapshot
from stresstest.plumbing.funding import ordinary_spread
from stresstest.scenarios.words import move_text
from stresstest.study.options import Options
from stresstest.study.plans import baseline_plan
from stresstest.study.sweep import LEVERS, World, days_over, starting_scarcity
from stresstest.tables import central, factor_names
from stresstest.units import BP


@pytest.fixture
def holdings(tmp_path: Path) -> str:
    file = tmp_path / "book.csv"
    file.write_text("symbol,quantity,price\nSPY,100,600\nTLT,200,90\n", encoding="utf-8")
    return str(file)


def test_ranges_and_lists() -> None:
    assert read_levers(["pace=0:150:4"], Options()) == {"pace": (0.0, 50.0, 100.0, 150.0)}
    assert read_levers(["pace=0,95", "bill_share=30,40"], Options()) == {
        "pace": (0.0, 95.0),
        "bill_share": (30.0, 40.0),
    }


@pytest.mark.parametrize(
    "text", ["pace", "pace=1", "pace=", "pace=a,b", "pace=0:10:1", "pace=0:10:2.5", "pace=nan", "pace=0:1:99999"]
)
def test_levers_that_are_not_understood(text: str) -> None:
    with pytest.raises(InputError, match="NAME=VALUE"):
        read_levers([text], Options())


@pytest.mark.parametrize(
    "vary",
    [["speed=1,2"], ["pace=9000"], ["pace=0:9:9", "bill_share=0:90:9"], ["pace=1", "bill_share=1", "starting_l=9"], []],
)
def test_levers_out_of_bounds(holdings: str, vary: list[str]) -> None:
    with pytest.raises(InputError):
        sweep_holdings(holdings, vary, Options(paths=100))


def test_a_faster_pace_adds_more_and_bills_add_less(holdings: str) -> None:
    shown = sweep_holdings(holdings, ["pace=0,150", "bill_share=0,100"], Options(paths=600, seed=2))
    points = {tuple(p["values"].values()): p for p in shown.to_document()["points"]}
    assert points[150.0, 0.0]["added"]["value"] > points[0.0, 0.0]["added"]["value"]
    assert points[150.0, 100.0]["added"]["value"] < points[150.0, 0.0]["added"]["value"]
    assert points[150.0, 0.0]["scarcity_l"] < points[0.0, 0.0]["scarcity_l"]
    assert points[150.0, 0.0]["added"]["error"] > 0
    assert len(shown.tables) == 3


def test_every_fault_of_a_sweep_comes_at_once(tmp_path: Path) -> None:
    """Levers, plan and holdings in one answer, each with its place and a remedy that fits the lever."""
    file = tmp_path / "wrong.csv"
    file.write_text("symbol,quantity,price\nSPY,many,600\n", encoding="utf-8")
    vary = ["pase=0,95", "bill_share=0,200", "starting_l=x", "pace=0,900"]
    with pytest.raises(InputError) as caught:
        sweep_holdings(str(file), vary, Options(paths=100, plan="slow"))
    told = "\n".join(str(problem) for problem in caught.value.problems)
    for part in (
        "Did you mean pace=0:150:4", "[vary bill_share]: found 200", "starting_l=12:18:4", "[vary pace]: found 900",
        "pace beside --plan", "slow-qt", "many",
    ):  # fmt: skip
        assert part in told


def test_the_plan_of_the_options_runs_where_the_pace_is_not_varied(holdings: str) -> None:
    slow, fast = (
        sweep_holdings(holdings, ["bill_share=50,60"], Options(paths=200, plan=plan)).to_document()
        for plan in ("hold", "fast-qt")
    )
    assert (slow["plan"], fast["plan"]) == ("hold", "fast-qt")
    assert slow["points"][0]["scarcity_l"] > fast["points"][0]["scarcity_l"]
    never, maybe = (
        sweep_holdings(holdings, ["pace=150,160"], Options(paths=200, reaction=reaction)).to_document()["points"][0]
        for reaction in (False, True)
    )
    assert never["scarcity_l"] < maybe["scarcity_l"]


@pytest.mark.parametrize("name", LEVERS)
def test_the_example_of_every_lever_is_one_that_works(name: str) -> None:
    values = read_levers([f"{name}={LEVERS[name].example}"], Options())[name]
    assert all(LEVERS[name].low <= value <= LEVERS[name].high for value in values)


def test_a_lower_start_is_scarcer_and_dearer(holdings: str) -> None:
    shown = sweep_holdings(holdings, ["starting_l=12,20"], Options(paths=300))
    low, high = shown.to_document()["points"]
    assert low["scarcity_l"] < high["scarcity_l"]
    assert low["spread_bp"] > high["spread_bp"]


def test_the_starting_level_moves_the_spread_along_the_curve() -> None:
    snapshot = load_snapshot()
    moved = starting_scarcity(World(snapshot, baseline_plan(snapshot)), 12.0).snapshot
    assert (moved["reserves"] + moved["on_rrp"]) / moved["bank_assets"] == pytest.approx(0.12)
    start = (snapshot["reserves"] + snapshot["on_rrp"]) / snapshot["bank_assets"]
    curve = ordinary_spread(np.array([0.12, start]), central())
    for name in ("sofr", "sofr_usual"):
        assert moved[name] - snapshot[name] == pytest.approx(curve[0] - curve[1])
        assert moved.quotes[name].status == "assumed"
    assert moved["days_over_iorb"] > snapshot["days_over_iorb"]
    assert moved.quotes["days_over_iorb"].status == "assumed"


def test_days_over_iorb_follow_the_spread_in_whole_days() -> None:
    """Nothing moves without a shift, none are left far under, all are over far above, and the rest rises."""
    for count in range(21):
        assert days_over(count / 20, 0.0) == count / 20
        shifted = [days_over(count / 20, shift * BP) for shift in (-20, -2, 0, 2, 20)]
        assert shifted == sorted(shifted)
        assert (shifted[0], shifted[-1]) == (0.0, 1.0)


def test_views_move_the_loss_and_say_what_is_left(holdings: str, tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    file.write_text('[[view]]\nmean = "equity_us"\nat_most_percent = -10\n', encoding="utf-8")
    document = views(holdings, (str(file),), Options(paths=1000)).to_document()
    assert document["after"]["mean"] > document["before"]["mean"] + 0.03
    assert document["after"]["es_95"] > document["before"]["es_95"]
    assert document["floor"] <= document["effective_paths"] < 1000
    assert document["views"][0]["after"] == pytest.approx(np.log(0.9), abs=1e-4)
    file.write_text('[[view]]\nmean = "equity_us"\nat_most_percent = -80\n', encoding="utf-8")
    with pytest.raises(NoAnswerError):
        views(holdings, (str(file),), Options(paths=1000))
    file.write_text("title = 'none'\n[channels.a]\nequity_percent = -1\n", encoding="utf-8")
    with pytest.raises(InputError, match="view"):
        views(holdings, (str(file),), Options(paths=1000))
    with pytest.raises(InputError):
        views(holdings, ("nowhere.toml",), Options(paths=1000))


def test_a_scenario_is_shown_with_its_other_outcomes() -> None:
    shown = scenario_cards("coupon-surge")
    document = shown.to_document()
    assert document["name"] == "coupon-surge"
    assert set(document["plausibility_by_regime"]) == {"calm", "stress", "rate_led", "doubt"}
    assert shown.tables[0][1] == ("factor", "coupon-surge-mild", "coupon-surge", "coupon-surge-severe")
    assert any("judged" in line for line in shown.lines)
    assert len(scenario_cards(None).to_document()["scenarios"]) > 70
    assert len(scenario_cards("severe").to_document()["scenarios"]) > 12


def test_the_factors_are_listed_with_unit_level_and_source() -> None:
    """What a file may name, in the words of both languages and as it is written; units are those of the moves shown."""
    shown = scenario_cards("factors")
    rows = {row["name"]: row for row in shown.to_document()["factors"]}
    assert tuple(rows) == factor_names()
    assert all(row["source"] and row["when_it_rises"] for row in rows.values())
    signs = {"bp": " bp", "points": " points", "percent": " %"}
    assert all(move_text(name, 0.01).endswith(signs[row["unit"].split()[-1]]) for name, row in rows.items())
    assert rows["ust_10y"]["level"] == pytest.approx(load_snapshot()["ust_10y"])
    assert rows["gold"]["level"] is None
    ((_, _, cells),) = shown.tables
    assert [cell[1] for cell in cells] == [f'"{name}"' for name in factor_names()]


def test_a_wanted_plausibility_is_reached() -> None:
    document = scenario_cards("dash-for-cash", 0.1).to_document()
    assert document["plausibility_by_regime"]["stress"] == pytest.approx(0.1, rel=1e-6)
    assert document["cautions"]


def test_an_export_is_a_table_of_28_columns() -> None:
    text = export_scenario("coupon-surge", "dfast")
    assert text.splitlines()[0].count(",") >= 29
    with pytest.raises(InputError, match="dfast"):
        export_scenario("coupon-surge", "eba")


def test_a_table_that_a_row_lacks_leaves_its_cells_empty() -> None:
    text = rows_csv([{"pace": None, "reached": None}, {"pace": 95.0, "reached": {"value": 0.1, "error": 0.01}}])
    assert text.splitlines() == ["pace,reached.value,reached.error", ",,", "95.0,0.1,0.01"]


def test_results_are_written_as_json_and_csv(holdings: str, tmp_path: Path) -> None:
    shown = sweep_holdings(holdings, ["pace=0,95"], Options(paths=100))
    json_file, csv_file = write_shown(shown, tmp_path / "new" / "folder", "sweep")
    assert json.loads(json_file.read_text(encoding="utf-8")) == shown.to_document()
    rows = list(csv.DictReader(csv_file.read_text(encoding="utf-8").splitlines()))
    assert [float(row["values.pace"]) for row in rows] == [0, 95]
    assert float(rows[1]["added.value"]) == shown.to_document()["points"][1]["added"]["value"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="--out"):
        write_shown(shown, tmp_path / "file", "sweep")
