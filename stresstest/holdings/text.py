"""Delimited text to a sheet of cells: encoding, delimiter and physical line numbers are settled here, once."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .headings import known_headings, plain_heading
from .source import Source

#: The longest file, line and row that a holdings list can plausibly have.
MAX_LINES = 1_100_000
MAX_LINE_LENGTH = 100_000
MAX_CELLS = 500
#: The most cells of a whole file: what is held in memory at once.
MAX_TABLE = 30_000_000
#: Lines that are looked at to choose the delimiter.
SNIFF_LINES = 60
DELIMITERS = ",;\t|"

_AFTER_QUOTE = re.compile(r'" +(?=[,;|\t\r\n]|$)')
_EXCEL_GUARD = re.compile(r'="(.*)"', re.DOTALL)
#: Text of only these characters needs no cleaning but blanks at the ends of cells.
_CLEAN = re.compile(r"[\x20-\x7e\r\n\t]*")


class Line(NamedTuple):
    """One record. number: physical line in the file where it begins, 1 for the first."""

    number: int
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        """The cells that are not empty, for messages."""
        return ", ".join(cell for cell in self.cells if cell)


@dataclass(frozen=True)
class Sheet:
    """A table of text cells, blank lines and comments removed.

    typed: numbers were numbers in the file, not text. delimiter: "" where the file has none. commas: whether a cell can
    hold a comma.
    """

    name: str
    lines: tuple[Line, ...]
    encoding: str = ""
    delimiter: str = ""
    typed: bool = False
    commas: bool = True
    parts: tuple[tuple[int, str], ...] = field(default_factory=tuple)


def read_text(source: Source, encoding: str = "", delimiter: str = "") -> Sheet:
    """Read a delimited text file. encoding, delimiter: used where given, found out where "".

    Raises InputError for a file that is binary, empty, only comments, or not a table. Memory is bounded.
    """
    text, used = _decode(source, encoding)
    _check_shape(source, text)
    mark = delimiter or _delimiter(text)
    lines = tuple(_lines(source, text, mark))
    if not lines:
        raise source.refusal("an empty file or one with only comments", "a header row and at least one holding")
    return Sheet(source.name, lines, used, mark, commas=mark != "," or '"' in text)


def _decode(source: Source, encoding: str) -> tuple[str, str]:
    """Text and the encoding used: a byte-order mark decides, then UTF-8, then CP950 (Big5), then CP1252."""
    data = source.data
    if encoding:
        encodings = [encoding]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        if b"\0" in data:
            size = f"{len(data) / 1e6:.1f} MB" if len(data) >= 1e6 else f"{len(data):,} bytes"
            found = f"{size} of binary data (zero bytes)"
            raise source.refusal(found, "a CSV file", "Export the holdings as CSV.")
        encodings = ["utf-8-sig", "cp950", "cp1252"] if _looks_big5(data) else ["utf-8-sig", "cp1252"]
    for name in encodings:
        try:
            return data.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    raise source.refusal("bytes in no known encoding", "UTF-8, CP950 or CP1252 text", "Save the file as CSV UTF-8.")


def _looks_big5(data: bytes) -> bool:
    """True if bytes above ASCII come in pairs, mostly of the frequent half of Big5.

    Western accents also form pairs with the letter that follows, but in the rare half of Big5.
    """
    if data.isascii():
        return False
    pairs = re.findall(rb"([\x81-\xfe])[\x40-\x7e\xa1-\xfe]", data[:1_000_000])
    frequent = sum(b"\xa1" <= lead <= b"\xc6" for lead in pairs)
    return bool(frequent * 2 > len(pairs))


def _check_shape(source: Source, text: str) -> None:
    """Refuse what the parser could only read with much memory: too many lines, or one endless line."""
    count = max(text.count("\n"), text.count("\r"))
    if count > MAX_LINES:
        raise source.refusal(f"{count:,} line ends", f"at most {MAX_LINES:,} lines", "This is not a holdings list.")
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAX_LINE_LENGTH:
            found = f"a line of {len(line):,} characters"
            raise source.refusal(found, f"at most {MAX_LINE_LENGTH:,}", "This is not a holdings list.", number)


def _lines(source: Source, text: str, delimiter: str) -> Iterator[Line]:
    """Records with the physical line on which each begins; blank records and comment lines are left out."""
    physical: Iterable[str] = io.StringIO(text, newline="")
    if "#" in text or '" ' in text:
        physical = map(_without_noise, physical)
    neat = _CLEAN.fullmatch(text) is not None and '="' not in text
    clean = str.strip if neat else _clean
    reader = csv.reader(physical, delimiter=delimiter, skipinitialspace=True, strict=True)
    begin, size = 1, 0
    try:
        for record in reader:
            size += len(record)
            if len(record) > MAX_CELLS or size > MAX_TABLE:
                found, hint = f"{len(record):,} columns, {size:,} cells", "This is not a holdings list."
                raise source.refusal(found, f"at most {MAX_CELLS} columns and {MAX_TABLE:,} cells", hint, begin)
            cells = tuple(map(clean, record))
            if any(cells):
                yield Line(begin, cells)
            begin = reader.line_num + 1
    except csv.Error as error:
        hint = "Look for a quotation mark that is opened and not closed, on this line or above."
        raise source.refusal(str(error), "well-formed CSV", hint, begin) from error


def _without_noise(line: str) -> str:
    """Nothing for a comment; else the line without the blanks that some exports leave after a quotation mark."""
    return "" if line.lstrip().startswith("#") else _AFTER_QUOTE.sub('"', line)


def _delimiter(text: str) -> str:
    """The mark that splits a line into most known headings; else the most frequent outside quotation marks.

    A comma on a tie. Counting alone would be misled by decimal commas and by words in a preamble.
    """
    head = [line for line in text[: SNIFF_LINES * 2000].splitlines() if line.strip()][:SNIFF_LINES]
    known = known_headings()

    def headings(mark: str) -> int:
        return max(
            (len(known.intersection(plain_heading(c.strip('" ')) for c in line.split(mark))) for line in head),
            default=0,
        )

    scores = {mark: headings(mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark])
    if scores[best] >= 2:
        return best
    bare = re.sub(r'"[^"]*"', "", "\n".join(head))
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


def clean_cell(cell: str) -> str:
    """A cell from a container other than CSV, cleaned in the same way."""
    return _clean(cell)
