"""What leads markets on a path: a flight to safety, rates, or rates with doubt of the currency."""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from .moments import LEADERS


def leader_odds(p: Draws, inflation: float, doubt: float | None = None) -> np.ndarray:
    """(S, leaders) probability of each leader. inflation: of twelve months, decimal.

    Rates lead more often when inflation is high: then what hurts shares is the central bank. doubt: probability that
    markets doubt the currency, None for the draws; doubt is a case of rates leading.
    """
    logit = np.log(p["rate_led"] / (1.0 - p["rate_led"])) + p["rate_led_inflation"] * (inflation - p["rate_led_pivot"])
    rates = 1.0 / (1.0 + np.exp(-logit))
    doubted = np.clip(p["credibility_doubt"], 0.0, rates) if doubt is None else np.full_like(rates, doubt)
    rates = np.maximum(rates, doubted)
    odds = {"flight": 1.0 - rates, "rates": rates - doubted, "doubt": doubted}
    return np.stack([odds[name] for name in LEADERS], axis=1)


def draw_leader(uniform: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """(S,) index into LEADERS. The same uniform gives a flight under fewer odds before it gives it under more."""
    return np.asarray((uniform[:, None] < np.cumsum(odds[:, ::-1], axis=1)[:, :-1])[:, ::-1].sum(axis=1))
