"""What a row was found to be, and the table of known securities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..tables import read_table
from .bond_text import BondText
from .future_symbol import FutureContract
from .option_symbol import OptionSymbol
from .security_number import cusip_of

#: Tags that ``securities.csv`` gives; a user's tag_<name> column wins.
TAGGED = ("sector", "region", "style", "leverage")
NO_BOND_TEXT = BondText()
_SUFFIXES = re.compile(
    r"\b(INC|INCORPORATED|CORP|CORPORATION|CO|COMPANY|COMPANIES|PLC|LTD|LIMITED|LLC|LP|NV|N V|SA|S A|AG|SE|ASA|AB|SPA|"
    r"HOLDING|HOLDINGS|HLDGS|GROUP|GRP|THE|COM|COMMON|STOCK|CLASS|CL|SERIES|ADR|ADS|SPONSORED|SPON|NEW|DEL|DE|"
    r"ORD|REG|SHS|SHARES|TRUST|A|B|C|/THE)\b"
)
_NOT_WORD = re.compile(r"[^A-Z0-9&]+")


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

    how: by what it was identified, in words. assumed: the warning where the class is a guess, or "". unplaced: a bare
    numeric code of which the market is not known.
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
    how: str = ""
    assumed: str = ""
    unplaced: bool = False
    future: FutureContract | None = None


def normal_symbol(symbol: str) -> str:
    """One spelling for BRK.B, BRK/B, BRK B and BRK-B."""
    return re.sub(r"[\s/.]+", "-", symbol.strip().upper())


@cache
def securities() -> Mapping[str, Security]:
    """Every spelling of every known symbol, in the form of ``normal_symbol``."""
    known: dict[str, Security] = {}
    for row, security in _rows():
        for spelling in (row["symbol"], *row["aliases"].split()):
            known[normal_symbol(spelling)] = security
    return known


@cache
def by_number() -> Mapping[str, Security]:
    """Known securities by ISIN, and by the CUSIP inside it."""
    known: dict[str, Security] = {}
    for row, security in _rows():
        for isin in row["isin"].split():
            known[isin] = security
            if cusip := cusip_of(isin):
                known[cusip] = security
    return known


@cache
def by_name() -> Mapping[str, Security]:
    """Known securities by the words of their name that brokers agree on; names of two securities are left out."""
    known: dict[str, Security] = {}
    twice: set[str] = set()
    for _, security in _rows():
        words = plain_name(security.name)
        if words in known and known[words].symbol != security.symbol:
            twice.add(words)
        known.setdefault(words, security)
    return {words: security for words, security in known.items() if words not in twice and len(words) > 2}


def plain_name(name: str) -> str:
    """The name in capitals without punctuation, legal forms and share classes: "AMAZON.COM INC" is "AMAZON"."""
    words = _NOT_WORD.sub(" ", name.upper().replace("'", ""))
    return " ".join(_SUFFIXES.sub(" ", words).split())


@cache
def _rows() -> tuple[tuple[Mapping[str, str], Security], ...]:
    return tuple((row, _security(row)) for row in read_table("stresstest.holdings", "securities.csv"))


def _security(row: Mapping[str, str]) -> Security:
    tags = {key: row[key] for key in TAGGED if row[key]}
    duration = float(row["duration_years"]) if row["duration_years"] else None
    return Security(row["symbol"], row["name"], row["asset_class"], row["proxy"], tags, duration, row["also"])
