"""Official tables: recognised by content, mapped with units, checked cell by cell, and written back the same."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from stresstest.calibrate.supervisory import supervisory_responses
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.scenarios import Scenario, at_point, central_moves, choose, library
from stresstest.scenarios.levels import factor_levels
from stresstest.scenarios.supervisory import path_moves
from stresstest.scenarios.supervisory_export import QUARTERS, supervisory_csv
from stresstest.scenarios.supervisory_table import Quarter, column_of, parse_quarter, variables
from stresstest.tables import factor_index, factor_names

INDEX = factor_index()
START = {
    "3_month_treasury_rate": 4.4, "5_year_treasury_yield": 4.1, "10_year_treasury_yield": 4.3,
    "bbb_corporate_yield": 5.4, "mortgage_rate": 6.6, "dow_jones_total_stock_market_index_level": 58399.3,
    "market_volatility_index_level": 27.6, "unemployment_rate": 4.1, "commercial_real_estate_price_index_level": 309.3,
}  # fmt: skip


def table(rows: list[dict[str, float]], first: str = "2025 Q1", name: str = "Severe") -> str:
    """A domestic table in the Federal Reserve's own layout."""
    quarter = parse_quarter(first)
    assert quarter is not None
    columns = list(rows[0])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Scenario Name", "Date", *(variables()[column].header for column in columns)])
    for t, row in enumerate(rows):
        writer.writerow([name, str(quarter.later(t)), *(row[column] for column in columns)])
    return out.getvalue()


def written(folder: Path, text: str, name: str = "mine.csv") -> tuple[Scenario, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    return choose([str(folder / name)], load_snapshot())


def faults(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        written(folder, text)
    return str(caught.value)


def test_all_28_variables_are_mapped_or_named_as_context() -> None:
    assert len(variables()) == 28
    assert [v.table for v in variables().values()].count("domestic") == 16
    for variable in variables().values():
        assert column_of(variable.header) == variable.column
        assert (variable.factor in factor_names()) == (variable.rule != "context")


def test_every_rule_by_hand() -> None:
    row = dict(START)
    row |= {
        "3_month_treasury_rate": 2.4, "10_year_treasury_yield": 3.3, "bbb_corporate_yield": 6.4, "mortgage_rate": 6.1,
        "dow_jones_total_stock_market_index_level": 58399.3 / 2, "market_volatility_index_level": 65.0,
        "unemployment_rate": 6.1, "commercial_real_estate_price_index_level": 309.3 * 0.7,
    }  # fmt: skip
    moves, named = path_moves([row], START, factor_levels(None))
    expected = {
        "ust_3m": -0.02, "ust_5y": 0.0, "ust_10y": -0.01, "ig_spread": 0.8 * 0.02, "mortgage_spread": 0.005,
        "equity_us": -np.log(2), "vix": 0.374, "unemployment": 0.02, "sector_real_estate": 0.5 * np.log(0.7),
    }  # fmt: skip
    for name, move in expected.items():
        assert moves[0, INDEX[name]] == pytest.approx(move, abs=1e-9), name
        assert named[INDEX[name]]
    # the one-year yield lies on the line between three months and five years
    assert moves[0, INDEX["ust_1y"]] == pytest.approx(-0.02 * (5 - 1) / (5 - 0.25))
    assert moves[0, INDEX["hy_spread"]] > moves[0, INDEX["ig_spread"]]
    assert np.isfinite(moves).all()


def test_growth_is_cumulated_against_potential() -> None:
    rows = [{**START, "real_gdp_growth": g} for g in (-8.9, -6.7)]
    moves, _ = path_moves(rows, {**START, "real_gdp_growth": 2.3}, factor_levels(None))
    np.testing.assert_allclose(moves[:, INDEX["output_gap"]], np.cumsum([-10.7, -8.5]) / 400)


def test_a_file_is_recognised_by_content_and_starts_from_the_table_that_ships(tmp_path: Path) -> None:
    rows = [{**START, "dow_jones_total_stock_market_index_level": level} for level in (50000.0, 30000.0, 40000.0)]
    (scenario,) = written(tmp_path, table(rows))
    assert scenario.kind == "official"
    assert "2024 Q4" in scenario.sources[-1]
    assert scenario.path is not None
    assert scenario.path.labels == ("2025 Q1", "2025 Q2", "2025 Q3")
    assert scenario.title == "Severe at 2025 Q2"  # the lowest shares
    assert scenario.months == 6
    assert central_moves(scenario)[INDEX["equity_us"]] == pytest.approx(np.log(30000 / 58399.3))
    later = at_point(scenario, 2)
    assert later.title == "Severe at 2025 Q3"
    np.testing.assert_allclose(central_moves(later), scenario.path.moves[2])
    assert any("no table of the other kind" in str(caution) for caution in scenario.cautions)


def test_history_beside_the_file_is_taken_before_the_table_that_ships(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(
        table([{**START, "mortgage_rate": 7.0}], "2024 Q4", "Actual"), encoding="utf-8"
    )
    (scenario,) = written(tmp_path, table([START]))
    assert "history.csv" in scenario.sources[-1]
    assert central_moves(scenario)[INDEX["mortgage_spread"]] == pytest.approx(-0.004)


def test_the_international_table_of_the_folder_is_joined(tmp_path: Path) -> None:
    columns = {v.column: max(1.0, 2 * v.low) for v in variables().values() if v.table == "international"}
    euro = "euro_area_bilateral_dollar_exchange_rate_usd_euro"
    for name, file, first in (("Actual", "old.csv", "2024 Q4"), ("Severe", "abroad.csv", "2025 Q1")):
        rate = 1.035 if name == "Actual" else 0.95
        (tmp_path / file).write_text(table([{**columns, euro: rate}], first, name), encoding="utf-8")
    (scenario,) = written(tmp_path, table([START]))
    assert central_moves(scenario)[INDEX["fx_eur"]] == pytest.approx(np.log(0.95 / 1.035))
    (from_abroad,) = choose([str(tmp_path / "abroad.csv")])
    np.testing.assert_allclose(central_moves(from_abroad), central_moves(scenario))
    both = choose([str(tmp_path / "mine.csv"), str(tmp_path / "abroad.csv")])
    assert len(both) == 1  # two tables of one exercise


def test_yields_do_not_fall_below_what_has_been_seen(tmp_path: Path) -> None:
    row = {**START, "3_month_treasury_rate": -3.0, "10_year_treasury_yield": 1.0}
    (scenario,) = written(tmp_path, table([row]))
    level = factor_levels(load_snapshot())["ust_3m"]
    assert level + central_moves(scenario)[INDEX["ust_3m"]] == pytest.approx(0.001)
    assert any("stops there" in str(caution) for caution in scenario.cautions)


def test_long_yields_in_decimals_are_refused_and_short_ones_near_zero_are_not(tmp_path: Path) -> None:
    text = faults(tmp_path, table([{**START, "10_year_treasury_yield": 0.043}] * 3))
    assert "10-year Treasury yield" in text
    assert "Write 4.3 for 0.043" in text
    (scenario,) = written(tmp_path, table([{**START, "3_month_treasury_rate": 0.1, "5_year_treasury_yield": 0.5}] * 3))
    assert central_moves(scenario)[INDEX["ust_5y"]] == pytest.approx(-0.036)


def test_faults_have_a_row_and_a_column(tmp_path: Path) -> None:
    text = table([START, START, START])
    assert "10-year" in faults(tmp_path, text.replace("4.3,", "four,", 1))
    assert "each quarter of Severe once" in faults(tmp_path, text.replace("2025 Q2", "2025 Q1"))
    assert "without a gap" in faults(tmp_path, text.replace("2025 Q2", "2025 Q4").replace("2025 Q3", "2026 Q1"))
    assert "such as 2025 Q1" in faults(tmp_path, text.replace("2025 Q1", "soon"))
    assert "historic table" in faults(tmp_path, text.replace("Severe", "Actual"))
    assert "the quarter before the first" in faults(tmp_path, table([START], "2011 Q1"))
    assert "official tables" in faults(tmp_path, "symbol,quantity\nSPY,3\n")
    assert "official tables" in faults(tmp_path, "")
    assert faults(tmp_path, text.replace("58399.3", "nan"))
    assert faults(tmp_path, text.replace("58399.3", "-1", 1))
    without = [{k: v for k, v in START.items() if k != "10_year_treasury_yield"}]
    assert "10-year Treasury yield" in faults(tmp_path, table(without))


def test_a_fault_names_its_line(tmp_path: Path) -> None:
    text = table([START, START]).replace("Severe,2025 Q2,4.4", "Severe,2025 Q2,high")
    with pytest.raises(InputError) as caught:
        written(tmp_path, text)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.found) == (3, "3-month Treasury rate", "high")


@pytest.mark.parametrize("name", ["coupon-surge", "dash-for-cash-severe", "inflation-2022", "boe-2025"])
def test_what_is_exported_reads_back_to_the_same_moves(tmp_path: Path, name: str) -> None:
    snapshot = load_snapshot()
    scenario = library()[name]
    text = supervisory_csv(scenario, snapshot)
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows[0]) == 30
    assert len(rows) == QUARTERS + 2
    assert all(cell for row in rows for cell in row)
    (back,) = written(tmp_path, text)
    assert back.path is not None
    wanted = central_moves(scenario) if scenario.path is None else scenario.path.moves[-1]
    for factor in (
        "ust_3m",
        "ust_5y",
        "ust_10y",
        "ig_spread",
        "mortgage_spread",
        "equity_us",
        "vix",
        "fx_eur",
        "fx_jpy",
    ):
        assert back.path.moves[-1, INDEX[factor]] == pytest.approx(wanted[INDEX[factor]], abs=3e-5), factor


def test_quarters_are_counted() -> None:
    assert Quarter(2025, 4).later(1) == Quarter(2026, 1)
    assert Quarter(2025, 1).later(-1) == Quarter(2024, 4)
    assert parse_quarter("2025-08-15") == Quarter(2025, 3)
    assert parse_quarter("2025 Q5") is None


# ------------------------------------------------------------------------------------------------------ the real tables


@pytest.mark.parametrize("year", [2024, 2025])
def test_the_severely_adverse_tables(shared_data: Path, year: int) -> None:
    """Trough of shares, ten-year yield and VIX as published; the domestic table alone gives the whole scenario."""
    (scenario,) = choose([str(shared_data / "dfast" / f"{year}_severely_adverse_domestic.csv")], load_snapshot())
    moves = central_moves(scenario)
    fall, ten = {2024: (21318.0 / 47787.5, 0.8 - 4.5), 2025: (29199.6 / 58399.3, 1.1 - 4.3)}[year]
    assert np.exp(moves[INDEX["equity_us"]]) == pytest.approx(fall, abs=1e-6)
    assert moves[INDEX["ust_10y"]] == pytest.approx(ten / 100)
    assert moves[INDEX["hy_spread"]] > 0.05
    assert moves[INDEX["btc"]] < moves[INDEX["equity_us"]]
    assert scenario.path is not None
    assert len(scenario.path.labels) == 13


def test_the_international_table_of_2025_is_found(shared_data: Path) -> None:
    (scenario,) = choose([str(shared_data / "dfast" / "2025_severely_adverse_domestic.csv")])
    assert scenario.path is not None
    assert np.exp(scenario.path.moves[5, INDEX["fx_eur"]]) == pytest.approx(0.927 / 1.035)
    assert np.exp(scenario.path.moves[5, INDEX["fx_jpy"]]) == pytest.approx(157.4 / 153.4)


def test_the_shipped_start_is_that_of_the_historic_tables(shared_data: Path, tmp_path: Path) -> None:
    """The same scenario with and without the historic table beside it."""
    source = shared_data / "dfast" / "2025_severely_adverse_domestic.csv"
    (tmp_path / source.name).write_bytes(source.read_bytes())
    (alone,) = choose([str(tmp_path / source.name)], load_snapshot())
    (beside,) = choose([str(source)], load_snapshot())
    assert alone.path is not None
    assert beside.path is not None
    named = alone.path.named
    np.testing.assert_allclose(alone.path.moves[:, named], beside.path.moves[:, named], atol=1e-12)


def test_regressions_of_the_exporter_are_recomputed(shared_data: Path) -> None:
    from stresstest.scenarios import supervisory_export

    shipped = Path(supervisory_export.__file__).parent / "supervisory_responses.csv"
    assert supervisory_responses(shared_data, date(2026, 8, 21)) == shipped.read_text(encoding="utf-8")


def test_regressions_know_only_the_tables_of_their_day(shared_data: Path) -> None:
    """The tables of 2025 came out in February 2025, those of 2024 in February 2024; before, there was none."""
    assert "to 2024 Q4" in str(supervisory_responses(shared_data, date(2025, 3, 1)))
    assert "to 2023 Q4" in str(supervisory_responses(shared_data, date(2025, 1, 15)))
    assert supervisory_responses(shared_data, date(2024, 1, 15)) is None
