"""One book has one expected shortfall: the proposal shows that of the study, whether it has trades or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstest.run import run
from stresstest.study.options import Options

#: No turnover is allowed, and the book has debt and more leverage than this.
TIGHT = "[turnover]\nlevel = 0.01\n[gross_leverage]\nlevel = 1.0\n"
BILLS = "symbol,quantity,price,asset_class\nSGOV,10,100,fund_bond\nCASH,500,,\n"
PATHS = 300


def test_without_a_solution_the_measures_today_are_those_of_the_study(tmp_path: Path) -> None:
    limits = tmp_path / "tight.toml"
    limits.write_text(TIGHT, encoding="utf-8")
    study = run("example:growth_on_margin", Options(paths=PATHS, limits=limits))
    proposal = study.rebalance
    assert proposal is not None
    assert proposal.status == "infeasible"
    assert proposal.before["es_95"] == pytest.approx(study.risk.es_95.value, rel=1e-12)
    assert proposal.after == {}


def test_where_nothing_is_traded_the_measures_stay_those_of_the_study(tmp_path: Path) -> None:
    holdings = tmp_path / "bills.csv"
    holdings.write_text(BILLS, encoding="utf-8")
    study = run(holdings, Options(paths=PATHS))
    proposal = study.rebalance
    assert proposal is not None
    assert proposal.status == "no_trade"
    assert proposal.before["es_95"] == pytest.approx(study.risk.es_95.value, rel=1e-12)
    assert "es_99" in proposal.before
    assert proposal.after == proposal.before
