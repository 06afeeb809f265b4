"""Black, Scholes and Merton: price, Greeks and implied volatility of a European option without dividends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .solver import solve

LOWEST_VOL, HIGHEST_VOL = 1e-4, 20.0


@dataclass(frozen=True, eq=False)
class OptionPrice:
    """Price per unit of the underlying and its derivatives: by spot, spot twice, volatility, rate."""

    price: np.ndarray
    delta: np.ndarray
    gamma: np.ndarray
    vega: np.ndarray
    rho: np.ndarray


def option_price(
    spot: np.ndarray | float, vol: np.ndarray | float, rate: np.ndarray | float, strike: float, time: float, call: bool
) -> OptionPrice:
    """Value of the right to buy (``call``) or sell at ``strike`` in ``time`` years; rate continuously compounded.

    spot, vol, rate: broadcast to (...). At expiry it is the intrinsic value.
    """
    from scipy.special import ndtr

    spot, vol, rate = (np.asarray(x, dtype=float) for x in (spot, vol, rate))
    sign = 1.0 if call else -1.0
    if time <= 0:
        gain = sign * (spot - strike) + 0.0 * (vol + rate)
        flat = np.zeros_like(gain)
        return OptionPrice(np.maximum(gain, 0.0), sign * (gain > 0), flat, flat, flat)
    root = vol * np.sqrt(time)
    d1 = (np.log(spot / strike) + rate * time) / root + 0.5 * root
    d2 = d1 - root
    paid = strike * np.exp(-rate * time)
    density = np.exp(-0.5 * d1**2) / np.sqrt(2.0 * np.pi)
    in_the_money = ndtr(sign * d2)
    return OptionPrice(
        price=sign * (spot * ndtr(sign * d1) - paid * in_the_money),
        delta=sign * ndtr(sign * d1),
        gamma=density / (spot * root),
        vega=spot * density * np.sqrt(time),
        rho=sign * paid * time * in_the_money,
    )


def implied_volatility(price: float, spot: float, rate: float, strike: float, time: float, call: bool) -> float:
    """Volatility at which the option costs ``price``. Raises NoAnswerError where the price breaks its bounds."""

    def priced(vol: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = option_price(spot, vol, rate, strike, time, call)
        return found.price, found.vega

    return float(solve(priced, price, 0.3, LOWEST_VOL, HIGHEST_VOL, "implied volatility"))
