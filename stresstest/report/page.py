"""The HTML report: one file that needs nothing else, no script, no request, readable on a phone and on paper."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from . import numbers, prose
from .catalogue import Catalogue
from .charts import figures
from .projection import likeliest, sentence
from .tables import book, inputs, losses, plumbing, proposal, risk
from .tables.cells import Document, Table

if TYPE_CHECKING:
    from jinja2 import Template

#: Shades of the holdings-by-scenario map on each side of zero; style.css has one class for each.
SHADES = 5

SECTIONS = (
    "answer",
    "book",
    "scenarios",
    "losses",
    "plan",
    "holdings",
    "leverage",
    "exposures",
    "plumbing",
    "proposal",
    "errors",
    "limits",
    "inputs",
    "glossary",
    "disclaimer",
)


class Shaded(NamedTuple):
    """A cell of the map: its text and the style class of its shade, "" near zero."""

    text: str
    shade: str


def render(d: Document, t: Catalogue) -> str:
    """The whole page. Every text that comes from the holdings or the scenarios is escaped."""
    return template("report.html.j2").render(
        d=d,
        t=t,
        n=numbers,
        sections=SECTIONS,
        style=style(),
        figures=figures(d, t),
        answer=prose.answer(d, t),
        oldest=prose.oldest_observation(d, t),
        margin=prose.margin(d, t),
        ordinary=prose.ordinary(d, t),
        tail=prose.tail_parts(d, t),
        limits=prose.limits(d, t),
        watch=[sentence(w, t) for w in likeliest(d["balance_sheet"]["warnings_dated"], 1)],
        **_tables(d, t),
    )


def _tables(d: Document, t: Catalogue) -> dict[str, Any]:
    value = d["portfolio"]["modelled_value"]
    by_position = losses.selected_by_position(d, t)
    names = {
        "positions": book.positions(d, t),
        "classes": book.classes(d, t),
        "not_modelled": book.not_modelled(d, t),
        "skipped": book.skipped(d, t),
        "warnings": book.warnings(d, t),
        "losses": losses.selected_losses(d, t),
        "losses_notes": losses.footnotes(d, t),
        "headline_moves": losses.headline_moves(d, t),
        "scenarios": [(s, losses.moves(s, t), losses.drivers(s, value, t)) for s in losses.worst_first(d["scenarios"])],
        "losses_by_class": losses.selected_by_class(d, t),
        "by_position": by_position,
        "shaded": shaded(by_position),
        "measures": risk.measures(d, t),
        "increment": risk.increment(d, t),
        "states": risk.states(d, t),
        "error_budget": risk.error_budget(d, t),
        "exposures": book.exposures(d, t),
        "steps": inputs.steps(d, t),
        "rules": inputs.rules(d, t),
        "parameters": inputs.parameters(d, t),
        "quotes": inputs.quotes(d, t),
    }
    path = d["balance_sheet"]
    if path["regimes"] is not None:
        names["regimes"] = plumbing.regimes(path["regimes"], path["halted_share"], t)
        names["warnings_dated"] = plumbing.warnings(path["warnings_dated"], t)
    if d["rebalance"] is not None:
        for make in (proposal.trades, proposal.limits, proposal.measures, proposal.out_of_sample, proposal.stops):
            names[f"proposal_{make.__name__}"] = make(d, t)
    return names


def shaded(table: Table) -> list[tuple[str, list[Shaded]]]:
    """Rows of a map as (label, cells): shades run in equal steps up to the largest absolute value of the table."""
    largest = max((abs(value) for row in table.rows for value in row[1:] if isinstance(value, float)), default=0.0)

    def cell(value: object, kind: str) -> Shaded:
        step = round(SHADES * value / largest) if isinstance(value, float) and largest else 0
        side = "gain" if step > 0 else "loss"
        return Shaded(numbers.show(value, kind), f"{side}-{abs(step)}" if step else "")

    kinds = [column.kind for column in table.columns]
    return [(str(row[0]), [cell(*pair) for pair in zip(row[1:], kinds[1:], strict=True)]) for row in table.rows]


@cache
def template(name: str) -> Template:
    """A page template by file name: everything put into it is escaped, and what it does not find is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("stresstest.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def style() -> str:
    """The style sheet that every page carries."""
    return resources.files("stresstest.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
