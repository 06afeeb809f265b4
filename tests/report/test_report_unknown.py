"""What is not known is said so: no price of zero, and a contract counts with what it is written on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import fake
import pytest
from reading import Reader

from stresstest.allocation.sentences import quantity_note
from stresstest.commands.batch.unseen import left_out
from stresstest.records import Position, Study, Terms
from stresstest.records.allocation import IN_DOLLARS
from stresstest.report import page, to_document, write_reports
from stresstest.report.catalogue import load
from stresstest.report.charts.named import allocation
from stresstest.report.csvs import positions
from stresstest.report.localise import localised
from stresstest.report.numbers import MISSING, typeset
from stresstest.report.tables import book, proposal
from stresstest.report.tables.losses import footnotes

FUTURE = Position(
    30, "ESZ6", "Future on the S&P 500", "future", "USD", -2.0, 7_000.0, 0.0, terms=Terms(multiplier=50.0)
)
OPTION = Position(31, "ABC P", "Put", "option", "USD", 3.0, 0.0, 0.0, terms=Terms(multiplier=100.0, strike=40.0))
UNPRICED = Position(32, "XYZ", "Unknown", "equity", "USD", 5.0, 0.0, 0.0, tags={"price_source": "none"})
WORTHLESS = Position(33, "OLD", "Bankrupt", "equity", "USD", 5.0, 0.0, 0.0, tags={"price_source": "file"})


@pytest.fixture(scope="module")
def odd() -> Study:
    """The hand-made study with a future, and rows without a price that are not modelled."""
    made = fake.study()
    missing = tuple((position, "no price") for position in (OPTION, UNPRICED, WORTHLESS))
    portfolio = replace(made.portfolio, positions=(*made.portfolio.positions, FUTURE, OPTION, UNPRICED, WORTHLESS))
    known = made.book.holdings[0]
    future = replace(known, position=FUTURE, instrument=fake.FakeInstrument("ESZ6", 0.0))
    held = replace(made.book, holdings=(*made.book.holdings, future), not_modelled=(*made.book.not_modelled, *missing))
    return replace(made, portfolio=portfolio, book=held)


@pytest.fixture(scope="module")
def d(odd: Study) -> dict[str, Any]:
    return to_document(odd)


def row(d: dict[str, Any], symbol: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in d["portfolio"]["positions"] if p["symbol"] == symbol)
    return found


def test_an_unknown_price_is_null_and_a_price_of_zero_is_zero(d: dict[str, Any]) -> None:
    assert [row(d, "XYZ")[key] for key in ("price", "market_value", "share")] == [None, None, None]
    assert [row(d, "OLD")[key] for key in ("price", "market_value", "share")] == [0.0, 0.0, 0.0]


def test_a_class_is_worth_what_is_known_of_it(d: dict[str, Any]) -> None:
    """XYZ stands among shares with a known value; a class of its own has none, and no bar in the picture."""
    found = {row["asset_class"]: row["value"] for row in d["portfolio"]["by_class"]}
    known = [p["market_value"] for p in d["portfolio"]["positions"] if p["asset_class"] == "equity"]
    assert None in known
    assert found["equity"] == pytest.approx(sum(value for value in known if value is not None))
    made = fake.study()
    lone = replace(UNPRICED, asset_class="commodity")
    positions = (*made.portfolio.positions, lone)
    held = replace(made.book, not_modelled=(*made.book.not_modelled, (lone, "no price")))
    odd = to_document(replace(made, portfolio=replace(made.portfolio, positions=positions), book=held))
    row = odd["portfolio"]["by_class"][-1]
    assert (row["asset_class"], row["value"], row["share"], row["value_after"]) == ("commodity", None, None, None)
    t = load("en")
    assert MISSING in Reader(page.render(localised(odd, t), t)).texts
    drawn = allocation(odd, t)
    assert drawn is not None
    assert t.label("asset_class", "commodity") not in drawn.picture


def test_the_batch_and_the_report_agree_on_what_is_not_known(d: dict[str, Any]) -> None:
    for position in (UNPRICED, WORTHLESS):
        assert left_out(position, "").market_value == row(d, position.symbol)["market_value"]


def test_a_contract_has_the_value_that_counts_in_gross_value(d: dict[str, Any]) -> None:
    assert row(d, "ESZ6")["contract_value"] == -2 * 50 * 7_000
    assert row(d, "ABC P")["contract_value"] == 3 * 100 * 40
    assert row(d, "VTI")["contract_value"] is None
    assert row(d, "SPY260918P")["contract_value"] is None, "a modelled option counts with its own value"
    classes = {c["asset_class"]: c["contract_value"] for c in d["portfolio"]["by_class"]}
    assert {name for name, value in classes.items() if value is not None} == {"future"}
    assert classes["future"] == -700_000


def test_tables_show_a_dash_for_the_unknown_and_the_contract_beside_the_value(d: dict[str, Any]) -> None:
    t = load("en")
    for made in (book.positions(d, t), book.classes(d, t), book.not_modelled(d, t), book.ledger(d, t)):
        assert t("column.contract_usd") in [column.header for column in made.columns]
    cells = {line[0][0]: [text for text, _ in line] for line in book.not_modelled(d, t).shown()}
    assert cells["XYZ"][2:4] == [MISSING, MISSING]
    assert cells["OLD"][2] == "0"
    assert cells["ABC P"][3] == "12,000"
    assert t("book.contracts_text") in page.render(d, t)
    assert book.positions(d, t).rows[0][0] == "ESZ6", "by what it is written on it is the largest"


def test_a_book_without_contracts_has_no_such_column(document: dict[str, Any]) -> None:
    t = load("en")
    assert t("column.contract_usd") not in Reader(page.render(document, t)).texts


def test_the_csv_leaves_the_cell_empty(d: dict[str, Any]) -> None:
    rows = {line["symbol"]: line for line in csv.DictReader(io.StringIO(positions(d)))}
    assert (rows["XYZ"]["price"], rows["XYZ"]["market_value_usd"]) == ("", "")
    assert rows["ESZ6"]["contract_value_usd"] == "-700000.0"


def test_every_file_can_be_written(odd: Study, tmp_path: Path) -> None:
    for language in ("en", "zh-TW"):
        assert all(path.is_file() for path in write_reports(odd, tmp_path / language, language))


def test_the_name_of_a_holding_is_never_translated(document: dict[str, Any]) -> None:
    name = "Fund on the index times three"
    orders = [{**document["rebalance"]["trades"][0], "name": name}]
    orders.append({**orders[0], "name": name + IN_DOLLARS})
    said = localised({**document, "rebalance": {**document["rebalance"], "trades": orders}}, load("zh-TW"))
    held, bought = (trade["name"] for trade in said["rebalance"]["trades"])
    assert held == name
    assert bought == f"{name}（以美元金額表示，價格未知）"


def test_an_order_in_dollars_is_named_alike_wherever_it_is_said() -> None:
    """By the proposal and the catalogue in English, and by the catalogue and the phrases in Chinese."""
    unpriced = replace(UNPRICED, tags={"quantity_unit": "USD"})
    assert load("en")("phrase.in_dollars", name="XYZ") == f"XYZ{quantity_note(unpriced)}" == f"XYZ{IN_DOLLARS}"
    chinese = load("zh-TW")
    assert chinese("phrase.in_dollars", name="XYZ") == chinese.phrase(f"XYZ{IN_DOLLARS}")
    assert "USD" not in chinese.phrase(f"XYZ{IN_DOLLARS}")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Sell 17.2 % of net value (-17.5 %).", "Sell 17.2% of net value (−17.5%)."),
        ("proven within 0.0e+00 of the optimum", "proven within 0 of the optimum"),
        ("proven within 1.2e-06 of the optimum", "proven within 1.2e-06 of the optimum"),
        ("by -25 bp on 2026-07-29 in BRK-5", "by −25 bp on 2026-07-29 in BRK-5"),
    ],
)
def test_figures_of_other_stages_are_written_as_here(sentence: str, shown: str) -> None:
    assert typeset(sentence) == shown
    assert typeset(shown) == shown


def test_scenarios_without_the_same_record_share_a_note(document: dict[str, Any]) -> None:
    gaps = (["btc"], ["btc"], ["btc", "eth"], [], [])
    scenarios = [{**s, "filled_in": gap} for s, gap in zip(document["scenarios"], gaps, strict=True)]
    for language in ("en", "zh-TW"):
        notes = footnotes({**document, "scenarios": scenarios}, load(language))
        assert len(notes) == 2
        assert all(sum(s["title"] in note for note in notes) == bool(s["filled_in"]) for s in scenarios)


def test_measures_of_limits_are_not_told_twice(document: dict[str, Any]) -> None:
    t = load("en")
    limits = {check["name"].replace(" ", "_") for check in document["rebalance"]["limits"]}
    shown = {str(line[0]) for line in proposal.measures(document, t).rows}
    assert {"duration", "turnover"} <= limits & set(document["rebalance"]["before"])
    assert not shown & {t.label("measure", name) for name in limits}
    assert t.label("measure", "es_95") in shown
