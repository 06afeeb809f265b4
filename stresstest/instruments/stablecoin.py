"""Stablecoins: at par while holders believe in it, and less than the peg factor says once they run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Position
from ..tables import factor_index
from .fund import FactorAsset
from .reference import Stablecoin, constant, stablecoin

PEG = "stablecoin"


@dataclass(frozen=True, eq=False)
class PeggedCoin(FactorAsset):
    """A coin that promises one dollar. A fall d of the peg becomes d (1 + (amplification - 1) d^2 / (d^2 + run^2)).

    Small deviations pass one for one, a run multiplies the loss by ``amplification``; above par nothing is amplified.
    """

    amplification: float = 1.0
    run: float = 0.0

    def log_return(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Log return of the factors, with the run."""
        fall = np.minimum(moves[..., factor_index()[PEG]] * self.beta[factor_index()[PEG]], 0.0)
        panic = fall * (self.amplification - 1.0) * fall**2 / (fall**2 + self.run**2)
        return super().log_return(moves, years) + panic


def pegged(asset: FactorAsset, position: Position) -> tuple[FactorAsset, tuple[str, ...]]:
    """``asset`` as a coin with run risk where the position is a stablecoin, with what is assumed; else itself."""
    if position.asset_class != "stablecoin":
        return asset, ()
    row: Stablecoin = stablecoin(position.symbol.upper().split("-")[0].split(".")[0])
    coin = PeggedCoin(
        asset.symbol, asset.value, asset.notional, asset.beta, asset.weights, asset.convexity_gap, asset.income,
        row.amplification, constant("stablecoin_run"),
    )  # fmt: skip
    note = (
        f"Stablecoin ({row.kind}): holders run beyond a fall of {coin.run:.0%}, up to {row.amplification:g} times it;"
    )
    return coin, (f"{note} redemption may be closed meanwhile.",)
