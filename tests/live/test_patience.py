"""A fetch on demand ends in time, and a lock ends with its process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.live import edition
from stresstest.live.client import Client, FetchError
from stresstest.live.patience import Patience, together


def test_silent_work_is_left_behind_and_what_came_is_kept() -> None:
    done, over = list[str](), threading.Event()

    def silent() -> None:
        over.wait()
        done.append("silent")

    patience = Patience(20.0, clock=lambda: 100.0 if done else 0.0)  # the time is over once the quick one has answered
    together([lambda: done.append("quick"), silent], 2, patience)
    assert done == ["quick"]
    over.set()


def test_faults_of_a_job_are_raised() -> None:
    def wrong() -> None:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        together([wrong], 1, Patience())


def test_answers_renew_patience_where_it_is_asked_for() -> None:
    now = [0.0]
    fixed, renewed = (Patience(20.0, renewal, clock=lambda: now[0]) for renewal in (False, True))
    now[0] = 15.0
    for patience in (fixed, renewed):
        patience.answered()
    assert (fixed.left, renewed.left) == (5.0, 20.0)


class _NoNetwork:
    def __init__(self) -> None:
        self.asked = 0

    def get(self, *_: object, **__: object) -> None:
        import requests

        self.asked += 1
        raise requests.ConnectionError("no route")


def test_one_failed_connection_is_enough_for_all_clients_of_a_host() -> None:
    session, patience = _NoNetwork(), Patience(20.0, clock=lambda: 0.0)
    for _ in range(3):
        client = Client(session, {}, patience.down, lambda: patience.left, sleep=lambda _: None)  # type: ignore[arg-type]
        with pytest.raises(FetchError, match="ConnectionError"):
            client.get("https://example.org/series")
    assert session.asked == 1


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRESSTEST_CACHE", str(tmp_path))
    body = "with edition.lock():\n print(1, flush=True)\n time.sleep(600)"
    code = f"import time\nfrom stresstest.live import edition\n{body}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ}) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline()
            with pytest.raises(InputError, match="another update"), edition.lock():
                pass
        finally:
            holder.kill()
    with edition.lock():
        assert (tmp_path / "update.lock").exists()
