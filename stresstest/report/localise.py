"""The document in the words of a language: titles, stories, reasons and warnings that records bring in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..records.allocation import IN_DOLLARS
from ..records.study import TITLE_MARKS
from .catalogue import Catalogue, load, phrasebook
from .numbers import typeset
from .phrases import Phrasebook
from .switched_off import worded
from .tables.cells import Document
from .tables.proposal import limit_name

#: What a problem says; where it says it (row, column, file) belongs to the user's file and stays.
PROBLEM = ("found", "expected", "hint")


def in_words(d: Document, lang: str) -> tuple[Document, Catalogue]:
    """The document in a language, and the catalogue that goes with it: it knows whether something is left out.

    Raises InputError for a language without a file.
    """
    t = replace(load(lang), partial=bool(d["portfolio"]["not_modelled"]))
    return localised(d, t), t


def localised(d: Document, t: Catalogue) -> Document:
    """A copy in the language of ``t``; the JSON keeps the English of the records, and past episodes are marked."""
    titled = _titled(d, t)
    say = phrasebook(t.language).with_names(lambda kind, value: _name(kind, value, titled, t))
    return {
        **titled,
        "portfolio": _portfolio(d["portfolio"], say),
        "rebalance": None if d["rebalance"] is None else _proposal(d["rebalance"], say, titled, t),
        "snapshot": {**d["snapshot"], "quotes": [_said(q, say, "source") for q in d["snapshot"]["quotes"]]},
        "warnings": problems(d["warnings"], say),
    }


def problems(found: list[dict[str, Any]], say: Phrasebook) -> list[dict[str, Any]]:
    """Warnings, or rows that were left out, in the words of ``say``."""
    return [_said(problem, say, *PROBLEM) for problem in found]


def _titled(d: Document, t: Catalogue) -> Document:
    """Scenarios and plans with their titles and stories in the language."""
    scenarios = [{**s, "title": t.title("scenario_title", s["name"], _marked(s["title"], t))} for s in d["scenarios"]]
    plans = {
        key: {**d[key], "title": t.title("plan_title", d[key]["name"], d[key]["title"])} for key in ("plan", "baseline")
    }
    for s in scenarios:
        s["narrative"] = t.phrase(s["narrative"])
        s["sources"] = [t.phrase(source) for source in s["sources"]]
        if s["episode"]:
            s["title"] = t("phrase.past", scenario=s["title"])
    return {**d, **plans, "scenarios": scenarios}


def _marked(title: str, t: Catalogue) -> str:
    """A title is the user's and stays as it is; only the marks that the reading of a file adds to it are said."""
    _, _, marks = title.removesuffix(")").rpartition(" (")
    return t.phrase(title) if title.endswith(")") and set(marks.split(", ")) <= set(TITLE_MARKS) else title


def _name(kind: str, value: str, d: Document, t: Catalogue) -> str | None:
    """The words for a factor, a scenario, a limit or parts that are off, which a sentence names by their codes."""
    if kind == "factor":
        return t.label("factor", value)
    if kind == "parts":
        return worded(value, t)
    if kind == "scenario":
        return next((s["title"] for s in d["scenarios"] if s["name"] == value), value)
    return limit_name(value, d, t) if kind == "limit" else None


def _typeset(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**entry, key: typeset(entry[key])}


def _said(entry: Mapping[str, Any], say: Phrasebook, *keys: str) -> dict[str, Any]:
    return {**entry, **{key: say(entry[key]) for key in keys}}


def _portfolio(book: Mapping[str, Any], say: Phrasebook) -> dict[str, Any]:
    return {
        **book,
        "positions": [_position(position, say) for position in book["positions"]],
        "not_modelled": [_said(position, say, "reason") for position in book["not_modelled"]],
        "skipped": problems(book["skipped"], say),
    }


def _position(position: Mapping[str, Any], say: Phrasebook) -> dict[str, Any]:
    exposure = position["exposure"]
    name = say(position["name"]) if position["asset_class"] == "cash" else position["name"]
    said = exposure and _said(exposure, say, "source", "sample")
    return {**_said(position, say, "reason"), "name": name, "exposure": said}


def _proposal(proposal: Mapping[str, Any], say: Phrasebook, d: Document, t: Catalogue) -> dict[str, Any]:
    return {
        **proposal,
        "trades": [_trade(trade, say, d, t) for trade in proposal["trades"]],
        "limits": [_typeset(_said(check, say, "note"), "note") for check in proposal["limits"]],
        "stops": [_typeset(_said(stop, say, "trigger", "action"), "action") for stop in proposal["stops"]],
        "notes": [typeset(say(note)) for note in proposal["notes"]],
        "relaxation": [typeset(say(line)) for line in proposal["relaxation"]],
    }


def _trade(trade: Mapping[str, Any], say: Phrasebook, d: Document, t: Catalogue) -> dict[str, Any]:
    reason = trade["reason"]
    said = say(reason["text"])
    text = _spelt(reason, d, t) if said == reason["text"] else said
    return {**trade, "name": _order_name(trade["name"], t), "reason": {**reason, "text": typeset(text)}}


def _order_name(name: str, t: Catalogue) -> str:
    """A name is the user's and stays as it is; only what the proposal adds to it is said in the language."""
    bare = name.removesuffix(IN_DOLLARS)
    return name if bare == name else t("phrase.in_dollars", name=bare)


def _spelt(reason: Mapping[str, Any], d: Document, t: Catalogue) -> str:
    """The English reason with names in place of the codes of its scenario, factor and limit."""
    text: str = reason["text"]
    scenario, factor = reason["scenario"], reason["factor"]
    if scenario:
        text = text.replace(f" in {scenario}", f" in “{_name('scenario', scenario, d, t)}”", 1)
    if factor:
        text = text.replace(f" through {factor} ", f" through {_name('factor', factor, d, t)} ", 1)
    for check in d["rebalance"]["limits"]:
        for end in ("allows", "binds"):
            text = text.replace(f" {check['name']} {end}", f" “{limit_name(check['name'], d, t)}” {end}", 1)
    return text
