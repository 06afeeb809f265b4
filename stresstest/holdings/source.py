"""A file on disk: its bytes, within bounds, and what kind of container they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, Problem

#: The largest file that a holdings list can plausibly be: a million rows.
MAX_BYTES = 200_000_000

#: First bytes of files that people export by mistake, and what to do instead.
FOREIGN = {
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "Open it and save it as .xlsx or CSV (UTF-8)."),
    b"%PDF": ("a PDF document", "Download the positions as CSV from the broker's site."),
    b"<!DOCTYPE": ("a web page", "Download the positions as CSV; the page itself is not a list of holdings."),
    b"<html": ("a web page", "Download the positions as CSV; the page itself is not a list of holdings."),
    b"<HTML": ("a web page", "Download the positions as CSV; the page itself is not a list of holdings."),
    b"\x1f\x8b": ("a compressed file", "Unpack it first."),
    b"Rar!": ("a compressed file", "Unpack it first."),
}
_BLANK = b"\xef\xbb\xbf \r\n\t"


@dataclass(frozen=True)
class Source:
    """A file as it came. sha256: fingerprint of its bytes."""

    name: str
    data: bytes
    sha256: str

    @property
    def kind(self) -> str:
        """ "workbook", "ofx", "xml", "json" or "text", by the first bytes."""
        head = self.data[:4096].lstrip(_BLANK)
        if head.startswith(b"PK\x03\x04"):
            return "workbook"
        if head.startswith(b"OFXHEADER") or b"<OFX>" in self.data[:4096]:
            return "ofx"
        if head.startswith(b"<"):
            return "xml"
        return "json" if head.startswith((b"{", b"[")) else "text"

    def refusal(self, found: str, expected: str, hint: str = "", row: int | None = None) -> InputError:
        """The error for a file that cannot be read at all."""
        return InputError(Problem(row, "", found, expected, hint, self.name))


def read_source(path: Path) -> Source:
    """The content of a regular file of at most MAX_BYTES; one byte more is never held.

    Raises InputError for a file that is missing, too large, no file, or of a kind that holds no holdings.
    """
    source = Source(path.name or str(path), b"", "")  # "." has no name
    expected = f"a file of at most {MAX_BYTES // 1_000_000} MB"
    try:
        if not path.is_file():
            found = "a folder or device" if path.exists() else "no such file"
            raise source.refusal(found, expected, "Check the path.")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise source.refusal(f"{size / 1e6:.0f} MB", expected, "A holdings list is a few kilobytes.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise source.refusal(str(error), expected, "Check the path and the permissions.") from error
    if len(data) > MAX_BYTES:
        raise source.refusal("a file that grows while it is read", expected)
    for magic, (found, hint) in FOREIGN.items():
        if data[:4096].lstrip(_BLANK).startswith(magic):
            raise source.refusal(found, "a CSV, XLSX, OFX, XML or JSON file", hint)
    return Source(path.name, data, hashlib.sha256(data).hexdigest())
