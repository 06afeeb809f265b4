"""What the factors leave unexplained: errors of the betas, and what is specific to each position.

Specific risk is larger in stress (residual_regimes.csv), and peers share part of it. A symbol takes the same numbers in
every book, whatever the order of the rows, and so does a group of peers.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

import numpy as np

from ..records import Book, FactorPaths, Holding
from ..tables import factor_index
from .reference import constant, stress_ratio

EXPOSURES, RESIDUAL = "exposures", "residual"
VIX = "vix"
#: Prefix of the seed of a group of peers, which no symbol has.
GROUP = "peers:"


def log_shocks(
    book: Book, factors: FactorPaths, layers: Collection[str], seed: int, years: np.ndarray | float
) -> np.ndarray:
    """(S, N) log shocks at the horizon, of mean one in levels. years: (S,) time over which specific risk acts."""
    shocks = np.zeros((len(factors.moves), len(book.holdings)))
    squares = np.square(factors.moves)
    peers: dict[str, np.ndarray] = {}
    for n, holding in enumerate(book.holdings):
        exposure = holding.exposure
        rng = np.random.default_rng([seed, zlib.crc32(holding.position.symbol.encode())])
        error, specific = rng.standard_normal((2, len(factors.moves)))
        if EXPOSURES in layers and exposure.se.any():
            deviation = np.sqrt(squares @ np.square(exposure.se))
            shocks[:, n] += deviation * error - deviation**2 / 2
        if RESIDUAL in layers and exposure.residual_vol > 0:
            deviation = residual_scale(holding, factors) * exposure.residual_vol * np.sqrt(years)
            shocks[:, n] += deviation * _with_peers(holding, specific, seed, peers) - deviation**2 / 2
    return shocks


def _with_peers(holding: Holding, own: np.ndarray, seed: int, peers: dict[str, np.ndarray]) -> np.ndarray:
    """Standard normals of a holding: its own, and its share of those of its group."""
    group, share = holding.exposure.peers, holding.exposure.peer_share
    if not group or not share:
        return own
    if group not in peers:
        rng = np.random.default_rng([seed, zlib.crc32(f"{GROUP}{group}".encode())])
        peers[group] = rng.standard_normal(len(own))
    return np.asarray(np.sqrt(1.0 - share) * own + np.sqrt(share) * peers[group])


def stress_share(factors: FactorPaths) -> np.ndarray:
    """(S,) share of stress weeks, 0 to 1: by the flags of simulated paths, else by the rise of VIX."""
    if factors.turbulent is not None:
        return np.where(factors.turbulent, constant("turbulent_weeks"), constant("quiet_weeks"))
    rise = factors.moves[:, factor_index()[VIX]] / constant("vix_stress")
    return np.clip(rise, 0.0, 1.0)


def residual_scale(holding: Holding, factors: FactorPaths) -> np.ndarray:
    """(S,) standard deviation of specific risk over that of the average week.

    Between calm and stress weeks for simulated paths; a single scenario starts from the average week, since nothing
    says that it is calm.
    """
    calm, stress = regime_scales(holding)
    least = 1.0 if factors.turbulent is None else calm
    return np.asarray(np.sqrt(least**2 + stress_share(factors) * (stress**2 - least**2)))


def regime_scales(holding: Holding) -> tuple[float, float]:
    """Specific risk of a calm and of a stress week over that of the average week.

    From the ratio that was estimated with the exposure, else from that of the class.
    """
    known = holding.exposure.stress_multiplier
    ratio = known if known != 1.0 else stress_ratio(holding.position.asset_class)
    calm = 1.0 / np.sqrt(1.0 + constant("stress_weeks") * (ratio**2 - 1.0))
    return float(calm), float(ratio * calm)
