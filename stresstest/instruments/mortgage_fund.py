"""Funds of agency mortgages: exposures for the slope, the extension of pass-throughs for the curvature."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..records import Exposure, Position
from ..tables import factor_index
from .fund import FactorAsset, rate_duration, rate_shares
from .mortgage import SPREAD, duration_bounds, years_lost
from .reference import constant, mortgage_convexity

_NAME = re.compile(r"\b(MBS|MORTGAGE[- ]BACKED|GNMA|GINNIE MAE)\b")


@dataclass(frozen=True, eq=False)
class MortgageFund(FactorAsset):
    """A fund whose duration grows as rates rise: it falls more than its duration says and rises less.

    duration, extension: years, and years gained per unit of the rate move; the duration stays within ``bounds``.
    """

    duration: float = 0.0
    extension: float = 0.0
    bounds: tuple[float, float] = (0.0, 0.0)

    def log_return(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Exposures, and what the change of duration adds to them."""
        assert self.weights is not None
        rise = moves @ self.weights
        bend = years_lost(rise, self.duration, self.extension, *self.bounds) - self.duration * rise
        linear: np.ndarray = moves @ self.beta
        return linear - bend


def is_mortgage(name: str) -> bool:
    """Whether the name of a fund or bond says that it is one of mortgages."""
    return _NAME.search(name.upper()) is not None


def is_mortgage_fund(position: Position, exposure: Exposure) -> bool:
    """By name, by the tag sector, or by a loading on mortgage spreads that is a fair share of the duration."""
    if position.asset_class != "fund_bond":
        return False
    sector = position.tags.get("sector", "").lower()
    if is_mortgage(position.name) or sector in {"mbs", "mortgage", "mortgages"}:
        return True
    loading, duration = -float(exposure.beta[factor_index()[SPREAD]]), rate_duration(exposure.beta)
    return duration > 1.0 and loading >= constant("mortgage_fund_share") * duration


def mortgage_fund(asset: FactorAsset, position: Position, exposure: Exposure) -> tuple[FactorAsset, tuple[str, ...]]:
    """``asset`` with negative convexity where it is a fund of mortgages, with what is assumed; else itself.

    Convexity is that of the file, else that of pass-throughs of the same duration.
    """
    duration = rate_duration(asset.beta)
    if not is_mortgage_fund(position, exposure) or duration <= 0:
        return asset, ()
    given = position.terms.convexity
    convexity = mortgage_convexity(duration) if given is None else given
    fund = MortgageFund(
        asset.symbol, asset.value, asset.notional, asset.beta, rate_shares(asset.beta), convexity - duration**2,
        asset.income, duration, duration**2 - convexity, duration_bounds(duration),
    )  # fmt: skip
    source = "of pass-throughs of this duration" if given is None else "in the file"
    return fund, (f"Fund of mortgages: convexity {convexity:.0f}, that {source}.",)
