"""A small data folder that keeps every contract: smooth made-up series over three years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.market.contracts import EVERY_COLUMN, contracts
from stresstest.tables import read_table

DAYS = pd.bdate_range("2022-01-03", "2024-12-31")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(7)
    made_of = {row["series"] for row in read_table("stresstest.market", "factor_series.csv")} - {"YEARS"}
    funds = (made_of - {contract.name for contract in contracts()}) | {"GLD", "USMV", "SPLV", "BSOL"}
    files: dict[str, dict[str, np.ndarray]] = {}
    for contract in contracts():
        walk = np.exp(np.cumsum(0.002 * rng.standard_normal(len(DAYS))))
        columns = files.setdefault(contract.file, {})
        if contract.column != EVERY_COLUMN:
            middle = max(2 * contract.typical_low, 1.5 * contract.low, 1e-3)
            columns[contract.column] = np.clip(middle * walk, contract.low, contract.high)
        elif contract.name == "etf":
            columns |= {name: 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(len(DAYS)))) for name in sorted(funds)}
        else:
            columns |= {"AAPL": 150 * walk, "WTI": 3 * walk}
    for name, columns in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(columns, index=pd.Index(DAYS.strftime("%Y-%m-%d"), name="date")).to_csv(path)
    return tmp_path
