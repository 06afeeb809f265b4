"""``reverse``: the most plausible scenario, and the slowest runoff pace, that lose a given fraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NoAnswerError
from ..market import load_snapshot
from ..records import Book, Estimate, MarketSnapshot
from ..scenarios.plausibility import REGIMES
from ..scenarios.words import move_text
from ..study.books import Modelling, make_book, read_holdings
from ..study.inputs import require_value, unmodelled_warnings
from ..study.options import Options
from ..study.pace import PaceAnswer, PaceSetting, slowest_paces
from ..study.reverse import ReverseScenario, reverse_scenario
from ..tables import factor_names
from ..units import to_percent
from .shown import Shown, Table

#: Cash that the Treasury takes back in the second search, USD bn: the rebuild of 2025 and of scenario S6.
TGA_REBUILD = 700.0
#: Paths of each simulation of the search, unless the user asks for fewer.
PATHS = 2_000
#: Factors shown for one scenario.
SHOWN_FACTORS = 12
#: The regime whose scenario is shown in full.
MAIN = "stress"
WORDS = {"mean": "mean loss", "es_95": "expected shortfall 95 %", "turbulence": "mean loss of turbulent paths"}


def reverse(holdings: str, loss: float, options: Options, tga_rebuild: float = TGA_REBUILD) -> Shown:
    """What it takes to lose ``loss`` (a fraction of net value).

    Raises InputError for a loss outside (0, 1), and NoAnswerError where neither a scenario nor a pace loses as much.
    """
    snapshot = load_snapshot(options.data, options.as_of)
    portfolio = read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping)
    book = make_book(portfolio, snapshot, Modelling(options.calibration, options.broker))
    require_value(book)
    scenarios, failures = _scenarios(book, loss, options)
    paces = _paces(book, snapshot, loss, options, tga_rebuild)
    if not scenarios and all(answer.pace is None for answer in paces):
        most = max(answer.largest.value for answer in paces if answer.largest.value == answer.largest.value)
        raise NoAnswerError(
            str(failures[0].reason), f"{failures[0].relaxation}; any pace of runoff loses at most {most:.1%}"
        )
    warnings = [str(problem) for problem in unmodelled_warnings(book)]
    document = {
        "loss": loss,
        "value": book.value,
        "months": options.months,
        "seed": options.seed,
        "snapshot_date": snapshot.as_of.isoformat(),
        "scenarios": [_scenario_document(found) for found in scenarios],
        "unreachable": [f"{failure}" for failure in failures],
        "paces": [_pace_document(answer) for answer in paces],
        "warnings": warnings,
    }
    return Shown(document, _tables(scenarios, paces), (*_lines(scenarios, failures, loss), *warnings))


def _scenarios(book: Book, loss: float, options: Options) -> tuple[list[ReverseScenario], list[NoAnswerError]]:
    found, failures = [], []
    for number, regime in enumerate(REGIMES):
        options.progress("scenario", number, len(REGIMES))
        try:
            found.append(reverse_scenario(book, loss, options.months, regime, options.seed))
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
        options.progress("pace", min(tried, 49), 50)

    asked = PaceSetting(options.months, min(options.paths, PATHS), options.seed, options.reaction, tell)
    rebuilds = (0.0, tga_rebuild) if tga_rebuild else (0.0,)
    answers = tuple(answer for size in rebuilds for answer in slowest_paces(book, snapshot, loss, asked, size))
    options.progress("pace", 50, 50)
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
        "reached": None if answer.reached is None else _estimate(answer.reached),
        "largest": _estimate(answer.largest),
        "without_runoff": _estimate(answer.without),
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "error": estimate.error}


def _tables(scenarios: Sequence[ReverseScenario], paces: Sequence[PaceAnswer]) -> tuple[Table, ...]:
    tables: list[Table] = []
    main = next((found for found in scenarios if found.regime == MAIN), scenarios[0] if scenarios else None)
    if main is not None:
        rows = [
            (
                name,
                move_text(name, float(main.moves[factor_names().index(name)])),
                f"{to_percent(main.by_factor[name]):+.1f} %",
            )
            for name in main.first_factors[:SHOWN_FACTORS]
        ]
        title = f"Most plausible scenario under {main.regime} moments, first factors"
        tables.append((title, ("factor", "move", "loss"), rows))
        header = ("moments", "distance", "probability", *(f"plausible in {name}" for name in REGIMES), "loss")
        summary = [
            (
                found.regime,
                f"{found.distance:.2f} sd",
                f"{found.probability:.2g}",
                *(f"{found.plausibility[name]:.2g}" for name in REGIMES),
                f"{to_percent(found.reproduced):.2f} %",
            )
            for found in scenarios
        ]
        tables.append(("Under each set of moments", header, summary))
    header = ("statistic", "TGA rebuild", "slowest pace", "loss there", "without runoff", "largest")
    body = [
        (
            WORDS[answer.statistic],
            f"{answer.tga_rebuild:,.0f} bn",
            _pace_told(answer.pace),
            "" if answer.reached is None else _told(answer.reached),
            _told(answer.without),
            _told(answer.largest),
        )
        for answer in paces
    ]
    tables.append(("Slowest runoff that loses as much", header, body))
    return tuple(tables)


def _pace_told(pace: float | None) -> str:
    if pace is None:
        return "no pace does"
    return f"{pace:.0f} bn a month" if pace else "lost without any"


def _told(estimate: Estimate) -> str:
    if estimate.value != estimate.value:
        return "no such path"
    return f"{to_percent(estimate.value):+.1f} % (se {to_percent(estimate.error):.1f})"


def _lines(scenarios: Sequence[ReverseScenario], failures: Sequence[NoAnswerError], loss: float) -> tuple[str, ...]:
    lines = [
        f"Scenario: the least Mahalanobis distance that loses {loss:.1%} at once, fully revalued, without income.",
        "Probability: that noise of those moments, all through the horizon, loses as much (first order at that point).",
        "Pace: income over the horizon is counted; every pace meets the same random numbers; se is a standard error.",
    ]
    for found in scenarios:
        reached = [d for d in found.starts if d != float("inf")]
        spread = max(reached) - min(reached)
        if spread > 0.01 * min(reached):
            lines.append(
                f"{found.regime}: local optima at {min(reached):.2f} to {max(reached):.2f} sd; the nearest is shown."
            )
    return (*lines, *(f"No answer: {failure}" for failure in failures))
