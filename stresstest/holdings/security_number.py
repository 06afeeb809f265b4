"""CUSIP and ISIN: form, check digits, and the CUSIP inside an American ISIN."""

from __future__ import annotations

import re

_CUSIP = re.compile(r"[0-9A-Z*@#]{8}\d", re.ASCII)
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}\d", re.ASCII)
_LOST_ZEROS = re.compile(r"\d{6,8}", re.ASCII)
#: Countries whose ISIN holds a CUSIP: the United States and Canada.
_NUMBERED_BY_CUSIP = ("US", "CA")
#: Values of the three marks that a CUSIP may hold (after Z is 35).
_MARKS = {"*": 36, "@": 37, "#": 38}


def is_isin(text: str) -> bool:
    """True for an ISIN with the right check digit (ISO 6166)."""
    return looks_like_isin(text) and _luhn("".join(str(int(char, 36)) for char in text)) == 0


def is_cusip(text: str) -> bool:
    """True for a CUSIP with the right check digit."""
    return len(text) == 9 and bool(_CUSIP.fullmatch(text)) and _cusip_digit(text) == int(text[-1])


def is_security_number(text: str) -> bool:
    """True for a CUSIP or ISIN with the right check digit."""
    return is_cusip(text) or is_isin(text)


def looks_like_isin(text: str) -> bool:
    """True for the form of an ISIN, whatever its check digit."""
    return len(text) == 12 and bool(_ISIN.fullmatch(text))


def cusip_of(text: str) -> str:
    """The CUSIP that a CUSIP or an American or Canadian ISIN names, leading zeros put back; "" for anything else."""
    if is_isin(text):
        return text[2:11] if text[:2] in _NUMBERED_BY_CUSIP else ""
    if is_cusip(text):
        return text
    padded = text.zfill(9)
    return padded if _LOST_ZEROS.fullmatch(text) and is_cusip(padded) else ""


def _cusip_digit(text: str) -> int:
    """Check digit by the "double add double" rule: every second value is doubled, digits are summed."""
    values = [_MARKS.get(char, -1) if char in _MARKS else int(char, 36) for char in text[:8]]
    doubled = [value * (1 + i % 2) for i, value in enumerate(values)]
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def _luhn(digits: str) -> int:
    """Luhn remainder, 0 for a valid number."""
    values = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in values) % 10
