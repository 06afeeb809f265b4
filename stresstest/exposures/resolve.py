"""Which exposure a position has: the user's betas, the table, a proxy, what was found of it, or the prior of its class.

Exposures are log returns in USD. A proxy quoted in dollars (TSM for 2330.TW) therefore carries the currency already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..errors import InputError, Problem
from ..records import Exposure, Position
from ..tables import factor_index, factor_names, read_table
from .priors import PACKAGE, Prior, class_prior, peer_group, with_duration
from .table import embedded_peer_groups

COINS = ("crypto", "stablecoin")
#: Coins of the table whose tickers are also those of listed shares or funds.
COIN_TICKERS = ("BTC", "ETH", "SOL")
#: Repriced from cash flows on the shocked curve: what is left to an exposure is the currency and the issuer's noise.
BY_TERMS = ("bond", "bill", "floater", "linker", "mbs")
#: Worth their face: only a foreign currency moves them.
AT_PAR = ("cash", "money_market", "deposit")
DERIVATIVES = ("option", "future")
SHARES = ("equity", "fund_equity", "real_estate")
#: Keys of priors.csv that belong to one class only, by the word before the colon.
OWNERS = {"bond": "fund_bond", "mixed": "fund_mixed", "commodity": "commodity", "coin": "crypto"}
DEFAULT_BOND_FUND = "aggregate"
BASE = "USD"


def resolve(position: Position, table: Mapping[str, Exposure]) -> Exposure | None:
    """The exposure of ``position``, or None where nothing is known of it (``why_not`` says why).

    In order: the user's beta columns (over the rest, factor by factor), the table by symbol, the table by proxy, what
    its own prices or fund data tell (``Position.found``), the duration of a bond fund, the prior of the class with its
    sector, region and style. tags["leverage"] multiplies all but the first two. Options and futures take the exposure
    of their underlying; the instrument adds the contract.

    Raises InputError for a beta of an unknown factor and for a leverage that is not a number.
    """
    rest = _without_betas(position, table)
    if not position.betas:
        return rest
    if rest is None:
        rest = _from_prior(position, class_prior(("other",)))
        rest = replace(rest, source="nothing else")
    return _with_betas(position, rest)


def why_not(position: Position) -> str:
    """Why ``resolve`` returned None for ``position``, and what would help."""
    if position.asset_class in DERIVATIVES:
        if not position.terms.underlying:
            return "no underlying is known for it: give a proxy or beta columns"
        return f"no exposure is known for the underlying ({position.terms.underlying}): give a proxy or beta columns"
    return f"no exposure is known for class {position.asset_class!r}: give an asset_class, a proxy or beta columns"


def _without_betas(position: Position, table: Mapping[str, Exposure]) -> Exposure | None:
    if position.asset_class in BY_TERMS:
        return _by_terms(position, table)
    if position.asset_class in AT_PAR and not _lookup(position, table):
        return _at_par(position, table)
    found = _lookup(position, table)
    if found is not None:
        return replace(found, symbol=position.symbol)
    proxy = table.get(position.proxy) or table.get(_spelling(position.proxy))
    if proxy is not None:
        return _geared(replace(proxy, symbol=position.symbol, source=f"proxy {position.proxy}"), position)
    if position.found is not None:
        return _geared(replace(position.found, symbol=position.symbol), position)
    if position.asset_class not in (*SHARES, *OWNERS.values(), "stablecoin"):
        return None
    prior, source = prior_of(position)
    guessed = exposure_of(position, prior, source)
    if position.proxy:
        guessed = replace(guessed, source=f"{guessed.source} (no exposure is known for the proxy {position.proxy})")
    return _geared(guessed, position)


def is_guessed(position: Position, table: Mapping[str, Exposure]) -> bool:
    """Whether nothing but its class tells the exposure: neither the user, nor the table, nor a proxy, nor terms."""
    if position.asset_class in (*BY_TERMS, *AT_PAR, *DERIVATIVES, "stablecoin") or position.betas:
        return False
    proxied = position.proxy in table or _spelling(position.proxy) in table
    return not proxied and _lookup(position, table) is None


def _spelling(symbol: str) -> str:
    """BRK-B for BRK.B, BRK/B and brk b, as the table writes it."""
    return "-".join(symbol.upper().replace(".", " ").replace("/", " ").replace("-", " ").split())


def _lookup(position: Position, table: Mapping[str, Exposure]) -> Exposure | None:
    """The table's row for the symbol (for derivatives: the underlying), unless it is a coin's ticker on a share."""
    symbol = position.terms.underlying if position.asset_class in DERIVATIVES else position.symbol
    if position.asset_class in COINS:
        symbol = symbol.upper().removesuffix("-USD").removesuffix("/USD")
    for name in (symbol, _spelling(symbol)):
        if name in table and _same_kind(name, position.asset_class):
            return table[name]
    return None


def _same_kind(symbol: str, asset_class: str) -> bool:
    """Whether a row of the table can be this position: a share or fund whose ticker is a coin's is another thing."""
    return symbol not in COIN_TICKERS or asset_class in (*COINS, *DERIVATIVES)


def _geared(exposure: Exposure, position: Position) -> Exposure:
    """Betas, errors and residual risk times the leverage that the tags give, if any."""
    text = position.tags.get("leverage", "")
    if not text:
        return exposure
    try:
        leverage = float(text.lower().removesuffix("x"))
    except ValueError as error:
        hint = "Write 2, 3 or -1."
        raise InputError(Problem(position.row, "tag_leverage", repr(text), "a number", hint)) from error
    if leverage == 1.0:
        return exposure
    return replace(
        exposure,
        beta=leverage * exposure.beta,
        se=abs(leverage) * exposure.se,
        residual_vol=abs(leverage) * exposure.residual_vol,
        source=f"{exposure.source} times {leverage:g}",
    )


def _with_betas(position: Position, rest: Exposure) -> Exposure:
    unknown = [name for name in position.betas if name not in factor_index()]
    if unknown:
        expected = f"one of {', '.join(factor_names())}"
        raise InputError([Problem(position.row, f"beta_{name}", name, expected, "Rename it.") for name in unknown])
    beta, se = rest.beta.copy(), rest.se.copy()
    for name, value in position.betas.items():
        beta[factor_index()[name]], se[factor_index()[name]] = value, 0.0
    return replace(rest, beta=beta, se=se, source=f"user columns over {rest.source}", r_squared=None)


# ------------------------------------------------------------------------------------------------- bonds and money


def _by_terms(position: Position, table: Mapping[str, Exposure]) -> Exposure:
    """No beta but the currency's; the noise of the issuer by rating."""
    grade = _grade(position)
    keys: tuple[str, ...] = (position.asset_class,)
    if grade and position.asset_class == "bond":
        keys = (position.asset_class, f"bond:{grade['grade']}")
    own = _from_prior(position, class_prior(keys))
    money = _at_par(position, table)
    return replace(
        own, beta=money.beta, se=money.se, residual_vol=float(np.hypot(own.residual_vol, money.residual_vol))
    )


def _at_par(position: Position, table: Mapping[str, Exposure]) -> Exposure:
    """Nothing in dollars; in another currency the exposure of that currency."""
    if position.currency == BASE:
        return _from_prior(position, class_prior((position.asset_class,)), zero=True)
    held = table.get(f"CASH.{position.currency}")
    if held is not None:
        return replace(held, symbol=position.symbol)
    return _from_prior(position, class_prior(("cash", "currency:floating")))


@cache
def _grades() -> Mapping[str, dict[str, str]]:
    return {row["rating"]: row for row in read_table(PACKAGE, "ratings.csv")}


def _grade(position: Position) -> Mapping[str, str] | None:
    """The row of ratings.csv for the position's rating (without + - or digits), else for its sector tag, else None."""
    rating = position.terms.rating.upper().strip().rstrip("+-0123456789")
    return _grades().get(rating) or _grades().get(position.tags.get("sector", "").upper())


# ---------------------------------------------------------------------------------------------------- class priors


@dataclass(frozen=True, slots=True)
class _Tag:
    key: str
    spread: str
    spread_share: float


@cache
def _tags() -> Mapping[tuple[str, str], _Tag]:
    rows = read_table(PACKAGE, "tags.csv")
    return {(r["tag"], r["value"]): _Tag(r["key"], r["spread"], float(r["spread_share"] or 0.0)) for r in rows}


@cache
def _currency_keys() -> Mapping[str, str]:
    return {row["currency"]: row["key"] for row in read_table(PACKAGE, "currencies.csv")}


def _tag(position: Position, name: str) -> _Tag | None:
    word = position.tags.get(name, "").strip().lower().replace(" ", "_").replace("-", "_")
    return _tags().get((name, word))


def prior_of(position: Position) -> tuple[Prior, str]:
    """What is believed of a position by its duration, or by its class and tags; and the words for it."""
    if _has_duration(position):
        return _from_duration(position)
    prior = _from_class(position)
    return prior, f"class prior: {_words(prior)}"


def _from_class(position: Position) -> Prior:
    """The prior of the asset class under sector, style and region. Tags that say nothing are not in its keys."""
    keys = [position.asset_class]
    for name in ("sector", "style", "region"):
        tag = _tag(position, name)
        if tag is not None and tag.key not in keys and _fits(tag.key, position.asset_class):
            keys.append(tag.key)
    if position.asset_class in SHARES and not position.tags.get("region"):
        region = _currency_keys().get(position.currency, "region:emerging")
        keys += [region] if region else []
    return class_prior(keys)


def _fits(key: str, asset_class: str) -> bool:
    """Whether a key belongs to the class: those of ``OWNERS`` to their own, the rest to shares."""
    kind = key.split(":")[0]
    return asset_class == OWNERS[kind] if kind in OWNERS else asset_class in (*SHARES, "fund_mixed")


def _has_duration(position: Position) -> bool:
    return position.asset_class in ("fund_bond", "fund_mixed") and position.terms.duration is not None


def _from_duration(position: Position) -> tuple[Prior, str]:
    """A bond fund of which only the duration is known: key rates about it, and a spread by rating or sector."""
    duration = position.terms.duration or 0.0
    grade, tag = _grade(position), _tag(position, "sector")
    if tag is None or not tag.key.startswith("bond:"):
        tag = _Tag(grade["key"], grade["spread"], 1.0) if grade else _tags()["sector", DEFAULT_BOND_FUND]
    keys = [position.asset_class] + ([tag.key] if position.asset_class == "fund_bond" else [])
    prior = with_duration(class_prior(keys), duration, tag.spread, tag.spread_share * duration)
    return prior, f"duration {duration:g} years, {', '.join(keys)}"


def _words(prior: Prior) -> str:
    return ", ".join(key.split(":")[-1].replace("_", " ") for key in prior.keys)


def _from_prior(position: Position, prior: Prior, zero: bool = False) -> Exposure:
    return exposure_of(position, prior, f"class prior: {_words(prior)}", zero)


def exposure_of(position: Position, prior: Prior, source: str, zero: bool = False) -> Exposure:
    """The prior as an exposure, with the peers of its keys. zero: without betas and noise."""
    none = np.zeros_like(prior.mean)
    group = "" if zero else peer_group(prior.keys)
    peers = group if group in embedded_peer_groups() else ""
    return Exposure(
        symbol=position.symbol,
        beta=none if zero else prior.mean,
        se=none if zero else prior.sd,
        residual_vol=0.0 if zero else prior.residual_vol,
        source=source,
        peers=peers,
        peer_share=embedded_peer_groups()[peers].share if peers else 0.0,
    )
