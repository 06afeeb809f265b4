"""Records in, words, tables and pictures out. The report computes nothing: it orders, rounds and formats.

``to_document`` turns a study into one strict JSON document; every file is a view of that document, so the page, the
workbook and the CSVs cannot contradict each other. Heavy libraries load on the first call, not on import.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..records import Study

__all__ = ["FILES", "languages", "summary_markdown", "summary_text", "to_document", "trades_csv", "write_reports"]

#: What ``write_reports`` writes, and the only names that it ever replaces in the user's folder.
FILES = ("report.html", "report.json", "positions.csv", "trades.csv", "workbook.xlsx", "summary.md")


def write_reports(
    study: Study, out: Path, lang: str = "en", progress: Callable[[str], None] | None = None
) -> tuple[Path, ...]:
    """Write all ``FILES`` into ``out`` and return their paths, in that order.

    Everything is built in a folder beside ``out`` first, so a failure leaves ``out`` as it was; other files in ``out``
    are never touched. ``progress`` is called with the name of each file before it is built.
    Raises InputError for an unknown language, or where ``out`` or one of the names in it cannot be written.
    """
    from .files import write_all

    return write_all(to_document(study), Path(out), lang, progress)


def to_document(study: Study) -> dict[str, Any]:
    """The strict JSON document ``stresstest/report/1``: no NaN, no clock, no absolute path, 12 significant digits."""
    from .document import document

    return document(study)


def summary_text(study: Study, lang: str = "en", width: int = 88) -> str:
    """The answer, the losses and the proposal as plain text of ``width`` columns, for a terminal."""
    from .localise import in_words
    from .summary import terminal

    return terminal(*in_words(to_document(study), lang), width)


def summary_markdown(study: Study, lang: str = "en") -> str:
    """The same as ``summary_text``, in Markdown."""
    from .localise import in_words
    from .summary import markdown

    return markdown(*in_words(to_document(study), lang))


def trades_csv(study: Study, lang: str = "en") -> str:
    """The proposed orders as CSV, one row per order and tranche: the text of ``trades.csv``.

    lang: of the names and reasons; headings and codes are the same in every language.
    """
    from .catalogue import load
    from .csvs import trades
    from .localise import localised

    return trades(localised(to_document(study), load(lang)))


def languages() -> tuple[str, ...]:
    """Languages that the report can be written in."""
    from .catalogue import languages

    return languages()
