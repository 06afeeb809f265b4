"""The application object that every door registers its command with."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stress-test a portfolio under quantitative tightening, and propose a defensive rebalancing. Works offline.",
    epilog="Example: stresstest run portfolios/balanced.csv",
)
