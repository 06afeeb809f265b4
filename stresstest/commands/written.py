"""What a search found as files: the JSON document, and its main table as CSV with plain numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..files import can_write_in, nearest, write_text
from .shown import Shown

#: The list of each document that becomes rows.
ROWS = {"reverse": "paces", "sweep": "points", "views": "views"}


def check_folder(out: Path) -> None:
    """Refuse a folder for results that cannot become one. Raises InputError."""
    if str(out) == "." or not can_write_in(out):
        above = nearest(out)
        found = "the current folder" if str(out) == "." else f"{above.name or above}, which cannot hold a folder"
        raise InputError(Problem(None, "--out", found, "a folder to write in, new or old", "Name one."))


def write_shown(shown: Shown, folder: Path, name: str) -> tuple[Path, ...]:
    """NAME.json and NAME.csv in ``folder``, each whole or not at all. name: of ROWS.

    Raises InputError where the folder cannot be written.
    """
    document = shown.to_document()
    texts = {
        f"{name}.json": json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1) + "\n",
        f"{name}.csv": rows_csv(document[ROWS[name]]),
    }
    try:
        return tuple(write_text(folder / file, text) for file, text in texts.items())
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError(Problem(None, "--out", found, "a folder to write in, new or old", "Name one.")) from error


def rows_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV; what lies inside a table of a row gets a column "outer.inner", and lists are left to the JSON."""
    flat = [dict(_flat(row)) for row in rows]
    keys = dict.fromkeys(key for row in flat for key in row)
    tables = {key.rpartition(".")[0] for key in keys}
    header = [key for key in keys if key not in tables]  # a table that is missing from a row leaves its cells empty
    text = io.StringIO()
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: Mapping[str, Any], outer: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{outer}{key}.")
        elif not isinstance(value, list):
            yield outer + key, value
