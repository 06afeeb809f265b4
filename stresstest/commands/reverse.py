"""``reverse``: the most plausible scenario, and the slowest runoff pace, that lose a given fraction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import NoAnswerError, Problem
from ..market import load_snapshot
from ..records import Book, Estimate, MarketSnapshot
from ..report import numbers
from ..scenarios import factor_levels
from ..scenarios.horizon import REGIMES
from ..scenarios.words import move_text
from ..study.books import Modelling, make_book, read_holdings
from ..study.inputs import once, require_value, simulation_warnings
from ..study.options import Options
from ..study.pace import GRID, RISES, PaceAnswer, PaceSetting, pace_plan, slowest_paces
from ..study.reverse import ReverseScenario, check_loss, reverse_scenario
from ..study.switches import Switches, titled
from ..study.thin_tail import tail_warnings
from ..study.together import read_together
from ..tables import factor_names
from ..units import fixed, to_percent
from .compare import loss_text
from .shown import Noted, Shown, Simulated, Table
from .sweep import AT_HORIZON

#: Cash that the Treasury takes back in the second search, USD bn: the rebuild of 2025 and of scenario S6.
TGA_REBUILD = 700.0
#: Paths of each simulation of the search, unless the user asks for fewer.
PATHS = 2_000
#: Factors shown for one scenario at most, and the share of the loss that one of them makes at least.
SHOWN_FACTORS, SHOWN_SHARE = 12, 0.002
#: Paces that two searches try, about.
EXPECTED = 44
#: The regime whose scenario is shown in full.
MAIN = "stress"
#: What the switches do not reach.
SEARCHED_WHOLE = "What is switched off is off in the search for a pace; the scenario is searched among all moves."
WORDS = {"mean": "mean loss", "es_95": "expected shortfall 95 %", "turbulence": "mean loss of turbulent paths"}


def reverse(holdings: str, loss: float, options: Options, tga_rebuild: float = TGA_REBUILD) -> Shown:
    """What it takes to lose ``loss`` (a fraction of net value).

    Raises InputError for a loss outside (0, 1), and NoAnswerError where neither a scenario nor a pace loses as much.
    """
    snapshot = load_snapshot(options.data, options.as_of)
    portfolio, _, off = read_together(
        lambda: read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping),
        lambda: check_loss(loss),
        lambda: options.switches,
    )
    book = make_book(portfolio, snapshot, Modelling(options.calibration, options.broker))
    require_value(book)
    scenarios, failures = _scenarios(book, loss, options, factor_levels(snapshot))
    paces = _paces(book, snapshot, loss, options, tga_rebuild)
    thin = tail_warnings(min(options.paths, PATHS), 0.95)
    found = (*thin, *once(problem for answer in paces for problem in answer.warnings))
    fastest = pace_plan(GRID[-1], options.months, snapshot, 0.0, options.reaction)
    warnings = simulation_warnings(book, portfolio, snapshot, found, options, fastest)
    if not scenarios and all(answer.pace is None for answer in paces):
        raise _no_answer(failures[0], paces, off, warnings)
    document = {
        "loss": loss,
        "value": book.value,
        "months": options.months,
        "seed": options.seed,
        "without": list(off.off),
        "snapshot_date": snapshot.as_of.isoformat(),
        "scenarios": [_scenario_document(found) for found in scenarios],
        "unreachable": [f"{failure}" for failure in failures],
        "paces": [_pace_document(answer) for answer in paces],
        "warnings": list(map(str, warnings)),
    }
    noted = (Noted("warning", problem) for problem in warnings)
    off_line = (SEARCHED_WHOLE,) if off.off else ()
    lines: tuple[str | Noted, ...] = (
        *_lines(scenarios, failures, loss), *_shape_lines(paces), AT_HORIZON, *off_line, *noted,
    )  # fmt: skip
    return Shown(document, _tables(scenarios, paces, off), lines, spelt=True)


def _no_answer(
    failure: NoAnswerError, paces: Sequence[PaceAnswer], off: Switches, warnings: Sequence[Problem]
) -> NoAnswerError:
    """Neither search has found anything; losses by pace, which the switches reach, say what is off."""
    most = max(answer.largest.value for answer in paces if math.isfinite(answer.largest.value))
    told = f"gains at least {-most:.1%}" if most < 0 else f"loses at most {most:.1%}"
    return NoAnswerError(failure.reason, titled(f"{failure.relaxation}; any pace of runoff {told}", off.off), warnings)


def _scenarios(
    book: Book, loss: float, options: Options, levels: Mapping[str, float]
) -> tuple[list[ReverseScenario], list[NoAnswerError]]:
    found, failures = [], []
    for number, regime in enumerate(REGIMES):
        options.progress("scenario", number, len(REGIMES))
        try:
            found.append(reverse_scenario(book, loss, options.months, regime, options.seed, levels))
        except NoAnswerError as error:
            failures.append(error)
    options.progress("scenario", len(REGIMES), len(REGIMES))
    return found, failures


def _paces(
    book: Book, snapshot: MarketSnapshot, loss: float, options: Options, tga_rebuild: float
) -> tuple[PaceAnswer, ...]:
    tried = 0

    def tell(pace: float) -> None:
        nonlocal tried
        tried += 1
        options.progress("pace", min(tried, EXPECTED - 1), EXPECTED)

    paths = min(options.paths, PATHS)
    asked = PaceSetting(options.months, paths, options.seed, options.reaction, tell, options.switches)
    rebuilds = (0.0, tga_rebuild) if tga_rebuild else (0.0,)
    answers = tuple(answer for size in rebuilds for answer in slowest_paces(book, snapshot, loss, asked, size))
    options.progress("pace", EXPECTED, EXPECTED)
    return answers


# --------------------------------------------------------------------------------------------------------------- output


def _scenario_document(found: ReverseScenario) -> dict[str, Any]:
    return {
        "regime": found.regime,
        "loss_pct": to_percent(found.reproduced),
        "loss_linear_pct": to_percent(found.linear),
        "distance": found.distance,
        "probability": found.probability,
        "plausibility": dict(found.plausibility),
        "first_factors": list(found.first_factors[:SHOWN_FACTORS]),
        "factor_moves": dict(zip(factor_names(), found.moves.tolist(), strict=True)),
        "by_factor": dict(found.by_factor),
        "starts": list(found.starts),
        "alignment": found.alignment,
    }


def _pace_document(answer: PaceAnswer) -> dict[str, Any]:
    return {
        "statistic": answer.statistic,
        "tga_rebuild_usd_bn": answer.tga_rebuild,
        "pace_usd_bn_a_month": answer.pace,
        "pace_low_usd_bn_a_month": answer.slowest,
        "pace_high_usd_bn_a_month": answer.fastest,
        "reached": None if answer.reached is None else _estimate(answer.reached),
        "largest": _estimate(answer.largest),
        "largest_at_usd_bn_a_month": answer.largest_at,
        "without_runoff": _estimate(answer.without),
        "shape": answer.shape,
        "clear": answer.clear,
        "short_by_errors": None if answer.pace is not None else answer.beyond,
        "curve": [{"pace_usd_bn_a_month": pace, **_estimate(estimate)} for pace, estimate in answer.curve],
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "error": estimate.error}


def _tables(scenarios: Sequence[ReverseScenario], paces: Sequence[PaceAnswer], off: Switches) -> tuple[Table, ...]:
    tables: list[Table] = []
    main = next((found for found in scenarios if found.regime == MAIN), scenarios[0] if scenarios else None)
    if main is not None:
        title = f"Most plausible scenario under {main.regime} moments, first factors"
        tables.append((title, ("factor", "move", "loss"), _factor_rows(main)))
        header = ("moments", "distance", "probability", *(f"plausible in {name}" for name in REGIMES), "loss")
        summary = [
            (
                found.regime,
                f"{found.distance:.2f} sd",
                numbers.show(found.probability, "chance"),
                *(numbers.show(found.plausibility[name], "chance") for name in REGIMES),
                f"{to_percent(found.reproduced):.2f} %",
            )
            for found in scenarios
        ]
        tables.append(("Under each set of moments", header, summary))
    header = (
        "statistic",
        "TGA rebuild",
        "slowest pace",
        "range",
        "loss there",
        "without runoff",
        "largest loss of any pace",
    )
    body = [
        (
            WORDS[answer.statistic],
            f"USD {answer.tga_rebuild:,.0f} bn",
            _pace_told(answer),
            _range_told(answer),
            "" if answer.reached is None else _told(answer.reached),
            _told(answer.without),
            _told(answer.largest),
        )
        for answer in paces
    ]
    tables.append((Simulated("Slowest runoff that loses as much", off.off), header, body))
    return tuple(tables)


def _factor_rows(found: ReverseScenario) -> list[tuple[str, str, str]]:
    """The first factors, all others together, and the sum."""
    least = SHOWN_SHARE * found.reproduced
    shown = [name for name in found.first_factors[:SHOWN_FACTORS] if found.by_factor[name] >= least]
    rest = found.reproduced - sum(found.by_factor[name] for name in shown)
    moves = dict(zip(factor_names(), found.moves.tolist(), strict=True))
    return [
        *((name, move_text(name, moves[name]), _share(found.by_factor[name])) for name in shown),
        ("all other factors", "", _share(rest)),
        ("all together", "", _share(found.reproduced)),
    ]


def _share(loss: float) -> str:
    return f"{fixed(to_percent(loss), '+.1f')} %"


def _pace_told(answer: PaceAnswer) -> str:
    if answer.pace is None:
        return "no pace does" if answer.clear else "none, within the error"
    if answer.pace:
        return f"USD {answer.pace:.0f} bn a month"
    return "lost without any"


def _range_told(answer: PaceAnswer) -> str:
    if answer.slowest is None:
        return f"short by {answer.beyond:.0f} se" if math.isfinite(answer.beyond) else ""
    return f"{answer.slowest:.0f} to " + ("any pace" if answer.fastest is None else f"{answer.fastest:.0f}")


def _shape_lines(paces: Sequence[PaceAnswer]) -> list[str]:
    """Where the answer of the search is not the plain one: losses that do not rise, and what is within the error."""
    lines = []
    for answer in paces:
        beside = f" with a rebuild of USD {answer.tga_rebuild:,.0f} bn" if answer.tga_rebuild else ""
        name = f"{WORDS[answer.statistic]}{beside}"
        if answer.shape != RISES and answer.pace != 0.0:
            first = "; the slowest pace is the first that loses as much" if answer.pace else ""
            lines.append(f"{name}: {answer.shape} as the pace rises{first}.")
        if answer.pace is None and not answer.clear and math.isfinite(answer.beyond):
            largest = f"the largest, at USD {answer.largest_at:.0f} bn a month"
            told = f"{largest}, is {answer.beyond:.1f} standard errors short"
            lines.append(f"{name}: {told}; more paths may find a pace.")
        elif answer.pace and not answer.clear:
            lines.append(f"{name}: within the error, no runoff loses as much already.")
    return lines


def _told(estimate: Estimate) -> str:
    if not math.isfinite(estimate.value):
        return "no such path"
    return f"{loss_text(estimate.value)} (se {to_percent(estimate.error):.1f})"


def _lines(scenarios: Sequence[ReverseScenario], failures: Sequence[NoAnswerError], loss: float) -> tuple[str, ...]:
    lines = [
        f"Scenario: the moves of least distance that lose {loss:.1%} at once, fully revalued, without income; the "
        "losses by factor add up to it.",
        "Distance (Mahalanobis): how far these moves lie from none, in standard deviations (sd) of those moments over "
        "the horizon, correlations counted: 1 sd is an ordinary horizon, 3 sd a rare one.",
        "Probability: that ordinary noise of those moments loses as much (first order at that point). Calm has no "
        "turbulence; in the others it begins at once, and leaves and returns as often as it does in simulated paths.",
        "Plausible: how often ordinary moves of those moments go at least as far in eight core factors.",
        "Pace: income over the horizon is counted; every pace meets the same random numbers; se is the standard error "
        "of the figure before it: two times in three, other random numbers would change it by no more.",
        "Range: paces between which the answer lies with losses two se lower or higher; where no pace loses as much, "
        "by how many se the largest loss of any pace is short.",
    ]
    for found in scenarios:
        reached = [d for d in found.starts if d != float("inf")]
        spread = max(reached) - min(reached)
        if spread > 0.01 * min(reached):
            lines.append(
                f"{found.regime}: local optima at {min(reached):.2f} to {max(reached):.2f} sd; the nearest is shown."
            )
    return (*lines, *(f"No answer: {failure}" for failure in failures))
