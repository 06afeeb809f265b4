"""How long a fetch waits for sources, and work that is left behind when the time is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .client import FetchError
from .sources import setting

NOT_ASKED = FetchError("unreachable", "no answer in the time that a fetch on demand may take")


@dataclass
class Patience:
    """Time for a fetch. seconds: infinity waits for ever. renewed: every answer starts the time anew, so that a long
    fetch goes on while sources answer. down: hosts that were not there, and why; no one asks them again.
    """

    seconds: float = float("inf")
    renewed: bool = False
    down: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._since = self.clock()

    @property
    def left(self) -> float:
        """Seconds that are left, zero or more."""
        return max(self.seconds - (self.clock() - self._since), 0.0)

    @property
    def is_short(self) -> bool:
        """Whether somebody waits: the first failed connection to a host then counts."""
        return self.seconds < float("inf")

    def answered(self) -> None:
        """A source gave data."""
        if self.renewed:
            self._since = self.clock()


def on_demand(renewed: bool = False) -> Patience:
    """The patience of a command that fetches before it computes.

    What it fetches with is loaded first: on a slow disk that alone takes seconds, and no source is to blame for them.
    """
    import yfinance  # noqa: F401

    return Patience(setting("demand_seconds"), renewed)


def together(jobs: Iterable[Callable[[], None]], workers: int, patience: Patience) -> None:
    """Do the jobs, several at a time, until all are done or the time is over; faults of a job are raised here.

    What is not done by then is left behind in threads that end with the process: a name server that does not answer
    cannot be interrupted. Each job stores its own result, so what came in time is kept.
    """
    waiting, faults = iter(list(jobs)), list[BaseException]()
    guard, over = threading.Lock(), threading.Event()

    def work() -> None:
        while not over.is_set():
            with guard:
                job = next(waiting, None)
            if job is None:
                return
            try:
                job()
            except BaseException as fault:  # raised again below, in the thread that asked
                faults.append(fault)
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive() and patience.left > 0:
            thread.join(min(patience.left, 0.1) if patience.is_short else None)
    over.set()
    if faults:
        raise faults[0]
