"""The scorecard page: misses first, nothing of the data becomes markup."""

from __future__ import annotations

import json
from datetime import date

from reading import Reader

from stresstest.records import Check, Scorecard
from stresstest.report import scorecard

CARD = Scorecard(
    (
        Check("A1", "balance_sheet", "The identity closes", "1e-11 USD bn", "below 0.01", True, 1e-11),
        Check("B1", "funding", "Held <b>out</b> | of sample", "5 bp", "4 bp", False, 5.0, "constant", 6.0, "6 bp"),
        Check("F4", "transmission", "Against rivals", "", "better", None, note="needs a folder of series (--data)"),
    ),
    date(2026, 7, 29),
    "embedded tables only",
)


def test_misses_stand_before_everything_else() -> None:
    titles = [title for title, _ in scorecard.blocks(CARD)]
    assert titles[:2] == ["Missed", "Not run"]
    assert [check["id"] for check in scorecard.to_document(CARD)["checks"]] == ["B1", "F4", "A1"]
    assert "1 of 2 marks met, 1 missed; 1 not run" in scorecard.headline(CARD)


def test_the_document_is_strict_json_and_counts_add_up() -> None:
    document = json.loads(json.dumps(scorecard.to_document(CARD), allow_nan=False))
    assert sum(document["counts"].values()) == len(document["checks"]) == len(CARD.checks)


def test_text_of_a_check_never_becomes_markup() -> None:
    html = scorecard.page(CARD)
    assert "<b>out</b>" not in html
    assert "Held <b>out</b> | of sample" in " ".join(Reader(html).texts)
    row = next(line for line in scorecard.markdown(CARD).splitlines() if line.startswith("| B1"))
    assert row.count("|") - row.count("\\|") == len(scorecard.HEADER) + 1
