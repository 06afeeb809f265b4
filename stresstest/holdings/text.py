"""Bytes to rows of text: size, binary, encoding, delimiter and physical line numbers are settled here, once."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, Problem

#: The largest file, line, row and file length that a holdings list can plausibly have.
MAX_BYTES = 25_000_000
MAX_LINES = 200_000
MAX_LINE_LENGTH = 100_000
MAX_CELLS = 500
#: Lines that are looked at to choose the delimiter.
SNIFF_LINES = 60
DELIMITERS = ",;\t|"

#: First bytes of files that people export by mistake, and what to do instead.
FOREIGN = {
    b"PK\x03\x04": ("an Excel workbook or ZIP archive", "Open it and save the sheet of positions as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "Open it and save the sheet of positions as CSV (UTF-8)."),
    b"%PDF": ("a PDF document", "Download the positions as CSV from the broker's site."),
    b"OFXHEADER": ("an OFX file", "Download the positions as CSV."),
    b"<?xml": ("an XML file", "Download the positions as CSV."),
    b"<!DOCTYPE": ("a web page", "Download the positions as CSV; the page itself is not a list of holdings."),
    b"<": ("an XML or HTML document", "Download the positions as CSV."),
    b"{": ("a JSON document", "Give the holdings as CSV with the columns symbol,quantity."),
    b"[": ("a JSON document", "Give the holdings as CSV with the columns symbol,quantity."),
}
_AFTER_QUOTE = re.compile(r'" +(?=[,;|\t\r\n]|$)')
_EXCEL_GUARD = re.compile(r'="(.*)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One record. number: physical line in the file where it begins, 1 for the first."""

    number: int
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        """The cells that are not empty, for messages."""
        return ", ".join(cell for cell in self.cells if cell)


@dataclass(frozen=True)
class Sheet:
    """A table of text cells, blank lines and comments removed, and the fingerprint of the file it came from."""

    name: str
    lines: tuple[Line, ...]
    sha256: str
    encoding: str


def read_sheet(path: Path) -> Sheet:
    """Read a delimited text file.

    Raises InputError for a file that is missing, too large, binary, empty, only comments, or not a table.
    Memory is bounded: the size is checked before anything is read.
    """
    data = _read_bytes(path)
    text, encoding = _decode(path, data)
    _check_shape(path, text)
    lines = tuple(_lines(path, text))
    if not lines:
        raise _refusal(path, "an empty file or one with only comments", "a header row and at least one holding")
    return Sheet(path.name, lines, hashlib.sha256(data).hexdigest(), encoding)


def _refusal(path: Path, found: str, expected: str, hint: str = "", row: int | None = None) -> InputError:
    return InputError(Problem(row, "", found, expected, hint, path.name))


def _read_bytes(path: Path) -> bytes:
    """Content of a regular file of at most MAX_BYTES; one byte more is never held."""
    expected = f"a text file of at most {MAX_BYTES // 1_000_000} MB"
    try:
        if not path.is_file():
            raise _refusal(path, "a folder or device" if path.exists() else "no such file", expected, "Check the path.")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _refusal(path, f"{size / 1e6:.0f} MB", expected, "A holdings list is a few kilobytes.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refusal(path, str(error), expected, "Check the path and the permissions.") from error
    if len(data) > MAX_BYTES:
        raise _refusal(path, "a file that grows while it is read", expected)
    return data


def _decode(path: Path, data: bytes) -> tuple[str, str]:
    """Text and the encoding used: a byte-order mark decides, then UTF-8, then CP950 (Big5), then CP1252."""
    for magic, (found, hint) in FOREIGN.items():
        if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            raise _refusal(path, found, "a CSV file", hint)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        if b"\0" in data:
            raise _refusal(path, "binary data (zero bytes)", "a CSV file", "Export the holdings as CSV.")
        encodings = ["utf-8-sig", "cp950", "cp1252"] if _looks_big5(data) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise _refusal(path, "bytes in no known encoding", "UTF-8, CP950 or CP1252 text", "Save the file as CSV UTF-8.")


def _looks_big5(data: bytes) -> bool:
    """True if bytes above ASCII come in pairs, mostly of the frequent half of Big5.

    Western accents also form pairs with the letter that follows, but in the rare half of Big5.
    """
    pairs = re.findall(rb"([\x81-\xfe])[\x40-\x7e\xa1-\xfe]", data)
    frequent = sum(b"\xa1" <= lead <= b"\xc6" for lead in pairs)
    return bool(frequent * 2 > len(pairs))


def _check_shape(path: Path, text: str) -> None:
    """Refuse what the parser could only read with much memory: too many lines, or one endless line."""
    count = max(text.count("\n"), text.count("\r"))
    if count > MAX_LINES:
        raise _refusal(path, f"{count:,} line ends", f"at most {MAX_LINES:,} lines", "This is not a holdings list.")
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAX_LINE_LENGTH:
            found = f"a line of {len(line):,} characters"
            raise _refusal(path, found, f"at most {MAX_LINE_LENGTH:,}", "This is not a holdings list.", number)


def _lines(path: Path, text: str) -> Iterator[Line]:
    """Records with the physical line on which each begins; blank records and comment lines are left out."""
    physical = [_without_noise(line) for line in io.StringIO(text, newline="")]
    reader = csv.reader(physical, delimiter=_delimiter(physical), skipinitialspace=True, strict=True)
    begin = 1
    try:
        for record in reader:
            if len(record) > MAX_CELLS:
                found, hint = f"{len(record):,} columns", "This is not a holdings list."
                raise _refusal(path, found, f"at most {MAX_CELLS} columns", hint, begin)
            cells = tuple(_clean(cell) for cell in record)
            if any(cells):
                yield Line(begin, cells)
            begin = reader.line_num + 1
    except csv.Error as error:
        hint = "Look for a quotation mark that is opened and not closed, on this line or above."
        raise _refusal(path, str(error), "well-formed CSV", hint, begin) from error


def _without_noise(line: str) -> str:
    """Nothing for a comment; else the line without the blanks that some exports leave after a quotation mark."""
    return "" if line.lstrip().startswith("#") else _AFTER_QUOTE.sub('"', line)


def _delimiter(lines: list[str]) -> str:
    """The candidate that occurs most often outside quotation marks in the first lines; a comma on a tie."""
    head = [line for line in lines if line.strip()][:SNIFF_LINES]
    bare = re.sub(r'"[^"]*"', "", "".join(head))
    return max(DELIMITERS, key=bare.count)


def _clean(cell: str) -> str:
    """A cell without Excel's text guard, control and invisible characters, and outer blanks.

    A leading = + - or @ stays: cells are text and nothing here evaluates them.
    """
    if not cell.isascii() or not cell.isprintable():
        cell = "".join(_visible(char) for char in cell)
    cell = cell.strip()
    guarded = _EXCEL_GUARD.fullmatch(cell)
    return guarded.group(1).strip() if guarded else cell


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    return "" if category == "Cf" else char
