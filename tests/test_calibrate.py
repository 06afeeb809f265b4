"""Calibration on the real series: reproducible, without a view of the future, and in agreement with the reference."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest import files
from stresstest.calibrate import Calibration, calibrate
from stresstest.calibrate.episodes import episode_moves
from stresstest.calibrate.funding import curve
from stresstest.calibrate.regimes import factor_moments, regime_covariance
from stresstest.calibrate.work import estimate_universe
from stresstest.exposures import load_exposures
from stresstest.exposures.prediction import predict, window_of
from stresstest.exposures.priors import universe
from stresstest.exposures.table import load_certificate
from stresstest.market.history import History, load_history
from stresstest.tables import factor_names, factor_table, parameter_table

PACKAGE = Path(str(resources.files("stresstest")))
EARLIER = date(2019, 9, 13)


@dataclass(frozen=True)
class Made:
    result: Calibration
    folder: Path


@pytest.fixture(scope="module")
def history(shared_data: Path) -> History:
    return load_history(shared_data)


@pytest.fixture(scope="module")
def made(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("calibration")
    return Made(calibrate(shared_data, folder), folder)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*.csv"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def members(folder: Path) -> dict[str, str]:
    """The group of residuals of every symbol."""
    return {row["symbol"]: row["peers"] for row in rows(folder / "exposures" / "assets.csv")}


# ------------------------------------------------------------------------------------------------------------- files


def test_twice_gives_the_same_bytes_and_leaves_the_package_alone(shared_data: Path, made: Made, tmp_path: Path) -> None:
    before = digests(PACKAGE)
    calibrate(shared_data, tmp_path)
    assert digests(tmp_path) == digests(made.folder)
    assert digests(PACKAGE) == before
    assert {path.relative_to(made.folder).as_posix() for path in made.result.files} == set(digests(made.folder))


def test_the_package_ships_what_calibrate_writes(made: Made) -> None:
    """To a tenth of a percent: another machine may round the last digit differently, and then name a pair after the
    other of its two members."""
    names = dict(zip(members(made.folder).values(), members(PACKAGE).values(), strict=True))
    assert members(PACKAGE) == {symbol: names[name] for symbol, name in members(made.folder).items()}
    for path in made.result.files:
        fresh, shipped = rows(path), rows(PACKAGE / path.relative_to(made.folder))
        assert len(fresh) == len(shipped)
        if path.name == "residual_groups.csv":
            fresh.sort(key=lambda row: names.get(row["group"], row["group"]))
            shipped.sort(key=lambda row: row["group"])
        for one, other in zip(fresh, shipped, strict=True):
            for key, given in one.items():
                text = names.get(given, given)
                try:
                    assert float(text) == pytest.approx(float(other[key]), rel=1e-3, abs=1e-9)
                except ValueError:
                    assert text == other[key]


def test_every_table_says_what_made_it(made: Made) -> None:
    for path in made.result.files:
        head = path.read_text(encoding="utf-8").split("\n", 5)[:5]
        assert any("stresstest calibrate" in line and "2026-08-21" in line for line in head)


def test_a_table_can_be_read_back(made: Made) -> None:
    table = load_exposures(made.folder / "exposures")
    assert set(table) == set(made.result.estimation.exposures)
    for symbol, exposure in made.result.estimation.exposures.items():
        kept = table[symbol].beta != 0
        np.testing.assert_allclose(table[symbol].beta[kept], exposure.beta[kept], rtol=1e-4)


def test_the_certificate_says_what_made_the_tables(made: Made) -> None:
    certificate = load_certificate(made.folder)
    assert certificate["as_of"] == "2026-08-21"
    assert int(certificate["assets"]) == len(made.result.estimation.exposures)
    hashes = [value for name, value in certificate.items() if name.startswith("data ") or name == "settings"]
    assert len(hashes) > 10
    assert all(len(value) == 64 for value in hashes)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old", encoding="utf-8")

    def refuse(source: str, destination: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        files.write_text(target, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_deleting_the_future_changes_no_byte(shared_data: Path, tmp_path: Path) -> None:
    for name in sorted(path.relative_to(shared_data) for path in shared_data.glob("*/*.csv")):
        header, *lines = (shared_data / name).read_text(encoding="utf-8").splitlines()
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        dated = header.startswith("date,")
        kept = [line for line in lines if not dated or line[:10] <= EARLIER.isoformat()]
        (tmp_path / "data" / name).write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    calibrate(tmp_path / "data", tmp_path / "without", EARLIER)
    calibrate(shared_data, tmp_path / "with", EARLIER)
    assert digests(tmp_path / "without") == digests(tmp_path / "with")


def test_what_is_too_short_is_said(shared_data: Path, tmp_path: Path) -> None:
    early = calibrate(shared_data, tmp_path, date(2013, 5, 21))
    assert early.funding is None
    assert "funding curve" in {warning.column for warning in early.warnings}
    assert not (tmp_path / "plumbing").exists()


# ---------------------------------------------------------------------------------------------------------- exposures


def test_most_of_the_variance_of_funds_is_explained(made: Made) -> None:
    classes = {symbol: asset.asset_class for symbol, asset in universe().items()}
    r_squared = pd.Series({s: e.r_squared for s, e in made.result.estimation.exposures.items()})
    middle = r_squared.groupby(classes).median()
    assert len(r_squared) >= 128
    assert middle["fund_equity"] > 0.9
    assert middle["fund_bond"] > 0.75
    assert middle["equity"] > 0.45


def test_2022_is_predicted_from_2021(shared_data: Path, history: History) -> None:
    """Funds over 2022 with exposures known at its start; only the factor moves come from 2022."""
    start, end = date(2021, 12, 31), date(2022, 12, 30)
    found = estimate_universe(load_history(shared_data, start))
    prediction = predict(found, window_of(found, history.levels, pd.Timestamp(end)))
    funds = [s for s in found.symbols if universe()[s].asset_class.startswith("fund_") and s != "VIXY"]
    predicted = pd.Series(prediction.predicted, found.symbols)[funds]
    actual = np.expm1(history.asset_returns(start, end))[funds]
    market = float(np.expm1(history.factor_moves(start, end)["equity_us"]))
    assert (np.sign(predicted) == np.sign(actual)).mean() > 0.9
    assert (predicted - actual).abs().mean() < 0.035
    assert (predicted - actual).abs().mean() < 0.3 * (market - actual).abs().mean()


# ------------------------------------------------------------------------------------------------------------ moments


def test_covariances_are_positive_semidefinite_and_stress_is_wider(made: Made) -> None:
    for name in ("calm", "stress"):
        table = rows(made.folder / f"transmission/moments_{name}.csv")
        names = [row["factor"] for row in table]
        covariance = np.array([[float(row[key]) for key in names] for row in table])
        assert len(names) == 47
        np.testing.assert_allclose(covariance, covariance.T)
        sd = np.sqrt(np.diag(covariance))
        assert np.linalg.eigvalsh(covariance / np.outer(sd, sd)).min() > 0
    moments = made.result.moments
    assert moments is not None
    ratio = np.sqrt(np.diag(moments.stressed) / np.diag(moments.calm))
    assert (ratio > 1).all()
    assert 1.5 < np.median(ratio) < 2.5


def test_stress_weeks_hold_the_crises_and_not_the_quiet_years(made: Made) -> None:
    moments = made.result.moments
    assert moments is not None
    flag = moments.stress.flag
    assert flag["2008-10":"2009-03"].all()
    assert flag["2020-03":"2020-04"].all()
    assert not flag["2017"].any()
    assert 0.15 < moments.stress.share < 0.35
    assert moments.entry.loc["equity_us", "mean"] < 0 < moments.entry.loc["hy_spread", "mean"]


def test_moments_of_complete_weeks_are_the_sample_moments(history: History) -> None:
    """Without gaps only the pull to the whole sample is left, and with every week flagged that is nothing."""
    moves = history.factors.loc["2009":"2019", ["ust_2y", "ust_10y", "equity_us", "gold"]].dropna()
    everything = pd.Series(True, index=moves.index)
    found = regime_covariance(moves, everything)
    np.testing.assert_allclose(found, moves.cov(ddof=0), rtol=1e-6, atol=1e-12)


def test_moments_leave_the_funding_spread_to_the_plumbing(history: History) -> None:
    moments = factor_moments(history)
    assert moments is not None
    left = set(factor_names()) - set(moments.calm.columns)
    assert {"sofr_iorb", "stablecoin"} <= left
    assert {factor.group for factor in factor_table() if factor.name in left} <= {
        "funding",
        "crypto",
        "foreign_rates",
        "macro",
    }


# ----------------------------------------------------------------------------------------------------------- episodes

#: Section 5 of the reference: changes in bp, returns in percent.
REFERENCE: Mapping[str, Mapping[str, float]] = {
    "gfc-2008": {"ust_2y": -319, "ust_10y": -178, "hy_spread": 1491, "equity_us": -55.2, "usd_broad": 16.7},
    "taper-tantrum-2013": {"ust_2y": 26, "ust_5y": 101, "ust_10y": 104, "ust_30y": 74, "equity_us": -0.2},
    "taper-tantrum-2013-acute": {"ust_10y": 63, "hy_spread": 99, "equity_us": -5.6, "gold": -6.7},
    "china-2015": {"ust_10y": -75, "hy_spread": 391, "equity_us": -13.0, "gold": 12.6, "btc": 36.1},
    "qt1-2017": {"ust_2y": 106, "ust_10y": 40, "ig_spread": 49, "equity_us": -4.9, "usd_broad": 5.3},
    "q4-2018": {"ust_10y": -33, "hy_spread": 210, "equity_us": -19.3, "breakeven_10y": -40},
    "repo-2019": {"ust_2y": -7, "ust_10y": -9, "hy_spread": -2, "equity_us": -0.1, "btc": -1.2},
    "covid-2020": {"ust_10y": -80, "ig_spread": 299, "hy_spread": 730, "equity_us": -33.7, "usd_broad": 8.0},
    "dash-for-cash-2020": {"ust_10y": 64, "ust_30y": 78, "ig_spread": 115, "equity_us": -12.5, "gold": -10.8},
    "inflation-2022": {"ust_2y": 368, "ust_10y": 236, "ust_30y": 207, "equity_us": -18.2, "btc": -64.1, "eth": -67.4},
    "svb-2023": {"ust_2y": -102, "ust_10y": -43, "hy_spread": 94, "equity_us": -3.4, "gold": 5.5},
    "term-premium-2023": {"ust_2y": 26, "ust_10y": 101, "ust_30y": 109, "equity_us": -6.5, "usd_broad": 5.0},
    "yen-carry-2024": {"ust_10y": -39, "hy_spread": 85, "equity_us": -8.4, "gold": -2.5},
    "tariffs-2025-bond": {"ust_10y": 47, "ust_30y": 44, "equity_us": 5.7, "usd_broad": -1.4, "gold": 6.5},
    "warsh-2026": {"ust_10y": -3, "hy_spread": 20, "equity_us": -2.4, "gold": -10.9, "btc": -25.9, "eth": -35.4},
}


@pytest.mark.parametrize("name", list(REFERENCE))
def test_episodes_agree_with_the_reference(made: Made, name: str) -> None:
    moves = {
        row["factor"]: float(row["move"])
        for row in rows(made.folder / "scenarios/library/episodes.csv")
        if row["episode"] == name and row["move"]
    }
    returns = ("equity_us", "usd_broad", "gold", "btc", "eth")
    for factor, value in REFERENCE[name].items():
        if factor in returns:
            assert 100 * np.expm1(moves[factor]) == pytest.approx(value, abs=0.35), factor
        else:
            assert 1e4 * moves[factor] == pytest.approx(value, abs=1.0), factor


def test_every_window_has_a_row_for_every_factor(made: Made, history: History) -> None:
    windows = {row["name"] for row in rows(PACKAGE / "scenarios/episodes_windows.csv")}
    table = rows(made.folder / "scenarios/library/episodes.csv")
    assert {(row["episode"], row["factor"]) for row in table} == {(w, f) for w in windows for f in factor_names()}
    assert episode_moves(history).loc["gfc-2008", ["btc", "em_spread", "low_volatility", "sofr_iorb"]].isna().all()


# ------------------------------------------------------------------------------------------------------ funding curve


def test_the_funding_curve_agrees_with_the_reference_and_the_parameters(made: Made) -> None:
    """Floor, slope and kink within two errors of the fit without a convex part; draws take the values made here."""
    funding = made.result.funding
    assert funding is not None
    line = funding.curve
    for ours, reference, error in zip(line.values[:3], (-10.2, 1.38, 22.2), line.errors[:3], strict=True):
        assert ours == pytest.approx(reference, abs=2 * error)
    units = dict(zip(line.names, (1e-4, 1e-2, 1e-2, 1.0), strict=True))
    for name, unit in units.items():
        assert line[name] * unit == pytest.approx(parameter_table()[name].value, rel=1e-3)


def test_the_curve_is_a_floor_above_the_kink_and_a_slope_below() -> None:
    parameters = (-10.0, 1.4, 22.0, 3.0)
    assert curve(parameters, np.array([35.0]))[0] == pytest.approx(-10.0, abs=1e-6)
    below = curve(parameters, np.array([12.5, 13.5]))
    assert below[0] - below[1] == pytest.approx(1.4, abs=1e-4)
    scarce = curve(parameters, np.array([11.5, 12.5]))
    assert scarce[0] - scarce[1] == pytest.approx(1.4 + 3.0, abs=1e-4)
