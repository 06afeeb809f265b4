"""``compare``: several portfolios over the same scenarios and the same simulated paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import InputError, Problem
from ..records import Study
from ..run import run
from ..study.options import Options
from .shown import Shown

MOST = 8


def compare(holdings: Sequence[str], options: Options) -> Shown:
    """Losses of two to eight portfolios side by side. Raises InputError for another number of portfolios."""
    if not 2 <= len(holdings) <= MOST:
        raise InputError(Problem(None, "holdings", str(len(holdings)), f"2 to {MOST} portfolios", ""))
    studies = [run(name, replace(options, propose=False)) for name in holdings]
    names = _unique([study.portfolio.name for study in studies])
    losses = [{s.name: s.loss_fraction for s in study.scenarios} for study in studies]
    portfolios = [_summary(name, study) for name, study in zip(names, studies, strict=True)]
    scenarios = [
        {"name": s.name, "title": s.title, "loss_pct": [100 * loss[s.name] for loss in losses]}
        for s in studies[0].scenarios
    ]
    rows = [(s.name, *(f"{100 * loss[s.name]:+.1f} %" for loss in losses)) for s in studies[0].scenarios]
    rows.append(("simulated ES 95", *(f"{100 * study.risk.es_95.value:+.1f} %" for study in studies)))
    rows.append(("of it added by the plan", *(f"{100 * study.increment.es_95.value:+.1f} %" for study in studies)))
    document = {"portfolios": portfolios, "scenarios": scenarios}
    return Shown(document, (("Loss by scenario", ("scenario", *names), rows),), ("A loss is positive.",))


def _summary(name: str, study: Study) -> dict[str, object]:
    return {
        "name": name,
        "value": study.book.value,
        "coverage": study.book.coverage,
        "es_95": study.risk.es_95.value,
        "var_95": study.risk.var_95.value,
        "added_by_plan": study.increment.es_95.value,
        "added_by_plan_error": study.increment.es_95.error,
    }


def _unique(names: Sequence[str]) -> list[str]:
    return [name if names.index(name) == i else f"{name} #{i + 1}" for i, name in enumerate(names)]
