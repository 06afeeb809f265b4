"""``batch``: the figures of ``stress`` for each portfolio, whatever the form of the input and the engine."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from stresstest.commands.batch import batch
from stresstest.commands.batch.engines import ENGINES
from stresstest.commands.batch.pricing import make_world, price_units
from stresstest.commands.batch.reduced import COLUMNS, Units, blocks, reduce_block, tail_measures
from stresstest.commands.batch.result import BatchResult
from stresstest.commands.scenario_cards import export_scenario
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.records import Position, Study, Terms
from stresstest.risk.measures import expected_shortfall, value_at_risk
from stresstest.run import run
from stresstest.study.options import Options

PATHS = 200
OPTIONS = Options(paths=PATHS, seed=3)
HAS_BATCH = all(importlib.util.find_spec(name) is not None for name in ("dask", "pyarrow"))
#: Plain funds and cash; bonds and a coin; margin debt and a short, which need a margin account; an option.
BOOKS = {
    "plain": "VTI,100,365,,,\nAGG,150,99,,,\nCASH,2500,,,,\nCASH.EUR,1000,,,,\n",
    "bonds": "UST,20000,97,bond,4.25,2035-05-15\nVTI,7,365,,,\nBTC,0.1,63000,,,\nTQQQ,40,60,,,\n",
    "levered": "QQQ,110,690,,,\nIWM,-20,291,,,\nCASH,-20000,,,,\n",
    "option": "AAPL,100,310,,,\nAAPL 15JAN27 330 C,1,17,option,,\nCASH,5000,,,,\n",
}
HEADER = "symbol,quantity,price,asset_class,coupon,maturity\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clients")
    for name, rows in BOOKS.items():
        (made / f"{name}.csv").write_text(HEADER + rows, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "clients.csv"
    lines = [f"{name},{row}" for name, rows in BOOKS.items() for row in rows.splitlines()]
    path.write_text("portfolio," + HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(folder: Path) -> BatchResult:
    return batch(folder, OPTIONS)


@pytest.fixture(scope="module")
def studies(folder: Path) -> dict[str, Study]:
    options = Options(paths=PATHS, seed=3, propose=False)
    return {name: run(folder / f"{name}.csv", options) for name in BOOKS}


@pytest.mark.parametrize("name", BOOKS)
def test_each_portfolio_has_the_figures_of_stress(name: str, found: BatchResult, studies: dict[str, Study]) -> None:
    row, study = next(row for row in found.rows() if row["portfolio"] == f"{name}.csv"), studies[name]
    wanted = {
        "value": study.book.value,
        "coverage": study.book.coverage,
        "mean_loss": study.risk.mean.value,
        "var_95": study.risk.var_95.value,
        "es_95": study.risk.es_95.value,
        "var_99": study.risk.var_99.value,
        "es_99": study.risk.es_99.value,
        "worst_loss": study.scenarios[0].loss_fraction,
        **{f"loss_{s.name}": s.loss_fraction for s in study.scenarios},
    }
    assert {key: row[key] for key in wanted} == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert row["worst_scenario"] == study.scenarios[0].name


def test_an_official_path_counts_at_its_worst_point_for_each(folder: Path, tmp_path: Path) -> None:
    official = tmp_path / "official.csv"
    official.write_text(export_scenario("coupon-surge", "dfast"), encoding="utf-8")
    options = Options(paths=100, scenarios=(str(official),), propose=False)
    rows = {row["portfolio"]: row for row in batch(folder, options).rows()}
    for name in ("plain", "bonds"):
        loss = run(folder / f"{name}.csv", options).scenarios[0].loss_fraction
        assert rows[f"{name}.csv"]["worst_loss"] == pytest.approx(loss, rel=1e-9)


def test_a_long_table_gives_the_same_as_files(table: Path, found: BatchResult) -> None:
    long = {row["portfolio"]: row for row in batch(table, OPTIONS).rows()}
    assert list(long) == list(BOOKS)
    for row in found.rows():
        other = long[row["portfolio"].removesuffix(".csv")]
        assert other["worst_scenario"] == row["worst_scenario"]
        numbers = {key: value for key, value in row.items() if not isinstance(value, str)}
        assert {key: other[key] for key in numbers} == pytest.approx(numbers, rel=1e-9, abs=1e-12)


def test_a_long_table_with_values_in_place_of_prices(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text(
        "portfolio,symbol,quantity,market_value\na,VTI,10,3650\na,CASH,100,\nb,VTI,3,1095\nb,AGG,1,99\n",
        encoding="utf-8",
    )
    result = batch(path, Options(paths=100))
    values = dict(zip(result.names, result.numbers["value"].tolist(), strict=True))
    assert values == pytest.approx({"a": 3750, "b": 1194})
    assert result.about["instruments"] == 3


def test_a_bad_file_stops_nothing_and_is_listed_in_full(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(HEADER + BOOKS["plain"], encoding="utf-8")
    (tmp_path / "bad.csv").write_text("symbol,quantity\nVTI,x\nAGG,y\n", encoding="utf-8")
    (tmp_path / "debt.csv").write_text("symbol,quantity,price\nVTI,1,365\nCASH,-9000,\n", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(b"\x00\x01\x02")
    result = batch(tmp_path, Options(paths=100))
    assert result.names == ("good.csv",)
    assert set(result.failed) == {"bad.csv", "debt.csv", "binary.csv"}
    assert [problem.row for problem in result.failed["bad.csv"]] == [2, 3]
    json.dumps(result.to_document(), allow_nan=False)


def test_rows_of_a_long_table_that_are_wrong_name_their_line_and_portfolio(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "portfolio,symbol,quantity,price,coupon\na,VTI,10,365,\nb,VTI,ten,365,\nc,AGG,5,-99,\na,AGG,1,99,\nd,AGG,5,-99,\n",
        encoding="utf-8",
    )
    result = batch(path, Options(paths=100))
    assert result.names == ("a",)
    places = {name: [(p.row, p.column, p.file) for p in problems] for name, problems in result.failed.items()}
    assert places == {
        "b": [(3, "quantity", "rows.csv")],
        "c": [(4, "price", "rows.csv")],
        "d": [(6, "price", "rows.csv")],
    }


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("symbol,quantity\nVTI,1\n", "portfolio"),
        ("portfolio,symbol\na,VTI\n", "quantity"),
        ("", ""),
        ("portfolio\n", ""),
    ],
)
def test_a_table_that_is_none_is_an_input_error(tmp_path: Path, content: str, column: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        batch(path, Options(paths=100))
    assert column in {problem.column for problem in raised.value.problems}


def test_nothing_that_loads_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 files"):
        batch(tmp_path, Options(paths=100))
    (tmp_path / "bad.csv").write_text("symbol,quantity\nVTI,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="a number"):
        batch(tmp_path, Options(paths=100))


def test_the_written_table_holds_every_portfolio_and_no_formula(folder: Path, tmp_path: Path) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    (clients / "=cmd.csv").write_text(HEADER + BOOKS["plain"], encoding="utf-8")
    out = tmp_path / "out.csv"
    result = batch(clients, Options(paths=100), out=out)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["portfolio"] for row in rows] == ["'=cmd.csv"]
    assert float(rows[0]["es_95"]) == result.numbers["es_95"][0]


@pytest.mark.skipif(HAS_BATCH, reason="the extra is installed")
def test_a_missing_extra_says_how_to_get_it(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"stresstest\[batch\]"):
        batch(folder, OPTIONS, engine="dask")
    with pytest.raises(InputError, match=r"stresstest\[batch\]"):
        batch(folder, OPTIONS, out=tmp_path / "out.parquet")
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"stresstest\[batch\]"):
        batch(tmp_path / "in.parquet", OPTIONS)


@pytest.mark.skipif(not HAS_BATCH, reason="needs the extra batch")
def test_dask_and_parquet_give_the_same(folder: Path, table: Path, found: BatchResult, tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow
    from pyarrow import parquet

    frame = pd.read_csv(table)
    parquet.write_table(pyarrow.Table.from_pandas(frame), tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"
    result = batch(tmp_path / "in.parquet", OPTIONS, engine="dask", out=out)
    for column in COLUMNS:
        order = [result.names.index(name.removesuffix(".csv")) for name in found.names]
        assert result.numbers[column][order] == pytest.approx(found.numbers[column], rel=1e-9)
    assert parquet.read_table(out).num_rows == len(BOOKS)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(InputError):
        batch(tmp_path / "broken.parquet", OPTIONS)


@pytest.mark.parametrize("paths", [20, 200, 997])
def test_tails_by_selection_are_those_of_the_measures(paths: int) -> None:
    total = np.random.default_rng(1).standard_t(3, (5, paths))
    equal = np.full(paths, 1.0 / paths)
    found = tail_measures(total.copy())
    for level, name in ((0.95, "95"), (0.99, "99")):
        assert found[f"var_{name}"] == pytest.approx([value_at_risk(row, equal, level) for row in total])
        assert found[f"es_{name}"] == pytest.approx([expected_shortfall(row, equal, level) for row in total])


def test_blocks_cover_every_portfolio_once_and_bound_memory() -> None:
    rows = list(blocks(100_000, 10_000))
    assert [i for part in rows for i in (part.start, part.stop)] == sorted(
        i for part in rows for i in (part.start, part.stop)
    )
    assert (rows[0].start, rows[-1].stop) == (0, 100_000)
    assert max(part.stop - part.start for part in rows) * 10_000 * 8 <= 32 << 20


def test_engines_agree_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from stresstest.commands.batch import reduced

    rng = np.random.default_rng(2)
    units = Units(rng.uniform(1, 2, 6), np.zeros(6), rng.normal(size=(6, 50)), rng.normal(size=(6, 3)))
    multiples = sparse.csr_matrix(rng.uniform(0, 5, (40, 6)))
    whole = reduce_block(multiples, units)
    monkeypatch.setattr(reduced, "BLOCK_BYTES", 8 * 50 * 7)
    parts = ENGINES["local"](multiples, units, lambda done, total: None)
    for name, numbers in whole.items():
        assert parts[name] == pytest.approx(numbers, rel=1e-12), name


def test_what_is_missing_counts_with_its_contract() -> None:
    """As the coverage of a book does: an option that cannot be modelled counts with what it is written on."""
    snapshot = load_snapshot()
    terms = Terms(strike=300.0, multiplier=100.0, put_call="call")
    option = Position(2, "AAPL?", "", "option", "USD", 2.0, 5.0, 1_000.0, terms=terms, reason="no expiry")
    world = make_world(Options(paths=100, months=1, scenarios=("dash-for-cash",)), snapshot)
    units = price_units([option], world, lambda done, total: None)
    assert units.missing.tolist() == [option.gross_value] == [60_000.0]
    assert units.value.tolist() == [0.0]
