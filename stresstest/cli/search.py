"""Doors of the commands that search: reverse, sweep, views, replay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .app import app
from .fetching import Fetch, fetch_first
from .options import (
    DAY,
    AsOf,
    Broker,
    Calibration,
    Data,
    Holdings,
    Json,
    Lang,
    Language,
    Mapping,
    Months,
    Pace,
    Paths,
    Plan,
    Quiet,
    Reaction,
    Seed,
    Without,
    check_out,
    options_from,
)
from .screen import Progress, show

SEARCH_PATHS = 2_000

Out = Annotated[
    Path | None, typer.Option(help="Folder for the results as JSON and CSV, beside what is printed; default none.")
]


@app.command(epilog="Example: stresstest reverse example:balanced --loss 0.20")
def reverse(
    holdings: Holdings,
    loss: Annotated[float, typer.Option(help="Fraction of net value between 0 and 1: 0.2 is 20 percent.")],
    tga_rebuild: Annotated[
        float, typer.Option(min=0.0, max=2000.0, help="Cash that the Treasury takes back in the second search, USD bn.")
    ] = 700.0,
    months: Months = 12,
    paths: Paths = SEARCH_PATHS,
    reaction: Reaction = True,
    without: Without = None,
    out: Out = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The most plausible scenario, and the slowest runoff pace, that lose this much."""
    fetch_first([holdings], locals())
    from ..commands.reverse import reverse as search

    check_out(out)
    with Progress(quiet) as progress:
        shown = search(holdings, loss, options_from(locals(), progress), tga_rebuild)
    _out(shown, out, "reverse")
    show(shown, as_json, lang, quiet)


@app.command(epilog="Example: stresstest sweep example:balanced --vary pace=0:150:4 --vary bill_share=0,50,100")
def sweep(
    holdings: Holdings,
    vary: Annotated[
        list[str],
        typer.Option(
            help="LEVER=FIRST:LAST:COUNT or LEVER=A,B,C; repeat for a second one. pace: USD bn a month, -400 to 400. "
            "bill_share: percent of runoff that the Treasury refinances with bills, 0 to 100. starting_l: reserves and "
            "reverse repo on the first day, percent of bank assets, 8 to 30. tga_rebuild: cash that the Treasury takes "
            "back in a quarter, USD bn, 0 to 1500."
        ),
    ],
    plan: Plan = None,
    qt_pace: Pace = None,
    months: Months = 12,
    paths: Paths = SEARCH_PATHS,
    reaction: Reaction = True,
    without: Without = None,
    out: Out = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Losses over a range of one lever, or a grid of two, on the same random numbers."""
    from ..commands.sweep import sweep_holdings

    check_out(out)
    with Progress(quiet) as progress:
        shown = sweep_holdings(holdings, tuple(vary), options_from(locals(), progress))
    _out(shown, out, "sweep")
    show(shown, as_json, lang, quiet)


@app.command(epilog="Example: stresstest views example:sixty_forty my-views.toml")
def views(
    holdings: Holdings,
    files: Annotated[list[str], typer.Argument(help="TOML files with view tables (docs/model/scenarios.md).")],
    floor: Annotated[
        float | None,
        typer.Option(
            min=1.0, help="Fewest effective paths that are accepted; default 5 percent of the paths, 50 or more."
        ),
    ] = None,
    plan: Plan = None,
    qt_pace: Pace = None,
    months: Months = 12,
    paths: Paths = 10_000,
    reaction: Reaction = True,
    without: Without = None,
    out: Out = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulated risk before and after your views on the factors (entropy pooling)."""
    from ..commands.views import views as apply

    check_out(out)
    with Progress(quiet) as progress:
        shown = apply(holdings, tuple(files), options_from(locals(), progress), floor)
    _out(shown, out, "views")
    show(shown, as_json, lang, quiet)


@app.command(epilog="Example: stresstest replay prices.csv --start 2021-12-31 --end 2022-12-30 --data my-series")
def replay(
    prices: Annotated[Path, typer.Argument(help="CSV with a date column and one column of prices for each asset.")],
    start: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar=DAY, help="First day of the window; exposures use rows up to it."),
    ],
    end: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar=DAY, help="Last day of the window.")],
    data: Annotated[Path, typer.Option(help="Folder of series with the factors.", exists=True, file_okay=False)],
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Predicted and realised return of every price column over a past window."""
    from ..commands.replay import replay as replay_prices

    shown = replay_prices(prices, start.date(), end.date(), data)
    show(shown, as_json, lang, quiet=quiet)


def _out(shown: Any, folder: Path | None, name: str) -> None:
    """Write what was found where a folder was named."""
    if folder is not None:
        from ..commands.written import write_shown

        write_shown(shown, folder, name)
