"""C1 and C2 a second way: the second programme through the whole generator from the levels of June 2022."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from ..market import load_snapshot
from ..plumbing.plan import named_plan, runoff_plan
from ..records import CapStep, Check, MarketSnapshot, RunoffPlan
from ..scenarios import Generated, generate
from ..tables import factor_index, parameter_table, read_table
from ..transmission.channels import CHANNELS
from ..units import fixed, size_of, to_bp

SECTION = "transmission"
START, END_OF_YEAR = date(2022, 6, 1), date(2022, 12, 30)
#: Channels that move the ten-year term premium through supply.
SUPPLY = ("duration", "fiscal", "policy_reaction")
CENTRAL_PATHS, DRAWN_PATHS = 300, 1000
TITLES = {
    "C1b": "QT2 in the ten-year yield through the generator, June 2022 to November 2025",
    "C1c": "QT2 by the end of 2022: draws in which it is more than a third of that year's rise",
    "C2c": "Announcing twice the caps of QT2 in June 2022: ten-year yield in its first week",
}


@cache
def _marks() -> Mapping[tuple[str, str], float]:
    rows = read_table("stresstest.validation", "transmission_marks.csv")
    return {(row["id"], row["name"]): float(row["value"]) * size_of(row["unit"]) for row in rows}


def mark(check: str, name: str) -> float:
    """A number of transmission_marks.csv in internal units."""
    return _marks()[check, name]


def checks(data: Path | None, seed: int) -> Iterator[Check]:
    """C1b, C1c and C2c; not run without a folder of series. Raises DataError for faults of the folder."""
    if data is None:
        for name, title in TITLES.items():
            yield Check(name, SECTION, title, "", "", None, note="needs a folder of series (--data)")
        return
    snapshot = load_snapshot(data, START)
    yield from _programme(snapshot, seed)
    yield _doubled_caps(snapshot, load_snapshot(), seed)


def _run(
    plan: RunoffPlan, baseline: RunoffPlan, snapshot: MarketSnapshot, seed: int, weeks: int, drawn: bool, paths: int
) -> Generated:
    """Moves by supply without market noise; parameters and responses central or drawn."""
    return generate(
        plan, snapshot, baseline=baseline, weeks=weeks, paths=paths, seed=seed, channels=SUPPLY,
        layers=("parameters",) if drawn else (),
    )  # fmt: skip


def _programme(snapshot: MarketSnapshot, seed: int) -> Iterator[Check]:
    """The plan as news of its whole length, none of it expected, against full reinvestment."""
    plan = replace(named_plan("qt2", snapshot.as_of), priced_in=0.0)
    kept = replace(plan, steps=(CapStep(snapshot.as_of, mbs_principal_to="mbs"),))
    weeks, column = (plan.end - snapshot.as_of).days // 7, factor_index()["ust_10y"]
    central = _run(plan, kept, snapshot, seed, weeks, False, CENTRAL_PATHS).factors.moves[:, column]
    drawn = _run(plan, kept, snapshot, seed, weeks, True, DRAWN_PATHS).factors
    assert drawn.paths is not None
    value, (low, high) = float(central.mean()), np.quantile(drawn.moves[:, column], [0.05, 0.95])
    by_2022 = drawn.paths[:, (END_OF_YEAR - snapshot.as_of).days // 7 - 1, column]
    rise = mark("C1", "rise_2022")
    above = float((by_2022 > mark("C1", "largest_share") * rise).mean())
    in_2022 = drawn.paths[:, : (END_OF_YEAR - snapshot.as_of).days // 7, column].mean(axis=1)
    mean = float((in_2022 > mark("C1", "largest_share") * rise).mean())
    yield Check(
        id="C1b",
        section=SECTION,
        title=TITLES["C1b"],
        measured=f"{fixed(to_bp(value), '.0f')} bp (90 percent of draws {fixed(to_bp(low), '.0f')} to "
        f"{fixed(to_bp(high), '.0f')})",
        wanted="10 to 60 bp",
        passed=mark("C1", "least") <= value <= mark("C1", "most"),
        value=value,
        rival="all of the rise of 2022 is runoff",
        rival_value=rise,
        rival_measured=f"{fixed(to_bp(rise), '.0f')} bp",
        note="Levels and maturities of June 2022. Central parameters, mean over calm and turbulent paths; none of the "
        "plan is priced in, so this is an upper end for what was news.",
    )
    yield Check(
        id="C1c",
        section=SECTION,
        title=TITLES["C1c"],
        measured=f"{above:.1%}",
        wanted="at most 5 percent",
        passed=above <= mark("C1", "draws"),
        value=above,
        rival="all of the rise of 2022 is runoff",
        rival_value=1.0,
        rival_measured="100%",
        note="All of them are draws that are turbulent in that week: it prices the whole stock 1.5 to 4 times as high "
        "as calm weeks do, and strength (1.5 to 7 bp) is drawn as well. Taking the news as spread over January to May "
        "changes nothing, for the level of a date is the stock in the regime of that date. In the mean of June to "
        f"December {mean:.1%} of draws are over it.",
    )


def _doubled_caps(snapshot: MarketSnapshot, today: MarketSnapshot, seed: int) -> Check:
    twice = _first_week(named_plan("qt2", snapshot.as_of), snapshot, seed)
    now = _first_week(runoff_plan(mark("C2", "pace"), 12, today.as_of), today, seed)
    naive = parameter_table()["kappa"].value * mark("C2", "caps") / snapshot["gdp"]
    return Check(
        id="C2c",
        section=SECTION,
        title=TITLES["C2c"],
        measured=f"{fixed(to_bp(twice), '+.1f')} bp",
        wanted="5 to 25 bp",
        passed=mark("C2", "least") <= twice <= mark("C2", "most"),
        value=twice,
        rival="caps read as flows, all in coupons",
        rival_value=naive,
        rival_measured=f"{fixed(to_bp(naive), '+.1f')} bp",
        note="Mortgages prepay below their cap either way, so the news is of Treasuries alone. Twice "
        f"{mark('C2', 'pace'):g} USD bn a month for a year from today's levels is {fixed(to_bp(now), '+.1f')} bp: "
        f"what matures "
        "does not fill the larger caps.",
    )


def _first_week(plan: RunoffPlan, snapshot: MarketSnapshot, seed: int) -> float:
    """Ten-year move in the first week of ``plan`` with all caps doubled where the plan itself is expected."""
    expected = replace(plan, priced_in=0.0)
    steps = tuple(replace(s, treasury_cap=2.0 * s.treasury_cap, mbs_cap=2.0 * s.mbs_cap) for s in plan.steps)
    run = generate(
        replace(expected, steps=steps), snapshot, baseline=expected, paths=CENTRAL_PATHS, seed=seed, channels=CHANNELS,
        layers=(),
    )  # fmt: skip
    assert run.factors.paths is not None
    return float(run.factors.paths[:, 0, factor_index()["ust_10y"]].mean())
