"""The queue of runs: a few at a time, a few waiting, each for a bounded time, the oldest results forgotten first."""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .forms import Request
from .guard import RefusedError
from .settings import limits
from .worker import HOLDINGS, work

WAITING, RUNNING, DONE, REFUSED, FAILED, LATE = "waiting", "running", "done", "refused", "failed", "late"
ENDED = (DONE, REFUSED, FAILED, LATE)
Work = Callable[[Request, str, Connection], None]


@dataclass
class Job:
    """One run. stage, done, total: as last heard. problems: of the input; text: why it failed."""

    id: str
    asked: Request
    folder: Path
    state: str = WAITING
    stage: str = ""
    done: int = 0
    total: int = 0
    problems: list[Mapping[str, Any]] = field(default_factory=list)
    text: str = ""


class Jobs:
    """Runs by their unguessable ids, in a temporary folder that ``close`` deletes."""

    def __init__(self, work: Work = work) -> None:
        self.work = work
        self.folder = Path(tempfile.mkdtemp(prefix="stresstest-serve-"))
        self.jobs: dict[str, Job] = {}
        self.lock = threading.RLock()
        self.free = threading.Semaphore(limits()["running"])
        self.processes: dict[str, Any] = {}
        self.closed = threading.Event()

    def add(self, asked: Request) -> Job:
        """Queue a run. Raises RefusedError where too many wait."""
        with self.lock:
            pending = sum(job.state not in ENDED for job in self.jobs.values())
            if pending >= limits()["running"] + limits()["waiting"] or self.closed.is_set():
                raise RefusedError(503, "queue_full")
            self._forget_oldest()
            job = Job(secrets.token_urlsafe(16), asked, Path(tempfile.mkdtemp(dir=self.folder)))
            if asked.content:
                (job.folder / HOLDINGS).write_bytes(asked.content)
            self.jobs[job.id] = job
        threading.Thread(target=self._follow, args=(job,), daemon=True).start()
        return job

    def find(self, name: str) -> Job:
        """The run of that id. Raises RefusedError for any other."""
        with self.lock:
            if name not in self.jobs:
                raise RefusedError(404, "not_found")
            return self.jobs[name]

    def before(self, job: Job) -> int:
        """Runs that are to end before this one begins."""
        with self.lock:
            names = list(self.jobs)
            earlier = names[: names.index(job.id)] if job.id in names else []
            return sum(self.jobs[name].state not in ENDED for name in earlier)

    def remove(self, name: str) -> None:
        """Stop a run and delete what it left."""
        with self.lock:
            job = self.find(name)
            process = self.processes.get(name)
            del self.jobs[name]
        if process is not None:
            process.kill()
        shutil.rmtree(job.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop all runs and delete everything."""
        self.closed.set()
        with self.lock:
            processes = list(self.processes.values())
        for process in processes:
            process.kill()
            process.join(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_oldest(self) -> None:
        ended = [job.id for job in self.jobs.values() if job.state in ENDED]
        for name in ended[: max(0, len(ended) - limits()["kept"] + 1)]:
            self.remove(name)

    def _follow(self, job: Job) -> None:
        """Wait for a place, run, and listen until the run ends or its time is up."""
        with self.free:
            if self.closed.is_set() or job.id not in self.jobs:
                return
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=self.work, args=(job.asked, str(job.folder), theirs), daemon=True)
            with self.lock:
                job.state = RUNNING
                process.start()
                self.processes[job.id] = process
            theirs.close()
            try:
                _listen(job, ours, time.monotonic() + limits()["run_seconds"])
            finally:
                process.kill()
                process.join(5)
                process.close()
                ours.close()
                with self.lock:
                    self.processes.pop(job.id, None)


def _listen(job: Job, news: Connection, deadline: float) -> None:
    """Take down what the run tells, up to its end."""
    while job.state == RUNNING:
        if not news.poll(max(deadline - time.monotonic(), 0.0)):
            job.state = LATE
            return
        try:
            _take(job, news.recv())
        except (EOFError, OSError):
            job.state, job.text = FAILED, "the run ended without an answer"


def _take(job: Job, heard: tuple[Any, ...]) -> None:
    kind = heard[0]
    if kind == "refused":
        job.problems = heard[1]
    elif kind == "failed":
        job.text = heard[1]
    elif kind != "done":
        job.stage, job.done, job.total = heard
        return
    job.state = kind
