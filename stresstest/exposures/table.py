"""The table of exposures: ``exposures.csv`` (betas and errors), ``assets.csv`` (one row an asset),
``residual_groups.csv``
(what peers have in common) and ``certificate.csv`` (what made them)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from ..errors import DataError, Problem
from ..records import Exposure
from ..tables import factor_index, factor_names
from .estimation import Estimation
from .priors import PACKAGE, settings, universe
from .residuals import PeerGroup

SOURCE = "embedded table"
EXPOSURES, ASSETS, GROUPS, CERTIFICATE = "exposures.csv", "assets.csv", "residual_groups.csv", "certificate.csv"
#: Folder of these tables inside what ``calibrate`` writes.
INSIDE = "exposures"
ASSET_COLUMNS = (
    "symbol", "name", "asset_class", "residual_vol", "r_squared", "first", "last", "observations", "drift",
    "stress_multiplier", "late_share", "peers", "stability",
)  # fmt: skip
DIGITS = 5


def load_exposures(folder: Path | None = None) -> dict[str, Exposure]:
    """Exposures by symbol: those that ship with the package, or those that ``calibrate --out`` wrote into ``folder``.

    folder: what --out was, or the folder ``exposures`` in it. Raises DataError when a file is missing.
    """
    shares = {name: group.share for name, group in load_peer_groups(folder).items()}
    assets = _rows(ASSETS, folder)
    betas = {row["symbol"]: np.zeros((2, len(factor_names()))) for row in assets}
    for row in _rows(EXPOSURES, folder):
        betas[row["symbol"]][:, factor_index()[row["factor"]]] = float(row["beta"]), float(row["se"])
    source = SOURCE if folder is None else f"table in {folder.name}"
    return {row["symbol"]: _exposure(row, betas[row["symbol"]], source, shares) for row in assets}


def load_peer_groups(folder: Path | None = None) -> dict[str, PeerGroup]:
    """Groups of peers by name. Raises DataError when the file is missing."""
    return {
        row["group"]: PeerGroup(row["group"], float(row["share"]), int(row["members"]), int(row["weeks"]))
        for row in _rows(GROUPS, folder)
    }


@cache
def embedded_peer_groups() -> Mapping[str, PeerGroup]:
    """The groups of peers that ship with the package."""
    return load_peer_groups()


def load_certificate(folder: Path | None = None) -> dict[str, str]:
    """What made the tables: as of when, by which version, from which data (hashes). Raises DataError when missing."""
    return {row["name"]: row["value"] for row in _rows(CERTIFICATE, folder)}


def _rows(name: str, folder: Path | None) -> list[dict[str, str]]:
    if folder is not None and (folder / INSIDE).is_dir():
        folder = folder / INSIDE
    root = resources.files(PACKAGE) if folder is None else folder
    try:
        text = root.joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        found, expected = "no such file", "a table that calibrate wrote"
        raise DataError(Problem(None, name, found, expected, "Run calibrate.", str(folder))) from error
    return list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))


def _exposure(row: Mapping[str, str], betas: np.ndarray, source: str, shares: Mapping[str, float]) -> Exposure:
    return Exposure(
        symbol=row["symbol"],
        beta=betas[0],
        se=betas[1],
        residual_vol=float(row["residual_vol"]),
        source=source,
        sample=f"{row['first']} to {row['last']}, {row['observations']} weeks",
        r_squared=float(row["r_squared"]),
        peers=row["peers"],
        peer_share=shares.get(row["peers"], 0.0),
        stress_multiplier=float(row["stress_multiplier"]),
        stability=row["stability"],
    )


def exposure_tables(estimation: Estimation, factor_vol: np.ndarray) -> dict[str, str]:
    """The tables as CSV text by file name, without a header comment and without the certificate.

    factor_vol: (F,) weekly standard deviations, NaN where unknown. A beta is left out when neither it nor its error
    moves the asset by a noticeable amount for a typical move of the factor.
    """
    groups = [(g.name, rounded(g.share), g.members, g.weeks) for g in estimation.peers.values()]
    return {
        EXPOSURES: csv_text(("symbol", "factor", "beta", "se"), _beta_rows(estimation, np.nan_to_num(factor_vol))),
        ASSETS: csv_text(ASSET_COLUMNS, _asset_rows(estimation)),
        GROUPS: csv_text(("group", "share", "members", "weeks"), groups),
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
    for i, symbol in enumerate(estimation.symbols):
        exposure, asset = estimation.exposures[symbol], universe()[symbol]
        first, last = exposure.sample.split(",")[0].split(" to ")
        numbers = rounded(exposure.residual_vol), rounded(exposure.r_squared or 0.0)
        extra = rounded(estimation.drift[i]), rounded(exposure.stress_multiplier), rounded(estimation.late[i])
        names = symbol, asset.name, asset.asset_class
        weeks = estimation.observations[symbol]
        rows.append((*names, *numbers, first, last, weeks, *extra, exposure.peers, exposure.stability))
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
