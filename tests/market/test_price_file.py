"""A user's file of prices: read as it stands, or refused with every fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.market.price_file import read_prices


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_blank_cells_are_no_prices(tmp_path: Path) -> None:
    prices = read_prices(written(tmp_path, "\ufeffDate, A ,B\n2024-01-02,1.5,\n2024-01-03,,2\n"))
    assert list(prices.columns) == ["A", "B"]
    assert prices.loc["2024-01-02", "A"] == 1.5
    assert np.isnan(prices.loc["2024-01-03", "A"])


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = "date,A,B\n2024-01-02,1,x\n2024-01-02,-3,1\nyesterday,1,1\n2024-01-01,0,inf\n"
    with pytest.raises(InputError) as caught:
        read_prices(written(tmp_path, text))
    places = {(problem.row, problem.column) for problem in caught.value.problems}
    assert {(2, "B"), (3, "A"), (3, "date"), (4, "date"), (5, "A"), (5, "B")} <= places
    assert all(problem.expected and problem.file for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "empty"),
        ("day,A\n2024-01-02,1\n", "day, A"),
        ("date\n2024-01-02\n", "no price column"),
        ("date,A,A\n2024-01-02,1,2\n", "two columns"),
        ("date,A\n2024-01-02,\n", "no price"),
        ("date,A\n2024-01-02,1,2\n", "more or fewer cells"),
        ("date,A\n", "no price"),
    ],
)
def test_files_that_are_no_tables_of_prices(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError, match=found):
        read_prices(written(tmp_path, text))


def test_binary_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(b"\xff\xfe\x00\x01date")
    with pytest.raises(InputError, match="UTF-8"):
        read_prices(path)
    with pytest.raises(InputError, match="no such file"):
        read_prices(tmp_path / "none.csv")
