"""The user's mapping file: any table can be read, and a wrong key is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.holdings import load_portfolio

TABLE = (
    "Bank of Somewhere\nPapier;Bestand am;Preis;Art;Wo\nApfel;10;200,50;Aktie;Depot 1\nRente 2034;10000;98,5;Anleihe;\n"
    "Kontokorrent;-250,75;;;\nSumme Depot;;;;\n"
)
MAPPING = """
base = "EUR"
decimal = ","
[columns]
symbol = "Papier"
quantity = ["Bestand am"]
price = "Preis"
asset_kind = "Art"
account = "Wo"
[kinds]
Aktie = "equity"
Anleihe = "bond"
[rows]
cash = ["Kontokorrent"]
total = ["Summe Depot"]
[symbols]
Apfel = "AAPL"
"""


@pytest.fixture
def mapped(snapshot, tmp_path: Path):
    def load(table: str | bytes, mapping: str):
        (tmp_path / "t.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
        (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
        return load_portfolio(tmp_path / "t.csv", snapshot, mapping=tmp_path / "m.toml")

    return load


def test_a_table_of_ones_own(mapped) -> None:
    portfolio = mapped(TABLE, MAPPING)
    apple, bond = portfolio.positions
    assert (apple.symbol, apple.currency, apple.account) == ("AAPL", "EUR", "Depot 1")
    assert apple.market_value == pytest.approx(2005 * 1.152)
    assert (bond.asset_class, bond.market_value) == ("bond", pytest.approx(9850 * 1.152))
    assert portfolio.cash == {"EUR": -250.75}


def test_delimiter_encoding_and_marks_may_be_said(mapped) -> None:
    table = "Código|Títulos|Último\nSPY|1.000|700,25\n".encode("cp1252")
    mapping = 'delimiter = "|"\nencoding = "cp1252"\ndecimal = ","\nmarks = [["código"], ["títulos"]]\n[columns]\n'
    mapping += 'symbol = "Código"\nquantity = "Títulos"\nprice = "Último"\n'
    assert mapped(table, mapping).value == pytest.approx(1000 * 700.25)


@pytest.mark.parametrize(
    ("mapping", "column"),
    [
        ("colums = 1", "colums"),
        ("columns = 1", "columns"),
        ('[columns]\nsymbl = "A"', "columns"),
        ("[columns]\nsymbol = 5", "columns"),
        ('decimal = ";"', "decimal"),
        ('delimiter = "ab"', "delimiter"),
        ('encoding = "klingon"', "encoding"),
        ('[kinds]\nAktie = "stock"', "kinds"),
        ('[rows]\nsums = ["x"]', "rows"),
        ("lots = 1", "lots"),
        ("marks = [1]", "marks"),
        ("[symbols]\nA = 1", "symbols"),
        ("not toml", "mapping"),
    ],
)
def test_a_wrong_mapping_is_answered_with_the_key(mapped, mapping: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        mapped(TABLE, mapping)
    assert [(p.file, p.column) for p in caught.value.problems] == [("m.toml", column)]
    assert mapping != "not toml" or "docs/holdings.md" in caught.value.problems[0].hint


def test_a_mapping_that_fits_no_row_is_refused(mapped) -> None:
    with pytest.raises(InputError, match="header row with security, number"):
        mapped(TABLE, '[columns]\nsymbol = "Security"\nquantity = "Number"\n')


def test_a_missing_mapping_is_refused(snapshot, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("symbol,quantity,price\nSPY,1,700\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"absent\.toml"):
        load_portfolio(tmp_path / "t.csv", snapshot, mapping=tmp_path / "absent.toml")
