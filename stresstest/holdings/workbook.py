"""Excel workbooks (.xlsx): every sheet as rows of text, read with the standard library and within bounds.

A workbook is a ZIP archive of XML parts (ECMA-376). Only what a list of holdings needs is read: the order of the
sheets, shared and inline strings, numbers, and which numbers are dates. Formulas give their stored result.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from xml.parsers import expat

from .source import Source
from .text import MAX_CELLS, MAX_LINES, MAX_TABLE, Line, Sheet, clean_cell

#: Bytes of all parts together after unpacking, and of sheets: more is no list of holdings but an attack on memory.
MAX_UNPACKED = 400_000_000
MAX_SHEETS = 50
_CHUNK = 1 << 20
#: Built-in number formats that are dates (18.8.30 of the standard), and those of Chinese and Japanese Excel.
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
#: Day zero of Excel's calendar, which counts a 29 February 1900 that never was; and of the calendar of 1904.
_DAY_ZERO, _DAY_ZERO_1904 = date(1899, 12, 30), date(1904, 1, 1)


class _Bad(ValueError):
    """A part that cannot be read, with the reason."""


def read_workbook(source: Source) -> Sheet:
    """All sheets below one another; ``parts`` says where each begins. Raises InputError with the reason."""
    try:
        with zipfile.ZipFile(BytesIO(source.data)) as archive:
            lines, parts = _Workbook(archive).lines()
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, _Bad, OSError, RuntimeError, NotImplementedError,
            EOFError, KeyError, OverflowError, ValueError) as error:  # fmt: skip
        hint = "Open the workbook and save it again as .xlsx, or save the sheet of positions as CSV (UTF-8)."
        raise source.refusal(f"a workbook that cannot be read: {error}", "an Excel workbook (.xlsx)", hint) from error
    if not lines:
        raise source.refusal("a workbook without cells", "a sheet with a header row and at least one holding")
    return Sheet(source.name, tuple(lines), "xlsx", "", typed=True, parts=tuple(parts))


@dataclass
class _Workbook:
    archive: zipfile.ZipFile
    budget: int = field(default_factory=lambda: MAX_UNPACKED)
    strings: list[str] = field(default_factory=list)
    #: Style index to "date", or to a width of leading zeros.
    styles: list[str | int] = field(default_factory=list)
    day_zero: date = _DAY_ZERO

    def lines(self) -> tuple[list[Line], list[tuple[int, str]]]:
        names = set(self.archive.namelist())
        if "xl/workbook.xml" not in names:
            raise _Bad("it is not an .xlsx file")
        sheets = self._sheets()
        if "xl/sharedStrings.xml" in names:
            self.strings = self._shared_strings()
        if "xl/styles.xml" in names:
            self.styles = self._styles()
        lines: list[Line] = []
        parts: list[tuple[int, str]] = []
        start = 0
        for title, path in sheets:
            rows = _SheetReader(self).read(path)
            parts.append((start, title))
            lines += [Line(start + number, cells) for number, cells in rows if any(cells)]
            start += rows[-1][0] if rows else 0
        return lines, parts

    def parse(self, path: str, start: Callable[..., None], end: Callable[..., None], text: Callable[..., None]) -> None:
        """Feed one part to the handlers, unpacking no more than the budget."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _no_doctype
        with self.archive.open(path) as part:
            while chunk := part.read(_CHUNK):
                self.budget -= len(chunk)
                if self.budget < 0:
                    raise _Bad(f"more than {MAX_UNPACKED // 1_000_000} MB when unpacked")
                parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _sheets(self) -> list[tuple[str, str]]:
        """Title and path of each sheet, in the order of the tabs."""
        found: list[tuple[str, str]] = []
        targets: dict[str, str] = {}

        def relation(name: str, attributes: Mapping[str, str]) -> None:
            if name == "Relationship":
                target = attributes.get("Target", "")
                targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

        def sheet(name: str, attributes: Mapping[str, str]) -> None:
            if name == "sheet":
                identity = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                found.append((attributes.get("name", f"{len(found) + 1}"), targets.get(identity, "")))
            elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.day_zero = _DAY_ZERO_1904

        self.parse("xl/_rels/workbook.xml.rels", relation, _nothing, _nothing)
        self.parse("xl/workbook.xml", sheet, _nothing, _nothing)
        if len(found) > MAX_SHEETS:
            raise _Bad(f"{len(found)} sheets, more than {MAX_SHEETS}")
        return [(title, path) for title, path in found if "worksheets/" in path]

    def _shared_strings(self) -> list[str]:
        strings: list[str] = []
        piece: list[str] = []
        state = {"text": False, "phonetic": False}

        def start(name: str, _: Mapping[str, str]) -> None:
            if name == "si":
                piece.clear()
            state["text"] = name == "t" and not state["phonetic"]
            state["phonetic"] = state["phonetic"] or name == "rPh"

        def end(name: str) -> None:
            state["text"] = False
            if name == "rPh":
                state["phonetic"] = False
            elif name == "si":
                strings.append(clean_cell("".join(piece)))

        def text(data: str) -> None:
            if state["text"]:
                piece.append(data)

        self.parse("xl/sharedStrings.xml", start, end, text)
        return strings

    def _styles(self) -> list[str | int]:
        """For each cell style: "date", the width of a format of zeros (0000), or ""."""
        codes: dict[int, str] = {}
        styles: list[str | int] = []
        inside = {"xfs": False}

        def start(name: str, attributes: Mapping[str, str]) -> None:
            if name == "numFmt":
                codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside["xfs"] = True
            elif name == "xf" and inside["xfs"]:
                styles.append(_style(int(attributes.get("numFmtId", "0")), codes))

        def end(name: str) -> None:
            if name == "cellXfs":
                inside["xfs"] = False

        self.parse("xl/styles.xml", start, end, _nothing)
        return styles


def _style(identity: int, codes: Mapping[int, str]) -> str | int:
    if identity in _DATE_FORMATS:
        return "date"
    bare = _QUOTED.sub("", codes.get(identity, "")).casefold()
    if re.fullmatch(r"0{2,}", bare):
        return len(bare)
    return "date" if "y" in bare or "d" in bare else ""


@dataclass
class _SheetReader:
    """The cells of one sheet, row by row. Cells without a reference follow the one before."""

    book: _Workbook
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    number: int = 0
    column: int = 0
    size: int = 0
    cells: dict[int, str] = field(default_factory=dict)
    kind: str = ""
    style: str | int = ""
    text: list[str] = field(default_factory=list)
    reading: bool = False

    def read(self, path: str) -> list[tuple[int, tuple[str, ...]]]:
        self.book.parse(path, self._start, self._end, self._data)
        return self.rows

    def _start(self, name: str, attributes: Mapping[str, Any]) -> None:
        if name == "row":
            self.number = int(attributes.get("r", self.number + 1))
            self.column, self.cells = 0, {}
            if not self.number >= 1 or len(self.rows) >= MAX_LINES:
                raise _Bad(f"more than {MAX_LINES:,} rows")
        elif name == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column(match[1]) if match else self.column + 1
            if self.column > MAX_CELLS:
                raise _Bad(f"a cell in column {self.column:,}; at most {MAX_CELLS} are read")
            style = int(attributes.get("s", "0"))
            self.kind = attributes.get("t", "n")
            self.style = self.book.styles[style] if 0 <= style < len(self.book.styles) else ""
            self.text = []
        elif name in ("v", "t"):
            self.reading = True

    def _data(self, data: str) -> None:
        if self.reading:
            self.text.append(data)

    def _end(self, name: str) -> None:
        if name in ("v", "t"):
            self.reading = False
        elif name == "c" and self.text:
            self.cells[self.column] = self._shown("".join(self.text))
        elif name == "row":
            width = max(self.cells, default=0)
            self.size += width
            if self.size > MAX_TABLE:
                raise _Bad(f"more than {MAX_TABLE:,} cells")
            self.rows.append((self.number, tuple(self.cells.get(i, "") for i in range(1, width + 1))))

    def _shown(self, raw: str) -> str:
        """The cell as text: strings cleaned, dates as 2034-02-15, numbers without trailing zeros."""
        if self.kind == "s":
            index = int(raw)
            if not 0 <= index < len(self.book.strings):
                raise _Bad(f"a cell that refers to string {index}, which does not exist")
            return self.book.strings[index]
        if self.kind != "n":
            return clean_cell(raw)
        value = float(raw)
        if self.style == "date" and 0 < value < 200_000:
            return (self.book.day_zero + timedelta(days=int(value))).isoformat()
        shown = number_text(value)
        return shown.zfill(self.style) if isinstance(self.style, int) and shown.isdigit() else shown


def number_text(value: float) -> str:
    """A number as text that cannot be read in two ways: 23.125 is written 23.1250."""
    if not math.isfinite(value):
        return repr(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _no_doctype(*_: object) -> None:
    raise _Bad("a document type declaration, which no workbook has")


def _nothing(*_: object) -> None:
    """Handler for what is of no interest."""
