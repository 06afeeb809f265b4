"""The layouts that can be read. A new broker is one module here and one entry in ``LAYOUTS``."""

from __future__ import annotations

from typing import Protocol

from ...errors import InputError
from ..findings import Findings
from ..raw import Reading
from ..text import Sheet
from . import fidelity, ibkr_activity, ibkr_positions, plain, schwab, transactions


class Layout(Protocol):
    """What a module of this folder provides."""

    NAME: str

    def recognises(self, sheet: Sheet) -> bool:
        """Whether the content (never the file's name) is of this layout."""

    def read(self, sheet: Sheet, findings: Findings) -> Reading:
        """The rows in plain-format words; faults and left-out rows go to ``findings``."""


#: Most particular first: the first that recognises the content of a file reads it. Names of files say nothing.
LAYOUTS: tuple[Layout, ...] = (ibkr_activity, ibkr_positions, fidelity, schwab, transactions, plain)


def read_layout(sheet: Sheet, findings: Findings) -> Reading:
    """Read the sheet with the first layout that recognises it.

    Faults inside the file go to ``findings``; InputError is raised at once where no layout fits.
    """
    for layout in LAYOUTS:
        if layout.recognises(sheet):
            return layout.read(sheet, findings)
    first = sheet.lines[0]
    known = ", ".join(layout.NAME for layout in LAYOUTS if layout is not transactions)
    findings.error(
        first.number, "", first.text, f"a header row of a known layout ({known})",
        "In our plain format the first row is: symbol,quantity,price (see the columns in the documentation).",
    )  # fmt: skip
    raise InputError(findings.errors)
