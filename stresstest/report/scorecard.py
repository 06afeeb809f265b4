"""The scorecard as a page, as Markdown and as a document for scripts: misses first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

from ..records import Check, Scorecard

TITLES = {
    "balance_sheet": "Balance sheet against the record",
    "funding": "Funding spread and its spikes",
    "transmission": "From the plan to the factors",
    "library": "Scenarios, views and the reverse search",
    "instruments": "Prices of instruments",
    "exposures": "Predicted against realised",
    "short_histories": "Assets with short histories",
    "risk": "Value at risk and expected shortfall",
    "allocation": "The proposal, walked forward",
}
HEADER = ("", "claim", "measured", "wanted", "rival")
WORDS = {True: "met", False: "missed", None: "not run"}
SCHEMA = "stresstest/scorecard/1"


def to_document(card: Scorecard) -> dict[str, Any]:
    """JSON-ready: the counts, then every check, misses first."""
    return {
        "schema": SCHEMA,
        "as_of": card.as_of.isoformat(),
        "data": card.data,
        "counts": {"met": len(met(card)), "missed": len(card.misses), "not_run": len(card.skipped)},
        "checks": [_entry(check) for check in (*card.misses, *card.skipped, *met(card))],
    }


def _entry(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "section": check.section,
        "title": check.title,
        "passed": check.passed,
        "measured": check.measured,
        "wanted": check.wanted,
        "value": check.value,
        "rival": check.rival,
        "rival_measured": check.rival_measured,
        "rival_value": check.rival_value,
        "note": check.note,
    }


def met(card: Scorecard) -> tuple[Check, ...]:
    """Checks that were run and met their mark."""
    return tuple(check for check in card.checks if check.passed)


def headline(card: Scorecard) -> str:
    """One sentence."""
    run = len(met(card)) + len(card.misses)
    skipped = f"; {len(card.skipped)} not run" if card.skipped else ""
    return f"{len(met(card))} of {run} marks met, {len(card.misses)} missed{skipped}. Data: {card.data}, {card.as_of}."


def blocks(card: Scorecard) -> Iterator[tuple[str, tuple[Check, ...]]]:
    """Title and checks: the misses, what was not run, then each section in full."""
    if card.misses:
        yield "Missed", card.misses
    if card.skipped:
        yield "Not run", card.skipped
    for section in dict.fromkeys(check.section for check in card.checks):
        yield TITLES.get(section, section), tuple(check for check in card.checks if check.section == section)


def row(check: Check) -> tuple[str, ...]:
    """Cells under ``HEADER``."""
    claim = f"{check.title}. {check.note}" if check.note else check.title
    rival = ": ".join(part for part in (check.rival, check.rival_measured) if part)
    return f"{check.id} {WORDS[check.passed]}", claim, check.measured, check.wanted, rival


def markdown(card: Scorecard) -> str:
    """A page for the documentation."""
    lines = ["# Scorecard", "", headline(card), ""]
    for title, checks in blocks(card):
        lines += [f"## {title}", "", *_table(checks), ""]
    return "\n".join(lines)


def _table(checks: Iterable[Check]) -> Iterator[str]:
    yield "| " + " | ".join(HEADER) + " |"
    yield "|" + " --- |" * len(HEADER)
    for check in checks:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row(check))
        yield "| " + " | ".join(cells) + " |"


def page(card: Scorecard) -> str:
    """One HTML file without script or request."""
    import jinja2

    templates = resources.files("stresstest.report").joinpath("templates")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(templates.joinpath("scorecard.html.j2").read_text(encoding="utf-8"))
    return template.render(
        headline=headline(card),
        header=HEADER,
        blocks=[(title, [(check, row(check)) for check in checks]) for title, checks in blocks(card)],
        style=templates.joinpath("style.css").read_text(encoding="utf-8"),
    )
