"""Section "balance sheet": marks A1 to A7, each run from what was known at the start, beside a naive rival.

Published caps and the calendar are known. The mortgage rate and the Treasury's account are given as they happened where
the mark says so; nothing else of the future is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from ..market import load_snapshot
from ..market.snapshot_given import given_levels
from ..plumbing import foreign_plan_names, named_plan, plan_names, project
from ..plumbing.banks import companions
from ..plumbing.chance import draw_conditions
from ..plumbing.project import week_dates
from ..plumbing.schedule import step_at
from ..records import ASSETS, LIABILITIES, Check, Evidence, RunoffPlan
from ..tables import draw_parameters, read_table
from ..units import fixed

SECTION = "balance sheet"
QT1, QT2 = date(2017, 9, 27), date(2022, 6, 1)
SCORED = ("treasuries", "mbs", "reserves", "on_rrp")
#: Paths and weeks of the identity check.
PATHS, WEEKS = 200, 52
NEEDS_DATA = "needs a folder of series (--data)"


@dataclass(frozen=True)
class Replay:
    """A plan run from a past date, beside what happened: levels by item, (T+1,), USD bn."""

    plan: RunoffPlan
    dates: tuple[date, ...]
    model: Mapping[str, np.ndarray]
    actual: Mapping[str, np.ndarray]

    def securities(self, side: Mapping[str, np.ndarray]) -> np.ndarray:
        """Treasuries and MBS together."""
        return side["treasuries"] + side["mbs"]

    def liquidity(self, side: Mapping[str, np.ndarray]) -> np.ndarray:
        """Reserves and ON RRP together."""
        return side["reserves"] + side["on_rrp"]

    def at(self, day: date) -> int:
        """Position of the last date at or before ``day``."""
        return max(i for i, known in enumerate(self.dates) if known <= day)


def replay(data: Path, plan: str, start: date, end: date, given: tuple[str, ...] = ("mortgage_rate",)) -> Replay:
    """Run a named plan from the last release at or before ``start``; ``given`` levels as they happened."""
    snapshot = load_snapshot(data, start)
    weeks = (end - snapshot.as_of).days // 7
    dates = week_dates(snapshot.as_of, weeks)
    levels = given_levels(data, dict.fromkeys((*SCORED, *given)), dates)
    chosen = named_plan(plan, snapshot.as_of)
    paths = project(chosen, snapshot, weeks, given={name: levels[name] for name in given}).balance.items
    return Replay(chosen, dates, {name: values[0] for name, values in paths.items()}, levels)


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """A1 to A7; without a folder of series only the identity is run."""
    made = [_identity(evidence.seed)]
    for check, title, end in MARKS:
        if evidence.data is None or (evidence.as_of is not None and evidence.as_of < end):
            note = NEEDS_DATA if evidence.data is None else f"needs series up to {end}"
            made.append(Check(title[0], SECTION, title[1], "", "", None, note=note))
        else:
            made.extend(check(evidence.data))
    return tuple(made)


@cache
def _marks() -> dict[tuple[str, str, str], tuple[float, float]]:
    rows = read_table("stresstest.validation", "balance_sheet_marks.csv")
    return {(row["id"], row["name"], row["date"]): (float(row["value"]), float(row["tolerance"])) for row in rows}


def _mark(check: str, name: str, day: str = "") -> tuple[float, float]:
    return _marks()[check, name, day]


def _identity(seed: int) -> Check:
    """A1: both sides of every path of every plan, added up a second time from the stocks."""
    snapshot, rng = load_snapshot(), np.random.default_rng(seed)
    chance = draw_conditions(snapshot.as_of, WEEKS, PATHS, rng)
    parameters = draw_parameters(PATHS, np.random.default_rng(seed))
    runs = [project(named_plan(name, snapshot.as_of), snapshot, WEEKS, chance, parameters) for name in plan_names()]
    abroad = companions(RunoffPlan("all", "", (), snapshot.as_of, with_plans=foreign_plan_names()), WEEKS)
    runs += abroad.values()
    worst = 0.0
    for items in (run.balance.items for run in runs):
        gap = sum(items[item] for item in ASSETS) - sum(items[item] for item in LIABILITIES)
        worst = max(worst, float(np.abs(gap).max()))
    bound = _mark("A1", "identity")[1]
    note = f"{len(plan_names())} plans, {PATHS} paths, {WEEKS} weeks; {len(abroad)} plans of other banks"
    return Check(
        "A1", SECTION, "Assets equal liabilities on every path and date", f"{worst:.1e} USD bn",
        f"below {bound} USD bn", worst < bound, worst, note=note,
    )  # fmt: skip


def caps_as_flows(run: Replay, day: date) -> dict[str, float]:
    """The naive rival: every cap is paid out in full."""
    treasuries = mbs = 0.0
    moment = run.dates[0] + timedelta(days=1)
    while moment <= day:
        step = step_at(run.plan, moment)
        days = (moment.replace(day=28) + timedelta(days=4)).replace(day=1) - moment.replace(day=1)
        treasuries, mbs = treasuries + step.treasury_cap / days.days, mbs + step.mbs_cap / days.days
        moment += timedelta(days=1)
    first = run.actual
    return {"treasuries": first["treasuries"][0] - treasuries, "mbs": first["mbs"][0] - mbs}


def _qt1(data: Path) -> tuple[Check, ...]:
    """A2: the first programme, securities at the end and the fall of MBS."""
    end = date(2019, 8, 14)
    run, blind = replay(data, "qt1", QT1, end), replay(data, "qt1", QT1, end, ())
    wanted, bound = _mark("A2", "securities", end.isoformat())
    least, most = (_mark("A2", f"mbs_fall_{side}", end.isoformat())[0] for side in ("least", "most"))
    found = float(run.securities(run.model)[-1])
    fall, alone = (float(r.model["mbs"][0] - r.model["mbs"][-1]) for r in (run, blind))
    naive = sum(caps_as_flows(run, end).values())
    error, rival = found / wanted - 1.0, naive / wanted - 1.0
    return (
        Check(
            "A2", SECTION, "QT1 caps from October 2017: securities on 2019-08-14 and fall of MBS",
            f"{found:,.0f} USD bn ({fixed(error, '+.1%')}), MBS -{fall:.0f}",
            f"{wanted:,.0f} within {bound:.1%}, MBS -{least:.0f} to -{most:.0f}, and the rival fails",
            bool(abs(error) <= bound and least <= fall <= most and abs(rival) > bound), abs(error),
            "caps read as flows", abs(rival), f"{naive:,.0f} USD bn ({fixed(rival, '+.1%')})",
            f"mortgage rate given; without it MBS fall by {alone:.0f}",
        ),
    )  # fmt: skip


def _qt2(data: Path) -> tuple[Check, ...]:
    """A3: the second programme, Treasuries and MBS at the end, as the larger of the two errors over its bound."""
    end = date(2025, 12, 10)
    run, blind = replay(data, "qt2", QT2, end), replay(data, "qt2", QT2, end, ())
    naive = caps_as_flows(run, end)
    wanted, errors, rivals, bounds = {}, {}, {}, {}
    for name, _ in LABELS:
        wanted[name], bounds[name] = _mark("A3", name, end.isoformat())
        errors[name], rivals[name] = float(run.model[name][-1]) / wanted[name] - 1.0, naive[name] / wanted[name] - 1.0
    text = ", ".join(f"{label} {run.model[name][-1]:,.0f} ({fixed(errors[name], '+.1%')})" for name, label in LABELS)
    return (
        Check(
            "A3", SECTION, "QT2 caps from June 2022: Treasuries and MBS on 2025-12-10", text,
            ", ".join(f"{wanted[name]:,.0f} within {bounds[name]:.0%}" for name in bounds),
            all(abs(errors[name]) <= bounds[name] for name in bounds),
            max(abs(error) for error in errors.values()), "caps read as flows",
            max(abs(error) for error in rivals.values()),
            ", ".join(f"{label} {naive[name]:,.0f} ({fixed(rivals[name], '+.1%')})" for name, label in LABELS),
            f"mortgage rate given, without it MBS end at {blind.model['mbs'][-1]:,.0f}; the floor and the season of "
            "prepayments are estimated on these years",
        ),
    )  # fmt: skip


LABELS = (("treasuries", "Treasuries"), ("mbs", "MBS"))


def _reserves_given(data: Path) -> tuple[Check, ...]:
    """A4: reserves as the residual, with the other liabilities of the market given, in both programmes."""
    given = ("tga", "currency", "on_rrp", "foreign_repo", "loans_repo", "other_assets", "mortgage_rate", "iorb")
    bound, made = _mark("A4", "mean_error")[1], []
    for number, (plan, start, end) in enumerate((("qt1", QT1, date(2019, 9, 11)), ("qt2", QT2, date(2025, 10, 29)))):
        run = _shifted_currency(data, plan, start, end, given)
        actual, model = run.actual["reserves"], run.model["reserves"]
        error, rival = _mean_error(model, actual), _mean_error(np.full_like(actual, actual[0]), actual)
        losses = 0.0 - float(run.model["deferred_asset"][-1])
        right = losses > 100.0 if plan == "qt2" else losses < 1.0
        made.append(
            Check(
                f"A4{'ab'[number]}", SECTION, f"Reserves in {plan.upper()}, other items given",
                f"mean absolute error {error:.1%}; Fed losses add {losses:.0f} USD bn to reserves",
                f"below {bound:.0%}; losses add reserves from 2022 and not before", error < bound and right, error,
                "random walk", rival, f"{rival:.1%}",
                "given: TGA, currency (monetary base less reserves), ON RRP, foreign repo, loans and other assets, "
                "rates; losses overstate the record (about 240): the yield stays as known at the start",
            )
        )  # fmt: skip
    return tuple(made)


def _shifted_currency(data: Path, plan: str, start: date, end: date, given: tuple[str, ...]) -> Replay:
    """``replay`` with currency moved to the level of the snapshot, where it is the residual of the identity."""
    snapshot = load_snapshot(data, start)
    weeks = (end - snapshot.as_of).days // 7
    dates = week_dates(snapshot.as_of, weeks)
    levels = given_levels(data, dict.fromkeys((*SCORED, *given)), dates)
    moved = {name: levels[name] for name in given}
    for name in ("currency", "foreign_repo", "other_assets"):
        moved[name] = levels[name] - levels[name][0] + snapshot[name]
    chosen = named_plan(plan, snapshot.as_of)
    items = project(chosen, snapshot, weeks, given=moved).balance.items
    return Replay(chosen, dates, {name: values[0] for name, values in items.items()}, levels)


def _reserves_modelled(data: Path) -> tuple[Check, ...]:
    """A5: reserves with ON RRP from its own law, TGA given."""
    run = replay(data, "qt2", QT2, date(2025, 10, 29), ("tga", "mortgage_rate"))
    rows = [(date.fromisoformat(day), *mark) for (check, _, day), mark in _marks().items() if check == "A5"]
    errors = [float(run.model["reserves"][run.at(day)]) / wanted - 1.0 for day, wanted, _ in rows]
    rivals = [float(run.actual["reserves"][0]) / wanted - 1.0 for _, wanted, _ in rows]
    return (
        Check(
            "A5", SECTION, "Reserves from June 2022 with ON RRP modelled",
            ", ".join(f"{day:%Y-%m} {fixed(error, '+.1%')}" for (day, *_), error in zip(rows, errors, strict=True)),
            ", ".join(f"{wanted:,.0f}" for _, wanted, _ in rows) + " within 8%",
            all(abs(error) <= bound for error, (*_, bound) in zip(errors, rows, strict=True)),
            max(abs(error) for error in errors), "random walk", max(abs(rival) for rival in rivals),
            ", ".join(fixed(rival, "+.1%") for rival in rivals),
            "TGA and mortgage rate given; the loans of 2023 are not foreseen; the memory of ON RRP and the bills of "
            "the deficit were chosen with these years in view",
        ),
    )  # fmt: skip


def _drain_order(data: Path) -> tuple[Check, ...]:
    """A6: who loses the money in the two phases of QT2."""
    made = []
    for number, (start, end, item) in enumerate(
        ((date(2023, 5, 31), date(2024, 12, 25), "on_rrp"), (date(2025, 7, 9), date(2025, 10, 29), "reserves"))
    ):
        run = replay(data, "qt2", start, end, ("tga", "mortgage_rate"))
        share, happened = (_share_of(side, item) for side in (run.model, run.actual))
        naive = float(run.actual[item][0] / run.liquidity(run.actual)[0])
        least = _mark("A6", f"{item}_share", end.isoformat())[0]
        made.append(
            Check(
                f"A6{'ab'[number]}", SECTION, f"Share of the drain from {start} to {end} that {item} takes",
                f"{share:.0%} (record {happened:.0%})", f"over {least:.0%}", share > least, share,
                "in proportion to levels", naive, f"{naive:.0%}", "TGA and mortgage rate given",
            )
        )  # fmt: skip
    return tuple(made)


def _share_of(side: Mapping[str, np.ndarray], item: str) -> float:
    lost = {name: float(side[name][0] - side[name][-1]) for name in ("reserves", "on_rrp")}
    return lost[item] / sum(lost.values())


def _weekly_path(data: Path) -> tuple[Check, ...]:
    """A7: the weekly path of QT2 from published caps, TGA and mortgage rates."""
    run = replay(data, "qt2", QT2, date(2025, 10, 29), ("tga", "mortgage_rate"))
    naive = [sum(caps_as_flows(run, day).values()) for day in run.dates]
    start = run.liquidity(run.actual)[0]
    cases = (
        ("securities", "Treasuries and MBS", run.securities, "caps read as flows", np.array(naive)),
        ("liquidity", "reserves and ON RRP", run.liquidity, "random walk", np.full(len(run.dates), start)),
    )
    made = []
    for letter, (name, title, total, rival, guess) in zip("ab", cases, strict=True):
        error, other = (_mean_error(values, total(run.actual)) for values in (total(run.model), guess))
        bound = _mark("A7", name)[1]
        made.append(
            Check(
                f"A7{letter}", SECTION, f"Weekly path June 2022 to October 2025: {title}",
                f"mean absolute error {error:.2%}", f"below {bound:.0%}", error < bound, error, rival, other,
                f"{other:.2%}", "known: published caps, calendar, levels at the start; given: TGA and mortgage rate",
            )
        )  # fmt: skip
    return tuple(made)


def _mean_error(model: np.ndarray, actual: np.ndarray) -> float:
    return float(np.mean(np.abs(model / actual - 1.0)))


#: Check, its id and title where it cannot be run, and the last date that it needs.
MARKS = (
    (_qt1, ("A2", "QT1 caps: securities and MBS on 2019-08-14"), date(2019, 8, 14)),
    (_qt2, ("A3", "QT2 caps: Treasuries and MBS on 2025-12-10"), date(2025, 12, 10)),
    (_reserves_given, ("A4", "Reserves with the other items given"), date(2025, 10, 29)),
    (_reserves_modelled, ("A5", "Reserves with ON RRP modelled"), date(2025, 10, 29)),
    (_drain_order, ("A6", "Drain order"), date(2025, 10, 29)),
    (_weekly_path, ("A7", "Weekly path June 2022 to October 2025"), date(2025, 10, 29)),
)
