"""The page of ``project``: one file without script or request, made from the command's JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..files import write_text
from . import numbers
from .catalogue import Catalogue, load
from .prose import Statement
from .tables.cells import Document, Table, table
from .tables.plumbing import items

NAME = "project.html"
#: Warnings that the page names outside the folded table.
MOST_WARNINGS = 12


def write_page(d: Document, out: Path, lang: str = "en") -> Path:
    """Write ``project.html`` into the folder ``out`` in one step. d: the document of ``project``, plain types.

    Raises InputError for an unknown language, or where the folder cannot be made or written.
    """
    page = render(d, load(lang))
    try:
        write_text(out / NAME, page)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError(Problem(None, "out", found, f"a folder to write in: {out}", "Choose another --out.")) from None
    return out / NAME


def render(d: Document, t: Catalogue) -> str:
    """The page in the words of ``t``. Every text that comes from a plan is escaped."""
    from .charts.projection import figures
    from .document.clean import strict
    from .page import style, template

    clean = strict(d)
    return template("project.html.j2").render(
        d=clean,
        t=t,
        n=numbers,
        style=style(),
        title=t.title("plan_title", clean["plan"], clean["title"]),
        cards=list(cards(clean, t)),
        watch=[sentence(w, t) for w in likeliest(clean["warnings_dated"], MOST_WARNINGS)],
        assumptions=[assumption(entry, t) for entry in clean["assumptions"]],
        companions=_companions(clean, t),
        assets=items(clean, "assets", t("table.assets"), t),
        figures=figures(clean, t),
    )


def likeliest(warnings: Iterable[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    """The ``most`` likeliest warnings, in the order of time."""
    chosen = sorted(warnings, key=lambda w: (-w["probability"], w["date"]))[:most]
    return sorted(chosen, key=lambda w: str(w["date"]))


def sentence(warning: Mapping[str, Any], t: Catalogue) -> str:
    """One dated warning: "tax date 2027-04-15: 31 percent chance of more than 15 bp"."""
    kind, chance = t.label("day_kind", warning["kind"]), numbers.grouped(100 * warning["probability"])
    return t("project.warning", kind=kind, date=warning["date"], chance=chance, level=f"{warning['level_bp']:g}")


def assumption(entry: Mapping[str, Any], t: Catalogue) -> str:
    """One assumption in words. entry: ``name`` of the family "assumption", ``values`` of its placeholders."""
    values = {key: t.phrase(value) if isinstance(value, str) else value for key, value in entry["values"].items()}
    if "items" in values:
        values["items"] = t("project.comma").join(t.label("item", name) for name in values["items"])
    return t(f"assumption.{entry['name']}", **values)


def line(card: Statement, t: Catalogue) -> str:
    """A card on one line, for a terminal."""
    return t("project.line", **card._asdict())


def cards(d: Document, t: Catalogue) -> Iterator[Statement]:
    """Reserves, and where chance is simulated liquidity, its regime and the likeliest spike."""
    mean, band, last = d["liabilities"]["reserves"], d["bands"]["reserves"], d["dates"][-1]
    ends = {"start": numbers.grouped(mean[0]), "end": numbers.grouped(mean[-1])}
    bounds = {"low": numbers.grouped(band["p05"][-1]), "high": numbers.grouped(band["p95"][-1])}
    if d["regimes"]:
        said = t("project.reserves", currency=d["currency"], date=last, **bounds)
    else:
        said = t("project.reserves_announced", currency=d["currency"], date=last)
    yield Statement(t("project.reserves_label"), t("project.change", **ends), said)
    if d["regimes"]:
        yield from _chance_cards(d, t, last)


def _chance_cards(d: Document, t: Catalogue, last: str) -> Iterator[Statement]:
    level = d["bands"]["scarcity_l"]["mean"]
    ends = {"start": numbers.percent(level[0], 1), "end": numbers.percent(level[-1], 1)}
    bounds = {name: numbers.percent(value, 1) for name, value in d["regimes"]["thresholds_l"].items()}
    yield Statement(t("project.liquidity_label"), t("project.change", **ends), t("project.liquidity", **bounds))
    chances = {name: values[-1] for name, values in d["regimes"]["probability"].items()}
    first = max(chances, key=chances.__getitem__)
    shown = {name: numbers.percent(chance, 0) for name, chance in chances.items()}
    figure = t("project.regime_figure", regime=t.label("regime", first), chance=shown[first])
    yield Statement(t("project.regime_label", date=last), figure, t("project.regime", **shown))
    warnings = d["warnings_dated"]
    if warnings:
        worst = likeliest(warnings, 1)[0]
        day = {"date": worst["date"], "kind": t.label("day_kind", worst["kind"]), "level": f"{worst['level_bp']:g}"}
        said = t("project.spike_one" if len(warnings) == 1 else "project.spike", count=len(warnings), **day)
        yield Statement(t("project.spike_label"), numbers.percent(worst["probability"], 0), said)


def _companions(d: Document, t: Catalogue) -> Table:
    """Reserves of the banks whose plans run beside this one."""
    columns = (
        (t("column.plan"), "text"), (t("column.currency"), "text"), (t("column.start"), "date"),
        (t("column.reserves"), "count"), (t("column.to"), "date"), (t("column.reserves"), "count"),
    )  # fmt: skip
    rows = (
        (
            t.title("plan_title", path["plan"], path["title"]), path["currency"],
            path["dates"][0], path["liabilities"]["reserves"][0],
            path["dates"][-1], path["liabilities"]["reserves"][-1],
        )
        for path in d["companions"].values()
    )  # fmt: skip
    return table(t("table.companions"), columns, rows)
