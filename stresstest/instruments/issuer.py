"""Who owes a bond: whether it is the US Treasury, and which spread its rating brings."""

from __future__ import annotations

import re
from dataclasses import replace

from ..records import Position
from .cashflows import Stubs
from .daycount import ACTUAL_365, CONVENTIONS
from .details import tag_choice, tag_date
from .reference import (
    EMERGING,
    INSURED,
    MUNICIPAL,
    TREASURY,
    UNRATED,
    Convention,
    Credit,
    convention,
    credit_rows,
    rating_aliases,
)

_TREASURY_NAME = re.compile(
    r"\b(U\.?\s?S\.?|UNITED STATES( OF AMERICA)?)\s+(TREAS|TSY|T-?(NOTE|BOND|BILL))"
    r"|\b(TREASURY|TREAS|TSY)\s+(NOTE|NT|BOND|BD|BILL|STRIP|INFL|FLOAT|FRN|SEC)"
)
#: Treasury tickers of the form "T 4 02/15/34" (TII linkers, TF floaters, B bills, S strips).
_TREASURY_TICKER = re.compile(r"(T|TII|TF|B|S) \d")
#: Treasury CUSIPs begin with 9127 (bills) or 9128 (notes, bonds, strips); an ISIN puts US before and a digit after.
_TREASURY_CUSIP = re.compile(r"(US)?912[78]\w{5,6}")
_HOME = {"", "us", "usa", "united states"}
_GOVERNMENT = {"government", "treasury", "sovereign"}
#: Rating at which the level of municipals stands in its table, and which is taken where none is given.
MUNICIPAL_USUAL = "AA"
MUNICIPAL_NOTE = "its yield is before tax, and tax-exempt yields move less than Treasury yields."
_MUNICIPAL = {"municipal", "municipals", "muni"}
#: Words that brokers put into the names of municipal bonds: general obligation, revenue, school district.
_MUNICIPAL_NAME = re.compile(
    r"\b(MUNI(CIPAL)?S?|G\.?O\.? (BDS?|BONDS?|UNLTD|LTD)|GEN(ERAL)? OBLI?G(ATION)?|REV(ENUE)? (BDS?|BONDS?)"
    r"|SCH(OOL)? DIST(RICT)?|CNTY|TURNPIKE AUTH\w*|WTR & SWR|HSG FIN)\b"
)


def is_treasury(position: Position) -> bool:
    """Whether the US Treasury owes it.

    By, in order: rating UST; a name such as "US Treasury note"; a CUSIP or ISIN; on a dollar bond that its rating does
    not give to somebody else, the tag sector, or where there is none a symbol such as "T 4 02/15/34". The bare word
    "Treasury" in a name is not enough, nor is "T 4.3 02/15/30" with another name: companies have both. Of a row whose
    name agrees with such a symbol the holdings stage sets the tag.
    """
    rating, name, symbol = (text.upper().strip() for text in (position.terms.rating, position.name, position.symbol))
    if rating == TREASURY or _TREASURY_NAME.search(name) or _TREASURY_NAME.search(symbol):
        return True
    if _TREASURY_CUSIP.fullmatch(symbol):
        return True
    if position.currency != "USD" or broad_rating(rating) not in {"", "AAA", "AA"}:
        return False
    if not position.tags.get("sector") and _TREASURY_TICKER.match(symbol):
        return name in {"", symbol}
    return _government(position) and position.tags.get("region", "").lower() in _HOME


def _government(position: Position) -> bool:
    return position.tags.get("sector", "").lower() in _GOVERNMENT


def is_municipal(position: Position) -> bool:
    """Whether a US state or city owes it: by the tag sector, or by a name such as "ST GO BDS"."""
    if position.currency != "USD" or is_treasury(position):
        return False
    sector = position.tags.get("sector", "").lower()
    return sector in _MUNICIPAL or (not sector and bool(_MUNICIPAL_NAME.search(position.name.upper())))


def convention_of(position: Position) -> Convention:
    """Day count, settlement and ex-dividend rule; the tag day_count replaces the day count of the market."""
    if is_treasury(position) or (_government(position) and position.currency != "USD"):
        kind = "treasury"
    else:
        kind = "municipal" if is_municipal(position) else "other"
    row = convention(kind, position.currency or "USD")
    usual = ACTUAL_365 if position.asset_class == "deposit" else row.day_count
    return replace(row, day_count=tag_choice(position, "day_count", CONVENTIONS) or usual)


def stubs_of(position: Position) -> Stubs:
    """Dated date, first and last coupon from the tags dated_date, first_coupon and last_coupon."""
    return Stubs(
        tag_date(position, "dated_date"), tag_date(position, "first_coupon"), tag_date(position, "last_coupon")
    )


def broad_rating(rating: str) -> str:
    """Letter class of an S&P, Fitch or Moody's rating: "Baa1" and "BBB+" are BBB; "" where it is none of them."""
    return rating_aliases().get(re.sub(r"[^A-Z]", "", rating.upper()), "")


def assumed_rating(position: Position) -> str:
    """Letter class that stands in for a rating that is not known; "" where one is known or none is needed."""
    if broad_rating(position.terms.rating) or _by_issuer(position) is not None:
        return ""
    return MUNICIPAL_USUAL if is_municipal(position) else UNRATED


def credit_of(position: Position) -> tuple[Credit, tuple[str, ...]]:
    """The spread row of a bond, and a sentence where that needed an assumption."""
    owed = _by_issuer(position)
    if owed is not None:
        return owed
    rows, rating = credit_rows(), position.terms.rating
    found = broad_rating(rating)
    if is_municipal(position):
        return _municipal(found or MUNICIPAL_USUAL, rating)
    if found:
        return rows[found], ()
    seen = f"rating {rating!r} is not known" if rating else "no rating given"
    return rows[UNRATED], (f"{seen.capitalize()}: its spread is taken as that of {UNRATED}.",)


def _by_issuer(position: Position) -> tuple[Credit, tuple[str, ...]] | None:
    """As ``credit_of``, of a bond of which not its rating but who owes it tells the spread; None of any other."""
    rows = credit_rows()
    if is_treasury(position):
        return rows[TREASURY], ()
    if _government(position) and position.currency != "USD":
        return rows[TREASURY], ("Government bond in its own currency: no credit spread moves it.",)
    if position.tags.get("region", "").lower() in {"emerging", "emerging markets", "em"}:
        return rows[EMERGING], ("Bond of an emerging market: its spread moves with em_spread.",)
    if position.asset_class == "deposit":
        return rows[INSURED], ("Insured deposit: no credit spread moves it.",)
    return None


def _municipal(broad: str, rating: str) -> tuple[Credit, tuple[str, ...]]:
    """Level by rating, moves from the row of municipals: their yields follow Treasuries in part."""
    rows = credit_rows()
    level = rows[MUNICIPAL].level + rows[broad].level - rows[MUNICIPAL_USUAL].level
    seen = f"rating {rating}" if rating else f"{MUNICIPAL_USUAL}, as no rating is given"
    note = f"Municipal bond ({seen}): {MUNICIPAL_NOTE}"
    return replace(rows[MUNICIPAL], rating=broad, level=level), (note,)
