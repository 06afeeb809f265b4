"""One view on the simulated set, and its values as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from .words import move_text

STATISTICS = ("mean", "volatility", "correlation", "probability", "order")
RELATIONS = ("equal", "at_most", "at_least")


@dataclass(frozen=True)
class View:
    """One view on moves over the horizon, internal units; means and volatilities of prices are of log returns.

    statistic: of STATISTICS. factors: one, for a correlation two, for an order two or more. relation: of RELATIONS.
    value: what the statistic shall be (an order has none). below: the bound of a probability. place: in the file.
    """

    statistic: str
    factors: tuple[str, ...]
    relation: str = "at_least"
    value: float = 0.0
    below: float = 0.0
    place: str = ""


def value_text(view: View, value: float) -> str:
    """A value of the statistic of ``view`` as people read it."""
    if view.statistic == "correlation":
        return f"{value:+.2f}"
    if view.statistic == "probability":
        return f"{value:.1%}"
    if view.statistic == "volatility":
        return (
            move_text(view.factors[0], float(value)).lstrip("+") if view.factors[0] == "vix" else f"{100 * value:.2f} %"
        )
    return move_text(view.factors[0], value)
