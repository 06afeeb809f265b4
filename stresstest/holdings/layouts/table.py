"""Tables of positions: any broker's, found by their headings, read with the help of a preset.

A file may hold several tables, each under its own header; totals, lots, titles and disclaimers between the rows are
left out with their reason, and the totals are kept for the comparison with what was read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..dates import date_order, find_date, parse_date
from ..findings import Findings
from ..headings import Header, plain_heading, read_header
from ..markets import currency_codes
from ..numbers import is_empty
from ..preset import GENERIC, Preset, RowWords, kind_words, presets, row_words
from ..raw import Columns, FileTotal, RawRow, Reading
from ..text import Line, Sheet
from .finish import finished
from .transactions import is_transaction_header

NAME = "table"
#: A header has at least one of each: something that names the security, and something that tells how much.
WHO, MUCH = ("symbol", "isin", "cusip", "name"), ("quantity", "market_value", "weight")
_ACCOUNT_TITLE = re.compile(r"positions for (?:account )?(.*?) as of ", re.IGNORECASE)
_LOT_TITLE = re.compile(r"(\S+) lot details", re.IGNORECASE)
_BASE_HEADING = re.compile(r"(?:value|waarde|wert|montant|kurswert) (?:in|en) ([a-z]{3})")
#: A cell that begins like a number is in no header row.
_NUMBER = re.compile(r"[($€£-]*\d")
#: Symbols with these stars are core positions of Fidelity: plain cash, or a money-market fund.
STAR, CORE_CASH = "**", ("FCASH", "CORE", "USD")
#: Words of the side column, and the sign they give the quantity.
SHORT = ("short", "融券", "sold", "kurz")


def recognises(sheet: Sheet, mapping: Preset | None = None) -> bool:
    """Any row of the sheet is the header of a table of positions."""
    return any(find_preset(line.cells, mapping) for line in sheet.lines[:2000])


def find_preset(cells: Sequence[str], mapping: Preset | None = None) -> Preset | None:
    """The preset whose marks the row holds; the general one for any other header of positions; None for no header."""
    if sum(map(bool, cells)) < 2 or _NUMBER.match(cells[0]) is not None:
        return None
    headings = [plain_heading(cell) for cell in cells]
    if mapping is not None:
        return mapping if _fits_mapping(mapping, headings) else None
    fitting = [preset for preset in presets() if preset.fits(headings)]
    if fitting:
        return max(fitting, key=lambda preset: len(preset.marks))
    if is_transaction_header(cells):
        return None
    found = read_header(cells, GENERIC.aliases).index
    enough = any(c in found for c in WHO) and any(c in found for c in MUCH) and len(found) >= 3
    return GENERIC if enough or _is_pair(cells) else None


def _is_pair(cells: Sequence[str]) -> bool:
    """Whether a row heads the shortest list of all: a symbol and a quantity, and nothing else."""
    return sum(map(bool, cells)) == 2 and set(read_header(cells, GENERIC.aliases).index) == {"symbol", "quantity"}


def _fits_mapping(mapping: Preset, headings: Sequence[str]) -> bool:
    """A mapping fits the row that has its marks; without marks, the row that has all its columns."""
    if mapping.marks:
        return mapping.fits(headings)
    found = read_header(headings, mapping.aliases).index
    own = all(column in found for column, names in mapping.columns.items() if names)
    return own and any(c in found for c in WHO) and any(c in found for c in MUCH)


@dataclass
class _State:
    """Where the reader stands in the sheet."""

    findings: Findings
    mapping: Preset | None
    preset: Preset = GENERIC
    header: Header | None = None
    columns: Columns = field(default_factory=lambda: Columns(()))
    words: RowWords = field(default_factory=lambda: row_words(GENERIC))
    rows: list[RawRow] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    totals: list[FileTotal] = field(default_factory=list)
    stated: list[date] = field(default_factory=list)
    #: Lines since the header, and since the last total.
    table: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    account: str = ""
    title_symbol: str = ""
    group: str = ""
    base: str = ""
    names: list[str] = field(default_factory=list)
    closed: str = ""
    transactions: int = 0


def read(sheet: Sheet, findings: Findings, mapping: Preset | None = None) -> Reading:
    """Every table of the sheet as rows in the words of our plain format."""
    state = _State(findings, mapping)
    for line in sheet.lines:
        _take(line, state)
    return finished(sheet, _last_day(state, sheet), state)


def _take(line: Line, state: _State) -> None:
    preset = find_preset(line.cells, state.mapping)
    aside = state.header is not None and state.header.width > 2 and _is_pair(line.cells)
    if preset is not None and not aside:
        _begin(line, preset, state)
    elif is_transaction_header(line.cells):
        state.transactions = line.number
        state.closed = "transaction: already contained in the positions"
        state.findings.skip(line.number, line.text, "header of a table of transactions")
    elif state.closed:
        _note_date(line, state)
        state.findings.skip(line.number, line.text, state.closed)
    elif state.header is None:
        _preamble(line, state, "above the header row")
    else:
        _row(line, state, state.header)


def _begin(line: Line, preset: Preset, state: _State) -> None:
    state.preset, state.words, state.closed = preset, row_words(preset), ""
    state.header = read_header(line.cells, preset.aliases)
    names = tuple(dict.fromkeys((*state.header.index, "symbol", "account", "quantity", "currency", "market_value")))
    state.columns = Columns(names, state.header.titles)
    state.table, state.block, state.group = [], [], ""
    state.base = preset.base if preset.base != "USD" else _base_of(state.header) or state.base
    state.names.append(preset.name)


def _base_of(header: Header) -> str:
    """The base currency that the heading of a value names ("Value in CHF"), or ""."""
    match = _BASE_HEADING.search(plain_heading(header.titles.get("base_value", "")))
    return match[1].upper() if match else ""


def _preamble(line: Line, state: _State, reason: str) -> None:
    """A line outside the table: it may name the account or the security, and the day."""
    _note_date(line, state)
    if sum(map(bool, line.cells)) == 1:
        title = _ACCOUNT_TITLE.match(line.text)
        lots = _LOT_TITLE.match(line.text)
        state.account = title[1] if title else line.text
        state.title_symbol = lots[1] if lots else ""
    state.findings.skip(line.number, line.text, reason)


def _note_date(line: Line, state: _State) -> None:
    day = find_date(line.text.replace("-", " ", 2) if line.text[:15] == "Date downloaded" else line.text)
    if day is not None and 1990 < day.year < 2100:
        state.stated.append(day)


def _row(line: Line, state: _State, header: Header) -> None:
    """One line below a header: a holding, or something else that is left out with its reason."""
    cells, shown = line.cells, header.cell(line.cells, "symbol")
    symbol = shown if shown.strip("-") or state.preset.lots else ""
    first = next(cell for cell in cells if cell)
    kind = state.words.kind(symbol or first) or (state.words.kind(first) if first != symbol else "")
    if kind == "total":
        _total(line, state, header)
    elif kind == "end":
        state.closed = "footnote"
        state.findings.skip(line.number, line.text, state.closed)
    elif kind == "skip":
        state.findings.skip(line.number, line.text, "a figure that belongs to no position")
    elif sum(map(bool, cells)) == 1 and header.width > 2:
        _lone(line, state, header)
    elif kind in ("cash", "pending"):
        _money(line, state, header, kind)
    else:
        _holding(line, state, header, symbol)


def _lone(line: Line, state: _State, header: Header) -> None:
    if state.preset.groups and header.cell(line.cells, "symbol"):
        state.group = line.text
        state.findings.skip(line.number, line.text, "names the security below")
    elif state.preset.titles == "account":
        _preamble(line, state, "title: names the account below")
    else:
        _note_date(line, state)
        state.findings.skip(line.number, line.text, "title, disclaimer or footer")


def _total(line: Line, state: _State, header: Header) -> None:
    """Keep a stated total with the rows it may be the sum of: those since the last total, the table, all."""
    state.findings.skip(line.number, line.text, "total")
    text = header.cell(line.cells, "market_value")
    if not is_empty(text) and is_empty(header.cell(line.cells, "quantity")):
        label = next(cell for cell in line.cells if cell)
        scopes = (frozenset(state.block), frozenset(state.table), frozenset(row.line for row in state.rows))
        label = f"{label} {state.account}".strip() if state.preset.titles == "account" else label
        state.totals.append(FileTotal(line.number, label, text, scopes, common=True))
    state.block = []


def _money(line: Line, state: _State, header: Header, kind: str) -> None:
    """Cash, and pending activity that will be cash. Where there is no value, a short row holds it in its last cell."""
    amount = header.cell(line.cells, "market_value")
    filled = [cell for cell in line.cells if cell]
    if is_empty(amount):
        quantity = header.cell(line.cells, "quantity")
        amount = quantity if not is_empty(quantity) else filled[-1] if len(filled) == 2 else ""
    if kind == "pending":
        if not _is_number(amount) or amount in ("0", "0.00"):
            state.findings.skip(line.number, line.text, "pending activity without an amount")
            return
        title = state.columns.titles.get("market_value", "")
        state.findings.warn(line.number, title, amount, "settled cash", "Pending activity counts as cash.")
    _add(line, state, header, "cash", symbol="CASH", quantity=amount, price="", market_value="")


def _is_number(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _holding(line: Line, state: _State, header: Header, symbol: str) -> None:
    cell = {name: header.cell(line.cells, name) for name in ("quantity", "market_value", "weight", "base_value")}
    bare = symbol or cell["quantity"]
    if state.preset.lots and (_is_date(symbol) or (symbol == "--")):
        state.findings.skip(line.number, line.text, f"lot of {state.rows[-1].text('symbol') if state.rows else '?'}")
    elif plain_heading(header.cell(line.cells, "level")) == "lot":
        state.findings.skip(line.number, line.text, f"lot of {symbol}")
    elif not any(_is_number(text) for text in cell.values()):
        _no_amount(line, state, header, bare)
    else:
        _security(line, state, header, symbol)


def _no_amount(line: Line, state: _State, header: Header, symbol: str) -> None:
    """A row without any amount: a watched security, a footer, or a holding whose amount is damaged."""
    damaged = [c for c in ("quantity", "market_value") if not is_empty(header.cell(line.cells, c))]
    if damaged and symbol:
        text = header.cell(line.cells, damaged[0])
        state.findings.error(line.number, state.columns.titles.get(damaged[0], damaged[0]), text, "a number")
        return
    if state.preset.groups and symbol:
        state.group = symbol
    _note_date(line, state)
    state.findings.skip(line.number, line.text, "no quantity and no value")


def _is_date(text: str) -> bool:
    if not text[:1].isdigit():
        return False
    try:
        return bool(parse_date(text))
    except ValueError:
        return False


def _security(line: Line, state: _State, header: Header, symbol: str) -> None:
    if any(line.cells[header.width :]):
        hint = 'Numbers with a thousands separator need quotation marks: "1,250". So do names with a comma.'
        state.findings.error(line.number, "", f"{len(line.cells)} cells", f"{header.width} cells, as in the header",
                             hint)  # fmt: skip
        return
    kind = _kind(line, state, header)
    replaced: dict[str, str] = {}
    if state.preset.coded and symbol in currency_codes():
        kind, replaced["currency"] = "cash", symbol
    if symbol.endswith(STAR):
        kind = "cash" if symbol.rstrip("*") in CORE_CASH else "money_market"
    symbol = symbol.rstrip("*") or _other_name(line, header) or state.title_symbol
    if state.preset.groups:
        symbol = _grouped(symbol, state)
    replaced["symbol"] = state.preset.symbols.get(symbol, symbol)
    if kind == "cash":
        replaced |= _cash_cells(line, header)
    if kind not in ("bond", "") and "rating" in header.index:
        replaced["rating"] = ""  # brokers rate shares too, on scales of their own
    if _is_short(line, state, header):
        for column in ("quantity", "market_value", "base_value"):
            replaced[column] = _negative(replaced.get(column, header.cell(line.cells, column)))
    _add(line, state, header, kind, **replaced)


def _cash_cells(line: Line, header: Header) -> dict[str, str]:
    """Cash counts by its value; where it has none, by its quantity. A symbol that is a currency code is kept."""
    value = header.cell(line.cells, "market_value")
    amount = header.cell(line.cells, "quantity") if is_empty(value) else value
    return {"symbol": "CASH", "quantity": amount, "price": "", "market_value": ""}


def _other_name(line: Line, header: Header) -> str:
    """What names a security without a symbol: ISIN, CUSIP, or its description."""
    return next((t for c in ("isin", "cusip", "name") if not is_empty(t := header.cell(line.cells, c))), "")


def _grouped(symbol: str, state: _State) -> str:
    """In a list by underlying, an option shows only its expiry and strike: the underlying stands above."""
    option = re.fullmatch(r"\d+ (?:\([A-Za-z]+\) )?(\d{1,2} [A-Z]{3} \d\d \S+ (?:CALL|PUT))", symbol)
    if option is None:
        state.group = symbol
        return symbol
    return f"{state.group} {option[1]}"


def _kind(line: Line, state: _State, header: Header) -> str:
    """The class that the broker's category columns suggest, the most particular first."""
    for column in ("sub_kind", "asset_kind", "wide_kind"):
        word = header.cell(line.cells, column).casefold()
        kind = state.preset.kinds.get(word, kind_words().get(word))
        if word and kind is not None:
            return kind
    return ""


def _is_short(line: Line, state: _State, header: Header) -> bool:
    """Whether the side or the category of the row says that it is owed."""
    side = header.cell(line.cells, "side").casefold()
    return side in SHORT or header.cell(line.cells, "category") in state.preset.liability


def _negative(text: str) -> str:
    """The number with a minus sign, where it has none and is not in brackets."""
    return text if is_empty(text) or text.startswith(("-", "(", "\u2212")) else f"-{text.lstrip('+')}"


def _add(line: Line, state: _State, header: Header, kind: str, **replaced: str) -> None:
    account = header.cell(line.cells, "account") or state.account
    number = header.cell(line.cells, "account_number")
    cells = {"account": f"{account} {number[-4:]}".strip() if number else account[-40:]} | replaced
    values = tuple(cells.get(name, header.cell(line.cells, name)) for name in state.columns.names)
    state.rows.append(RawRow(line.number, state.columns, values, kind))
    state.days.append(header.cell(line.cells, "date"))
    state.table.append(line.number)
    state.block.append(line.number)


def _last_day(state: _State, sheet: Sheet) -> Mapping[int, date]:
    """Of a table with several days, the last: earlier rows are left out. Returns the day of each kept row."""
    order = date_order(state.days)
    days = {row.line: _day(text, order) for row, text in zip(state.rows, state.days, strict=True)}
    known = {line: day for line, day in days.items() if day is not None}
    if not known or not state.preset.snapshots:
        return known
    last = max(known.values())
    text_of = {line.number: line.text for line in sheet.lines}
    for row in state.rows:
        if days[row.line] != last:
            shown = days[row.line]
            reason = f"of {shown.isoformat() if shown else 'no day'}; the last day is {last.isoformat()}"
            state.findings.skip(row.line, text_of[row.line], reason)
    state.rows = [row for row in state.rows if days[row.line] == last]
    return {line: day for line, day in known.items() if day == last}


def _day(text: str, order: str) -> date | None:
    try:
        return parse_date(text, order)
    except (ValueError, OverflowError):
        return None
