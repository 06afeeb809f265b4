"""One view on the simulated set, and its values as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import factor_index, factor_table
from ..units import to_percent
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


def subject(view: View) -> str:
    """What ``view`` is about, as people read it."""
    if view.statistic == "order":
        return " > ".join(view.factors)
    name = f"{view.statistic} of {' and '.join(view.factors)}"
    return name if view.statistic != "probability" else f"{name} below {move_text(view.factors[0], view.below)}"


def value_text(view: View, value: float) -> str:
    """A value of the statistic of ``view`` as people read it."""
    if view.statistic == "correlation":
        return f"{value:+.2f}"
    if view.statistic == "probability":
        return f"{value:.1%}"
    if view.statistic == "volatility":
        price = factor_table()[factor_index()[view.factors[0]]].kind == "log_return"
        return f"{to_percent(value):.1f} %" if price else move_text(view.factors[0], float(value)).lstrip("+")
    return move_text(view.factors[0], value)
