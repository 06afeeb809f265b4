"""``project``: the central bank's balance sheet and the funding spread under a plan, without any holdings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from ..errors import InputError, Problem
from ..market import load_snapshot
from ..plumbing import Plumbing, named_plan, project
from ..plumbing.banks import FOREIGN, bank_snapshot, companions, project_bank
from ..plumbing.chance import draw_conditions
from ..records import ASSETS, LIABILITIES, FundingPath, MarketSnapshot, RunoffPlan
from ..report.catalogue import load
from ..report.document.series import fan, regimes
from ..report.projection import assumption, write_page
from ..study.options import Options
from ..study.outlook import funding_outlook
from ..study.plans import choose_plan
from ..tables import draw_parameters
from ..transmission.today import in_turbulence
from ..units import to_bp
from .projection_inputs import ACTUAL, MODEL, ProjectRequest, assumptions, given, horizon
from .projection_text import lines, tables
from .shown import Shown, clean

Document = dict[str, Any]


def projection(options: Options, request: ProjectRequest | None = None) -> Shown:
    """Weekly means of every item with bands of reserves and of L, the daily spread, regimes and dated warnings.

    With ``request.out`` a page with pictures is written there too. Raises InputError for faults of options and data.
    """
    request = request or ProjectRequest()
    if request.start is not None and options.as_of is not None and request.start != options.as_of:
        raise InputError(Problem(None, "start", "--start and --as-of", "one of the two", "Leave one of them out."))
    snapshot = _snapshot(options, request)
    plan = choose_plan(options, snapshot)
    made = _foreign(plan, options, request) if plan.bank in FOREIGN else _own(plan, snapshot, options, request)
    for entry in made["assumptions"]:
        entry["sentence"] = assumption(entry, load("en"))
    document = clean(made)
    if request.out is not None:
        write_page(document, request.out, request.lang)
    t = load(request.lang)
    return Shown(document, tuple(tables(document, t)), tuple(lines(document, t)))


def _snapshot(options: Options, request: ProjectRequest) -> MarketSnapshot:
    """Levels on the day that was asked for. Raises InputError, which names the option that gave the day."""
    try:
        return load_snapshot(options.data, request.start or options.as_of)
    except InputError as error:
        if request.start is None:
            raise
        raise InputError([_of_start(problem) for problem in error.problems]) from error


def _of_start(problem: Problem) -> Problem:
    column = "start" if problem.column == "as-of" else problem.column
    return replace(problem, column=column, hint=problem.hint.replace("--as-of", "--start"))


def _own(plan: RunoffPlan, snapshot: MarketSnapshot, options: Options, request: ProjectRequest) -> Document:
    """The Federal Reserve with chance, parameters drawn for every path."""
    weeks = horizon(request, snapshot.as_of, options.weeks, options.paths)
    levels = given(request, options.data, snapshot.as_of, weeks)
    parameters, weather = np.random.SeedSequence(options.seed).spawn(2)
    chance = draw_conditions(snapshot.as_of, weeks, options.paths, np.random.default_rng(weather))
    chance = replace(chance, turbulent=in_turbulence(snapshot.levels))
    draws = draw_parameters(options.paths, np.random.default_rng(parameters))
    options.stage("simulate")(0, 1)
    result = project(plan, snapshot, weeks, chance, draws, given=levels)
    outlook = funding_outlook(result.balance, result.funding, draws)
    options.stage("simulate")(1, 1)
    return {
        **_document(plan, result),
        "paths": options.paths,
        "seed": options.seed,
        "halted_probability": result.balance.halted.mean(axis=0),
        "funding": _funding(result.funding, outlook.kinds, outlook.level),
        "regimes": regimes(outlook) | {"dates": _texts(outlook.dates)},
        "warnings_dated": outlook.warnings,
        "given": {name: "file" if name == "tga" and request.tga_file else ACTUAL for name in levels},
        "assumptions": assumptions(plan, snapshot, levels, result.balance.dates[-1]),
        "companions": {name: _document(named_plan(name), path) for name, path in companions(plan, weeks).items()},
    }


def _foreign(plan: RunoffPlan, options: Options, request: ProjectRequest) -> Document:
    """Another central bank: what its plan announces, from its own embedded levels."""
    start = bank_snapshot(plan.bank).as_of
    if options.as_of is not None and options.as_of < start:
        hint = "The levels of this bank that ship are later than that."
        raise InputError(Problem(None, "as-of", options.as_of.isoformat(), f"{start} or later", hint))
    if request.start is not None or request.tga is not None or (request.onrrp, request.mortgage) != (MODEL, MODEL):
        hint = "Leave --start, --tga, --onrrp and --mortgage out for a plan of another bank."
        raise InputError(Problem(None, "plan", f"a plan of {plan.bank}", "a plan of the Federal Reserve", hint))
    plan = named_plan(options.plan or "", start)
    result = project_bank(plan, horizon(request, start, options.weeks, 1))
    return {
        **_document(plan, result),
        "paths": 1,
        "funding": None,
        "regimes": None,
        "warnings_dated": [],
        "given": {},
        "assumptions": [{"name": "abroad", "values": {"currency": FOREIGN[plan.bank], "date": start.isoformat()}}],
        "companions": {},
    }


def _document(plan: RunoffPlan, result: Plumbing) -> Document:
    """Means by item, and bands."""
    balance = result.balance
    mean = {name: balance.items[name].mean(axis=0) for name in (*ASSETS, *LIABILITIES)}
    return {
        "plan": plan.name,
        "title": plan.title,
        "bank": plan.bank,
        "currency": FOREIGN.get(plan.bank, "USD"),
        "sources": list(plan.sources),
        "snapshot_date": balance.dates[0].isoformat(),
        "dates": _texts(balance.dates),
        "assets": {name: mean[name] for name in ASSETS},
        "liabilities": {name: mean[name] for name in LIABILITIES},
        "detail": {name: values.mean(axis=0) for name, values in balance.detail.items()},
        "bands": {
            "reserves": fan(balance.items["reserves"]),
            "scarcity_l": fan(balance.scarcity),
        },
        "imbalance_usd_bn": balance.imbalance,
    }


def _funding(funding: FundingPath, kinds: tuple[str, ...], level: float) -> Document:
    """The daily spread, and the chance of a spike with the kind of each day: the spike calendar."""
    return {
        "dates": _texts(funding.dates),
        "kinds": kinds,
        "sofr_iorb_bp": fan(to_bp(funding.spread)),
        "spike_probability": (funding.spread > level).mean(axis=0),
        "spike_threshold_bp": to_bp(level),
    }


def _texts(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in days]
