"""A polite HTTP client: pauses between requests, waits and tries again, refuses what is not data.

Only GET, only https, no redirects to other schemes; an answer is bounded in time and size.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .sources import setting

if TYPE_CHECKING:
    import requests

#: For tests and mirrors on this machine: a port of 127.0.0.1 that answers in place of every source.
LOOPBACK_VARIABLE = "STRESSTEST_LOOPBACK_PORT"
#: Faults of the connection itself, by the names that requests gives them: no answer will come from this host today.
NOT_THERE = ("ConnectionError", "ConnectTimeout", "ProxyError", "SSLError")
#: A connection is given at least so many seconds.
LEAST_WAIT = 0.1
RETRIED = (408, 425, 429, 500, 502, 503, 504)
AGENT = "stresstest (portfolio stress tests; one user, one update)"


class FetchError(Exception):
    """A source did not give data. kind: unreachable, rate_limited, refused, missing, not_data."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind, self.detail = kind, detail
        super().__init__(f"{kind.replace('_', ' ')}: {detail}")


@dataclass
class Client:
    """Requests with pauses for each host. pause: seconds between two requests to one host. down: hosts that
    were not there, shared between clients. left: seconds that the fetch may still take."""

    session: requests.Session
    pause: Mapping[str, float] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)
    left: Callable[[], float] = lambda: float("inf")
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._lock, self._ready = threading.Lock(), dict[str, float]()

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> str:
        """Text of the answer. Raises FetchError once every try has failed, and at once where the host was not there."""
        wait, retries, host = setting("first_wait"), int(setting("retries")), urlsplit(url).hostname or ""
        for attempt in range(retries + 1):
            if host in self.down:
                raise FetchError("unreachable", self.down[host])
            if self.left() <= 0:
                raise FetchError("unreachable", "the time for it is over")
            self._take_turn(host)
            try:
                status, text, asked = self._once(url, parameters)
            except OSError as error:  # every requests exception is one
                status, text, asked = 0, type(error).__name__, 0.0
                hurried = self.left() < float("inf")
                if text in NOT_THERE and (hurried or attempt >= setting("connect_retries")):
                    self.down[host] = text
            if status == 200:
                return _data(text)
            if status not in (0, *RETRIED) or attempt == retries or asked > setting("longest_wait"):
                raise _fault(status, text, asked)
            self.sleep(min(max(wait, asked), self.left()))
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def _take_turn(self, host: str) -> None:
        with self._lock:
            now = self.clock()
            turn = max(now, self._ready.get(host, now))
            self._ready[host] = turn + self.pause.get(host, 0.0)
        if turn > now:
            self.sleep(turn - now)

    def _once(self, url: str, parameters: Mapping[str, str] | None) -> tuple[int, str, float]:
        """Status, text and the seconds that the source asks to wait."""
        most = max(self.left(), LEAST_WAIT)
        limits = (min(setting("timeout_connect"), most), min(setting("timeout_read"), most))
        with self.session.get(url, params=parameters, timeout=limits, stream=True) as answer:
            body = bytearray()
            for piece in answer.iter_content(1 << 16):
                body += piece
                if len(body) > setting("most_bytes"):
                    raise FetchError("not_data", f"more than {setting('most_bytes') / 1e6:.0f} MB")
            declared = answer.headers.get("Content-Length")
            if declared and not answer.headers.get("Content-Encoding") and len(body) < int(declared):
                raise OSError("truncated")
            asked = answer.headers.get("Retry-After", "")
            return answer.status_code, body.decode("utf-8", "replace"), float(asked) if asked.isdigit() else 0.0


def _data(text: str) -> str:
    if text.lstrip("\ufeff \r\n\t")[:1] in ("<", ""):
        raise FetchError("not_data", "a web page or nothing at all instead of data")
    return text


def _fault(status: int, text: str, asked: float) -> FetchError:
    if status == 0:
        return FetchError("unreachable", text)
    if status == 429:
        return FetchError("rate_limited", f"HTTP 429{f', asks to wait {asked:.0f} s' if asked else ''}")
    if status in (401, 403):
        return FetchError("refused", f"HTTP {status}")
    if status == 404:
        return FetchError("missing", "HTTP 404")
    return FetchError("unreachable", f"HTTP {status}")


def open_session() -> requests.Session:
    """A session for https sources, or for the loopback port that ``STRESSTEST_LOOPBACK_PORT`` names."""
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = AGENT
    port = os.environ.get(LOOPBACK_VARIABLE, "")
    if port.isdigit():
        session.trust_env = False
        session.mount("https://", _loopback(int(port)))
    return session


def _loopback(port: int) -> Any:
    """An adapter that sends every request to 127.0.0.1, the name of the real host in its header."""
    from requests.adapters import HTTPAdapter

    class Loopback(HTTPAdapter):
        def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
            parts = urlsplit(request.url)
            request.headers["Host"] = parts.netloc
            request.url = f"http://127.0.0.1:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            return super().send(request, *arguments, **{**options, "proxies": {}})

    return Loopback()


def on_loopback() -> bool:
    """Whether sources are replaced by a port of this machine (then no pause is needed)."""
    return os.environ.get(LOOPBACK_VARIABLE, "").isdigit()
