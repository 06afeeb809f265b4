"""The option ``--fetch``: the one way in which a command that takes holdings opens a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from .screen import Progress

Fetch = Annotated[
    bool,
    typer.Option(
        "--fetch",
        help="Open the network: fetch prices and fund data of symbols without a price or an exposure, once, into the "
        "user cache. Without it nothing is asked for.",
    ),
]


def fetch_first(holdings: Iterable[str], given: Mapping[str, Any]) -> None:
    """Fetch what is missing where ``given``, the arguments of a command, ask for it; say on stderr what came."""
    if not given["fetch"]:
        return
    from ..commands.fetch import fetch_missing

    as_of, quiet = given["as_of"], given["quiet"]
    if not quiet:
        typer.echo("fetch: asking for what is missing", err=True)
    with Progress(quiet) as progress:
        told = fetch_missing(holdings, given["data"], as_of.date() if as_of else None, given["mapping"], progress)
    for sentence in () if quiet else told:
        typer.echo(f"fetch: {sentence}", err=True)
