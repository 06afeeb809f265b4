"""Every sentence of the proposal in one place; report/phrases holds the same sentences in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..records import Position
from ..records.allocation import IN_DOLLARS
from ..tables import factor_table
from ..units import fixed, simple_return, to_bp, to_percent

if TYPE_CHECKING:
    from .rules import Row

SENTENCES: Mapping[str, str] = {
    "raise": "raise",
    "lower": "lower",
    "relax_alone": "{verb} {limit} from {old} to {new} (in the limits file: {setting})",
    "relax_together": (
        "{verb} {limit} from {old} to {new} (in the limits file: {setting}), together with the other changes listed"
    ),
    "reduce": "{verb} {share} of net value in {symbol}: in {scenario} this takes {saved} of net value off the loss.",
    "fund": "{verb} {share} of net value in {symbol}: in {scenario} it changes the loss by {saved} of net value.",
    "park": (
        "{verb} {share} of net value in {symbol} with the proceeds: in {scenario}, the worst for the book, which loses "
        "{book} there, it returns {own}."
    ),
    "park_in_gain": (
        "{verb} {share} of net value in {symbol} with the proceeds: in {scenario}, the worst for the book, which gains "
        "{book} even there, it returns {own}."
    ),
    "sell": "Sell",
    "buy": "Buy",
    "cover": "Buy back",
    "through_factor": " Most of it comes through {factor} ({move}).",
    "binding": " The limit {limit} binds: {unit} of room more would improve the objective by {price}.",
    "unit_share": "one percentage point",
    "unit_years": "a hundredth of a year",
    "unit_beta": "a hundredth of beta",
    "no_binding": " No limit forces it: the tail loss saved is worth more than the cost.",
    "held_back": (
        " No limit forces it: the tail loss saved is worth more than the cost, and it goes as far as the limit {limit} "
        "allows."
    ),
    "call_first": " Buy back the short calls on {symbol} first: these shares cover them.",
    "money": " Cost {cost}, tax {tax}.",
    "in_dollars": IN_DOLLARS,
    "unpriced": " No price is known, so the order is an amount in USD.",
    "nothing_to_trade": "The book holds nothing that can be traded, and no candidate is offered.",
    "no_loss": (
        "No trade is proposed: the book loses neither in its tail nor in the worst named scenarios, so there is no "
        "loss to lower, and every limit already holds."
    ),
    "no_gain": (
        "No trade is proposed: the best one found would cut expected shortfall by {es} and the mean loss of the worst "
        "named scenarios by {named} of net value, less than the {material} that makes a trade worth its trouble, "
        "and every limit already holds."
    ),
    "solver": "Solved by {solver} in {rounds} rounds on {used} of {all} scenarios; proven within {gap} of the optimum.",
    "rounding": "Whole lots and the smallest trade change the objective by {lost} of net value.",
    "searched": "Rounding broke a limit: the nearest whole lots within all limits were searched.",
    "kept_small": "A limit needs trades below the smallest size; they are kept.",
    "debt": "Repays {repaid} of margin debt, which costs {rate} a year.",
    "no_basis": "No tax is counted on {symbols}: the cost basis is not given.",
    "unknown_age": "Gains on {symbols} are taxed as short term: the date of purchase is not given.",
    "no_duration": "{symbols} count with zero duration: their analytics give none.",
    "untouched": "{symbols} cannot be traded here: the value or the quantity is zero.",
    "no_leverage": (
        "Gross leverage is not limited: with what is not modelled, net value is not above zero, so leverage has no "
        "meaning."
    ),
    "unknown_symbol": "The limits name {symbols}, which the book does not hold and the candidates do not offer.",
    "infeasible": "No set of trades meets all limits; each line of the relaxation opens a way.",
    "eased": (
        "The default limit {limit} cannot be kept in whole lots of so small a book: it was eased from {old} to {new}."
    ),
    "no_lots": (
        "The limits can be met, but not in whole lots: the book is small for the size of its lots. The changes listed "
        "open a way."
    ),
    "stop_position": (
        "close half if the price reaches this level: {beyond} of the simulated prices at the horizon are beyond it"
    ),
    "stop_portfolio": "move to the next tranche at once if the book has lost this share of its value",
    "stop_margin": "repay debt before equity falls to this share of gross value; the margin call comes at {call}",
    "stop_funding": (
        "bring forward all remaining tranches if SOFR stays above IORB by more than this for {days} business days"
    ),
    "watch_price": "price of {symbol}",
    "watch_value": "loss of the portfolio",
    "watch_equity": "equity over gross value",
    "origin_default": "Default limit.",
    "origin_user": "Limit of your file.",
    "origin_default_relaxed": "Default limit, relaxed from {level} because the book is there today.",
    "origin_user_relaxed": "Limit of your file, relaxed from {level} because the book is there today.",
    "origin_broken_today": "Broken today, and purchases alone cannot mend it: only more of the same is forbidden.",
    "basis_turnover": " A share of gross or net value today, whichever is larger.",
    "basis_call_cover": " Shares held less those that short calls may take.",
    "watch_funding": "SOFR less IORB",
}


def share(value: float) -> str:
    """A fraction as percent, with more digits where it is small."""
    percent = to_percent(value)
    return f"{percent:.1f} %" if abs(percent) >= 1.0 else f"{percent:.2g} %"


def signed_share(value: float) -> str:
    """A gain or loss as percent, with its sign."""
    return f"{fixed(to_percent(value), '+.1f')} %"


def money(value: float) -> str:
    """US dollars without cents, unless the amount is small."""
    return f"USD {value:,.0f}" if abs(value) >= 100.0 else f"USD {value:,.2f}"


def amount(value: float, unit: str) -> str:
    """A limit in the unit of the report: shares in percent, betas as decimals, years as years."""
    if unit == "share":
        return f"{to_percent(value):.2f} %"
    return f"{decimal(value)} years" if unit == "years" else decimal(value)


def decimal(value: float) -> str:
    """A limit as it is written in a limits file: two to four decimals."""
    text = f"{value:.4f}".rstrip("0")
    return text if len(text.partition(".")[2]) >= 2 else f"{value:.2f}"


def limit_note(row: Row) -> str:
    """Who set a limit and whether today's book relaxed it, and what it is a share of where that is not net value."""
    level, unit = row.rule.level or 0.0, row.rule.unit
    text = SENTENCES[f"origin_{row.origin}"].format(level=share(level) if unit == "share" else amount(level, unit))
    return text + SENTENCES.get(f"basis_{row.rule.name}", "")


def factor_move(factor: int, move: float) -> str:
    """The move of one factor in the words of the trade: basis points, volatility points or percent."""
    record = factor_table()[factor]
    if record.kind == "log_return":
        return f"{fixed(to_percent(simple_return(move)), '+.1f')} %"
    return (
        f"{fixed(to_percent(move), '+.1f')} points"
        if record.group == "volatility"
        else f"{fixed(to_bp(move), '+.0f')} bp"
    )


def quantity_note(position: Position) -> str:
    """What stands behind the name where the quantity counts dollars."""
    return SENTENCES["in_dollars"] if position.tags.get("quantity_unit") == "USD" else ""


def quantity_sentence(position: Position) -> str:
    """A warning where the quantity counts dollars because no price is known."""
    return SENTENCES["unpriced"] if position.tags.get("quantity_unit") == "USD" else ""
