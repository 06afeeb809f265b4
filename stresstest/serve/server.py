"""The HTTP server: small, on the loopback only, with a bound for everything that a client may send or hold."""

from __future__ import annotations

import errno
import signal
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..errors import InputError, Problem
from . import pages
from .guard import Guard, RefusedError, body_length
from .jobs import Jobs
from .routes import Answer, answer_get, answer_post
from .settings import limits

DEFAULT_PORT = 8765
ADDRESS = "127.0.0.1"
#: Sent with every answer: nothing is loaded from elsewhere, nothing runs, nobody frames it, nothing stays in a cache.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """Threads by connection, up to a number. jobs and guard are shared by all."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, jobs: Jobs) -> None:
        self.request_queue_size = limits()["connections"]  # a page asked for while a form comes in is not turned away
        super().__init__((ADDRESS, port), Handler)
        self.jobs, self.guard = jobs, Guard(self.server_address[1])
        self.places = threading.BoundedSemaphore(limits()["connections"])

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the connection, or nothing where all places are taken: the client may come again."""
        if not self.places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then give the place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news, and anything else was answered with a page."""


class Handler(BaseHTTPRequestHandler):
    """One request for each connection."""

    server: Server
    server_version, sys_version = "stresstest", ""

    def setup(self) -> None:
        """Bound the silence and the life of the connection."""
        super().setup()
        self.connection.settimeout(limits()["idle_seconds"])
        self.end = threading.Timer(limits()["connection_seconds"], self._cut)
        self.end.daemon = True
        self.end.start()

    def finish(self) -> None:
        """The connection ends by itself: its end need not be forced."""
        self.end.cancel()
        super().finish()

    def do_GET(self) -> None:
        """A page or a file."""
        self._answer(lambda: answer_get(self.path, self.lang, self.server.jobs, self.server.guard))

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """A form."""
        self._answer(self._post)

    @property
    def lang(self) -> str:
        """Language of the browser."""
        return pages.language(None, self.headers.get("Accept-Language", ""))

    def _post(self) -> Answer:
        self.server.guard.check_origin(self.headers)
        length = body_length(self.headers, limits()["body_bytes"])
        body = self._body(length)
        content_type = self.headers.get("Content-Type", "")
        return answer_post(self.path, content_type, body, self.server.jobs, self.server.guard)

    def _body(self, length: int) -> bytes:
        """Exactly ``length`` bytes, within the time for a body. Raises RefusedError."""
        deadline = time.monotonic() + limits()["body_seconds"]
        parts, missing = [], length
        while missing:
            part = self.rfile.read1(min(missing, 1 << 16))
            if not part or time.monotonic() > deadline:
                raise RefusedError(408, "too_slow")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _answer(self, make: Callable[[], Answer]) -> None:
        try:
            self.server.guard.check_host(self.headers)
            answer = make()
        except RefusedError as refused:
            answer = Answer(pages.error(self.lang, refused.status, refused.key).encode(), status=refused.status)
        except TimeoutError:
            answer = Answer(pages.error(self.lang, 408, "too_slow").encode(), status=408)
        except Exception:
            answer = Answer(pages.error(self.lang, 500, "our_fault").encode(), status=500)
        self._send(answer)
        if self.command == "POST" and answer.status >= 400:
            self._hear_out()

    def _hear_out(self) -> None:
        """Read on for a moment what a refused client still sends: with data unread it would see a reset, no answer."""
        deadline, left = time.monotonic() + limits()["idle_seconds"], 2 * limits()["body_bytes"]
        try:
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and time.monotonic() < deadline and (part := self.rfile.read1(1 << 16)):
                left -= len(part)
        except OSError:
            return  # it has gone

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**HEADERS, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses (a wrong method, a broken request line) gets our page and headers too."""
        self._send(Answer(pages.error("en", code, "wrong_request").encode(), status=code))

    def log_message(self, format: str, *args: Any) -> None:
        """No log: addresses name results."""

    def _cut(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended meanwhile


def serve(port: int = DEFAULT_PORT, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve the page until Ctrl-C or SIGTERM, then stop all runs and delete every result.

    port: 0 takes a free one. ready: called with the address once it can be opened. Raises InputError for a port that
    cannot be had.
    """
    jobs = Jobs()
    try:
        server = _bound(port, jobs)
        for asked in (signal.SIGINT, signal.SIGTERM):  # a shell that starts us in the background has SIGINT ignored
            signal.signal(asked, _interrupt)
        with server:
            ready(f"http://{ADDRESS}:{server.server_address[1]}/")
            server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        return
    finally:
        jobs.close()


def _bound(port: int, jobs: Jobs) -> Server:
    try:
        return Server(port, jobs)
    except (OSError, OverflowError) as error:
        used = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        found = f"{port}, which is in use" if used else f"{port}: {error}"
        raise InputError(Problem(None, "--port", found, "a free port", "Name another one, or 0 for any.")) from None


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
