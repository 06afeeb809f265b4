"""A bond fund seen through: yield, key rates, convexity and spread duration from the file of what it holds.

Rows come parsed, as mappings of text, in the layout of iShares files (``Market Value``, ``Coupon (%)``, ...) or of any
file with the same names in other spelling (``market_value``, ``coupon_pct``). No file is read here.

Coupon and maturity do not tell when a coupon is reset. Where the yield to maturity in the file is not that of its price
and coupon, the coupon changes on the way (bonds of banks, hybrids): such a bond is taken to be redeemed at par in the
month in which its price gives the yield to worst of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np

from ..errors import NoAnswerError
from ..records import Position
from ..tables import TENORS
from ..units import BP, PERCENT
from .cashflows import CashFlows, fixed_coupon, single_payment
from .curve import node_weights
from .daycount import ACTUAL_ACTUAL, THIRTY_360, add_months
from .embedded_calls import effective_convexity
from .mortgage_fund import is_mortgage
from .street import StreetPrice, price_at_yield, street_yield

FREQUENCY = 2
DATES = ("%Y-%m-%d", "%b %d, %Y", "%d/%b/%Y", "%m/%d/%Y")
PAR = 100.0
#: A yield in the file this far from that of coupon and maturity tells a reset; a redemption this far from it tells
#: nothing, nor does a price this near to par, at which all redemptions yield the same.
LEAST_GAP, FARTHEST_GAP, NEAR_PAR = 5 * BP, 25 * BP, 0.25
CASH_CLASSES = {"cash", "money market", "cash collateral and margins", "futures", "fx"}
#: Second decimals of coupons that are eighths cut to two places.
EIGHTHS = {13: 0.125, 38: 0.375, 63: 0.625, 88: 0.875}


#: Name, reason and value in dollars (zero where the file gives none) of a row that is not seen through.
LeftOut = tuple[str, str, float]


@dataclass(frozen=True)
class FundLine:
    """One bond (or cash, without maturity and price) of a fund. value: dollars. coupon and yields: decimals.

    price: percent of par. duration (effective), modified, ytm, worst (yield to worst): as the file gives them.
    mortgage: whether it is a pass-through, by its name or sector.
    """

    name: str
    value: float
    price: float | None = None
    coupon: float | None = None
    maturity: date | None = None
    duration: float | None = None
    modified: float | None = None
    ytm: float | None = None
    worst: float | None = None
    mortgage: bool = False

    @property
    def is_cash(self) -> bool:
        """Whether nothing is left to be paid but the value itself."""
        return self.maturity is None


@dataclass(frozen=True, eq=False)
class FundShape:
    """How a fund answers to rates, per unit of its value. Arrays over lines (L,) are those of the bonds in ``lines``.

    yields, modified: (L,) by line, to its redemption; convexities: with its right to call. key_rates: (7,) years by
    node of the curve. effective_duration: their sum; spread_duration: to the spread of its bonds. coverage: share of
    the value that the bonds and the cash seen through make up. left_out: names of the rest, with the reason.
    """

    lines: tuple[FundLine, ...]
    weights: np.ndarray
    yields: np.ndarray
    modified: np.ndarray
    convexities: np.ndarray
    key_rates: np.ndarray
    spread_duration: float
    coverage: float
    left_out: tuple[tuple[str, str], ...] = field(default=())

    @property
    def modified_duration(self) -> float:
        """Mean modified duration by value."""
        return float(self.weights @ self.modified)

    @property
    def effective_duration(self) -> float:
        """Sum of the key rates."""
        return float(self.key_rates.sum())

    @property
    def convexity(self) -> float:
        """Mean convexity by value."""
        return float(self.weights @ self.convexities)

    def betas(self, spread: str = "") -> dict[str, float]:
        """Log return per unit of each rate factor, and of the factor ``spread`` (such as "ig_spread") if named."""
        found = dict(zip(TENORS, (-self.key_rates).tolist(), strict=True))
        return {**found, spread: -self.spread_duration} if spread else found


def seen_through(position: Position, shape: FundShape, spread: str = "") -> Position:
    """The position with the duration, convexity and betas of the shape in the place of estimates."""
    terms = replace(position.terms, duration=shape.effective_duration, convexity=shape.convexity)
    return replace(position, terms=terms, betas=shape.betas(spread))


def read_lines(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[FundLine, ...], tuple[LeftOut, ...]]:
    """Bonds and cash of the rows, and each row that is neither."""
    lines, left_out = [], []
    for row in rows:
        cells = {_plain(key): (text or "").strip() for key, text in row.items() if key}
        name, value = cells.get("name", ""), _number(cells.get("market_value", ""))
        if value is None:
            left_out.append((name, "no market value", 0.0))
            continue
        maturity, price = _date(cells.get("maturity", "")), _number(cells.get("price", ""))
        coupon, ytm, worst = (_percent(cells.get(key, "")) for key in ("coupon", "ytm", "yield_to_worst"))
        if cells.get("asset_class", "").lower() in CASH_CLASSES:
            lines.append(FundLine(name, value, ytm=ytm))
        elif maturity is None or coupon is None or not price or price <= 0:
            left_out.append((name, "no maturity, coupon or price", value))
        else:
            duration, modified = (_number(cells.get(key, "")) for key in ("duration", "mod_duration"))
            pool = is_mortgage(f"{name} {cells.get('sector', '')}")
            lines.append(
                FundLine(name, value, price, unrounded(coupon), maturity, duration, modified, ytm, worst, pool)
            )
    return tuple(lines), tuple(left_out)


def unrounded(coupon: float) -> float:
    """A coupon that is an eighth of a percent cut to two places, such as 1.88 for 1.875, in full; decimals."""
    hundredths = round(coupon / PERCENT * 100)
    whole, rest = divmod(hundredths, 100)
    return (whole + EIGHTHS[rest]) * PERCENT if rest in EIGHTHS else coupon


def fund_shape(
    lines: Iterable[FundLine], settlement: date, treasury: bool = False, left_out: tuple[LeftOut, ...] = ()
) -> FundShape:
    """The shape of a fund on the day ``settlement``. treasury: bonds of the US Treasury, else of companies (30/360).

    Where a line gives an effective duration its key rates are scaled to it, for that holds the option in a call, and
    its convexity is bent by it (``embedded_calls``). Raises ValueError where no line can be valued.
    """
    known, missing = _known(tuple(lines), settlement, left_out)
    bonds = [line for line in known if not line.is_cash]
    if not bonds:
        raise ValueError("no bond with price, coupon and maturity after settlement")
    flows = redemptions(bonds, settlement, treasury)
    yields, found = _street(bonds, flows)
    ordered = bonds + [line for line in known if line.is_cash]
    cash = len(ordered) - len(bonds)
    values = np.array([line.value for line in ordered])
    whole = values.sum() + sum(abs(value) for *_, value in missing)
    weights, modified = values / values.sum(), np.asarray(found.modified_duration)
    effective = np.array([m if b.duration is None else b.duration for b, m in zip(bonds, modified, strict=True)])
    nodes = _key_rates(flows, yields, modified) * (effective / modified)[:, None]
    bent = effective_convexity(effective, modified, np.asarray(found.convexity), np.array([b.mortgage for b in bonds]))
    held = weights[: len(bonds)]
    return FundShape(
        tuple(ordered), weights,
        np.concatenate([yields, [line.ytm or 0.0 for line in ordered[len(bonds) :]]]),
        np.pad(modified, (0, cash)), np.pad(bent, (0, cash)),
        held @ nodes, float(held @ nodes.sum(axis=1)), float(values.sum() / whole),
        tuple((name, reason) for name, reason, _ in missing),
    )  # fmt: skip


def _known(
    lines: tuple[FundLine, ...], settlement: date, left_out: tuple[LeftOut, ...]
) -> tuple[list[FundLine], list[LeftOut]]:
    """Lines that can be valued; the others with reason and value."""
    known, missing = [], list(left_out)
    for line in lines:
        if line.maturity is not None and line.maturity <= settlement:
            missing.append((line.name, f"matured on {line.maturity}", line.value))
        else:
            known.append(line)
    return known, missing


def redemptions(bonds: list[FundLine], settlement: date, treasury: bool) -> list[CashFlows]:
    """Payments of each bond up to its maturity, or to the reset of its coupon that the yields of the file tell."""
    whole = [_flows(bond, _end(bond), settlement, treasury) for bond in bonds]
    yields, _ = _street(bonds, whole)
    return [
        _until_reset(bond, flows, settlement, treasury) if _is_reset(bond, float(rate)) else flows
        for bond, flows, rate in zip(bonds, whole, yields, strict=True)
    ]


def _is_reset(line: FundLine, own: float) -> bool:
    """Whether the coupon cannot be what is paid until maturity."""
    if line.ytm is None or abs((line.price or PAR) - PAR) < NEAR_PAR:
        return False
    return abs(own - line.ytm) > LEAST_GAP


def _until_reset(line: FundLine, whole: CashFlows, settlement: date, treasury: bool) -> CashFlows:
    """Payments up to the month whose redemption at par gives the yield to worst; to maturity where none does."""
    target = line.worst if line.worst is not None else line.ytm or 0.0
    end, above_par = _end(line), (line.price or 0.0) > PAR
    early, late = 1, max((end.year - settlement.year) * 12 + end.month - settlement.month - 1, 1)
    while early < late:
        middle = (early + late) // 2
        found = _yield_to(line, add_months(settlement, middle, False), settlement, treasury)
        # Redeemed later, a bond above par yields more and one below par less.
        early, late = (middle + 1, late) if (found < target) == above_par else (early, middle)
    reset = add_months(settlement, early, False)
    known = abs(_yield_to(line, reset, settlement, treasury) - target) < FARTHEST_GAP
    return _flows(line, reset, settlement, treasury) if known else whole


def _end(line: FundLine) -> date:
    assert line.maturity is not None
    return line.maturity


def _yield_to(line: FundLine, end: date, settlement: date, treasury: bool) -> float:
    flows = _flows(line, end, settlement, treasury)
    dirty = (line.price or 0.0) * PERCENT + flows.accrued
    return float(street_yield(dirty, flows.amounts, flows.periods, flows.frequency, flows.simple))


def _flows(line: FundLine, end: date, settlement: date, treasury: bool) -> CashFlows:
    if not line.coupon:
        return single_payment(end, settlement)
    convention = ACTUAL_ACTUAL if treasury else THIRTY_360
    return fixed_coupon(line.coupon, end, FREQUENCY, settlement, convention, month_end=treasury)


def _street(bonds: list[FundLine], flows: list[CashFlows]) -> tuple[np.ndarray, StreetPrice]:
    """Street yields and prices of all bonds at once. Raises NoAnswerError where a price has no yield."""
    width = max(len(f.amounts) for f in flows)
    amounts, periods = (
        np.array([np.pad(getattr(f, name), (0, width - len(f.amounts))) for f in flows])
        for name in ("amounts", "periods")
    )
    frequency, simple = np.array([f.frequency for f in flows]), np.array([f.simple for f in flows])
    dirty = np.array([(line.price or 0.0) * PERCENT + f.accrued for line, f in zip(bonds, flows, strict=True)])
    shape = (amounts, periods, frequency, simple)
    try:
        yields = street_yield(dirty, *shape)
    except NoAnswerError as error:
        raise NoAnswerError(
            f"a bond of the fund has no yield: {error.reason}", "check prices and maturities"
        ) from error
    return yields, price_at_yield(yields, *shape)


def _key_rates(flows: list[CashFlows], yields: np.ndarray, modified: np.ndarray) -> np.ndarray:
    """(L, 7) modified duration shared among the nodes by the present value and the time of each payment."""
    shares = np.empty((len(flows), len(TENORS)))
    for n, (flow, rate) in enumerate(zip(flows, yields, strict=True)):
        worth = flow.amounts * flow.years * (1.0 + rate / flow.frequency) ** -flow.periods
        shares[n] = worth @ node_weights(flow.years) / worth.sum()
    return shares * modified[:, None]


def _plain(key: str) -> str:
    """``Coupon (%)``, ``coupon_pct`` and ``Coupon`` are one name."""
    return re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_").removesuffix("_pct")


def _number(text: str) -> float | None:
    cleaned = text.replace(",", "")
    try:
        number = float(cleaned)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _percent(text: str) -> float | None:
    number = _number(text)
    return None if number is None else number * PERCENT


def _date(text: str) -> date | None:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
