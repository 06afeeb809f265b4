"""Writing the report: all of it or nothing, and never a file that is not ours."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import InputError, Problem
from . import FILES, csvs, page, summary, workbook
from .catalogue import Catalogue
from .localise import in_words
from .tables.cells import Document


def write_all(d: Document, out: Path, lang: str, progress: Callable[[str], None] | None) -> tuple[Path, ...]:
    """Build ``FILES`` in a folder beside ``out``, then move them in. Raises InputError where that cannot work."""
    shown, catalogue = in_words(d, lang)
    _check(out)
    work = _folder_beside(out)
    try:
        built = work / "report"
        built.mkdir()
        for name in FILES:
            if progress is not None:
                progress(name)
            _build(name, d, shown, catalogue, built / name)
        _move_in(built, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return tuple(out / name for name in FILES)


def _check(out: Path) -> None:
    wrong = [Problem(None, "out", str(out), "a folder", "Choose another --out.")] if out.is_file() else []
    for name in FILES:
        if (out / name).is_dir():
            wrong.append(Problem(None, "out", f"a folder named {name}", "a file or nothing", "Move the folder away."))
    if wrong:
        raise InputError(wrong)


def _folder_beside(out: Path) -> Path:
    """A new folder on the same file system, so that moving a file is one step."""
    parent = out.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=parent))
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError(Problem(None, "out", found, f"a folder to write in: {parent}", "Choose --out.")) from error


def _build(name: str, d: Document, shown: Document, t: Catalogue, path: Path) -> None:
    """One file. ``d`` for machines, ``shown`` for people."""
    if name == "workbook.xlsx":
        workbook.write(shown, t, path)
        return
    text = {
        "report.html": lambda: page.render(shown, t),
        "report.json": lambda: as_json(d),
        "positions.csv": lambda: csvs.positions(d),
        "trades.csv": lambda: csvs.trades(d),
        "summary.md": lambda: summary.markdown(shown, t),
    }[name]()
    path.write_text(text, encoding="utf-8", newline="\n")


def as_json(d: Document) -> str:
    """The document as strict JSON, one key a line."""
    return json.dumps(d, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _move_in(built: Path, out: Path) -> None:
    """A new folder appears at once; into one that exists, each finished file replaces its forerunner in one step."""
    if not out.exists():
        os.replace(built, out)
        return
    for name in FILES:
        os.replace(built / name, out / name)
