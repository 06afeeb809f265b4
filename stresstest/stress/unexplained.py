"""What the factors leave unexplained: errors of the betas, and what is specific to each underlying.

Specific risk is larger in stress (residual_regimes.csv), and peers share part of it. A share, the options and futures
on it and the levered funds of it take the same numbers, in every book and whatever the order of the rows; so does a
group of peers.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..instruments.fund import FactorAsset
from ..instruments.option import Option
from ..records import Book, FactorPaths, Holding, Source
from ..tables import factor_index
from .reference import constant, stress_ratio

EXPOSURES, RESIDUAL = "exposures", "residual"
VIX = "vix"
#: Prefix of the seed of a group of peers, which no symbol has.
GROUP = "peers:"
#: The same of the way of a source to the horizon, and its number of steps.
BRIDGE, BRIDGE_STEPS = "way:", 52
COINS = {"crypto", "stablecoin"}


def log_shocks(
    book: Book, factors: FactorPaths, layers: Collection[str], seed: int, years: np.ndarray | float
) -> np.ndarray:
    """(S, N) log shocks at the horizon, of mean one in levels; for an option, of its underlying.

    years: (S,) time over which specific risk acts.
    """
    shocks = np.zeros((len(factors.moves), len(book.holdings)))
    peers: dict[str, np.ndarray] = {}
    spread = Spread(factors, layers, years)
    for n, holding in enumerate(book.holdings):
        error, specific = spread.of(holding)
        if not (error.any() or specific.any()):
            continue
        source = holding.source
        for_error, own = _normals(name_of(source), seed, (2, len(shocks)))
        shocks[:, n] = source.sign * (error * for_error + specific * _with_peers(source, own, seed, peers))
        shocks[:, n] -= (error**2 + specific**2) / 2
    return shocks


def deviations(
    holding: Holding, factors: FactorPaths, layers: Collection[str], years: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """(S,) standard deviations of the log shock of its source: from errors of the betas, and specific."""
    return Spread(factors, layers, years).of(holding)


@dataclass(frozen=True, eq=False)
class Spread:
    """Standard deviations of log shocks; what they share is worked out once for all holdings."""

    factors: FactorPaths
    layers: Collection[str]
    years: np.ndarray | float
    scales: dict[tuple[float, float], np.ndarray] = field(default_factory=dict)

    def of(self, holding: Holding) -> tuple[np.ndarray, np.ndarray]:
        """(S,) from errors of the betas of the source of a holding, and specific to it."""
        exposure = holding.source.exposure
        error = specific = np.zeros(len(self.factors.moves))
        if EXPOSURES in self.layers and exposure.se.any():
            error = np.sqrt(self.squares @ np.square(exposure.se))
        if RESIDUAL in self.layers and exposure.residual_vol > 0:
            specific = self.scale(holding) * exposure.residual_vol * np.sqrt(self.years)
        return error, specific

    @cached_property
    def squares(self) -> np.ndarray:
        """(S, F) squares of the moves."""
        return np.square(self.factors.moves)

    def scale(self, holding: Holding) -> np.ndarray:
        """``residual_scale`` of a holding, which holdings of one stress ratio share."""
        key = regime_scales(holding)
        if key not in self.scales:
            self.scales[key] = residual_scale(holding, self.factors)
        return self.scales[key]


def base_value(holding: Holding) -> float:
    """What the unexplained return of a holding applies to, USD, signed: its value, or that of a future's contract."""
    instrument = holding.instrument
    return instrument.notional if isinstance(instrument, FactorAsset) else instrument.value


def unexplained_dollars(holding: Holding) -> float:
    """Dollars that a holding gains, to first order, per unit of log shock of its source before its sign."""
    instrument = holding.instrument
    return instrument.delta_value if isinstance(instrument, Option) else base_value(holding)


def settled_shocks(
    holding: Holding, factors: FactorPaths, layers: Collection[str], seed: int, shock: np.ndarray, share: float
) -> np.ndarray:
    """(S,) log shock of the source at a ``share`` of the horizon, given that at the horizon (``shock``).

    Specific risk walks there on the weeks of a bridge that all contracts on the source share; mean one in levels.
    """
    _, specific = deviations(holding, factors, layers, factors.years)
    if not specific.any():
        return share * shock
    steps = _normals(f"{BRIDGE}{name_of(holding.source)}", seed, (BRIDGE_STEPS, len(shock)))
    walked = np.cumsum(np.concatenate([np.zeros((1, len(shock))), steps]), axis=0) / np.sqrt(BRIDGE_STEPS)
    place = share * BRIDGE_STEPS
    before = min(int(place), BRIDGE_STEPS - 1)
    at = walked[before] + (place - before) * (walked[before + 1] - walked[before])
    return share * shock + holding.source.sign * specific * (at - share * walked[-1])


def name_of(source: Source) -> str:
    """The symbol as every contract on it is taken to write it: BRK-B for BRK.B, BTC for BTC-USD."""
    name = "-".join(source.symbol.upper().replace(".", " ").replace("/", " ").split())
    return name.removesuffix("-USD") if source.asset_class in COINS else name


def _normals(name: str, seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normals that belong to a name."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal(shape)


def _with_peers(source: Source, own: np.ndarray, seed: int, peers: dict[str, np.ndarray]) -> np.ndarray:
    """Standard normals of a source: its own, and its share of those of its group."""
    group, share = source.exposure.peers, source.exposure.peer_share
    if not group or not share:
        return own
    if group not in peers:
        peers[group] = _normals(f"{GROUP}{group}", seed, own.shape)
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
    source = holding.source
    known = source.exposure.stress_multiplier
    ratio = known if known != 1.0 else stress_ratio(source.asset_class)
    calm = 1.0 / np.sqrt(1.0 + constant("stress_weeks") * (ratio**2 - 1.0))
    return float(calm), float(ratio * calm)
