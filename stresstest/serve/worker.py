"""One run in a process of its own, so that it can be stopped, and its memory ends with it."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .forms import Request

#: Name of the uploaded file in the folder of its run, whatever the browser called it.
HOLDINGS = "holdings"


def work(asked: Request, folder: str, news: Connection) -> None:
    """Run ``asked`` and write the report into ``folder``/report.

    news: takes (stage, done, total) on the way, then ("done",), or ("refused", problems) with the problems of the input
    as dictionaries, or ("failed", text).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server ends its runs itself
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        _run(asked, Path(folder), news)
        news.send(("done",))
    except Exception as error:
        news.send(_bad_news(error))
    finally:
        news.close()
        sys.stdout.flush()


def _run(asked: Request, folder: Path, news: Connection) -> None:
    from ..report import write_reports
    from ..run import run
    from ..study.options import Options

    options = Options(
        pace=asked.pace,
        plan=asked.plan,
        months=asked.months,
        scenarios=asked.scenarios,
        paths=asked.paths,
        without=asked.without,
        progress=lambda stage, done, total: news.send((stage, done, total)),
    )
    holdings = f"example:{asked.example}" if asked.example else folder / HOLDINGS
    study = run(holdings, options)
    named = replace(study.portfolio, name=asked.name)
    study = replace(study, portfolio=named, inputs={**study.inputs, "holdings": asked.name})
    write_reports(study, folder / "report", asked.lang, progress=lambda name: news.send(("report", 0, 1)))


def _bad_news(error: Exception) -> tuple[Any, ...]:
    from ..errors import InputError, NoAnswerError

    if isinstance(error, InputError):
        return ("refused", [problem.to_dict() for problem in error.problems[:200]])
    if isinstance(error, NoAnswerError):
        problem = {"row": None, "column": "", "found": error.reason, "expected": "", "hint": error.relaxation}
        return ("refused", [problem])
    return ("failed", f"{type(error).__name__}: {error}"[:500])
