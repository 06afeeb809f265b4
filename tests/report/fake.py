"""A small study made by hand: plausible, consistent, and full of names that would break a careless report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from stresstest.errors import Problem
from stresstest.records import (
    ASSETS,
    LIABILITIES,
    Attribution,
    BalanceSheetPath,
    Book,
    CapStep,
    Estimate,
    Exposure,
    FactorPaths,
    FundingPath,
    Holding,
    LimitCheck,
    MarketSnapshot,
    PlanIncrement,
    Portfolio,
    Position,
    Quote,
    Rebalance,
    RiskSummary,
    RunoffPlan,
    ScenarioLoss,
    Stop,
    StressResult,
    Study,
    Supply,
    Trade,
    TradeReason,
)
from stresstest.tables import factor_index, factor_names

AS_OF = date(2026, 7, 29)
PATHS, WEEKS = 400, 52
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("https://example.org","click")'
QUOTED = '"; DROP TABLE positions; --'
LONG = "Very Long Fund Name " * 10
CHINESE = "元大美國政府20年期債券基金"
TURNED = "AAA\u202egnp.exe\x1b[31m"

#: symbol, name, class, value in USD, loss factor and beta.
BOOK = (
    ("VTI", "US total market fund", "fund_equity", 420_000.0, "equity_us", 1.0),
    ("QQQ", SCRIPT, "fund_equity", 180_000.0, "equity_us", 1.15),
    ("TLT", "Treasury bonds over 20 years", "fund_bond", 200_000.0, "ust_20y", -16.5),
    ("00687B", CHINESE, "fund_bond", 90_000.0, "ust_20y", -16.0),
    ("HYG", QUOTED, "fund_bond", 80_000.0, "hy_spread", -3.4),
    ("+BND", FORMULA, "bond", 60_000.0, "ust_5y", -4.4),
    ("LONG", LONG, "equity", 45_000.0, "equity_us", 0.7),
    ("BTC", "Bitcoin", "crypto", 65_000.0, "btc", 1.0),
    ("@USDC", TURNED, "stablecoin", 20_000.0, "stablecoin", 1.0),
    ("SPY260918P", "Put on SPY\nsecond line", "option", 15_000.0, "equity_us", -6.0),
)
MARGIN_DEBT = -155_000.0
UNKNOWN = ("=XYZ()", "Private placement", "other", 40_000.0)
#: Net value of what is modelled: the base of every fraction.
NET = sum(row[3] for row in BOOK) + MARGIN_DEBT

#: name, title, probability, plausibility, moves, sources, loss after the proposal.
SCENARIOS = (
    ("quick-runoff", "Runoff at twice the pace, overnight reverse repo empty", 0.10, 0.31,
     {"ust_20y": 0.0080, "ust_5y": 0.0045, "hy_spread": 0.0150, "equity_us": -0.13, "btc": -0.28, "sofr_iorb": 0.0012}),
    ("funding-break", "Quarter-end funding break with forced deleveraging", 0.03, 0.04,
     {"ust_20y": 0.0105, "ust_5y": 0.0060, "hy_spread": 0.0420, "equity_us": -0.29, "btc": -0.60, "sofr_iorb": 0.0090,
      "stablecoin": -0.06}),
    ("term-premium-2023", "Replay: term premium, August to October 2023", None, 0.55,
     {"ust_20y": 0.0095, "ust_5y": 0.0050, "hy_spread": 0.0060, "equity_us": -0.09, "btc": 0.15}),
    ("orderly", "Orderly runoff, slowed in time", 0.45, 0.93,
     {"ust_20y": 0.0015, "ust_5y": 0.0010, "hy_spread": 0.0010, "equity_us": -0.02}),
    ("purchases", "Runoff stops; reserve-management purchases", 0.20, 0.71,
     {"ust_20y": -0.0060, "ust_5y": -0.0050, "hy_spread": -0.0030, "equity_us": 0.06, "btc": 0.10}),
)  # fmt: skip
#: Mean moves of the worst twentieth of paths.
TAIL = {"ust_20y": 0.008, "ust_5y": 0.004, "hy_spread": 0.03, "equity_us": -0.29, "btc": -0.7}
LOSS_AFTER = {"quick-runoff": 0.096, "funding-break": 0.171, "term-premium-2023": 0.061, "orderly": 0.008,
              "purchases": -0.072}  # fmt: skip


@dataclass(frozen=True)
class FakeInstrument:
    """Linear in one factor; enough for a report, which never revalues."""

    symbol: str
    value: float


def study(status: str | None = "optimal") -> Study:
    """A full study. status: of the proposal; None leaves the proposal out."""
    book = _book()
    stress = _stress(book)
    tail = _attribution(book, TAIL)
    return Study(
        inputs=_inputs(),
        snapshot=_snapshot(),
        portfolio=_portfolio(),
        book=book,
        plan=_plan("fast", "Fast runoff, 95 USD bn a month", 60.0, 35.0),
        baseline=_plan("hold", "Announced plan: holdings kept level", 0.0, 0.0),
        balance=_balance(),
        funding=_funding(),
        stress=stress,
        scenarios=tuple(_scenario(book, *row) for row in SCENARIOS),
        risk=_risk(book, tail),
        tail=tail,
        increment=_increment(),
        rebalance=None if status is None else rebalance(status),
        warnings=(
            Problem(12, "price", "'n/a'", "a number", "The price of 28 July was used.", file="/home/someone/book.csv"),
            Problem(None, "HYG", SCRIPT, "a known symbol", "Class prior of high-yield funds used."),
        ),
    )  # fmt: skip


def _inputs() -> Mapping[str, object]:
    return {
        "version": "0.1.0",
        "seed": 7,
        "command": "stresstest run /home/someone/book.csv --qt-pace 95 --seed 7",
        "options": {"paths": PATHS, "months": 12, "limits": "/home/someone/limits.toml"},
        "files": {"book.csv": "9f86d081884c7d65"},
        "as_of": AS_OF,
    }


def _snapshot() -> MarketSnapshot:
    rows = (
        ("treasuries", 4519.654, AS_OF, "Federal Reserve H.4.1", "V-data"),
        ("reserves", 2984.57, AS_OF, "Federal Reserve H.4.1", "V-data"),
        ("gdp", 31865.721, date(2026, 1, 1), "BEA", "V-data"),
        ("other_deposits", 180.0, AS_OF, "Federal Reserve H.4.1: range 150 to 250", "MEM"),
        ("ust_10y", 0.0467, date(2026, 7, 22), "US Treasury", "V-data"),
        ("sofr", 0.0365, AS_OF, "Federal Reserve Bank of New York", "V-data"),
        ("fx_twd", 0.030892802, AS_OF, "Federal Reserve H.10 (inverted)", "V-data"),
        ("vix", 0.2066, AS_OF, "Cboe", "V-data"),
    )
    return MarketSnapshot(AS_OF, {row[0]: Quote(*row) for row in rows}, "embedded")


def _position(row: int, symbol: str, name: str, asset_class: str, value: float, reason: str = "") -> Position:
    return Position(row, symbol, name, asset_class, "USD", value / 100, 100.0, value, account="A-1", reason=reason)


def _positions() -> tuple[Position, ...]:
    return tuple(_position(i, *row[:4]) for i, row in enumerate(BOOK, start=2))


def _unknown() -> Position:
    return _position(len(BOOK) + 2, *UNKNOWN, reason="no price history, no proxy column")


def _portfolio() -> Portfolio:
    skipped = Problem(40, "A", "Account Total", "a position", "Left out: a total, not a position.")
    return Portfolio(
        name="someone's book",
        positions=(*_positions(), _unknown()),
        cash={"USD": MARGIN_DEBT},
        cash_usd=MARGIN_DEBT,
        skipped=(skipped,),
        source="/home/someone/book.csv",
        sha256="9f86d081884c7d65",
    )


def _book() -> Book:
    cash = Position(0, "CASH", "Margin debt", "cash", "USD", MARGIN_DEBT, 1.0, MARGIN_DEBT)
    holdings = [_holding(position, row[4], row[5]) for position, row in zip(_positions(), BOOK, strict=True)]
    holdings.append(_holding(cash, "sofr_iorb", 0.0))
    return Book(tuple(holdings), ((_unknown(), _unknown().reason),), maintenance_margin=0.25)


def _holding(position: Position, factor: str, beta: float) -> Holding:
    betas, errors = np.zeros(len(factor_names())), np.zeros(len(factor_names()))
    betas[factor_index()[factor]] = beta
    errors[factor_index()[factor]] = abs(beta) * 0.08
    exposure = Exposure(position.symbol, betas, errors, 0.06, "embedded table", "2018-01 to 2026-06, 442 weeks", 0.93)
    analytics = {"modified_duration": -beta, "dv01": 12.5} if position.asset_class == "bond" else {}
    return Holding(position, FakeInstrument(position.symbol, position.market_value), exposure, analytics)  # type: ignore[arg-type]


def _gains(book: Book, moves: Mapping[str, float]) -> np.ndarray:
    vector = np.array([moves.get(name, 0.0) for name in factor_names()])
    return np.array([h.instrument.value * (h.exposure.beta @ vector) for h in book.holdings])


def _attribution(book: Book, moves: Mapping[str, float]) -> Attribution:
    gains = _gains(book, moves)
    vector = np.array([moves.get(name, 0.0) for name in factor_names()])
    by_factor = {
        name: float(sum(h.instrument.value * h.exposure.beta[i] * vector[i] for h in book.holdings))
        for i, name in enumerate(factor_names())
        if vector[i]
    }
    linear = float(gains.sum())
    gap, carry, residual = -0.03 * linear, 0.012 * NET, -0.004 * NET
    shares = {"duration": 0.25, "policy_path": 0.1, "liquidity": 0.2, "turbulence": 0.1, "market": 0.35}
    extra = (gap + carry + residual) / len(gains)
    by_position = {symbol: float(gain + extra) for symbol, gain in zip(book.symbols, gains, strict=True)}
    by_class: dict[str, float] = {}
    for holding in book.holdings:
        key = holding.position.asset_class
        by_class[key] = by_class.get(key, 0.0) + by_position[holding.instrument.symbol]
    by_channel = {name: share * linear for name, share in shares.items()}
    return Attribution(
        linear + gap + carry + residual, by_position, by_factor, by_channel, by_class, gap, carry, residual
    )


def _scenario(
    book: Book, name: str, title: str, probability: float | None, plausibility: float, moves: Mapping[str, float]
) -> ScenarioLoss:
    split = _attribution(book, moves)
    loss = -split.total / NET
    band = Estimate(loss, loss - 0.2 * abs(loss) - 0.01, loss + 0.25 * abs(loss) + 0.01)
    return ScenarioLoss(
        name, title, probability, plausibility, loss, -split.total, band, split, dict(moves), LOSS_AFTER[name],
        narrative="Reserves fall while bills crowd money funds; dealers need more repo on the worst day.",
        sources=("Federal Reserve H.4.1, 2019 and 2026", "https://www.newyorkfed.org/markets/opolicy"),
        episode=probability is None,
    )  # fmt: skip


def _stress(book: Book) -> StressResult:
    rng = np.random.default_rng(3)
    scale = np.array([0.15, 0.19, 0.12, 0.12, 0.08, 0.04, 0.2, 0.6, 0.01, 0.9, 0.0])
    draws = rng.standard_t(5, (PATHS, 1)) * 0.6 + rng.standard_normal((PATHS, len(scale))) * 0.6
    price = np.clip(draws * scale, -0.95, None) * book.values
    carry = np.broadcast_to(0.03 * book.values, price.shape)
    factors = FactorPaths(
        moves=np.zeros((PATHS, len(factor_names()))),
        by_channel=np.zeros((PATHS, 1, len(factor_names()))),
        channels=("duration",),
        probability=np.full(PATHS, 1 / PATHS),
        years=1.0,
    )
    return StressResult(book, factors, price, carry, np.zeros_like(price), np.zeros((len(scale), len(factor_names()))))


def _plan(name: str, title: str, treasury: float, mbs: float) -> RunoffPlan:
    steps = (CapStep(date(2026, 8, 1), treasury, mbs),)
    return RunoffPlan(name, title, steps, date(2027, 7, 31), narrative="Caps as announced.", sources=("FOMC, 2022",))


def _balance() -> BalanceSheetPath:
    rng = np.random.default_rng(5)
    shape = (60, WEEKS + 1)
    drift = np.linspace(0, 1, WEEKS + 1)
    noise = np.cumsum(rng.standard_normal(shape), axis=1) * 12
    noise[:, 0] = 0
    levels = dict.fromkeys((*ASSETS, *LIABILITIES), 100.0)
    items = {name: np.full(shape, level) for name, level in levels.items()}
    items["reserves"] = 2984.57 - 620 * drift + noise
    items["treasuries"] = np.broadcast_to(4519.0 - 500 * drift, shape)
    flags = np.zeros(shape, dtype=bool)
    scarcity = (items["reserves"] + items["on_rrp"]) / 19_488.9
    dates = tuple(AS_OF + timedelta(weeks=k) for k in range(WEEKS + 1))
    zeros = np.zeros(shape)
    return BalanceSheetPath(dates, items, scarcity, Supply(zeros, zeros, zeros), flags, flags, 2e-10)


def _funding() -> FundingPath:
    rng = np.random.default_rng(6)
    days = tuple(AS_OF + timedelta(days=k) for k in range(1, 365) if (AS_OF + timedelta(days=k)).weekday() < 5)
    month_end = np.array([(day + timedelta(days=3)).month != day.month for day in days])
    spread = (rng.gamma(2.0, 2.0, (60, len(days))) - 6 + 14 * month_end * rng.gamma(2, 1, (60, len(days)))) * 1e-4
    weekly = np.zeros((60, WEEKS))
    return FundingPath(days, spread, weekly, weekly + 0.2, weekly + 0.0365)


def _risk(book: Book, tail: Attribution) -> RiskSummary:
    shortfall = -tail.total / NET
    contribution = {symbol: -gain / NET for symbol, gain in tail.by_position.items()}
    return RiskSummary(
        horizon_months=12,
        paths=PATHS,
        mean=Estimate(-0.021, -0.028, -0.014, 0.004),
        var_95=Estimate(0.172, 0.160, 0.184, 0.007),
        es_95=Estimate(shortfall, shortfall - 0.018, shortfall + 0.018, 0.011),
        var_99=Estimate(0.262, 0.240, 0.290, 0.014),
        es_99=Estimate(0.312, 0.280, 0.350, 0.021),
        cdar_95=0.264,
        max_drawdown_median=0.083,
        margin_call_probability=0.012,
        contribution=contribution,
        by_state={
            "quiet": {"probability": 0.82, "mean_loss": -0.03, "es_95": 0.19},
            "turbulence": {"probability": 0.15, "mean_loss": 0.02, "es_95": 0.29},
            "funding_break": {"probability": 0.03, "mean_loss": 0.09, "es_95": 0.36},
        },
        error_budget={"noise": 0.91, "parameters": 0.06, "residual": 0.03},
    )


def _increment() -> PlanIncrement:
    added = {"quiet": (0.82, 0.001), "turbulence": (0.15, 0.012), "funding_break": (0.03, 0.031)}
    states = {
        name: {"probability": p, "mean_loss_added": loss, "mean_loss_added_error": 0.0004 / p}
        for name, (p, loss) in added.items()
    }
    mean, tail = Estimate(0.0021, 0.0012, 0.0030, 0.0006), Estimate(0.0058, 0.0028, 0.0088, 0.0018)
    return PlanIncrement("fast", "hold", mean, tail, states)


def rebalance(status: str) -> Rebalance:
    """A proposal of the given status."""
    solved = status == "optimal"
    before = {"es_95": 0.231, "leverage": 1.16, "turnover": 0.0, "cost": 0.0, "carry": 0.031, "duration": 4.9}
    after = {"es_95": 0.188, "leverage": 1.02, "turnover": 0.148, "cost": 0.0011, "carry": 0.029, "duration": 3.1}
    return Rebalance(
        status=status,
        trades=_trades() if solved else (),
        limits=_limits(),
        before=before,
        after=after if solved else {},
        out_of_sample={"fresh_before": {"es_95": 0.228}, "fresh_after": {"es_95": 0.190}} if solved else {},
        relaxation=("Raise the turnover limit from 15% to 22%",) if status == "infeasible" else (),
        stops=(Stop("", "SOFR less IORB, four-week mean", 25.0, "bp", "Sell the second tranche at once"),)
        if solved
        else (),
        gap=0.0004,
        positions_after=tuple(replace(p, market_value=0.88 * p.market_value) for p in _positions()) if solved else (),
        cash_after=-20_000.0 if solved else 0.0,
        notes=("Wash-sale windows are not checked across accounts.",),
    )


def _limits() -> tuple[LimitCheck, ...]:
    return (
        LimitCheck("loss in quick-runoff", "<=", 0.12, 0.151, 0.118, True, 0.42),
        LimitCheck("turnover", "<=", 0.15, 0.0, 0.148, True, 0.0),
        LimitCheck("duration", "<=", 3.0, 4.9, 3.1, False, 0.003, "years"),
        LimitCheck("gross leverage", "<=", 1.1, 1.16, 1.02, True, 0.0),
    )


def _trades() -> tuple[Trade, ...]:
    text = "Loses most when the term premium rises; the proceeds repay margin debt at 6.1%."
    reason = TradeReason("quick-runoff", "ust_20y", "loss in quick-runoff", 0.42, text)
    odd = TradeReason("funding-break", "equity_us", "gross leverage", 0.0, SCRIPT)
    return (
        Trade("TLT", "Treasury bonds over 20 years", "sell", 700.0, 100.0, 70_000.0, 14.0, 120.5, 1, reason),
        Trade("+BND", FORMULA, "sell", 100.0, 100.0, 10_000.0, 25.0, 0.0, 2, reason),
        Trade("QQQ", SCRIPT, "sell", 450.25, 100.0, 45_025.0, 9.0, 0.0, 1, odd),
        Trade("BIL", "Treasury bills", "buy", 200.0, 91.5, 18_300.0, 3.7, 0.0, 2, odd),
    )
