"""Arguments and options that commands share, and the ``Options`` made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..study.option_limits import option_limits

if TYPE_CHECKING:
    from ..study.options import Options


LIMITS = option_limits()


class Language(StrEnum):
    """Languages of reports."""

    en = "en"
    zh_TW = "zh-TW"


Holdings = Annotated[
    str, typer.Argument(help="Holdings file, or example:NAME for a portfolio that ships with stresstest.")
]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder of series (docs/data.md); default the embedded snapshot.", exists=True, file_okay=False),
]
DAY = "YYYY-MM-DD"
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar=DAY, help="Use nothing later than this date.")
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same output.")]
NoSeed = Annotated[int, typer.Option(min=0, help="Without effect here: nothing is drawn.")]
Lang = Annotated[Language, typer.Option(case_sensitive=False, help="Language of the report and of the screen.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="No progress and less text on the screen; files and --json stay whole.")
]
Pace = Annotated[
    float | None,
    typer.Option(
        help=f"Sum of monthly runoff caps, USD bn a month, {LIMITS['pace'].low:g} to {LIMITS['pace'].high:g}; negative "
        "buys (QE). In place of --plan."
    ),
]
Months = Annotated[
    int,
    typer.Option(min=int(LIMITS["months"].low), max=int(LIMITS["months"].high), help="Horizon and length of the plan."),
]
PLANS = (
    "A TOML file (docs/model/plumbing.md) or a shipped plan: active-mbs-sales, conditional-qt, debt-ceiling-rebuild, "
    "fast-qt, global-qt, hold, qe4, qt1, qt2, rmp-2026, slow-qt. Default: fast-qt."
)
Plan = Annotated[str | None, typer.Option(help=PLANS)]
ScenarioNames = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        help="A name, a group (all, default, forward, mild, base, severe, episodes, official), a TOML file or a "
        "supervisory CSV; repeat for more. Default: base outcomes and past episodes.",
    ),
]
Paths = Annotated[
    int, typer.Option(min=int(LIMITS["paths"].low), max=int(LIMITS["paths"].high), help="Simulated paths.")
]
Limits = Annotated[
    Path | None,
    typer.Option(
        help="Limits of the rebalancing, TOML; what it leaves out stays as in stresstest/allocation/limits.toml.",
        exists=True,
        dir_okay=False,
    ),
]
Defensiveness = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Weight of losses: 0 keeps carry, 1 minimises losses.")
]
Mapping = Annotated[
    Path | None,
    typer.Option(
        help="A TOML file that says how to read a table of yours (docs/holdings.md).", exists=True, dir_okay=False
    ),
]
Calibration = Annotated[
    Path | None, typer.Option(help="Folder of tables that `calibrate` wrote; default the embedded ones.", exists=True)
]
Broker = Annotated[
    str,
    typer.Option(
        help="Whose margin requirements apply: etrade, fidelity, ibkr, robinhood, schwab or vanguard; default the "
        "least that the rules allow."
    ),
]
Reaction = Annotated[
    bool, typer.Option("--reaction/--no-reaction", help="Whether the central bank may stop or restart the plan.")
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="NAME",
        help="Switch off a channel (liquidity, crypto, ...) or a layer of uncertainty (parameters, noise, exposures, "
        "residual); repeat for more. `stresstest scenarios channels` explains them.",
    ),
]


def options_from(given: dict[str, Any], progress: Any = None) -> Options:
    """Options from the arguments of a command, by their names."""
    from ..study.options import Options

    names = {"qt_pace": "pace", "scenario": "scenarios"}
    known = set(Options.__dataclass_fields__)
    fields = {names.get(key, key): value for key, value in given.items()}
    chosen = {key: value for key, value in fields.items() if key in known and value is not None}
    if "scenarios" in chosen:
        chosen["scenarios"] = tuple(chosen["scenarios"])
    if "without" in chosen:
        chosen["without"] = tuple(chosen["without"])
    if "as_of" in chosen:
        chosen["as_of"] = chosen["as_of"].date()
    if progress is not None:
        chosen["progress"] = progress
    return Options(**chosen)


def check_out(out: Path | None) -> None:
    """Refuse a folder for results that cannot become one, before any work. Raises InputError."""
    if out is None:
        return
    from ..commands.written import check_folder

    check_folder(out)
