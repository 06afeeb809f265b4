"""The daily multiple that the name of a fund promises: "Bull 3X", "-1x Short", "UltraShort", "Inverse".

Two houses name their funds without a number: Short is -1, Ultra 2, UltraShort -2, UltraPro 3, UltraPro Short -3. The
same words speak of time to maturity in the names of bond funds (Ultra-Short Income, Short-Term Bond) and of both sides
in those of long-short funds; so they count only of those houses, or before the name of an index. All words are rows of
``fund_words.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from ..tables import read_table
from .priors import PACKAGE

#: "3X Bull", "-1x Short", "(-2x)", "1.5x": a number and an X that stand by themselves.
NUMBER = re.compile(r"(?<![\w.-])(-?(?:0?\.\d{1,2}|[1-5](?:\.\d{1,2})?))\s?X(?!\w)")
#: What ends a word of a name; the dot stays in numbers, & and + in the names of indices.
BETWEEN = re.compile(r"[^\w&+.]+")
#: Names that are remembered: a long file repeats its own.
MOST_NAMES = 10_000


def fund_words(place: str) -> Sequence[Mapping[str, str]]:
    """Rows of ``fund_words.csv`` for "category" or "name"."""
    return [row for row in _rows() if row["place"] == place]


@lru_cache(MOST_NAMES)
def multiple_in_name(name: str) -> float:
    """Daily multiple that the name of a fund promises, one where it promises none that could be read."""
    number, words = NUMBER.search(name.upper().replace("\u2212", "-")), _words(name)
    if number is not None:
        size = float(number[1])
        return -size if size > 0 and (_turning(words) or _promised(words) < 0) else size
    return _promised(words)


def unread_in_name(name: str) -> str:
    """The word of ``name`` that speaks of an inverse fund where no multiple could be read, "" where there is none."""
    return _turning(_words(name)) if multiple_in_name(name) == 1.0 else ""


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    return tuple(read_table(PACKAGE, "fund_words.csv"))


@cache
def _tagged(tag: str) -> Mapping[str, str]:
    """Values by words, those of most words first: ``ultrapro short`` is read before ``ultrapro``."""
    rows = sorted(fund_words("name"), key=lambda row: -len(row["words"].split()))
    return {row["words"]: row["value"] for row in rows if row["tag"] == tag}


def _words(name: str) -> str:
    """The words of a name between blanks, with one at each end."""
    return f" {' '.join(BETWEEN.split(name.lower()))} ".replace("  ", " ")


def _turning(words: str) -> str:
    """The first word that turns a multiple, unless it speaks of maturity or of both sides."""
    return next((turn for turn in _tagged("turns") if f" {turn} " in words and _speaks_of_funds(turn, words)), "")


def _promised(words: str) -> float:
    """The multiple that words alone promise, else one."""
    own, house = _tagged("multiple"), _tagged("house_multiple")
    for phrase, value in own.items():
        if f" {phrase} " in words or (not phrase.isascii() and phrase in words):
            return float(value)
    of_house = any(f" {issuer} " in words for issuer in _tagged("issuer"))
    for phrase, value in house.items():
        if f" {phrase} " in words and (_before_index(phrase, words) or (of_house and _speaks_of_funds(phrase, words))):
            return float(value)
    return 1.0


def _before_index(phrase: str, words: str) -> bool:
    return any(f" {phrase} {index} " in words for index in _tagged("index"))


def _speaks_of_funds(phrase: str, words: str) -> bool:
    """Whether some place of ``phrase`` is not one where "short" speaks of time to maturity or of both sides."""
    if not phrase.endswith("short"):
        return True
    parts, size = ["", *words.split(), ""], len(phrase.split())
    places = (i for i in range(len(parts)) if parts[i : i + size] == phrase.split())
    before, after = _tagged("not_before"), _tagged("not_after")
    return any(parts[i + size] not in before and parts[i - 1] not in after for i in places)
