"""``check``: rows of one instrument are valued once, and every way of showing says the same."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from stresstest.commands import analysed, check
from stresstest.commands.words import problem_text
from stresstest.errors import NoAnswerError
from stresstest.holdings import example_names
from stresstest.market import load_snapshot
from stresstest.study.books import make_book
from stresstest.study.inputs import require_value

LONG = (
    "symbol,quantity,price,asset_class,coupon,maturity,market_value\n"
    "SPY,{q},700,,,,\nUST,{b},98.5,bond,4,2034-02-15,\nUST,{b},99,bond,4,2034-02-15,\nTIPS,{b},,linker,1.5,2033-01-15,\n"
    "SPY 18DEC26 600 P,-{q},8,,,,\nUSDC,{q},,,,,\nZZZZ,{q},5,,,,\nYYYY,-{q},7,,,,\nODD,{q},,equity,,,\n"
    "XLE,{q},,,,,{q}00\nFRN,{b},100,floater,,2028-04-30,\n"
)


def long_file(folder: Path) -> Path:
    head, *rows = LONG.splitlines()
    path = folder / "long.csv"
    sizes = [(1 + n, 1000 * (1 + n)) for n in range(7)]
    body = [row.format(q=q, b=b) for q, b in sizes for row in rows]
    path.write_text("\n".join([head, *body, "CASH,-500,,,,,"]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("cash", "told"), [(-700, True), (-900, True), (-600, False)])
def test_a_book_that_run_will_refuse_is_said_in_check(cash: int, told: bool, tmp_path: Path) -> None:
    path = tmp_path / "debt.csv"
    path.write_text(f"symbol,quantity,price\nSPY,1,700\nCASH,{cash},\n", encoding="utf-8")
    found = check.check(str(path))
    said = [problem for problem in found.warnings if "net value" in problem.expected]
    assert bool(said) is told
    assert [problem["found"] for problem in found.to_document()["warnings"]] == [p.found for p in found.warnings]
    if told:
        with pytest.raises(NoAnswerError):
            require_value(make_book(found.portfolio, load_snapshot()))
        assert "結束代碼 3" in problem_text(said[0], "zh-TW")
    else:
        require_value(make_book(found.portfolio, load_snapshot()))


def test_one_position_that_is_not_modelled_is_one(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("Ticker,Shares\nVTI,10\nCASH,5000\n", encoding="utf-8")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(check.check(str(path)).to_text())
    assert "Not modelled: 1 position, see the reason above" in console.export_text()


def grouped(path: str, monkeypatch) -> check.Checked:
    with monkeypatch.context() as patch:
        patch.setattr(analysed, "BUILT_EACH", 0)
        return check.check(path)


def near(one: object, other: object) -> None:
    """Equal, numbers to nine digits."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            near(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            near(a, b)
    else:
        assert one == (pytest.approx(other, rel=1e-9, abs=1e-12) if isinstance(one, float) else other)


@pytest.mark.parametrize("name", [*example_names(), "long"])
def test_instruments_valued_once_give_the_same_document(name: str, tmp_path, monkeypatch) -> None:
    path = str(long_file(tmp_path)) if name == "long" else f"example:{name}"
    each, once = check.check(path), grouped(path, monkeypatch)
    near(once.to_document(), each.to_document())
    if name == "long":
        assert len(once.analysis.items) < len(each.analysis.items) / 3


def test_the_stream_and_the_document_say_the_same(tmp_path, monkeypatch) -> None:
    for checked in (check.check("example:income_ladder"), grouped(str(long_file(tmp_path)), monkeypatch)):
        stream = io.StringIO()
        checked.write_json(stream)
        near(json.loads(stream.getvalue()), json.loads(json.dumps(checked.to_document())))


def test_sizes_scale_what_is_money_and_nothing_else(tmp_path, monkeypatch) -> None:
    rows = grouped(str(long_file(tmp_path)), monkeypatch).to_document()["positions"]
    bonds = [row for row in rows if row["symbol"] == "UST" and row["price"] == 98.5]
    assert [row["analytics"]["dv01"] / bonds[0]["analytics"]["dv01"] for row in bonds] == pytest.approx(range(1, 8))
    assert len({row["analytics"]["yield"] for row in bonds}) == 1
    assert sum(row["market_value"] for row in bonds) == pytest.approx(28_000 * 0.985)


def test_a_long_list_is_shown_by_its_largest_rows_and_counted_in_full(tmp_path, monkeypatch) -> None:
    path = tmp_path / "many.csv"
    path.write_text("symbol,quantity,price\n" + "".join(f"SPY,{n + 1},700\n" for n in range(900)), encoding="utf-8")
    checked = check.check(str(path))
    console = Console(width=160, file=io.StringIO(), record=True)
    console.print(checked.to_text())
    shown = console.export_text()
    assert shown.count("SPY ") == 200
    assert "700 more" in shown
    assert checked.total == pytest.approx(700 * 900 * 901 / 2)


def test_of_very_many_bonds_only_the_largest_are_analysed_and_it_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(analysed, "MOST_BY_TERMS", 3)
    monkeypatch.setattr(analysed, "BUILT_EACH", 0)
    path = tmp_path / "bonds.csv"
    rows = "".join(f"B{n},{1000 * (n + 1)},98,bond,4,{2030 + n}-02-15\n" for n in range(6))
    path.write_text(f"symbol,quantity,price,asset_class,coupon,maturity\n{rows}", encoding="utf-8")
    checked = check.check(str(path))
    document = checked.to_document()
    assert [bool(row["analytics"]) for row in document["positions"]] == [False] * 3 + [True] * 3
    assert document["total_value"] == pytest.approx(21_000 * 0.98)
    assert document["coverage"] == 1
    assert any("3 bonds" in warning["found"] for warning in document["warnings"])


def test_a_mapping_file_reads_a_table_of_ones_own(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("Papier;Bestand;Preis\nSPY;10;700,50\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text('[columns]\nsymbol = "Papier"\nquantity = "Bestand"\nprice = "Preis"\n')
    document = check.check(str(tmp_path / "t.csv"), mapping=tmp_path / "m.toml").to_document()
    assert document["total_value"] == pytest.approx(7005)
    assert document["positions"][0]["identified_by"] == "SPY in securities.csv"


def text_of(checked: check.Checked, lang: str) -> str:
    console = Console(file=io.StringIO(), width=300, record=True)
    console.print(checked.to_text(lang))
    return console.export_text()


@pytest.mark.parametrize(
    ("rows", "english", "chinese"),
    [
        ("ABCQ,5,\nABCR,3,\n", "without 2 rows of unknown value; of what has a value 100.0% is", "不含價值未知的 2 列"),
        ("ABCQ,5,\n", "without 1 row of unknown value; of what has a value 100.0% is", "不含價值未知的 1 列"),
        ("BND,3,70\n", "modelled 100.0% of gross value; layout", "納入模型者占總市值 100.0%；檔案格式"),
    ],
)
def test_coverage_says_what_it_cannot_count(rows: str, english: str, chinese: str, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("symbol,quantity,price\nVTI,10,300\n" + rows, encoding="utf-8")
    checked = check.check(str(path))
    assert english in text_of(checked, "en")
    assert chinese in text_of(checked, "zh-TW")


def test_an_unknown_price_is_no_price_of_zero(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("symbol,quantity,price\nVTI,10,300\nTLT,150,\nABCQ,5,0\n", encoding="utf-8")
    checked = check.check(str(path))
    stream = io.StringIO()
    checked.write_json(stream)
    for document in (checked.to_document(), json.loads(stream.getvalue())):
        known, unknown, zero = document["positions"]
        assert (known["price"], known["market_value"]) == (300, 3000)
        assert (unknown["price"], unknown["market_value"]) == (None, None)
        assert (zero["price"], zero["market_value"]) == (0, 0), "a price of zero that the file states is known"
        assert document["total_value"] == 3000
    row = next(line for line in text_of(checked, "en").splitlines() if line.startswith("TLT"))
    assert "–" in row
    assert " 0 " not in row
