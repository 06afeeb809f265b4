"""Option symbols as brokers spell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from .dates import parse_date

_ROOT = r"(?:O:|\.)?(?P<root>[A-Z][A-Z0-9./]{0,5})"
_SIDE = r"(?P<side>[CP])"
_SIDE_WORD = r"(?P<side>CALL|PUT|C|P)"
_DOLLARS = r"\$?(?P<strike>\d{1,6}(?:\.\d+)?)"
_DAYS = (
    r"(?P<expiry>\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)|\d{4}-\d\d-\d\d|"
    r"\d{1,2} ?[A-Z]{3} ?(?:\d{4}|\d\d)|[A-Z]{3} \d{1,2},? (?:'\d\d|\d{4}))"
)
#: Every spelling holds a day: two digits at least.
_DIGITS = re.compile(r"\d\d", re.ASCII)
#: OCC pads the root to six characters and writes the strike in thousandths of a dollar; Fidelity puts a hyphen first
#: and often the strike in dollars; others write the parts apart, with the side before or after the strike, in letters
#: or in words.
SPELLINGS = (
    re.compile(rf"-?{_ROOT}\s*(?P<expiry>\d{{6}}){_SIDE}(?P<thousandths>\d{{8}})", re.ASCII),
    re.compile(rf"-?{_ROOT}\s*(?P<expiry>\d{{6}}){_SIDE}{_DOLLARS}", re.ASCII),
    re.compile(rf"{_ROOT} {_DAYS} {_DOLLARS} {_SIDE_WORD}", re.ASCII),
    re.compile(rf"{_ROOT} {_DAYS} {_SIDE_WORD} ?{_DOLLARS}", re.ASCII),
)


@dataclass(frozen=True, slots=True)
class OptionSymbol:
    """What the symbol of an option says. put_call: "call" or "put"."""

    underlying: str
    expiry: date
    strike: float
    put_call: str


def parse_option(symbol: str) -> OptionSymbol | None:
    """The contract that a symbol names; None for a symbol in none of the spellings, or with an impossible day."""
    if len(symbol) < 9:
        return None
    text = " ".join(symbol.upper().split())
    if not (_DIGITS.search(text) and ("C" in text or "P" in text)):
        return None
    for spelling in SPELLINGS:
        if match := spelling.fullmatch(text):
            part = match.groupdict()
            strike = float(part["strike"]) if "strike" in part else int(part["thousandths"]) / 1000
            expiry = _expiry(part["expiry"])
            side = "call" if part["side"].startswith("C") else "put"
            return OptionSymbol(part["root"].rstrip("./"), expiry, strike, side) if expiry and strike > 0 else None
    return None


def _expiry(text: str) -> date | None:
    """270115, 01/15/2027, 15JAN27 or DEC 31 '26."""
    try:
        return parse_date(f"20{text}" if text.isdigit() else text.replace("'", "20"))
    except ValueError:
        return None
