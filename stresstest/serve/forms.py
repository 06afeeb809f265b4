"""What was sent with the form, and the request that it makes: every choice is one of ours, never a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import PurePosixPath

from ..holdings import example_names
from ..plumbing import plan_names
from ..scenarios import ALL_CHANNELS, LAYERS
from ..scenarios.shipped import GROUPS, library
from ..study.option_limits import Within, option_limits
from .guard import RefusedError

LANGUAGES = ("en", "zh-TW")
PATHS = ("1000", "2000", "10000")
#: Fields and characters that a form of ours can have.
MOST_PARTS, LONGEST_NAME = 40, 80
#: Lines that may begin a part: a body of nothing but parts would keep the parser busy for minutes.
MOST_DASHES = 10_000


@dataclass(frozen=True)
class Sent:
    """A form: texts by name, several for a list; the file and what its browser called it."""

    fields: Mapping[str, list[str]]
    file: bytes
    file_name: str

    def one(self, name: str, default: str = "") -> str:
        """The last text of a field."""
        return self.fields.get(name, [default])[-1].strip()


@dataclass(frozen=True)
class Request:
    """A run that was asked for. content: the holdings, or b"" for the shipped portfolio ``example``.

    without: channels and layers of uncertainty that are switched off.
    """

    content: bytes
    example: str
    name: str
    plan: str | None
    pace: float | None
    months: int
    scenarios: tuple[str, ...]
    paths: int
    lang: str
    without: tuple[str, ...] = ()


def parse(content_type: str, body: bytes) -> Sent:
    """A multipart form. Raises RefusedError for anything else."""
    if not content_type.lower().startswith("multipart/form-data") or "\n" in content_type or "\r" in content_type:
        raise RefusedError(415, "wrong_form")
    if body.count(b"\n--") > MOST_DASHES:
        raise RefusedError(400, "wrong_form")
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart() or message.defects:
        raise RefusedError(400, "wrong_form")
    parts = list(message.iter_parts())
    if len(parts) > MOST_PARTS:
        raise RefusedError(400, "wrong_form")
    fields: dict[str, list[str]] = {}
    file, file_name = b"", ""
    for part in parts:
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if name == "file":
            file, file_name = content, str(part.get_filename() or "")
        else:
            fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
    return Sent(fields, file, file_name)


def request(sent: Sent) -> Request:
    """The run that a form asks for. Raises RefusedError with the sentence that says what is missing or wrong."""
    plan = sent.one("plan")
    if plan and plan not in plan_names():
        raise RefusedError(400, "wrong_choice")
    taken = option_limits()
    pace = _number(sent.one("pace"), taken["pace"], "wrong_pace") if sent.one("pace") else None
    if plan and pace is not None:
        raise RefusedError(400, "plan_and_pace")
    scenarios = tuple(name for name in sent.fields.get("scenario", []) if name)
    paths, lang = sent.one("paths", PATHS[1]), sent.one("lang", LANGUAGES[0])
    without = tuple(name for name in sent.fields.get("without", []) if name)
    if not set(without) <= {*ALL_CHANNELS, *LAYERS}:
        raise RefusedError(400, "wrong_choice")
    if not set(scenarios) <= {*library(), *GROUPS} or paths not in PATHS or lang not in LANGUAGES:
        raise RefusedError(400, "wrong_choice")
    months = _number(sent.one("months", "12"), taken["months"], "wrong_months")
    if not months.is_integer():
        raise RefusedError(400, "wrong_months")
    content, example, name = _holdings(sent)
    return Request(content, example, name, plan or None, pace, int(months), scenarios, int(paths), lang, without)


def _holdings(sent: Sent) -> tuple[bytes, str, str]:
    """The file, else the pasted text, else a shipped portfolio; with the name that the report shows."""
    if sent.file:
        return sent.file, "", display_name(sent.file_name)
    pasted = sent.fields.get("pasted", [""])[-1]
    if pasted.strip():
        return pasted.replace("\r\n", "\n").encode(), "", "holdings"
    example = sent.one("example")
    if not example:
        raise RefusedError(400, "no_holdings")
    if example not in example_names():
        raise RefusedError(400, "wrong_choice")
    return b"", example, example


def display_name(file_name: str) -> str:
    """The last part of a file name for the title of the report; it never names a file of ours."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name.rsplit(".", 1)[0]
    shown = "".join(character for character in stem if character.isprintable()).strip()
    return shown[:LONGEST_NAME] or "holdings"


def _number(text: str, taken: Within, key: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise RefusedError(400, key) from None
    if value not in taken:
        raise RefusedError(400, key)
    return value
