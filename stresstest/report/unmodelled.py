"""What no loss of a study contains, in words: said before everything else where it is large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .catalogue import Catalogue
from .tables.cells import Document

#: Positions that are named, and letters of a name.
NAMED, LETTERS = 5, 24
#: What the study's own warning of it is about; there is one where what is left out is large or of no known value.
SUBJECT = "coverage"
CASH = "cash"


def is_large(d: Document) -> bool:
    """Whether the study warns that what is left out could change every figure."""
    return bool(d["portfolio"]["not_modelled"]) and any(w["column"] == SUBJECT for w in d["warnings"])


def figure(d: Document, t: Catalogue) -> str:
    """How many positions are left out, of how many; cash aside."""
    book = d["portfolio"]
    held = sum(position["asset_class"] != CASH for position in book["positions"])
    return t("answer.left_out_figure", count=len(book["not_modelled"]), all=max(held, len(book["not_modelled"])))


def sentences(d: Document, t: Catalogue) -> list[str]:
    """Which positions are left out, what is known of their value, and what that means; none where all is modelled."""
    book = d["portfolio"]
    rows = book["not_modelled"]
    if not rows:
        return []
    said = [t("answer.left_out", symbols=_names(rows, t)), *_valued(rows, book["value"], t)]
    unpriced = sum(row["market_value"] is None for row in rows)
    if unpriced:
        said.append(t("answer.left_out_unpriced", count=unpriced))
    return [*said, t("answer.left_out_large")] if is_large(d) else said


def _valued(rows: Sequence[Mapping[str, Any]], value: float, t: Catalogue) -> list[str]:
    known = sum(abs(row["market_value"] or 0.0) for row in rows)
    if not known or value <= 0.0:
        return []
    return [t("answer.left_out_valued", money=t.money(known), share=t.percent(known / value))]


def _names(rows: Sequence[Mapping[str, Any]], t: Catalogue) -> str:
    """The largest by name, and how many more."""
    largest = sorted(rows, key=lambda row: -abs(row["market_value"] or 0.0))[:NAMED]
    names = t("answer.list_joint").join((row["symbol"] or row["name"])[:LETTERS] for row in largest)
    return t("answer.left_out_more", symbols=names, count=len(rows) - NAMED) if len(rows) > NAMED else names
