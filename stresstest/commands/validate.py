"""``validate``: the scorecard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from ..files import write_text
from ..records import Evidence
from ..report import scorecard
from ..validation import SECTIONS, score
from .shown import Shown, clean


def validate(
    data: Path | None = None,
    as_of: date | None = None,
    seed: int = 0,
    sections: Iterable[str] = (),
    out: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Shown:
    """Measure every claim; with ``out`` also write scorecard.html, scorecard.json and scorecard.md there."""
    card = score(Evidence(data, as_of, seed), tuple(sections) or SECTIONS, progress)
    document = scorecard.to_document(card)
    written: tuple[Path, ...] = ()
    if out is not None:
        text = json.dumps(clean(document), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        pages = {"html": scorecard.page(card), "json": text, "md": scorecard.markdown(card)}
        written = tuple(write_text(out / f"scorecard.{kind}", content) for kind, content in pages.items())
    tables = tuple(
        (title, scorecard.HEADER, [scorecard.row(check) for check in checks])
        for title, checks in scorecard.blocks(card)
    )
    return Shown(document, tables, (scorecard.headline(card), *(str(path) for path in written)))
