"""Terms that have no column of their own and come as tags (``tag_call_date``, ``tag_dividend_yield``, ...)."""

from __future__ import annotations

from datetime import date

from ..records import Position
from ..units import PERCENT
from .building import NotModelled

_YES, _NO = {"yes", "true", "1", "y"}, {"", "no", "false", "0", "n"}


def tag_text(position: Position, name: str) -> str:
    """The tag in lower case without blanks around it; "" where it is missing."""
    return position.tags.get(name, "").strip().lower()


def tag_number(position: Position, name: str, low: float, high: float) -> float | None:
    """A number between low and high, or None without the tag. Raises NotModelled where it is something else."""
    text = tag_text(position, name)
    if not text:
        return None
    try:
        number = float(text.removesuffix("%").replace("_", ""))
    except ValueError:
        raise NotModelled(f"tag_{name} is {text!r}, not a number") from None
    if not low <= number <= high:
        raise NotModelled(f"tag_{name} is {text}, not between {low:g} and {high:g}")
    return number


def tag_percent(position: Position, name: str, low: float, high: float) -> float | None:
    """A number given in percent, as a decimal; low and high are in percent."""
    number = tag_number(position, name, low, high)
    return None if number is None else number * PERCENT


def tag_date(position: Position, name: str) -> date | None:
    """A date, or None without the tag. Raises NotModelled where it is something else."""
    text = tag_text(position, name)
    return _date(text, name) if text else None


def tag_flag(position: Position, name: str) -> bool | None:
    """Yes or no, None without the tag. Raises NotModelled where it is something else."""
    text = tag_text(position, name)
    if name not in position.tags:
        return None
    if text not in _YES | _NO:
        raise NotModelled(f"tag_{name} is {text!r}, neither yes nor no")
    return text in _YES


def tag_choice(position: Position, name: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, or "" without the tag. Raises NotModelled where it is something else."""
    text = tag_text(position, name)
    if text and text not in choices:
        raise NotModelled(f"tag_{name} is {text!r}, not one of {', '.join(choices)}")
    return text


def tag_dated_numbers(position: Position, name: str) -> tuple[tuple[date, float], ...]:
    """Pairs written "2028-03-01:102; 2029-03-01:101", in order of time. Raises NotModelled where they are not."""
    text = tag_text(position, name)
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        day, _, number = part.partition(":")
        try:
            pairs.append((_date(day.strip(), name), float(number)))
        except ValueError:
            raise NotModelled(f"tag_{name}: {part!r} is not a date, a colon and a number") from None
    return tuple(sorted(pairs))


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotModelled(f"tag_{name} is {text!r}, not a date such as 2028-03-01") from None
