"""``compare``: several portfolios over the same scenarios and the same simulated paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..allocation import load_limits
from ..errors import InputError, Problem
from ..market import load_snapshot
from ..records import Study
from ..run import run
from ..scenarios import choose
from ..study.books import read_holdings
from ..study.options import Options
from ..study.plans import choose_plan
from ..units import fixed, to_percent
from .shown import Kept, Noted, Shown, Simulated

MOST = 8
#: Warnings that are printed; all of them stand in the JSON.
SHOWN_WARNINGS = 20
#: What the warnings are about that come first: of what no loss contains.
COVERAGE = "coverage"


def compare(holdings: Sequence[str], options: Options) -> Shown:
    """Losses of two to eight portfolios side by side.

    Raises InputError for another number of portfolios, and with every fault of every file and choice at once.
    """
    if not 2 <= len(holdings) <= MOST:
        raise InputError(Problem(None, "holdings", str(len(holdings)), f"2 to {MOST} portfolios", ""))
    _read_all(holdings, options)
    studies = [run(name, replace(options, propose=False)) for name in holdings]
    names = _unique([study.portfolio.name for study in studies])
    losses = [{s.name: s.loss_fraction for s in study.scenarios} for study in studies]
    portfolios = [_summary(name, study) for name, study in zip(names, studies, strict=True)]
    scenarios = [
        {"name": s.name, "title": s.title, "loss_pct": [100 * loss[s.name] for loss in losses]}
        for s in studies[0].scenarios
    ]
    rows = [(s.title, *(loss_text(loss[s.name]) for loss in losses)) for s in studies[0].scenarios]
    off = options.switches
    rows.append((Simulated("simulated ES 95", off.off), *(loss_text(study.risk.es_95.value) for study in studies)))
    added = (to_percent(study.increment.es_95.value) for study in studies)
    rows.append((Simulated("of it added by the plan", off.off), *(f"{fixed(percent, '+.1f')} %" for percent in added)))
    warnings = _warnings(names, studies)
    told = [problem.to_dict() for problem in warnings]
    document = {"portfolios": portfolios, "scenarios": scenarios, "without": list(off.off), "warnings": told}
    return Shown(document, (("Loss by scenario", ("scenario", *map(Kept, names)), rows),), _lines(warnings))


def _warnings(names: Sequence[str], studies: Sequence[Study]) -> list[Problem]:
    """What no loss of a portfolio contains; what every study warns of, once; then the rest, by portfolio."""
    shared = (problem for problem in studies[0].warnings if all(problem in study.warnings for study in studies))
    common = [problem for problem in shared if problem.column != COVERAGE]
    own = [
        replace(problem, file=problem.file or name)
        for name, study in zip(names, studies, strict=True)
        for problem in study.warnings
        if problem not in common
    ]
    weighty = [problem for problem in own if problem.column == COVERAGE]
    return [*weighty, *common, *(problem for problem in own if problem.column != COVERAGE)]


def _lines(warnings: Sequence[Problem]) -> tuple[str | Noted, ...]:
    hidden = len(warnings) - SHOWN_WARNINGS
    more = [f"{hidden:,} more warnings stand in --json."] if hidden > 0 else []
    return (*(Noted("warning", problem) for problem in warnings[:SHOWN_WARNINGS]), *more)


def loss_text(loss: float) -> str:
    """A loss as a fraction of net value in words that need no sign: "3.1 %", and "gain 3.1 %" for what is none."""
    percent = round(100 * loss, 1)
    return f"gain {-percent:.1f} %" if percent < 0 else f"{abs(percent):.1f} %"


def _read_all(holdings: Sequence[str], options: Options) -> None:
    """Read everything that a run reads, before the first one: faults of all files are told together."""
    snapshot = load_snapshot(options.data, options.as_of)
    steps: list[Callable[[], object]] = [
        lambda: choose_plan(options, snapshot),
        lambda: choose(options.scenarios, snapshot),
        lambda: load_limits(options.limits),
        lambda: options.switches,
    ]
    for name in dict.fromkeys(holdings):
        steps.append(lambda name=name: read_holdings(name, snapshot, options.data, options.as_of, options.mapping))  # type: ignore[misc]
    problems: list[Problem] = []
    for step in steps:
        try:
            step()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _summary(name: str, study: Study) -> dict[str, object]:
    return {
        "name": name,
        "value": study.book.value,
        "coverage": study.book.coverage,
        "not_modelled": len(study.book.not_modelled),
        "unpriced": study.book.unpriced,
        "es_95": study.risk.es_95.value,
        "var_95": study.risk.var_95.value,
        "added_by_plan": study.increment.es_95.value,
        "added_by_plan_error": study.increment.es_95.error,
    }


def _unique(names: Sequence[str]) -> list[str]:
    return [name if names.index(name) == i else f"{name} #{i + 1}" for i, name in enumerate(names)]
