"""The queue of runs: a few at a time, a few waiting, each for a bounded time, the oldest results forgotten first."""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
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
    """Runs by their unguessable ids, in a temporary folder that ``close`` deletes.

    One thread follows each run, and only that thread waits for its process: two that wait for one process
    at a time rob each other of its end. All others ask for the end of a process that is still listed.
    """

    def __init__(self, work: Work = work) -> None:
        self.work = work
        self.folder = Path(tempfile.mkdtemp(prefix="stresstest-serve-"))
        self.jobs: dict[str, Job] = {}
        self.lock = threading.RLock()
        self.free = threading.Semaphore(limits()["running"])
        self.processes: dict[str, SpawnProcess] = {}
        self.threads: list[threading.Thread] = []
        self.closed = threading.Event()

    def add(self, asked: Request) -> Job:
        """Queue a run. Raises RefusedError where too many wait."""
        with self.lock:
            pending = sum(job.state not in ENDED for job in self.jobs.values())
            if pending >= limits()["running"] + limits()["waiting"] or self.closed.is_set():
                raise RefusedError(503, "queue_full")
            self._forget_oldest()
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            if asked.content:
                (folder / HOLDINGS).write_bytes(asked.content)
            job = Job(secrets.token_urlsafe(16), replace(asked, content=b""), folder)
            self.jobs[job.id] = job
            self.threads = [thread for thread in self.threads if thread.is_alive()]
            self.threads.append(threading.Thread(target=self._follow, args=(job,), daemon=True))
            self.threads[-1].start()
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
            del self.jobs[name]
            if name in self.processes:
                self.processes[name].kill()
        shutil.rmtree(job.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop all runs, wait for their ends, and delete everything."""
        self.closed.set()
        with self.lock:
            for process in self.processes.values():
                process.kill()
            threads = list(self.threads)
        for thread in threads:
            thread.join(limits()["end_seconds"])
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget_oldest(self) -> None:
        ended = [job.id for job in self.jobs.values() if job.state in ENDED]
        for name in ended[: max(0, len(ended) - limits()["kept"] + 1)]:
            self.remove(name)

    def _follow(self, job: Job) -> None:
        """Wait for a place, and run; whatever happens, the run has ended then."""
        with self.free:
            try:
                self._run(job)
            except OSError as error:  # no room for a process, or for a pipe to it
                job.text = f"the run could not be started: {error.strerror or error}"
            finally:
                if job.state not in ENDED:
                    job.state = FAILED

    def _run(self, job: Job) -> None:
        """Start the process of a run, and listen until it ends or its time is up."""
        ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
        with closing(ours):
            with closing(theirs), self.lock:
                if self.closed.is_set() or job.id not in self.jobs:
                    return
                process = self._start(job, theirs)
            try:
                _listen(job, ours, time.monotonic() + limits()["run_seconds"])
            finally:
                self._end(job, process)

    def _start(self, job: Job, news: Connection) -> SpawnProcess:
        arguments = (job.asked, str(job.folder), news)
        process = multiprocessing.get_context("spawn").Process(target=self.work, args=arguments, daemon=True)
        process.start()
        job.state, self.processes[job.id] = RUNNING, process
        return process

    def _end(self, job: Job, process: SpawnProcess) -> None:
        with self.lock:
            del self.processes[job.id]
        process.kill()
        ended = wait([process.sentinel], limits()["end_seconds"])
        with self.lock:  # the start of another process looks at this one too
            if ended:  # it has closed its files, and is gone in an instant
                process.join()
                process.close()
            deleted = job.id not in self.jobs
        if deleted:  # what the run wrote while it was deleted
            shutil.rmtree(job.folder, ignore_errors=True)


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
