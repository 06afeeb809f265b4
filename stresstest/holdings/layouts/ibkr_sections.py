"""The frame of an Interactive Brokers activity statement: sections, each with its own, sometimes changing, header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..headings import plain_heading
from ..text import Sheet

#: IBKR's asset categories in our words.
KINDS = {
    "stocks": "equity",
    "bonds": "bond",
    "treasury bills": "bill",
    "equity and index options": "option",
    "futures": "future",
    "mutual funds": "fund_equity",
    "funds": "fund_equity",
    "crypto": "crypto",
    "cryptocurrencies": "crypto",
    "commodities": "commodity",
}


@dataclass(frozen=True)
class Entry:
    """One line of a section. record: "Data", "SubTotal", "Total" or "Notes"; cells: text by heading in lower case."""

    line: int
    record: str
    cells: Mapping[str, str]
    text: str

    def get(self, heading: str) -> str:
        """The cell under a heading, or "" where the section has none."""
        return self.cells.get(heading, "")

    @property
    def is_total(self) -> bool:
        """True for totals, also those written as data rows with "Total" or "Total in USD" in the first cell."""
        first = next(iter(self.cells.values()), "")
        return self.record != "Data" or plain_heading(first).startswith("total")


def split_sections(sheet: Sheet) -> dict[str, list[Entry]]:
    """Entries by section, each read under the header that stands above it. Rows before any header are left out."""
    headers: dict[str, list[str]] = {}
    sections: dict[str, list[Entry]] = {}
    for line in sheet.lines:
        if len(line.cells) < 3:
            continue
        section, record = line.cells[0], line.cells[1]
        if record == "Header":
            headers[section] = [plain_heading(cell) for cell in line.cells[2:]]
            sections.setdefault(section, [])
        elif section in headers:
            cells = dict(zip(headers[section], line.cells[2:], strict=False))
            sections[section].append(Entry(line.number, record, cells, line.text))
    return sections


def field_value(entries: list[Entry], name: str) -> str:
    """Value of a row in a section with the columns Field Name and Field Value."""
    return next((e.get("field value") for e in entries if plain_heading(e.get("field name")) == name), "")
