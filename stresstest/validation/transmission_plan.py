"""C1 to C4, E1 and E2: what a plan does to the term premium, and what the committee does about a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..plumbing import named_plan, runoff_plan
from ..plumbing.reaction import halt_hazard
from ..records import CapStep, Check, FactorPaths, MarketSnapshot, RunoffPlan
from ..scenarios import generate
from ..tables import central, draw_parameters, factor_index
from ..transmission.responses import DRIVERS, loadings
from ..units import MONTHS_A_YEAR, PERCENT, WEEKS_A_MONTH, fixed, to_bp
from .transmission_qt2 import mark

#: QT2 handed over 1,582 of Treasuries and 654 of MBS (H.4.1, 2022-06-08 to 2025-12-10) at a GDP of 28,000 on average.
QT2_TREASURIES, QT2_MBS, QT2_GDP = 1582.0, 654.0, 28000.0
#: Channels by which a plan moves the term premium.
PREMIUM = ("duration", "fiscal", "policy_reaction")
QUIET_PATHS = 5000
DECEMBER_2018 = (
    "Shares alone weigh 1.5 in the reference's own equation, which gives this lag. In December 2018 SOFR was over the "
    "rate on reserves on three days in four as well: that is case c, and runoff was called flexible after 12 days."
)
DRAWS, TAIL_PATHS = 4000, 4000
#: Factors whose means must reverse with the plan.
MIRRORED = ("ust_10y", "mortgage_spread", "usd_broad")


def checks(snapshot: MarketSnapshot, seed: int) -> Iterator[Check]:
    """All of them from the embedded tables."""
    yield _programme(seed)
    yield from _announcements(snapshot)
    yield _curve()
    yield _bills(snapshot)
    yield from _lags()
    yield from _symmetry(snapshot, seed)


def _quiet(plan: RunoffPlan, baseline: RunoffPlan, snapshot: MarketSnapshot) -> FactorPaths:
    """Central parameters and no noise; regimes still come and go, so means are taken over paths."""
    return generate(plan, snapshot, baseline=baseline, paths=QUIET_PATHS, layers=(), keep_paths=False).factors


def _ten_year(factors: FactorPaths, channels: tuple[str, ...] = PREMIUM) -> np.ndarray:
    """(S,) ten-year move by some channels."""
    rows = [factors.channels.index(name) for name in channels]
    return np.asarray(factors.by_channel[:, rows, factor_index()["ust_10y"]].sum(axis=1, dtype=np.float64))


def _programme(seed: int) -> Check:
    p = draw_parameters(DRAWS, np.random.default_rng([seed, 2]))
    coupons = p["coupon_refinancing"] * QT2_TREASURIES + QT2_MBS
    bills = (1.0 - p["coupon_refinancing"]) * QT2_TREASURIES
    rise = to_bp(p["kappa"] * (coupons + p["bill_factor"] * bills) / QT2_GDP)
    low, middle, high = np.quantile(rise, [0.05, 0.5, 0.95])
    least, most, all_of_2022 = (to_bp(mark("C1", name)) for name in ("least", "most", "rise_2022"))
    inside = middle >= least and high <= min(most, all_of_2022 * mark("C1", "largest_share"))
    return Check(
        "C1", "", "QT2 in the ten-year term premium", f"{middle:.0f} bp ({fixed(low, '.0f')} to {high:.0f})",
        "10 to 60 bp, never a third of 2022's 236", bool(inside), value=float(middle),
        rival="all of the rise of 2022 is QT", rival_value=all_of_2022, rival_measured=f"{all_of_2022:.0f} bp",
        note="Median and 5 to 95 percent over the ranges of kappa, bill factor and refinancing, without turbulence.",
    )  # fmt: skip


def _announcements(snapshot: MarketSnapshot) -> Iterator[Check]:
    def first_week(plan: RunoffPlan, baseline: RunoffPlan) -> float:
        found = generate(plan, snapshot, baseline=baseline, layers=(), channels=PREMIUM, paths=200, weeks=4)
        assert found.factors.paths is not None
        return to_bp(float(np.median(found.factors.paths[:, 0, factor_index()["ust_10y"]])))

    start = snapshot.as_of
    once, twice = (replace(runoff_plan(pace, 36, start), priced_in=0.0) for pace in (47.5, 95))
    same, doubled, naive = first_week(once, once), first_week(twice, once), first_week(once, named_plan("hold", start))
    yield Check(
        "C2a", "", "Announcing what is expected", f"{fixed(same, '.1f')} bp", "below 2 bp",
        abs(same) < to_bp(mark("C2", "expected")), value=same, rival="every announcement is news", rival_value=naive,
        rival_measured=f"{fixed(naive, '.1f')} bp",
        note="Ten-year, first week, USD 47.5 bn a month for three years against the same plan.",
    )  # fmt: skip
    yield Check(
        "C2b", "", "Announcing twice the pace", f"{fixed(doubled, '.1f')} bp", "5 to 25 bp",
        to_bp(mark("C2", "least")) <= doubled <= to_bp(mark("C2", "most")), value=doubled,
        rival="flow only, nothing at the announcement", rival_value=0.0, rival_measured="0 bp",
        note="USD 95 bn against USD 47.5 bn a month (the caps of 2022 and half of them) for three years. "
        "Du, Forbes and Luzzetti find 4 to 8 bp for plans in part expected.",
    )  # fmt: skip


def _curve() -> Check:
    answer = loadings().normal[0][DRIVERS.index("term_premium")]
    two, ten, thirty = (float(answer[factor_index()[f"ust_{tenor}y"]]) for tenor in (2, 10, 30))
    return Check(
        "C3", "", "Shape of the curve after a term-premium shock",
        f"2y/10y {two / ten:.2f}, 30y/10y {thirty / ten:.2f}",
        "0.2 to 0.4 and 0.7 to 1.15", mark("C3", "short_least") <= two / ten <= mark("C3", "short_most")
        and mark("C3", "long_least") <= thirty / ten <= mark("C3", "long_most"), value=two / ten,
        rival="parallel shift", rival_value=1.0, rival_measured="1.00 and 1.00",
    )  # fmt: skip


def _bills(snapshot: MarketSnapshot) -> Check:
    plan = replace(named_plan("fast-qt", snapshot.as_of, reaction=False), mbs_principal_to="bills")
    treasuries = replace(plan, steps=(replace(plan.steps[0], mbs_cap=0.0),))
    base = replace(treasuries, steps=(CapStep(snapshot.as_of),))
    moved = [float(_ten_year(_quiet(replace(treasuries, bill_share=s), base, snapshot)).mean()) for s in (1.0, 0.0)]
    ratio = moved[0] / moved[1]
    return Check(
        "C4", "", "Runoff refinanced with bills against coupons",
        f"{fixed(ratio, '.2f')} ({fixed(to_bp(moved[0]), '.1f')} of {fixed(to_bp(moved[1]), '.1f')} bp)",
        "at most 0.3", ratio <= mark("C4", "most"), value=ratio,
        rival="par is par", rival_value=1.0, rival_measured="1.00",
        note="Treasuries of USD 60 bn a month for a year through the whole generator; 0.25 in calm and 0.17 in "
        "turbulence.",
    )  # fmt: skip


def _lags() -> Iterator[Check]:
    """E1: half-lives of a runoff under conditions that last."""
    between = "1 to 3 months"
    cases = {
        "a": ("SOFR over the floor on 80 percent of days (L 13)", 0.8, 0.0, 2.0, 13.0, between, ("least", "most")),
        "b": ("S&P down 19 percent (L 13.3 as in December 2018)", 0.0, 0.19, 2.0, 13.3, between, ("least", "most")),
        "c": ("both", 0.8, 0.19, 2.0, 13.3, "at most 3 months", ("", "most")),
        "d": ("S&P down 19 percent, inflation at 8 percent", 0.0, 0.19, 8.0, 17.0, "over 9 months", ("blocked", "")),
    }  # fmt: skip
    always = _half_life(0.0, 0.0, 2.0, 17.0)
    for name, (title, days, fall, inflation, scarcity, wanted, (low, high)) in cases.items():
        months = _half_life(days, fall, inflation, scarcity)
        soon = not low or months >= mark("E1", low) * MONTHS_A_YEAR
        late = not high or months <= mark("E1", high) * MONTHS_A_YEAR
        yield Check(
            f"E1{name}", "", f"Median lag until runoff slows or stops: {title}",
            f"{months:.1f} months" if months < MONTHS_A_YEAR * 10 else "over ten years", wanted, soon and late,
            value=months, rival="a hazard that sees nothing", rival_value=always,
            rival_measured=f"{always:.0f} months", note=DECEMBER_2018 if name == "b" else "",
        )  # fmt: skip


def _half_life(days: float, fall: float, inflation: float, scarcity: float) -> float:
    """Months until half of the runoffs have slowed or stopped under conditions that last."""
    days_over, drawdown, rise, level = (np.array([value]) for value in (days, fall, 0.0, scarcity * PERCENT))
    hazard = halt_hazard(days_over, drawdown, rise, inflation * PERCENT, level, central())
    return float(np.log(0.5) / np.log1p(-hazard[0]) / WEEKS_A_MONTH)


def _symmetry(snapshot: MarketSnapshot, seed: int) -> Iterator[Check]:
    """E2: a month of sales against a month of purchases that take back what the sales hand over."""
    start, active = snapshot.as_of, float(central()["active_factor"][0])
    base = replace(runoff_plan(60, 12, start, reaction=False), priced_in=0.0, steps=(CapStep(start),))
    sales = CapStep(start, treasury_sales=60.0 / active, mbs_sales=20.0 / active)
    purchases = CapStep(start, coupon_purchases=60.0, mbs_purchases=20.0)
    means, tails = [], []
    for step in (sales, purchases):
        plan = replace(base, steps=(step,))
        quiet = _quiet(plan, base, snapshot)
        loud = generate(plan, snapshot, baseline=base, paths=TAIL_PATHS, seed=seed, keep_paths=False).factors
        rows = [quiet.channels.index(name) for name in (*PREMIUM, "mortgages", "dollar")]
        means.append(quiet.by_channel[:, rows].mean(axis=0, dtype=np.float64).sum(axis=0))
        tails.append(float(to_bp(np.quantile(np.abs(_ten_year(loud)), 0.99))))
    ratio = {name: -float(means[0][i] / means[1][i]) for name, i in factor_index().items() if name in MIRRORED}
    worst = max(abs(value - 1.0) for value in ratio.values())
    yield Check(
        "E2a", "", "Purchases are sales with the sign reversed, in the mean",
        ", ".join(f"{name} {value:.2f}" for name, value in ratio.items()), "within 10 percent of 1",
        worst <= mark("E2", "mean"), value=worst, rival="linear model", rival_value=0.0, rival_measured="1.00 for all",
        note="Outright sales over purchases of USD 60 bn of Treasuries and USD 20 bn of MBS a month; sales are divided "
        "by the factor by which they count more.",
    )  # fmt: skip
    skew = tails[0] / tails[1]
    yield Check(
        "E2b", "", "but not in the tail", f"{fixed(skew, '.2f')} (sales {tails[0]:.0f}, purchases {tails[1]:.0f} bp)",
        "above 1.02", skew > mark("E2", "tail"), value=skew, rival="linear model", rival_value=1.0,
        rival_measured="1.00", note="99th percentile of the ten-year move by the plan: sales make turbulence more "
        "likely, purchases not less.",
    )  # fmt: skip
