"""The examples of the page on holdings are read as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stresstest.holdings import load_portfolio
from stresstest.holdings.identity import securities
from stresstest.holdings.preset import MORE_COLUMNS, presets
from stresstest.holdings.raw import PLAIN_COLUMNS
from stresstest.tables import read_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "holdings.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_plain_example(load) -> None:
    portfolio = load(blocks("csv")[0])
    assert [p.asset_class for p in portfolio.positions] == ["fund_equity", "equity", "bond", "option", "crypto"]
    expected = 28_550 + 1_010_000 * 0.031 + 9_875 - 2_840 + 32_000 - 5_000
    assert portfolio.value == pytest.approx(expected)


def test_the_mapping_example(snapshot, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(blocks("csv")[1], encoding="utf-8")
    (tmp_path / "m.toml").write_text(blocks("toml")[0], encoding="utf-8")
    portfolio = load_portfolio(tmp_path / "t.csv", snapshot, mapping=tmp_path / "m.toml")
    assert [(p.symbol, p.asset_class) for p in portfolio.positions] == [("AAPL", "equity"), ("Rente 2034", "bond")]
    assert portfolio.value == pytest.approx((2005 + 9850 - 250.75) * 1.152)


def test_the_page_names_every_column_and_counts_the_table() -> None:
    for column in PLAIN_COLUMNS:
        assert f"`{column}`" in PAGE
    named = {
        "isin",
        "cusip",
        "cost_price",
        "base_value",
        "fx_rate",
        "sector",
        "side",
        "level",
        "notional",
        "weight",
        "date",
    }
    assert named <= set(MORE_COLUMNS)
    assert f"{len(read_table('stresstest.holdings', 'securities.csv')):,} funds" in PAGE
    assert len({security.symbol for security in securities().values()}) >= 1_200


def test_every_preset_is_well_formed() -> None:
    for preset in presets():
        assert preset.marks, preset.name
        assert set(preset.columns) <= {*PLAIN_COLUMNS, *MORE_COLUMNS}, preset.name
