"""The application object that every door registers its command with."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

#: As help lists the commands: the main job, its parts, questions about it, many portfolios, and what keeps it true.
ORDER = (
    "run", "check", "stress", "rebalance", "project", "scenarios", "reverse", "sweep", "views", "compare", "batch",
    "serve", "replay", "validate", "calibrate", "update",
)  # fmt: skip


class InOrder(TyperGroup):
    """Lists the commands as a newcomer meets them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, those of ``ORDER`` first."""
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: stresstest run portfolios/balanced.csv",
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="The version, and nothing else.")
    ] = False,
) -> None:
    """Stress-test a portfolio under quantitative tightening, and propose a defensive rebalancing. Works offline."""
