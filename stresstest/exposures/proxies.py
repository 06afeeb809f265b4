"""Exposures from what is published of a fund: the funds it holds, the sectors of its shares, the ratings of its bonds.

A fund of funds moves as the funds it holds, by weight. Shares are the market plus each sector's move over the market by
its weight. Bonds are their duration over the key rates, and that duration times the share of each grade for its spread.
What is not published stays as the class has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from ..records import Exposure, FundFacts, Position
from ..tables import factor_index, read_table
from .detection import constants
from .fund_names import fund_words
from .priors import PACKAGE, Prior, class_prior, universe, with_duration
from .resolve import exposure_of, prior_of

FUNDS = ("fund_equity", "fund_bond", "fund_mixed")


def from_facts(position: Position, facts: FundFacts, table: Mapping[str, Exposure]) -> Exposure | None:
    """The exposure that fund data give, with what was used in its source; None where they say nothing of use."""
    told = with_category(position, facts)
    if told.terms.duration is None and facts.duration:
        told = replace(told, terms=replace(told.terms, duration=facts.duration))
    base, words = prior_of(told)
    prior, used = prior_of_facts(facts, told.asset_class, base)
    parts = [part for part in (facts.category, used) if part]
    rest = exposure_of(told, prior, f"fund data of {facts.date} ({', '.join(parts)}) over {words}" if parts else words)
    whole = fund_of_funds(told, facts, table, rest)
    return whole or (rest if used or told is not position else None)


def with_category(position: Position, facts: FundFacts) -> Position:
    """The position with tags for sector, region and style that the category says and the file does not give."""
    category = facts.category.lower()
    told = {row["tag"]: row["value"] for row in fund_words("category") if row["words"] in category}
    added = {tag: value for tag, value in told.items() if not position.tags.get(tag)}
    return replace(position, tags={**position.tags, **added}) if added else position


def fund_of_funds(
    position: Position, facts: FundFacts, table: Mapping[str, Exposure], rest: Exposure
) -> Exposure | None:
    """The funds held, by weight, and ``rest`` for what is not known; None where too little of it are known funds."""
    known = {s: w for s, w in facts.holdings.items() if s in table and s != position.symbol and _is_fund(s)}
    told = sum(known.values())
    if told < constants()["fund_least_known"]:
        return None
    left = max(1.0 - told, 0.0)
    parts = [*((weight, table[symbol]) for symbol, weight in known.items()), (left, rest)]
    names = ", ".join(f"{weight:.0%} {symbol}" for symbol, weight in sorted(known.items(), key=lambda item: -item[1]))
    return replace(
        rest,
        beta=np.sum([weight * part.beta for weight, part in parts], axis=0),
        se=np.sqrt(np.sum([(weight * part.se) ** 2 for weight, part in parts], axis=0)),
        residual_vol=float(sum(weight * part.residual_vol for weight, part in parts)),
        source=f"funds held on {facts.date}: {names}" + (f", {left:.0%} {rest.source}" if left else ""),
    )


def _is_fund(symbol: str) -> bool:
    return symbol in universe() and universe()[symbol].asset_class in FUNDS


def prior_of_facts(facts: FundFacts, asset_class: str, base: Prior) -> tuple[Prior, str]:
    """``base`` with what is published in its place, and the words for what was used ("" for nothing)."""
    stocks = _in_shares(facts, asset_class)
    bonds, least, both = 1.0 - stocks, constants()["fund_least_told"], constants()["fund_least_of_both"]
    prior, used = base, []
    if asset_class == "fund_mixed" and min(stocks, bonds) >= both and facts.stocks is not None:
        prior, used = _mixed(base, stocks, bonds, facts.duration), [f"{stocks:.0%} in shares"]
    if stocks >= both and sum(facts.sectors.values()) >= least:
        prior, used = _with_sectors(prior, facts.sectors, stocks), [*used, "sector weights"]
    if asset_class == "fund_bond" and facts.duration and sum(facts.ratings.values()) >= least:
        prior, used = _with_ratings(prior, facts.ratings, facts.duration), [*used, "duration and ratings"]
    return prior, ", ".join(used)


def _in_shares(facts: FundFacts, asset_class: str) -> float:
    if asset_class == "fund_equity":
        return 1.0
    return float(np.clip(facts.stocks, 0.0, 1.0)) if facts.stocks is not None and asset_class == "fund_mixed" else 0.0


def _mixed(base: Prior, stocks: float, bonds: float, duration: float | None) -> Prior:
    """Shares and bonds by weight; the bonds at the published duration, else at that of the usual index."""
    shares, index = class_prior(("fund_equity",)), class_prior(("fund_bond", "bond:aggregate"))
    years = duration or constants()["fund_usual_duration"]
    debt = with_duration(index, years, "ig_spread", constants()["fund_usual_spread"] * years)
    mean = stocks * shares.mean + bonds * debt.mean
    spread = np.hypot(stocks * shares.sd, bonds * debt.sd)
    return replace(base, mean=mean, sd=spread)


def _with_sectors(prior: Prior, sectors: Mapping[str, float], stocks: float) -> Prior:
    mean, whole = prior.mean.copy(), sum(sectors.values())
    factors = _factors("sector")
    mean[[factor_index()[name] for name in set(factors.values())]] = 0.0
    for name, share in sectors.items():
        if name in factors:
            mean[factor_index()[factors[name]]] += stocks * share / whole
    return replace(prior, mean=mean)


def _with_ratings(prior: Prior, ratings: Mapping[str, float], duration: float) -> Prior:
    """The duration by grade on the spreads of good and of lesser companies."""
    mean, whole = prior.mean.copy(), sum(ratings.values())
    factors = _factors("rating")
    mean[[factor_index()[name] for name in set(factors.values()) if name]] = 0.0
    for name, share in ratings.items():
        if factors.get(name):
            mean[factor_index()[factors[name]]] -= duration * share / whole
    return replace(prior, mean=mean)


@cache
def _factors(kind: str) -> Mapping[str, str]:
    return {row["name"]: row["factor"] for row in read_table(PACKAGE, "fund_sectors.csv") if row["kind"] == kind}
