"""What a symbol is: from its number or spelling, from ``securities.csv``, from its name, or as a stated assumption."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from ..tables import read_table
from .bond_text import BondText, read_bond
from .future_symbol import FutureContract, parse_future
from .identity import (
    TAGGED,
    Identity,
    Security,
    by_name,
    by_number,
    normal_symbol,
    plain_name,
    securities,
)
from .markets import by_suffix, market_of, markets
from .option_symbol import parse_option
from .security_number import cusip_of, is_isin, is_security_number

BOND_KINDS = ("bond", "bill", "floater", "linker", "mbs", "deposit")
COINS = ("crypto", "stablecoin")
#: Classes of which the broker's word may be wrong in detail: a fund is often called a stock, a REIT a share.
LOOSE = ("", "equity", "fund_equity", "other")
_CASH = re.compile(r"\$?CASH(?:[.:]([A-Z]{3}))?", re.ASCII)
#: A listing number as in Taipei, Hong Kong or Tokyo: no ticker of an American exchange begins with a digit.
_CODE = re.compile(r"\d{1,6}[A-Z]?", re.ASCII)
#: A day, as descriptions of bonds write it, has one of these between digits.
_A_DATE = re.compile(r"\d[/-]\d")
#: Words without which a name that mentions a market or a sector is that of a company: Japan Tobacco is no fund.
_FUND_WORDS = re.compile(
    r"\b(FUNDS?|FDS?|ETF|ETP|ETC|ETN|UCITS|IDX|INDEX|INDX|INDEKS|TRUST|PORTFOLIO|ADMIRAL|ADM|ISHARES|VANGUARD|SPDR|"
    r"INVESCO|XTRACKERS|AMUNDI|LYXOR|WISDOMTREE|PROSHARES|DIREXION|MSCI|FTSE|STOXX|RUSSELL|S&P|SP 500|\w*POOL|BONDS?|"
    r"BD)\b|[債券收]"
)
_NO_FUND_WORD_NEEDED = ("deposit", "money_market")
#: Countries of issue in an ISIN, and the region of our tags. Ireland and Luxembourg say nothing of what a fund holds.
_REGIONS = {
    "US": "us", "CA": "canada", "GB": "uk", "DE": "europe", "FR": "europe", "NL": "europe", "ES": "europe",
    "IT": "europe", "BE": "europe", "AT": "europe", "FI": "europe", "PT": "europe", "SE": "europe", "NO": "europe",
    "DK": "europe", "CH": "switzerland", "JP": "japan", "AU": "australia", "HK": "hong_kong", "SG": "singapore",
    "TW": "taiwan", "CN": "china", "KR": "korea", "IN": "india", "BR": "brazil", "MX": "mexico",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a row says of its security. stated: the user's asset class; kind: the broker's; each may be "".

    market: suffix of bare numeric codes in this file. number: ISIN or CUSIP from a column of its own.
    """

    symbol: str
    name: str = ""
    currency: str = ""
    stated: str = ""
    kind: str = ""
    has_maturity: bool = False
    number: str = ""
    market: str = ""


def cash_currency(symbol: str) -> str | None:
    """Currency of a cash row: "CASH" gives "", "CASH.EUR" gives "EUR"; None for anything else."""
    match = _CASH.fullmatch(symbol.strip().upper())
    return None if match is None else match[1] or ""


def identify(asked: Asked) -> Identity:
    """Classify one row. In order: the user's word, the spelling of options, the table by symbol and by number, bond
    terms, the name, the broker's word, and an equity with a warning.
    """
    return _identify(
        asked.symbol,
        asked.name,
        asked.currency,
        asked.stated,
        asked.kind,
        asked.has_maturity,
        asked.number,
        asked.market,
    )


@lru_cache(maxsize=50_000)
def _identify(
    symbol: str, name: str, currency: str, stated: str, kind: str, has_maturity: bool, number: str, market: str
) -> Identity:
    option = parse_option(symbol) if stated in ("", "option") else None
    if option is not None:
        return Identity("option", name, option=option, how="spelling of an option")
    contract = _future(symbol, stated, kind)
    if contract is not None:
        return _contract(contract, name)
    listing = _listing(symbol, currency, market)
    found = _look_up(symbol, stated, kind, listing)
    security, how = (found, f"{found.symbol} in securities.csv") if found else _numbered(symbol, number)
    if stated in BOND_KINDS or (not stated and _is_bond(symbol, name, kind, has_maturity, security)):
        bond = read_bond(symbol, name)
        hinted = kind if kind in BOND_KINDS else "bond"
        return Identity(stated or bond.asset_class or hinted, name, bond=bond, how=_bond_how(bond, kind, has_maturity))
    if security is not None:
        return _known(security, symbol, name, stated, listing, how)
    return _unlisted(symbol, name, stated, kind, number, listing)


def _future(symbol: str, stated: str, kind: str) -> FutureContract | None:
    """The contract that a symbol spells, unless the file says that the row is something else."""
    said = stated or kind
    return parse_future(symbol, said == "future") if said in ("", "future") else None


def _contract(contract: FutureContract, name: str) -> Identity:
    known = f"{contract.root} in futures.csv" if contract.name else "spelling of a future"
    return Identity(
        "future", name or contract.name, proxy=contract.proxy, currency="USD" if contract.name else "",
        duration=contract.duration, how=known, future=contract,
    )  # fmt: skip


def _bond_how(bond: BondText, kind: str, has_maturity: bool) -> str:
    if has_maturity:
        return "maturity in the file"
    return "terms in the description" if bond.maturity else f"category {kind} in the file" if kind else "asset_class"


# --------------------------------------------------------------------------------------------------------- listings


@dataclass(frozen=True)
class _Listing:
    """Where a symbol is listed: the full spelling "2330.TW", and its market; several candidates are no listing.

    implied: the currency comes from the market alone. unplaced: a numeric code of no known market.
    moved: the row names a sister market.
    """

    symbol: str = ""
    market: Mapping[str, str] | None = None
    unplaced: bool = False
    moved: bool = False

    @property
    def currency(self) -> str:
        return self.market["currency"] if self.market else ""


def _listing(symbol: str, currency: str, market: str) -> _Listing:
    """The listing of a symbol with a suffix, or of a bare numeric code by the row's currency, the file's market, or as
    the only listing of that code in the table.
    """
    named = market_of(symbol)
    if named:
        return _sister(symbol.upper(), named) or _Listing(symbol.upper(), named)
    if not _CODE.fullmatch(symbol):
        return _Listing()
    if currency:
        places = [row for row in markets() if row["currency"] == currency]
    else:
        places = _market_family(market) or list(markets())
    hits = _hits(symbol, places)
    if hits:
        return hits[0] if len({hit.symbol for hit in hits}) == 1 or currency or market else _Listing(unplaced=True)
    if places and (currency or market):
        return _Listing("", places[0]) if places[0]["currency"] != "USD" else _Listing()
    return _Listing(unplaced=not currency)


def _sister(symbol: str, named: Mapping[str, str]) -> _Listing | None:
    """The listing of a code that the table knows only at the sister market of the one named: .TW for .TWO."""
    code = symbol.removesuffix(named["suffix"])
    if normal_symbol(symbol) in securities() or not _CODE.fullmatch(code):
        return None
    hits = _hits(code, _market_family(named["suffix"])[1:])
    return replace(hits[0], moved=True) if hits else None


def _market_family(market: str) -> list[Mapping[str, str]]:
    """The market of the file and its sister in the same currency: Taipei has two exchanges."""
    own = by_suffix().get(market)
    return [] if own is None else [own, *(r for r in markets() if r["currency"] == own["currency"] and r is not own)]


def _hits(code: str, places: list[Mapping[str, str]]) -> list[_Listing]:
    table = securities()
    spellings = ((f"{digits}{row['suffix']}", row) for row in places for digits in _digits(code, row["suffix"]))
    return [_Listing(table[n].symbol, row) for text, row in spellings if (n := normal_symbol(text)) in table]


def _digits(code: str, suffix: str) -> tuple[str, ...]:
    """Hong Kong writes 700, 0700 and 00700 for one share."""
    if suffix != ".HK" or not code.isdigit():
        return (code,)
    return (code.lstrip("0").zfill(4),)


# ------------------------------------------------------------------------------------------------------- the table


def _coin_symbol(symbol: str) -> str:
    """BTC for BTC-USD, BTC/USD and BTCUSD, USDC for USDC.M (staked at Kraken); other symbols unchanged."""
    bare = re.sub(r"-(USD|USDT|M|S|F|P|B)$", "", normal_symbol(symbol))
    return re.sub(r"(?<=[A-Z]{3})USD$", "", bare) if len(bare) <= 8 else bare


def _look_up(symbol: str, stated: str, kind: str, listing: _Listing) -> Security | None:
    """The table's row, unless the row's class says that this is the other security with the same ticker."""
    table = securities()
    security = table.get(normal_symbol(listing.symbol or symbol))
    if security is None:
        coin = table.get(_coin_symbol(symbol))
        usable = coin is not None and coin.asset_class in COINS and kind in ("", *COINS, "other", "cash")
        return coin if usable else None
    other = bool(security.also) and (stated or kind or security.asset_class) not in COINS
    return None if other and security.asset_class in COINS else security


def _numbered(symbol: str, number: str) -> tuple[Security | None, str]:
    """The table's row by ISIN or CUSIP, from its own column or in the place of the symbol."""
    for text in (number, symbol):
        for form in (text, cusip_of(text)):
            if form and form in by_number():
                return by_number()[form], f"number {text} in securities.csv"
    return None, ""


def _is_bond(symbol: str, name: str, kind: str, has_maturity: bool, security: Security | None) -> bool:
    """A maturity date or the broker's word is enough; words alone count only for a symbol that the table lacks."""
    if kind in BOND_KINDS:
        return security is None or security.asset_class not in ("fund_bond", "fund_equity", "money_market")
    if has_maturity:
        return True
    if security is not None or (not _A_DATE.search(name or symbol) and not _A_DATE.search(symbol)):
        return False
    bond = read_bond(symbol, name)
    named = is_security_number(symbol) or bond.coupon is not None
    return bond.maturity is not None and named


def _known(security: Security, symbol: str, name: str, stated: str, listing: _Listing, how: str) -> Identity:
    """The table's answer; the exposures of a row spelt otherwise are found under the table's spelling."""
    proxy = security.proxy or (security.symbol if symbol != security.symbol else "")
    twin = security.also and not stated
    assumed = f"Taken for {security.name}; {security.also} has the same ticker" if twin else ""
    if listing.moved and listing.symbol == security.symbol:
        assumed = f"Did you mean {security.symbol}? It is taken for that"
    return Identity(
        asset_class=stated or security.asset_class,
        name=name or security.name,
        symbol=security.symbol,
        proxy=proxy,
        currency=listing.currency,
        tags=security.tags,
        duration=security.duration,
        how=how,
        assumed=assumed,
    )


# ---------------------------------------------------------------------------------------------------- by the name


@dataclass(frozen=True)
class _Words:
    pattern: re.Pattern[str]
    asset_class: str
    proxy: str
    tags: Mapping[str, str]
    duration: float | None


@cache
def _names() -> tuple[_Words, ...]:
    return tuple(
        _Words(
            re.compile(row["pattern"]),
            row["asset_class"],
            row["proxy"],
            {key: row[key] for key in TAGGED if row.get(key)},
            float(row["duration_years"]) if row["duration_years"] else None,
        )
        for row in read_table("stresstest.holdings", "names.csv")
    )


def _unlisted(symbol: str, name: str, stated: str, kind: str, number: str, listing: _Listing) -> Identity:
    """A security that the table does not list: by its name, by the broker's word, or as an equity."""
    text = name or (symbol if " " in symbol else "")
    twin = by_name().get(plain_name(text)) if text and not listing.symbol else None
    if twin is not None and _agrees(twin.asset_class, stated or kind):
        known = _known(twin, symbol, name, stated, listing, f"name of {twin.symbol} in securities.csv")
        hint = f"Taken for {twin.symbol} by its name"
        return known if is_security_number(symbol) else _assuming(known, hint)
    words = _by_words(text.upper(), kind)
    region = _region(symbol, number, listing)
    if words is not None and _agrees(words.asset_class, stated or kind):
        proxy = words.proxy
        return Identity(
            stated or words.asset_class, name, proxy=proxy, currency=listing.currency, tags=region | dict(words.tags),
            duration=words.duration, how=f"words of the name, as {proxy or words.asset_class}",
            assumed="" if stated else f"Known by the words of its name alone, as {words.asset_class} {proxy}".rstrip(),
        )  # fmt: skip
    asset_class = stated or kind or "equity"
    assumed = "" if stated or kind else f"Unknown symbol, treated as {asset_class}"
    if kind == "fund_equity":
        assumed = "Unknown fund, treated as an equity fund"
    how = "asset_class" if stated else f"category {kind} in the file" if kind else "assumed"
    return Identity(
        asset_class, name, currency=listing.currency, tags=region, how=how, assumed=assumed, unplaced=listing.unplaced
    )


def _by_words(text: str, kind: str) -> _Words | None:
    """The first entry of names.csv that fits; for a fund the name, or the broker, must say that it is one."""
    if len(text) <= 5:
        return None
    fund = "fund" in kind or _FUND_WORDS.search(text) is not None
    return next(
        (w for w in _names() if (fund or w.asset_class in _NO_FUND_WORD_NEEDED) and w.pattern.search(text)), None
    )


def _assuming(identity: Identity, hint: str) -> Identity:
    return identity if identity.assumed else replace(identity, assumed=hint)


def _agrees(found: str, said: str) -> bool:
    """Whether what the name suggests can be what the file says: the file's word wins where the two are at odds."""
    return said in LOOSE or said == found or {said, found} <= {"fund_equity", "fund_bond", "fund_mixed", "money_market"}


def _region(symbol: str, number: str, listing: _Listing) -> dict[str, str]:
    """Where a security is from: the market of its listing, else the country in its ISIN."""
    if listing.market:
        return {"region": listing.market["region"]}
    isin = next((text for text in (number, symbol) if is_isin(text)), "")
    return {"region": _REGIONS[isin[:2]]} if isin[:2] in _REGIONS else {}
