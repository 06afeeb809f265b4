"""``replay`` on the real series: the contract's shape, no look-ahead, and errors well below the naive rival."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.commands import replay as replay_module
from stresstest.commands.replay import Replay, computed, replay, score, shown
from stresstest.errors import InputError
from stresstest.exposures import short
from stresstest.exposures.estimation import estimate
from stresstest.exposures.priors import class_prior
from stresstest.market.contracts import Tables, read_tables
from stresstest.market.history import history_of
from stresstest.market.price_file import read_prices

START, END = date(2021, 12, 31), date(2022, 12, 30)
SYMBOLS = ["SPY", "TLT", "LQD", "GLD", "XLU", "QQQ", "BIL"]
STILL = f"column {SYMBOLS.index('BIL')}"


@pytest.fixture(scope="module", autouse=True)
def _folder_read_once() -> Iterator[None]:
    """The folder does not change while these tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay_module, "read_tables", cache(read_tables))
        yield


@pytest.fixture(scope="module")
def prices(shared_data: Path) -> pd.DataFrame:
    return read_prices(shared_data / "equities" / "etf_adjclose_daily.csv")[SYMBOLS]


@pytest.fixture(scope="module")
def result(shared_data: Path, prices: pd.DataFrame) -> Replay:
    return computed(prices, START, END, shared_data, "prices.csv")


def test_the_document_is_that_of_the_contract(result: Replay) -> None:
    document = shown(result).to_document()
    json.dumps(document, allow_nan=False)
    assert (document["start"], document["end"]) == ("2021-12-31", "2022-12-30")
    assert [row["symbol"] for row in document["assets"]] == SYMBOLS
    wanted = {"symbol", "predicted", "p05", "p95", "realised", "observations", "r_squared"}
    assert all(wanted <= set(row) for row in document["assets"])
    assert {"n", "sign", "within_5_points", "mean_abs_error", "coverage_90", "naive_mean_abs_error"} <= set(
        document["score"]
    )
    for row in document["assets"]:
        assert row["p05"] < row["predicted"] < row["p95"]


def test_2022_is_told_from_2021(result: Replay) -> None:
    total = score(result.prediction.predicted, result.realised, result.prediction.p05, result.prediction.p95)
    assert total["sign"] == 1.0
    assert total["mean_abs_error"] < 0.02
    assert np.abs(result.naive - result.realised).mean() > 4 * total["mean_abs_error"]


def test_carry_and_convexity_are_in_the_prediction(result: Replay) -> None:
    """A bill fund earns its bills; a twenty-year fund loses less than duration times the rise."""
    predicted = dict(zip(SYMBOLS, result.prediction.predicted, strict=True))
    realised = dict(zip(SYMBOLS, result.realised, strict=True))
    assert predicted["BIL"] == pytest.approx(realised["BIL"], abs=0.002)
    assert predicted["TLT"] == pytest.approx(realised["TLT"], abs=0.04)


@pytest.mark.parametrize("start", [date(2013, 5, 21), date(2020, 2, 19), date(2025, 4, 2)])
def test_deleting_what_came_later_changes_no_bit(shared_data: Path, prices: pd.DataFrame, start: date) -> None:
    """Prices after the start first, then every series of the folder."""
    first = pd.Timestamp(start)
    end = (first + pd.Timedelta(days=14)).date()
    whole = computed(prices, start, end, shared_data)
    cut = computed(prices.loc[:first], start, end, shared_data)
    for name in ("predicted", "p05", "p95"):
        np.testing.assert_array_equal(getattr(whole.prediction, name), getattr(cut.prediction, name))
    assert np.isnan(cut.realised).all()
    tables = read_tables(shared_data)
    before = Tables(tables.folder, {file: frame.loc[:first] for file, frame in tables.by_file.items()}, ())
    one, other = (
        estimate(known.log_prices[SYMBOLS[:3]], known.levels, dict.fromkeys(SYMBOLS[:3], class_prior(("unknown",))))
        for known in (history_of(before, start), history_of(tables, start))
    )
    np.testing.assert_array_equal(one.covariance, other.covariance)
    np.testing.assert_array_equal(one.residuals.scaled_vol, other.residuals.scaled_vol)
    for symbol in SYMBOLS[:3]:
        np.testing.assert_array_equal(one.exposures[symbol].beta, other.exposures[symbol].beta)


def test_the_name_of_a_column_does_not_matter(shared_data: Path, prices: pd.DataFrame, result: Replay) -> None:
    renamed = prices.rename(columns={name: f"column {i}" for i, name in enumerate(SYMBOLS)})
    again = computed(renamed, START, END, shared_data)
    np.testing.assert_array_equal(again.prediction.predicted, result.prediction.predicted)


def test_an_unadjusted_split_is_joined_and_said(shared_data: Path, prices: pd.DataFrame, result: Replay) -> None:
    halved = prices.copy()
    halved.loc["2022-06-15":, "QQQ"] /= 4.0
    again = computed(halved, START, END, shared_data, "prices.csv")
    np.testing.assert_allclose(again.realised, result.realised, atol=0.03)
    assert any("split of 4" in str(warning) for warning in again.warnings)


def test_what_cannot_be_answered_is_said(tmp_path: Path, shared_data: Path, prices: pd.DataFrame) -> None:
    for start, end, hint in ((END, START, "later end"), (START, date(2199, 1, 1), "inside")):
        with pytest.raises(InputError, match=hint):
            computed(prices, start, end, shared_data)
    with pytest.raises(InputError, match="--data"):
        computed(prices, START, END, None)
    with pytest.raises(InputError, match="no price up to"):
        computed(prices.loc["2022-06-01":], START, END, shared_data)
    young = prices.assign(new=since(prices["SPY"], "2021-12-10"))[["SPY", "new"]]
    path = tmp_path / "prices.csv"
    young.to_csv(path)
    answer = replay(path, START, END, shared_data)
    assert [row["symbol"] for row in answer.to_document()["assets"]] == ["SPY"]
    assert any("new" in str(line) and "was left out" in str(line) for line in answer.lines)


def since(column: pd.Series, day: str) -> pd.Series:
    """A column that begins after ``day``."""
    return column.where(column.index > pd.Timestamp(day))


@pytest.fixture(scope="module")
def young(prices: pd.DataFrame) -> pd.DataFrame:
    """Columns of three months before the start, one of 16 and a long one; bills of 2021 hardly move."""
    short = {f"column {i}": since(prices[name], "2021-10-01") for i, name in enumerate(SYMBOLS)}
    middle = since(prices["GLD"], "2020-09-01")
    return pd.DataFrame({"first": short.pop("column 0"), "long": prices["QQQ"], "middle": middle, **short})


@pytest.fixture(scope="module")
def told(shared_data: Path, young: pd.DataFrame) -> Replay:
    return computed(young, START, END, shared_data, "young.csv")


def test_short_columns_are_predicted_by_what_they_look_like(told: Replay, result: Replay, young: pd.DataFrame) -> None:
    """In the order of the file, said in the document, the table and a warning; far nearer than the market beta."""
    document = shown(told).to_document()
    rows = {row["symbol"]: row for row in document["assets"]}
    assert list(rows) == [name for name in young if name != STILL]
    assert rows["long"]["method"] == "regression"
    assert rows["long"]["kinds"] == []
    assert (rows["middle"]["method"], rows["middle"]["kinds"][0]["kind"]) == ("regression", "gold")
    short = {name: row for name, row in rows.items() if name not in ("long", "middle")}
    assert all(row["method"] == "kinds" and 0 < row["kinds"][0]["probability"] <= 1 for row in short.values())
    assert all(row["p05"] < row["predicted"] < row["p95"] for row in short.values())
    kinds = {name: row["kinds"][0]["kind"] for name, row in short.items()}
    assert (kinds["column 1"], kinds["column 3"], kinds["column 4"]) == ("long Treasury fund", "gold", "utility fund")
    said = {problem["column"]: problem["hint"] for problem in document["warnings"]}
    assert "left out" in said.pop(STILL)
    assert list(said) == list(short)
    assert all("look like" in hint for hint in said.values())
    words = dict(zip(rows, (line[-1] for line in shown(told).tables[0][2]), strict=True))
    assert words["long"] == "regression"
    assert words["middle"].startswith("regression about gold (")
    assert words["column 3"].startswith("gold (")
    places = [i for i, column in enumerate(told.columns) if column.method == "kinds"]
    ours, naive = (np.abs(p - told.realised)[places].mean() for p in (told.prediction.predicted, told.naive))
    assert ours < 0.3 * naive
    long = list(rows).index("long")
    alone = result.prediction.predicted[SYMBOLS.index("QQQ")]
    assert told.prediction.predicted[long] == pytest.approx(alone, abs=1e-12)


def test_rows_after_the_start_change_nothing_of_a_short_column(
    shared_data: Path, young: pd.DataFrame, told: Replay, tmp_path: Path
) -> None:
    """Prices of the file after the start; then kinds from a folder of which only what was known then is left."""
    changed = young.copy()
    changed.loc[changed.index > pd.Timestamp(START)] *= 3.0
    for later in (young.loc[: pd.Timestamp(START)], changed):
        again = computed(later, START, END, shared_data)
        for name in ("predicted", "p05", "p95"):
            np.testing.assert_array_equal(getattr(again.prediction, name), getattr(told.prediction, name))
        for one, other in zip(again.columns, told.columns, strict=True):
            assert one.told is None or one.told.kinds == other.told.kinds
    tables, first = read_tables(shared_data), pd.Timestamp(START)
    before = Tables(tables.folder, {file: frame.loc[:first] for file, frame in tables.by_file.items()}, ())
    logs = np.log(young[["column 1", "column 3"]]).resample("D").last().ffill(limit=7).loc[:first]
    found = [short.told(logs, history_of(known, START).levels) for known in (before, tables)]
    for name in logs.columns:
        one, other = (part.detections[name] for part in found)
        assert one.kinds == other.kinds
        np.testing.assert_array_equal(one.beta, other.beta)


def test_a_file_of_short_columns_alone_is_answered(shared_data: Path, young: pd.DataFrame, told: Replay) -> None:
    alone = computed(young.drop(columns=["long", "middle"]), START, END, shared_data)
    kept = [i for i, name in enumerate(told.prediction.symbols) if name not in ("long", "middle")]
    np.testing.assert_allclose(alone.prediction.predicted, told.prediction.predicted[kept], atol=1e-12)


def test_scores_count_signs_only_of_large_moves() -> None:
    predicted, realised = np.array([0.01, -0.10, 0.30, 0.0]), np.array([-0.01, -0.03, 0.10, np.nan])
    found = score(predicted, realised, realised - 0.01, realised + 0.01)
    assert found == {
        "n": 3,
        "sign": 1.0,
        "within_5_points": pytest.approx(1 / 3),
        "mean_abs_error": pytest.approx((0.02 + 0.07 + 0.20) / 3),
        "coverage_90": 1.0,
    }
