"""Who may ask: only a page that this server sent, in a browser that reached it under its own name.

A page elsewhere on the web can make a browser send requests to 127.0.0.1. It is stopped by the name in Host (which a
rebound domain gets wrong), by Origin and Sec-Fetch-Site, and by a token that only our own form knows.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Protocol

#: Sec-Fetch-Site of a form on our own page; absent where a program asks.
OWN_SITE = (None, "same-origin")


class Headers(Protocol):
    """Headers of a request by name, in any case."""

    def get(self, name: str, /) -> str | None:
        """The text of a header, None where it was not sent."""


class RefusedError(Exception):
    """A request that is not answered. status: of HTTP; key: of the sentence that says why."""

    def __init__(self, status: int, key: str) -> None:
        self.status, self.key = status, key
        super().__init__(key)


@dataclass(frozen=True)
class Guard:
    """Checks of every request. token: made anew at each start."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which the page is reached."""
        names = ("127.0.0.1", "localhost")
        return tuple(f"{name}:{self.port}" for name in names) + (names if self.port == 80 else ())

    def check_host(self, headers: Headers) -> None:
        """Raises RefusedError for any other name than ours: a domain that was rebound to this machine."""
        if (headers.get("Host") or "").lower() not in self.hosts:
            raise RefusedError(421, "wrong_host")

    def check_origin(self, headers: Headers) -> None:
        """Raises RefusedError for a form of another page."""
        origin = headers.get("Origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self.hosts}:
            raise RefusedError(403, "wrong_origin")
        if headers.get("Sec-Fetch-Site") not in OWN_SITE:
            raise RefusedError(403, "wrong_origin")

    def check_token(self, given: str) -> None:
        """Raises RefusedError for a form that this start of the server did not send."""
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise RefusedError(403, "wrong_token")


def body_length(headers: Headers, most: int) -> int:
    """Bytes of the body. Raises RefusedError where they are not told, or too many."""
    if headers.get("Transfer-Encoding") is not None:
        raise RefusedError(411, "no_length")
    text = headers.get("Content-Length") or ""
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(411, "no_length")
    if len(text) > 12 or int(text) > most:
        raise RefusedError(413, "too_large")
    return int(text)
