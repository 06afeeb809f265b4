"""The local web page: a form, a queue of runs, and their reports. On 127.0.0.1 only, nothing leaves the machine.

Built on the standard library alone. What is uploaded and what comes out of it lie in one temporary folder, which is
deleted when the page is stopped.
"""

from .server import DEFAULT_PORT, serve

__all__ = ["DEFAULT_PORT", "serve"]
