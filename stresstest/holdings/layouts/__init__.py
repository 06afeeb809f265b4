"""The layouts that can be read. Most brokers are one entry of presets.toml; what is no table has a module here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from ...errors import InputError
from ..findings import Findings
from ..jsonfile import JsonTable, read_json
from ..markup import read_ofx, read_xml
from ..preset import Preset, presets
from ..raw import Reading
from ..source import Source
from ..text import Sheet, read_text
from ..workbook import read_workbook
from . import flex, ibkr_activity, ledger, ofx, plain, table


@dataclass(frozen=True)
class Found:
    """A file, read: what it holds, and how its bytes were decoded ("" where that is not a question)."""

    reading: Reading
    encoding: str = ""


def read_layout(source: Source, findings: Findings, as_of: date, mapping: Preset | None = None) -> Found:
    """Read a file with the layout that its content shows. mapping: the user's, which then must fit.

    Faults inside the file go to ``findings``; InputError is raised at once where no layout fits.
    """
    kind = source.kind
    if kind == "ofx":
        tree = read_ofx(source)
        if ofx.recognises(tree):
            return Found(ofx.read(tree, findings))
        _unknown(findings, "a file that is OFX by its first line only", None)
    if kind == "xml":
        tree = read_xml(source)
        if flex.recognises(tree):
            return Found(flex.read(tree, findings, as_of))
        _unknown(findings, f"an XML file of another kind ({tree.children[0].name})", None)
    if kind == "json":
        return Found(_read_json(read_json(source), findings, as_of, mapping))
    if kind == "workbook":
        sheet = read_workbook(source)
        findings.parts = sheet.parts
        return Found(_read_sheet(sheet, findings, as_of, mapping))
    sheet = read_text(source, mapping.encoding if mapping else "", mapping.delimiter if mapping else "")
    return Found(_read_sheet(sheet, findings, as_of, mapping), sheet.encoding)


def _read_sheet(sheet: Sheet, findings: Findings, as_of: date, mapping: Preset | None) -> Reading:
    """A table of text: a statement in sections, our own format, a broker's table, or a list of transactions."""
    if mapping is not None:
        return _read_mapped(sheet, findings, mapping)
    if ibkr_activity.recognises(sheet):
        return ibkr_activity.read(sheet, findings)
    own, transactions = plain.recognises(sheet), ledger.recognises(sheet)
    several = len(sheet.parts) > 1  # our own format is one table; each sheet of a workbook has its own header
    if own and not transactions and not several:
        return plain.read(sheet, findings)
    if table.recognises(sheet):
        return table.read(sheet, findings)
    if transactions:
        return ledger.read(sheet, findings, as_of)
    if own:
        return plain.read(sheet, findings)
    return _unknown(findings, sheet.lines[0].text, sheet.lines[0].number)


def _read_mapped(sheet: Sheet, findings: Findings, mapping: Preset) -> Reading:
    if table.recognises(sheet, mapping):
        return table.read(sheet, findings, mapping)
    wanted = ", ".join(name for names in mapping.columns.values() for name in names[:1])
    top = sheet.lines[0]
    return _unknown(findings, top.text, top.number, f"a header row with {wanted or 'the marks'}")


def _read_json(found: JsonTable, findings: Findings, as_of: date, mapping: Preset | None) -> Reading:
    sheet = found.sheet(findings.file)
    if not found.lists_transactions:
        return _read_sheet(sheet, findings, as_of, mapping)
    names = {
        str(profile.get("symbol")): str(profile.get("name"))
        for profile in found.document.get("assetProfiles", ())
        if isinstance(profile, dict)
    }
    return ledger.read_complete(sheet, findings, as_of, names)


def _unknown(findings: Findings, found: str, row: int | None, expected: str = "") -> NoReturn:
    known = ", ".join(preset.name for preset in presets())
    findings.error(
        row, "", found, expected or f"a header row of positions (known: plain, {known}, ibkr activity, flex, ofx)",
        "In our plain format the first row is: symbol,quantity,price. For other headings give a mapping file.",
    )  # fmt: skip
    raise InputError(findings.errors)
