"""The table that ships with the package: complete, small, and with the signs that every desk expects."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import DataError
from stresstest.exposures import load_exposures
from stresstest.records import Exposure
from stresstest.tables import factor_index


@pytest.fixture(scope="module")
def table() -> Mapping[str, Exposure]:
    return load_exposures()


def beta(exposure: Exposure, factor: str) -> float:
    return float(exposure.beta[factor_index()[factor]])


def test_it_is_wide_finite_and_small(table: Mapping[str, Exposure]) -> None:
    assert len(table) >= 128
    for exposure in table.values():
        assert np.isfinite(exposure.beta).all()
        assert (exposure.se >= 0).all()
        assert 0 <= exposure.residual_vol < 1
        assert exposure.r_squared is not None
        assert 0 <= exposure.r_squared <= 1
    files = resources.files("stresstest.exposures")
    assert len(files.joinpath("exposures.csv").read_bytes()) < 400_000
    assert "made by `stresstest calibrate`" in files.joinpath("exposures.csv").read_text(encoding="utf-8")[:600]


@pytest.mark.parametrize(
    ("symbol", "factor", "low", "high"),
    [
        ("SPY", "equity_us", 0.999, 1.001),
        ("XLU", "sector_utilities", 0.999, 1.001),
        ("QQQ", "growth_value", 0.1, 0.6),
        ("TLT", "ust_20y", -14, -4),
        ("IEF", "ust_10y", -8, -3),
        ("TIP", "breakeven_10y", 4, 9),
        ("LQD", "ig_spread", -11, -5),
        ("HYG", "hy_spread", -4.5, -2),
        ("EMB", "em_spread", -8, -5.5),
        ("MBB", "mortgage_spread", -4, -0.5),
        ("NVDA", "equity_us", 1.0, 1.8),
        ("KRE", "sector_financials", 0.7, 1.4),
        ("TSM", "equity_taiwan", 0.6, 1.3),
        ("NLY", "mortgage_spread", -5, 0),
        ("MSTR", "btc", 0.3, 1.2),
        ("IBIT", "btc", 0.95, 1.05),
        ("USO", "oil", 0.5, 1.1),
        ("USO", "commodities", 0.3, 0.8),
        ("DBC", "commodities", 0.95, 1.05),
        ("SLV", "silver", 0.95, 1.05),
        ("NVDA", "semiconductors", 0.7, 1.3),
        ("JPM", "regional_banks", -0.3, 0.3),
        ("WFC", "regional_banks", 0.1, 0.6),
        ("UUP", "fx_eur", -0.75, -0.4),
        ("VIXY", "vix", 1, 4),
        ("CASH.CAD", "usd_broad", -1.6, -0.3),
    ],
)
def test_betas_have_the_sign_and_size_of_their_contract(
    table: Mapping[str, Exposure], symbol: str, factor: str, low: float, high: float
) -> None:
    assert low <= beta(table[symbol], factor) <= high


@pytest.mark.parametrize(
    ("symbol", "duration"), [("SHY", 1.9), ("IEI", 4.4), ("IEF", 7.6), ("TLT", 17.0), ("AGG", 6.0)]
)
def test_a_parallel_rise_costs_a_bond_fund_its_duration(
    table: Mapping[str, Exposure], symbol: str, duration: float
) -> None:
    rates = ("ust_3m", "ust_1y", "ust_2y", "ust_5y", "ust_10y", "ust_20y", "ust_30y")
    betas = [beta(table[symbol], factor) for factor in rates]
    assert -sum(betas) == pytest.approx(duration, rel=0.15)
    assert max(betas) < 0.1 * duration


def test_factors_themselves_leave_no_residual(table: Mapping[str, Exposure]) -> None:
    for symbol in ("SPY", "XLE", "VNQ", "EWT", "GLD", "BTC", "ETH", "SOL", "CASH.JPY"):
        assert table[symbol].r_squared == pytest.approx(1.0, abs=1e-3)
        assert table[symbol].residual_vol < 0.01


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="calibrate"):
        load_exposures(tmp_path)
