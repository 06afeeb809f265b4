"""The portfolios that ship with the program, by name."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError, Problem

PREFIX = "example:"
_PACKAGE = Path(__file__).resolve().parents[1]
#: In an installed package the files lie inside it; in a checkout beside it.
_FOLDERS = (_PACKAGE / "portfolios", _PACKAGE.parent / "portfolios")


def _folder() -> Path:
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])


def example_names() -> tuple[str, ...]:
    """Names of the shipped portfolios, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.csv")))


def example_path(name: str) -> Path:
    """File of a shipped portfolio: "balanced" or "example:balanced". InputError with all names for any other."""
    stem = name.removeprefix(PREFIX)
    if stem not in example_names():
        expected = f"one of {', '.join(PREFIX + known for known in example_names())}"
        raise InputError(Problem(None, "holdings", PREFIX + stem, expected, "Or give the path of a holdings file."))
    return _folder() / f"{stem}.csv"
