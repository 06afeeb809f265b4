"""Which page answers which address. An address is compared, never turned into a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ..report import FILES
from . import pages
from .forms import parse, request
from .guard import Guard, RefusedError
from .jobs import DONE, ENDED, Job, Jobs

HTML = "text/html; charset=utf-8"
KINDS = {
    "html": HTML,
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Answer:
    """What is sent back. headers: beside those of every answer."""

    body: bytes
    status: int = 200
    kind: str = HTML
    headers: dict[str, str] = field(default_factory=dict)


def answer_get(address: str, lang: str, jobs: Jobs, guard: Guard) -> Answer:
    """A page, the report, or one of its files. Raises RefusedError for any other address."""
    parts = urlsplit(address)
    if parts.path == "/":
        asked = parse_qs(parts.query).get("lang", [None])[-1]
        return Answer(pages.form(pages.language(asked, lang), guard.token).encode())
    _, first, *rest = parts.path.split("/")
    if first != "run" or not 1 <= len(rest) <= 2:
        raise RefusedError(404, "not_found")
    job = jobs.find(rest[0])
    return _page(job, jobs, guard) if len(rest) == 1 else _file(job, rest[1])


def answer_post(address: str, content_type: str, body: bytes, jobs: Jobs, guard: Guard) -> Answer:
    """Queue a run, or delete one. Raises RefusedError."""
    sent = parse(content_type, body)
    guard.check_token(sent.one("token"))
    if address == "/run":
        try:
            asked = request(sent)
        except RefusedError as refused:
            lang = pages.language(sent.one("lang"))
            return Answer(pages.form(lang, guard.token, refused.key).encode(), status=refused.status)
        return _to(f"/run/{jobs.add(asked).id}")
    if address == "/delete":
        lang = jobs.find(sent.one("run")).asked.lang
        jobs.remove(sent.one("run"))
        return _to(f"/?lang={lang}")
    raise RefusedError(404, "not_found")


def _page(job: Job, jobs: Jobs, guard: Guard) -> Answer:
    if job.state == DONE:
        return Answer(pages.finished(job, guard.token).encode())
    if job.state in ENDED:
        return Answer(pages.ended_badly(job).encode())
    return Answer(pages.progress(job, jobs.before(job)).encode())


def _file(job: Job, name: str) -> Answer:
    if job.state != DONE or name not in FILES:
        raise RefusedError(404, "not_found")
    kind = KINDS[name.rpartition(".")[2]]
    headers = {} if kind == HTML else {"Content-Disposition": f'attachment; filename="{name}"'}
    return Answer((job.folder / "report" / name).read_bytes(), kind=kind, headers=headers)


def _to(address: str) -> Answer:
    return Answer(b"", status=303, headers={"Location": address})
