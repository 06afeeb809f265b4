"""The embedded table of exposures: ``exposures.csv`` (betas and errors) beside ``assets.csv`` (one row an asset)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

import numpy as np

from ..errors import DataError, Problem
from ..records import Exposure
from ..tables import factor_index, factor_names
from .estimation import Estimation
from .priors import PACKAGE, settings, universe

SOURCE = "embedded table"
EXPOSURES, ASSETS, STRENGTH = "exposures.csv", "assets.csv", "strength.csv"
DIGITS = 5


def load_exposures(folder: Path | None = None) -> dict[str, Exposure]:
    """Exposures by symbol: those that ship with the package, or those that ``calibrate`` wrote into ``folder``.

    Raises DataError when a file of ``folder`` is missing.
    """
    betas = {row["symbol"]: np.zeros((2, len(factor_names()))) for row in _rows(ASSETS, folder)}
    for row in _rows(EXPOSURES, folder):
        betas[row["symbol"]][:, factor_index()[row["factor"]]] = float(row["beta"]), float(row["se"])
    source = SOURCE if folder is None else f"table in {folder.name}"
    return {row["symbol"]: _exposure(row, betas[row["symbol"]], source) for row in _rows(ASSETS, folder)}


def _rows(name: str, folder: Path | None) -> list[dict[str, str]]:
    root = resources.files(PACKAGE) if folder is None else folder
    try:
        text = root.joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        found, expected = "no such file", "a table that calibrate wrote"
        raise DataError(Problem(None, "", found, expected, "Run calibrate.", str(folder))) from error
    return list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))


def _exposure(row: Mapping[str, str], betas: np.ndarray, source: str) -> Exposure:
    sample = f"{row['first']} to {row['last']}, {row['observations']} weeks"
    residual_vol, r_squared = float(row["residual_vol"]), float(row["r_squared"])
    return Exposure(row["symbol"], betas[0], betas[1], residual_vol, source, sample, r_squared)


def exposure_tables(estimation: Estimation, factor_vol: np.ndarray) -> dict[str, str]:
    """The three tables as CSV text by file name, without a header comment.

    factor_vol: (F,) weekly standard deviations, NaN where unknown. A beta is left out when neither it nor its error
    moves the asset by a noticeable amount for a typical move of the factor.
    """
    return {
        EXPOSURES: csv_text(("symbol", "factor", "beta", "se"), _beta_rows(estimation, np.nan_to_num(factor_vol))),
        ASSETS: csv_text(
            ("symbol", "name", "asset_class", "residual_vol", "r_squared", "first", "last", "observations"),
            _asset_rows(estimation),
        ),
        STRENGTH: csv_text(("asset_class", "strength"), list(estimation.strength.items())),
    }


def _beta_rows(estimation: Estimation, factor_vol: np.ndarray) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for symbol, exposure in estimation.exposures.items():
        weight = np.maximum(np.abs(exposure.beta), exposure.se) * factor_vol
        for i in np.flatnonzero(weight >= settings()["negligible"]):
            rows.append((symbol, factor_names()[i], rounded(exposure.beta[i]), rounded(exposure.se[i])))
    return rows


def _asset_rows(estimation: Estimation) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for symbol, exposure in estimation.exposures.items():
        asset = universe()[symbol]
        first, last = exposure.sample.split(",")[0].split(" to ")
        numbers = rounded(exposure.residual_vol), rounded(exposure.r_squared or 0.0)
        rows.append((symbol, asset.name, asset.asset_class, *numbers, first, last, estimation.observations[symbol]))
    return rows


def rounded(value: float) -> str:
    """A number with five significant digits, as short as it can be written."""
    return f"{value:.{DIGITS}g}"


def csv_text(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """CSV with a line feed at the end of every line, whatever the platform."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
