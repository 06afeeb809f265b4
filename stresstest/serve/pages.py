"""The pages around the report: form, progress, errors. Words by language, everything from outside escaped."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from ..holdings import example_names
from ..plumbing import named_plan, plan_names
from ..report import FILES, languages
from ..report.catalogue import load, phrasebook
from ..scenarios import ALL_CHANNELS, LAYERS
from ..scenarios.shipped import GROUPS, library
from ..study.option_limits import option_limits
from .forms import PATHS
from .jobs import Job
from .settings import limits

if TYPE_CHECKING:
    from jinja2 import Environment

#: Numbers of the form, which have a least and a largest value.
LIMITED = ("pace", "months")


@cache
def words(lang: str) -> Mapping[str, str]:
    """Texts of the pages in a language, by key."""
    source = resources.files("stresstest.serve").joinpath(f"words.{lang}.toml")
    found: Mapping[str, str] = tomllib.loads(source.read_text(encoding="utf-8"))
    return found


def language(asked: str | None, accepted: str = "") -> str:
    """The language asked for, else that of the browser, else English."""
    if asked in languages():
        return str(asked)
    return "zh-TW" if accepted.lower().startswith("zh") else "en"


def form(lang: str, token: str, refused: str = "") -> str:
    """The first page. refused: key of the sentence that says why the last form was not taken, "" for none."""
    t = load(lang)
    return _render(
        "form.html.j2",
        lang,
        token=token,
        refused=refused and sentence(lang, refused),
        plans=[(name, t.title("plan_title", name, named_plan(name).title)) for name in plan_names()],
        scenarios=[(s.name, t.title("scenario_title", s.name, s.title)) for s in library().values()],
        groups=[(name, words(lang)[f"group_{name}"]) for name in GROUPS],
        channels=[(name, t.label("channel", name)) for name in ALL_CHANNELS],
        layers=[(name, t.label("measure", name)) for name in LAYERS],
        examples=example_names(),
        paths=PATHS,
        **_limits(),
    )


def progress(job: Job, before: int) -> str:
    """The page of a run that has not ended; it asks again by itself."""
    w = words(job.asked.lang)
    stage = w.get(f"stage_{job.stage}", job.stage)
    share = job.done / job.total if job.total else None
    refresh = limits()["refresh_seconds"]
    return _render("job.html.j2", job.asked.lang, job=job, before=before, stage=stage, share=share, refresh=refresh)


def finished(job: Job, token: str) -> str:
    """Links to the report and its files."""
    return _render("done.html.j2", job.asked.lang, job=job, files=FILES, token=token)


def ended_badly(job: Job) -> str:
    """Why a run has no report: every fault of the input, or what failed."""
    say = phrasebook(job.asked.lang).keeping_codes()
    problems = [{**p, **{key: say(p[key]) for key in ("found", "expected", "hint")}} for p in job.problems]
    return _render("failed.html.j2", job.asked.lang, job=job, problems=problems, minutes=limits()["run_seconds"] // 60)


def error(lang: str, status: int, key: str) -> str:
    """A page for a request that is not answered, in both languages."""
    both = [(load(name).tag, words(name)["error"], sentence(name, key)) for name in (lang, *_others(lang))]
    return _render("error.html.j2", lang, status=status, both=both)


def sentence(lang: str, key: str) -> str:
    """Why a request was refused, with the limit that it passed."""
    return words(lang).get(key, key).format_map(_limits())


def _limits() -> Mapping[str, str]:
    """Limits as they stand in sentences and fields."""
    taken = {f"{end}_{name}": f"{getattr(option_limits()[name], end):g}" for name in LIMITED for end in ("low", "high")}
    return {**taken, "megabytes": str(limits()["body_bytes"] // 1_000_000)}


def _others(lang: str) -> tuple[str, ...]:
    return tuple(name for name in languages() if name != lang)


def _render(name: str, lang: str, **values: Any) -> str:
    others = [(other, words(other)["language"], load(other).tag) for other in _others(lang)]
    shown = {"w": words(lang), "lang": lang, "tag": load(lang).tag, "others": others, **values}
    return _environment().get_template(name).render(**shown)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("stresstest.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
