"""Contract terms of a row: its columns first, then what the symbol and description say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..records import Terms
from ..tables import read_table
from ..units import BP
from .fields import DIGITS, Fields
from .future_symbol import by_underlying
from .identity import NO_BOND_TEXT, Identity

RATINGS = (
    "AAA", "AA+", "AA", "AA-", "A+", "A", "A-", "BBB+", "BBB", "BBB-", "BB+", "BB", "BB-", "B+", "B", "B-",
    "CCC+", "CCC", "CCC-", "CC", "C", "D", "NR",
)  # fmt: skip
#: Percent a year.
HIGHEST_COUPON = 30.0
INDICES = ("SOFR", "TBILL")
FREQUENCIES = (1, 2, 4, 12)
#: How users write the two sides of an option.
SIDES = {"c": "call", "call": "call", "p": "put", "put": "put"}


@cache
def asset_classes() -> Mapping[str, Mapping[str, str]]:
    """Rows of asset_classes.csv by name: the classes of the contract, in its order."""
    return {row["name"]: row for row in read_table("stresstest.holdings", "asset_classes.csv")}


def read_terms(fields: Fields, who: Identity, by_hand: bool) -> Terms:
    """Terms of the row as a record; faults go to the findings. Coupons and spreads become decimals."""
    bond, option = who.bond, who.option
    if option is None and bond is NO_BOND_TEXT and not fields.row.columns.has_terms:
        return _usual(who.asset_class, who.duration, _contract_size(fields, who))
    coupon = fields.percent("coupon", f"a coupon of 0 to {HIGHEST_COUPON:g} percent", 0.0, HIGHEST_COUPON)
    spread = fields.number("spread_bp", "a spread of -1000 to 10000 bp", low=-1000, high=10_000)
    strike = fields.number("strike", "a positive strike", above=0)
    duration = fields.number("duration", "a duration of -60 to 60 years", low=-60, high=60)
    return Terms(
        coupon=bond.coupon if coupon is None else coupon,
        maturity=fields.day("maturity", by_hand) or bond.maturity,
        frequency=_frequency(fields),
        rating=_rating(fields, by_hand),
        spread=None if spread is None else round(spread * BP, DIGITS),
        duration=who.duration if duration is None else duration,
        convexity=fields.number("convexity", "a number"),
        index=_index(fields, who.asset_class),
        multiplier=_multiplier(fields, who),
        strike=strike or (option.strike if option else None),
        expiry=fields.day("expiry", by_hand) or (option.expiry if option else None),
        put_call=_side(fields) or (option.put_call if option else ""),
        underlying=_underlying(fields, who),
    )


@cache
def _usual(asset_class: str, duration: float | None, multiplier: float | None) -> Terms:
    """Terms of what has none of its own: the multiplier of its contract or class, and the duration of a known fund."""
    usual = float(asset_classes()[asset_class]["multiplier"])
    return Terms(multiplier=usual if multiplier is None else multiplier, duration=duration)


def _rating(fields: Fields, by_hand: bool) -> str:
    """A rating in S&P's letters. A broker's other scale is left out with a warning; a user's is an error."""
    text = fields.text("rating").upper()
    if not by_hand and text and text not in RATINGS:
        fields.doubt("rating", text, f"one of {', '.join(RATINGS)}", "The rating is not used.")
        return ""
    return fields.choice("rating", RATINGS, text)


def _frequency(fields: Fields) -> int | None:
    value = fields.number("frequency", f"coupons a year: one of {FREQUENCIES}")
    if value is not None and value not in FREQUENCIES:
        fields.fault("frequency", fields.text("frequency"), f"coupons a year: one of {FREQUENCIES}")
        return None
    return None if value is None else int(value)


def _index(fields: Fields, asset_class: str) -> str:
    """The index of a floater, or the index ratio of an inflation-linked bond as a plain number."""
    text = fields.text("index").upper()
    if asset_class != "linker" or not any(map(str.isdigit, text)):
        return fields.choice("index", INDICES, text)
    expected = "an index ratio of 0.2 to 5, as 1.08345"
    ratio = fields.number("index", expected, low=0.2, high=5.0)
    return "" if ratio is None else f"{ratio:.12g}"


def _multiplier(fields: Fields, who: Identity) -> float:
    given = fields.number("multiplier", "a positive number", above=0)
    if given is None:
        size = _contract_size(fields, who)
        return float(asset_classes()[who.asset_class]["multiplier"]) if size is None else size
    known = who.future.multiplier if who.future else 0.0
    if known and given != known:
        hint = f"The file's {given:g} is used."
        fields.doubt(
            "multiplier",
            f"{given:g}",
            f"{known:g}, the size of one {who.future.root if who.future else ''} contract",
            hint,
        )
    return given


def _contract_size(fields: Fields, who: Identity) -> float | None:
    """The multiplier of a known future; None, with a warning for a future, where the contract is not known."""
    if who.asset_class != "future":
        return None
    if who.future is not None and who.future.multiplier:
        return who.future.multiplier
    hint = "One contract is taken as one unit, which may be a thousand times too small: write the contract's size."
    fields.doubt("multiplier", "no multiplier", "the multiplier of the contract", hint)
    return None


def _underlying(fields: Fields, who: Identity) -> str:
    """The underlying that the row names; of a future in words of the trade (SPX) the fund whose exposures stand in."""
    text = fields.text("underlying") or (who.option.underlying if who.option else "")
    contract = by_underlying(text) if who.asset_class == "future" and text else None
    return contract.proxy if contract else text


def _side(fields: Fields) -> str:
    text = fields.text("put_call")
    if text and text.casefold() not in SIDES:
        fields.fault("put_call", text, "call or put")
    return SIDES.get(text.casefold(), "")


def missing_terms(asset_class: str, terms: Terms) -> tuple[str, ...]:
    """Terms that the class needs and the row lacks."""
    required = asset_classes()[asset_class]["required"].split()
    return tuple(name for name in required if getattr(terms, name) in (None, ""))
