"""What a symbol is: class, proxy and tags, from ``securities.csv``, from the spelling, or as a stated assumption."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..tables import read_table
from .bond_text import BondText, is_security_number, read_bond
from .option_symbol import OptionSymbol, parse_option

#: Tags that ``securities.csv`` gives; a user's tag_<name> column wins.
TAGGED = ("sector", "region", "style", "leverage")
BOND_KINDS = ("bond", "bill", "floater", "linker", "mbs", "deposit")
COINS = ("crypto", "stablecoin")
NO_BOND_TEXT = BondText()
_CASH = re.compile(r"\$?CASH(?:[.:]([A-Z]{3}))?", re.ASCII)


@dataclass(frozen=True)
class Security:
    """One row of securities.csv. duration: years, for bond funds. also: another security with the same ticker."""

    symbol: str
    name: str
    asset_class: str
    proxy: str
    tags: Mapping[str, str]
    duration: float | None
    also: str


@dataclass(frozen=True)
class Identity:
    """What a row is. symbol: the table's spelling or "". currency: implied by the symbol or "".

    assumed: the warning where the class is a guess, or "".
    """

    asset_class: str
    name: str = ""
    symbol: str = ""
    proxy: str = ""
    currency: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    duration: float | None = None
    option: OptionSymbol | None = None
    bond: BondText = NO_BOND_TEXT
    assumed: str = ""


@cache
def securities() -> Mapping[str, Security]:
    """Every spelling of every known symbol, in the form of ``normal_symbol``."""
    known: dict[str, Security] = {}
    for row in read_table("stresstest.holdings", "securities.csv"):
        tags = {key: row[key] for key in TAGGED if row[key]}
        duration = float(row["duration_years"]) if row["duration_years"] else None
        security = Security(row["symbol"], row["name"], row["asset_class"], row["proxy"], tags, duration, row["also"])
        for spelling in (row["symbol"], *row["aliases"].split()):
            known[normal_symbol(spelling)] = security
    return known


@cache
def markets() -> tuple[Mapping[str, str], ...]:
    """Suffixes of symbols with the currency and region that they imply."""
    return tuple(read_table("stresstest.holdings", "markets.csv"))


def normal_symbol(symbol: str) -> str:
    """One spelling for BRK.B, BRK/B, BRK B and BRK-B."""
    return re.sub(r"[\s/.]+", "-", symbol.strip().upper())


def _coin_symbol(symbol: str) -> str:
    """BTC for BTC-USD and BTC/USD, USDC for USDC.M (staked at Kraken); other symbols unchanged."""
    return re.sub(r"-(USD|M|S|F)$", "", normal_symbol(symbol))


def cash_currency(symbol: str) -> str | None:
    """Currency of a cash row: "CASH" gives "", "CASH.EUR" gives "EUR"; None for anything else."""
    match = _CASH.fullmatch(symbol.strip().upper())
    return None if match is None else match[1] or ""


def identify(symbol: str, name: str, currency: str, stated: str, kind: str, has_maturity: bool) -> Identity:
    """Classify one row. In order: the user's word, the spelling of options, the table, bond terms, the broker's word.

    stated: the user's asset class or "". kind: the broker's or "". has_maturity: the row gives a maturity date.
    """
    option = parse_option(symbol) if stated in ("", "option") else None
    if option is not None:
        return Identity("option", name, option=option)
    security = _look_up(symbol, currency, stated, kind)
    if stated in BOND_KINDS or (not stated and _is_bond(symbol, name, kind, has_maturity, security)):
        bond = read_bond(symbol, name)
        hinted = kind if kind in BOND_KINDS else "bond"
        return Identity(stated or bond.asset_class or hinted, name, bond=bond)
    market = _market(symbol, currency)
    if security is not None:
        return _known(security, symbol, name, stated, market)
    asset_class = stated or kind or "equity"
    assumed = "" if stated or kind else f"Unknown symbol, treated as {asset_class}"
    if kind == "fund_equity":
        assumed = "Unknown fund, treated as an equity fund"
    tags = {"region": market["region"]} if market else {}
    return Identity(asset_class, name, currency=market.get("currency", ""), tags=tags, assumed=assumed)


def _look_up(symbol: str, currency: str, stated: str, kind: str) -> Security | None:
    """The table's row, unless the row's class says that this is the other security with the same ticker."""
    table = securities()
    spellings = [normal_symbol(symbol), *(normal_symbol(symbol + suffix) for suffix in _suffixes(symbol, currency))]
    security = next((table[spelling] for spelling in spellings if spelling in table), None)
    if security is None:
        coin = table.get(_coin_symbol(symbol))
        return coin if coin is not None and coin.asset_class in COINS else None
    other = bool(security.also) and (stated or kind or security.asset_class) not in COINS
    return None if other and security.asset_class in COINS else security


def _suffixes(symbol: str, currency: str) -> list[str]:
    """Market suffixes to try for a bare code such as 2330 or 700, by the currency of the row."""
    if not symbol[:1].isdigit() or "." in symbol:
        return []
    return [row["suffix"] for row in markets() if row["currency"] == currency]


def _market(symbol: str, currency: str) -> Mapping[str, str]:
    """The market of the suffix, else that of a bare numeric code in the row's currency."""
    upper = symbol.upper()
    for row in markets():
        if upper.endswith(row["suffix"]) and len(upper) > len(row["suffix"]):
            return row
    bare = _suffixes(symbol, currency)
    return next((row for row in markets() if bare and row["suffix"] == bare[0]), {})


def _is_bond(symbol: str, name: str, kind: str, has_maturity: bool, security: Security | None) -> bool:
    """A maturity date or the broker's word is enough; words alone count only for a symbol that the table lacks."""
    if kind in BOND_KINDS or has_maturity:
        return True
    bond = read_bond(symbol, name)
    named = is_security_number(symbol) or bond.coupon is not None
    return security is None and bond.maturity is not None and named


def _known(security: Security, symbol: str, name: str, stated: str, market: Mapping[str, str]) -> Identity:
    """The table's answer; the exposures of a row spelt otherwise are found under the table's spelling."""
    proxy = security.proxy or (security.symbol if symbol != security.symbol else "")
    twin = security.also and not stated
    return Identity(
        asset_class=stated or security.asset_class,
        name=name or security.name,
        symbol=security.symbol,
        proxy=proxy,
        currency=market.get("currency", ""),
        tags=security.tags,
        duration=security.duration,
        assumed=f"Taken for {security.name}; {security.also} has the same ticker" if twin else "",
    )
