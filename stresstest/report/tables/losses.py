"""Tables of the named scenarios: their moves, and what the book loses in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import shown
from ..catalogue import Catalogue
from ..switched_off import banded
from .book import by_size
from .cells import Document, Table, table
from .risk import rest

#: Scenarios shown on the page where there are more: stories about what may come first, then past episodes.
MOST_SCENARIOS, MOST_STORIES = 12, 9
#: Positions of the holdings-by-scenarios map: those that gain or lose most in one of its scenarios.
TOP = 15
#: Factors named one by one in the split of a scenario.
MOST_DRIVERS = 8


def headline_moves(d: Document, t: Catalogue) -> Table:
    """The scenarios of the page with the few factor moves that place each."""
    columns = [(t("column.scenario"), "text")]
    columns += [
        (
            t("column.move", factor=t.label("headline", name), unit=t.label("unit", shown.move_unit(name))),
            "signed_number",
        )
        for name in shown.HEADLINE
    ]
    rows = (
        (s["title"], *(shown.move(name, s["factor_moves"].get(name, 0.0)) for name in shown.HEADLINE))
        for s in selected(d)
    )
    return table(counted(t("table.headline_moves"), d, t), columns, rows)


def moves(scenario: Mapping[str, Any], t: Catalogue) -> Table:
    """All factor moves of one scenario that are not zero."""
    columns = ((t("column.factor"), "text"), (t("column.move_plain"), "signed_number"), (t("column.unit"), "text"))
    rows = (
        (t.label("factor", name), shown.move(name, value), t.label("unit", shown.move_unit(name)))
        for name, value in scenario["factor_moves"].items()
        if value
    )
    return table(t("table.moves", scenario=scenario["title"]), columns, rows)


def all_moves(d: Document, t: Catalogue) -> Table:
    """Factors down, scenarios across: for the workbook."""
    columns = [(t("column.factor"), "text"), (t("column.unit"), "text")]
    columns += [(s["title"], "signed_number") for s in d["scenarios"]]
    names = dict.fromkeys(name for s in d["scenarios"] for name in s["factor_moves"])
    rows = (
        (
            t.label("factor", name),
            t.label("unit", shown.move_unit(name)),
            *(shown.move(name, s["factor_moves"].get(name, 0.0)) for s in d["scenarios"]),
        )
        for name in names
    )
    return table(t("table.all_moves"), columns, rows)


def drivers(scenario: Mapping[str, Any], value: float, t: Catalogue) -> Table:
    """What makes the result of one scenario: its largest factors, the others together, and what no factor explains."""
    found = sorted(scenario["by_factor"].items(), key=lambda item: (-abs(item[1]), item[0]))
    lines = [(t.label("factor", name), gain) for name, gain in found[:MOST_DRIVERS] if gain]
    lines.append((t("split.other_factors"), sum(gain for _, gain in found[MOST_DRIVERS:])))
    lines += rest(scenario, t)
    columns = (
        (t("column.factor"), "text"),
        (t("column.gain_usd"), "signed_money"),
        (t("column.gain_share"), "signed_percent"),
    )
    caption = t("table.drivers", scenario=scenario["title"])
    return table(caption, columns, ((label, gain, gain / value) for label, gain in lines))


def losses(d: Document, t: Catalogue) -> Table:
    """Loss by named scenario with its band, worst first: every scenario."""
    return _losses(worst_first(d["scenarios"]), banded(t("table.losses"), d, t), t)


def selected_losses(d: Document, t: Catalogue) -> Table:
    """The same for the scenarios of the page."""
    return _losses(selected(d), banded(counted(t("table.losses"), d, t), d, t), t)


def footnotes(d: Document, t: Catalogue) -> list[str]:
    """Below the losses of the page: which of them rest on moves without a record, a note for each set of factors."""
    found: dict[str, list[str]] = {}
    for s in selected(d):
        if s["filled_in"]:
            found.setdefault(factor_list(s, t), []).append(s["title"])
    joint = t("page.facts_joint")
    return [t("table.filled_in", factors=factors, scenarios=joint.join(titles)) for factors, titles in found.items()]


def factor_list(scenario: Mapping[str, Any], t: Catalogue) -> str:
    """Factors that matter and that the weeks of an episode have no record of, in words."""
    return t("answer.list_joint").join(t.label("factor", name) for name in scenario["filled_in"])


def counted(caption: str, d: Document, t: Catalogue) -> str:
    """A caption that says how many of the scenarios the page shows, and how they were chosen."""
    return t("table.of", caption=caption, shown=shown_of(d, t))


def shown_of(d: Document, t: Catalogue) -> str:
    """How many scenarios the page shows of how many, stories about what may come and past episodes told apart."""
    shown_here, everything = selected(d), len(d["scenarios"])
    past = sum(bool(s["episode"]) for s in shown_here)
    if len(shown_here) == everything:
        return t("table.all_shown", all=everything)
    key = "table.few_stories" if not past else "table.few_past" if past == len(shown_here) else "table.few"
    return t(key, shown=len(shown_here), all=everything, past=past)


def _losses(scenarios: Sequence[Mapping[str, Any]], caption: str, t: Catalogue) -> Table:
    columns = (
        (t("column.scenario"), "text"),
        (t("column.loss_usd"), "money"),
        (t("column.loss"), "percent"),
        (t("column.low"), "percent"),
        (t("column.high"), "percent"),
        (t("column.probability"), "judged"),
        (t("column.plausibility"), "chance"),
    )
    rows = (
        (
            t("table.mark", scenario=s["title"]) if s["filled_in"] else s["title"],
            s["loss"],
            s["loss_fraction"],
            s["band"]["p05"],
            s["band"]["p95"],
            s["probability"],
            s["plausibility"],
        )
        for s in scenarios
    )
    return table(caption, columns, rows)


def worst_first(scenarios: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Scenarios, the largest loss first."""
    return sorted(scenarios, key=lambda s: (-s["loss_fraction"], s["name"]))


def headline(d: Document) -> Mapping[str, Any] | None:
    """The worst story about what may come; the worst episode where there is no story."""
    found = worst_first(d["scenarios"])
    return next((s for s in found if not s["episode"]), next(iter(found), None))


def selected(d: Document) -> list[Mapping[str, Any]]:
    """The scenarios of the page, worst first: the worst stories, and the worst episodes in the room that they leave."""
    found = worst_first(d["scenarios"])
    stories = [s for s in found if not s["episode"]]
    episodes = [s for s in found if s["episode"]]
    room = max(MOST_SCENARIOS - len(episodes), MOST_STORIES)
    kept = stories[:room]
    return worst_first([*kept, *episodes[: MOST_SCENARIOS - len(kept)]])


def losses_by_class(d: Document, t: Catalogue) -> Table:
    """Gain or loss of each asset class in each scenario, worst scenario first: every scenario."""
    return _by_class(worst_first(d["scenarios"]), t("table.losses_by_class"), t)


def selected_by_class(d: Document, t: Catalogue) -> Table:
    """The same for the scenarios of the page."""
    return _by_class(selected(d), counted(t("table.losses_by_class"), d, t), t)


def _by_class(scenarios: Sequence[Mapping[str, Any]], caption: str, t: Catalogue) -> Table:
    names = list(dict.fromkeys(name for s in scenarios for name in s["by_class"]))
    columns = [(t("column.scenario"), "text"), (t("column.total_usd"), "signed_money")]
    columns += [(t.label("asset_class", name), "signed_money") for name in names]
    rows = ((s["title"], s["total"], *(s["by_class"].get(name, 0.0) for name in names)) for s in scenarios)
    return table(caption, columns, rows)


def by_position(d: Document, t: Catalogue) -> Table:
    """Gain or loss of each position in each scenario, as a share of the net value of the book: everything."""
    return _by_position(d, worst_first(d["scenarios"]), None, t)


def selected_by_position(d: Document, t: Catalogue) -> Table:
    """The same for the positions that move the result most and the scenarios of the page."""
    return _by_position(d, selected(d), TOP, t)


def _by_position(d: Document, scenarios: Sequence[Mapping[str, Any]], top: int | None, t: Catalogue) -> Table:
    modelled = [p for p in d["portfolio"]["positions"] if p["modelled"]]
    moving = sorted(
        modelled, key=lambda p: -max((abs(s["by_position"].get(p["label"], 0.0)) for s in scenarios), default=0)
    )
    chosen = by_size(moving[:top])
    value = d["portfolio"]["modelled_value"]
    columns = [(t("column.position"), "text"), *((s["title"], "signed_percent") for s in scenarios)]
    rows = ((p["label"], *(s["by_position"].get(p["label"], 0.0) / value for s in scenarios)) for p in chosen)
    return table(t("table.by_position"), columns, rows)
