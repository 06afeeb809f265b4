"""Words of the terminal tables in another language than English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def words(lang: str) -> Mapping[str, str]:
    """Translations by English word; empty for English."""
    if lang == "en":
        return {}
    path = resources.files("stresstest.commands").joinpath(f"words.{lang}.toml")
    found: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found
