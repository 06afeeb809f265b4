"""One loss, split by position, factor, channel and class: every split adds up to the total exactly."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ..records import Attribution, StressResult
from ..tables import factor_names


def attribute(result: StressResult, weights: np.ndarray) -> Attribution:
    """Weighted mean of the P&L and its parts. weights: (S,), for one scenario a unit vector, for a tail its weights.

    Factors and channels share out the first-order P&L; what full revaluation adds stands apart as ``linear_gap``, and
    what the way to the horizon adds (forced sales among it) as ``path_effects``.
    """
    exposure = result.sensitivities.sum(axis=0)
    by_factor = exposure * (weights @ result.factors.moves)
    by_channel = _channel_means(result, weights) @ exposure
    price, by_position = float(weights @ result.price.sum(axis=1)), weights @ result.pnl
    classes: dict[str, float] = defaultdict(float)
    for holding, gain in zip(result.book.holdings, by_position, strict=True):
        classes[holding.position.asset_class] += float(gain)
    return Attribution(
        total=float(by_position.sum()),
        by_position=dict(zip(result.book.symbols, by_position.tolist(), strict=True)),
        by_factor=dict(zip(factor_names(), by_factor.tolist(), strict=True)),
        by_channel=dict(zip(result.factors.channels, by_channel.tolist(), strict=True)),
        by_class=dict(classes),
        linear_gap=price - float(by_factor.sum()),
        carry=float(weights @ result.carry.sum(axis=1)),
        residual=float(weights @ result.residual.sum(axis=1)),
        path_effects={name: float(weights @ effect.gain.sum(axis=1)) for name, effect in result.effects.items()},
    )


def _channel_means(result: StressResult, weights: np.ndarray) -> np.ndarray:
    """(C, F) weighted mean move by channel, in double precision whatever the precision of the record."""
    rows = np.flatnonzero(weights)
    return np.asarray(np.tensordot(weights[rows], result.factors.by_channel[rows], axes=1))
