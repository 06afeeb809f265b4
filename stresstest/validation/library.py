"""The scenario front end: library, episodes, views, official tables and reverse search, each checked a second way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from ..calibrate.episodes import episode_moves
from ..errors import NoAnswerError
from ..holdings import example_names
from ..market import load_snapshot
from ..market.history import load_history
from ..plumbing import named_plan
from ..records import Book, Check, Evidence, MarketSnapshot, Portfolio, Position
from ..scenarios import View, apply_views, choose, factor_levels, generate, jumps, library, named_paths
from ..scenarios.episodes import recorded_moves
from ..scenarios.horizon import CORE, REGIMES, covariance, horizon_law
from ..scenarios.moves import central_moves
from ..scenarios.ordinary import MARKET, TURBULENCE
from ..scenarios.plausibility import core_columns
from ..scenarios.shipped import group
from ..scenarios.supervisory_export import supervisory_csv
from ..scenarios.supervisory_table import variables
from ..stress import revalue
from ..study.books import make_book, read_holdings
from ..study.losses import at_worst_points, path_losses
from ..study.reverse import reverse_scenario
from ..tables import factor_index, factor_names, read_table
from ..transmission.moments import LEADERS
from ..units import BP, WEEKS_A_YEAR, fixed, to_bp, to_percent

SECTION = "library"
NO_DATA = "needs a folder of series (--data)"
#: Loss asked of the reverse search, and how closely it must come back.
LOSS, WITHIN = 0.10, 0.01
#: Rounding of the episode table is far below this: a basis point, or a percent of a percent of a price.
SAME = BP
#: Paths and view of the closed form.
PATHS, SHIFT = 40_000, -0.10
#: Sampling error of a mean of so many paths, standard deviations: three times one over the root of the effective ones.
CLOSED = 0.03
#: Paths of a year on which the law of plausibility is judged, and how near their mean squared distance must come.
YEARS, NEAR = 5_000, 0.2
#: Official scenario files of a data folder.
OFFICIAL = "*severely_adverse_domestic.csv"
#: The episode, and the fund whose income is looked at.
INCOME_EPISODE, INCOME_FUND = "inflation-2022", "HYG"


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """All checks of the section; those that need series are skipped without a folder."""
    snapshot = load_snapshot(evidence.data, evidence.as_of)
    return (
        _counts(),
        _reverse(snapshot),
        _pooling(evidence.seed),
        _round_trip(snapshot),
        _plausibility(snapshot, evidence.seed),
        *_with_data(evidence, snapshot),
    )


def _counts() -> Check:
    forward, episodes = len(group("forward")), len(group("episodes"))
    sourced = all(s.sources and s.narrative for s in library().values())
    return Check(
        "L1", SECTION, "Library: outcomes and episodes, each told and sourced", f"{forward} and {episodes}",
        "at least 40 forward outcomes and 20 episodes", forward >= 40 and episodes >= 20 and sourced, float(forward),
        note="Probabilities are judgements.",
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- reverse


def _reverse(snapshot: MarketSnapshot) -> Check:
    """Largest relative gap between the loss asked for and the loss in full revaluation, over the shipped portfolios."""
    gaps, naive, silent = [0.0], [0.0], []
    for name in example_names():
        book = make_book(read_holdings(f"example:{name}", snapshot), snapshot)
        try:
            found = reverse_scenario(book, LOSS)
        except NoAnswerError:
            silent.append(name)
            continue
        full = -revalue(book, jumps(found.moves[None]), layers=()).total[0] / book.value
        gaps.append(abs(full / LOSS - 1))
        naive.append(abs(_first_order(book) / LOSS - 1))
    return Check(
        "L2", SECTION, "Reverse search: the scenario loses what was asked, in full revaluation",
        f"{max(gaps):.2%} of the loss at most", f"within {WITHIN:.0%}", max(gaps) <= WITHIN and not silent, max(gaps),
        "one step along the first-order gradient", max(naive), f"{max(naive):.0%} of the loss",
        note=f"{len(gaps) - 1} portfolios, loss {LOSS:.0%}; no answer for {', '.join(silent) or 'none'}",
    )  # fmt: skip


def _first_order(book: Book) -> float:
    """Loss in full revaluation of the scenario that loses ``LOSS`` to first order."""
    slope = revalue(book, jumps(np.zeros((1, len(factor_names())))), layers=()).sensitivities.sum(axis=0) / book.value
    matrix = horizon_law("stress", WEEKS_A_YEAR, factor_levels(None)).covariance
    moves = -matrix @ slope * LOSS / (slope @ matrix @ slope)
    return float(-revalue(book, jumps(moves[None]), layers=()).total[0] / book.value)


# ---------------------------------------------------------------------------------------------------------------- views


def _pooling(seed: int) -> Check:
    """A view on one mean of a normal law: every mean moves by its regression on that factor (closed form)."""
    weekly = covariance("calm") * WEEKS_A_YEAR
    values, vectors = np.linalg.eigh(weekly)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    cloud = jumps(np.random.default_rng([seed, 3]).standard_normal((PATHS, len(weekly))) @ root.T)
    pooled = apply_views(cloud, [View("mean", ("equity_us",), "equal", SHIFT)])
    shares, spread = factor_index()["equity_us"], np.sqrt(np.diag(weekly))
    before, after = cloud.probability @ cloud.moves, pooled.factors.probability @ cloud.moves
    moved = spread > 0
    closed = weekly[:, shares] / weekly[shares, shares] * (SHIFT - before[shares])
    miss = np.abs((after - before - closed)[moved] / spread[moved])
    ignored = np.abs(
        np.delete(closed, shares)[np.delete(moved, shares)] / np.delete(spread, shares)[np.delete(moved, shares)]
    )
    return Check(
        "L3", SECTION, "Entropy pooling of a mean view on normal paths against the closed form",
        f"{miss.max():.3f} sd at most over {moved.sum()} factors", f"within {CLOSED} sd", bool(miss.max() <= CLOSED),
        float(miss.max()),
        "shift the named factor alone", float(ignored.max()), f"{ignored.max():.2f} sd",
        note=f"{PATHS:,} paths, {pooled.share:.0%} effective",
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- plausibility


def _plausibility(snapshot: MarketSnapshot, seed: int) -> Check:
    """Squared distances of the generator's own moves over a year, by what leads markets on a path."""
    weeks, levels, core = round(WEEKS_A_YEAR), factor_levels(snapshot), core_columns()
    plan = named_plan("hold", snapshot.as_of)
    cloud = generate(
        plan, snapshot, weeks=weeks, paths=YEARS, seed=seed, keep_paths=False,
        channels=(TURBULENCE, MARKET), layers=("noise",),
    ).factors  # fmt: skip
    assert cloud.leader is not None
    ours, rival = {}, {}
    for regime, (leader, turbulent) in REGIMES.items():
        if turbulent:
            law, moves = horizon_law(regime, weeks, levels), cloud.moves[cloud.leader == LEADERS.index(leader)]
            ours[regime] = _mean_square(law.straighten(moves)[:, core], law.covariance[np.ix_(core, core)])
            rival[regime] = _mean_square(moves[:, core], weeks * covariance(regime)[np.ix_(core, core)])
    worst, naive = (max(found.values(), key=lambda value: abs(value - len(CORE))) for found in (ours, rival))
    told = ", ".join(f"{value:.1f} {regime}" for regime, value in ours.items())
    return Check(
        "L8", SECTION, "Plausibility: mean squared distance of the generator's own years from its law of a year",
        told, f"the {len(CORE)} core factors, within {NEAR:.0%}", abs(worst / len(CORE) - 1) <= NEAR, worst,
        "weekly covariance times weeks", naive, ", ".join(f"{value:.1f}" for value in rival.values()),
        note=f"{YEARS:,} paths that begin calm; the law lets turbulence begin at once, so a little less than "
        f"{len(CORE)} is right.",
    )  # fmt: skip


def _mean_square(moves: np.ndarray, matrix: np.ndarray) -> float:
    return float(np.einsum("si,is->s", moves, np.linalg.solve(matrix, moves.T)).mean())


# ------------------------------------------------------------------------------------------------------ official tables


def _round_trip(snapshot: MarketSnapshot) -> Check:
    """Export every story to the 28 columns, read it back, and compare the factors that the columns name."""
    direct = [
        v.factor for v in variables().values() if v.rule in ("rate", "over_10y", "points") or v.factor.startswith("fx_")
    ]
    columns = [factor_index()[name] for name in (*direct, "equity_us")]
    gaps = []
    with tempfile.TemporaryDirectory() as folder:
        for scenario in group("forward"):
            path = Path(folder) / "export.csv"
            path.write_text(supervisory_csv(scenario, snapshot), encoding="utf-8")
            (back,) = choose([str(path)], snapshot)
            assert back.path is not None
            gaps.append(np.abs(back.path.moves[-1] - central_moves(scenario))[columns].max())
    worst = float(max(gaps))
    return Check(
        "L4", SECTION, "Stories written as supervisory tables and read back", f"{to_bp(worst):.2f} bp at most",
        "within 1 bp (0.01 percent of a price)", worst <= SAME, worst,
        note=f"{len(gaps)} stories, {len(columns)} factors",
    )  # fmt: skip


def _with_data(evidence: Evidence, snapshot: MarketSnapshot) -> Iterator[Check]:
    titles = {
        "L5": "Episodes: factor moves recomputed from the series",
        "L6": "Supervisory severely adverse tables on every shipped portfolio",
        "L7": "Income over the horizon: the high-yield fund in 2022",
    }
    if evidence.data is None:
        for name, title in titles.items():
            yield Check(name, SECTION, title, "not run", "see the note", None, note=NO_DATA)
        return
    yield _episodes(evidence, titles["L5"])
    yield _official(evidence.data, snapshot, titles["L6"])
    yield _income(evidence, snapshot, titles["L7"])


def _episodes(evidence: Evidence, title: str) -> Check:
    assert evidence.data is not None
    made = episode_moves(load_history(evidence.data, evidence.as_of))
    columns = [factor_index()[name] for name in made.columns]
    gaps = {str(name): np.abs(row.to_numpy() - recorded_moves()[str(name)][columns]) for name, row in made.iterrows()}
    both = np.concatenate(list(gaps.values()))
    worst = float(np.nanmax(both)) if np.isfinite(both).any() else 0.0
    holes = [
        name
        for name, row in made.iterrows()
        if (np.isnan(row.to_numpy()) != np.isnan(recorded_moves()[str(name)][columns])).any()
    ]
    others = ", ".join(map(str, holes)) or "none"
    return Check(
        "L5", SECTION, title, f"{to_bp(worst):.2f} bp at most", "within 1 bp, and the same gaps",
        worst <= SAME and not holes, worst,
        note=f"{len(gaps)} episodes, {np.isfinite(both).sum()} moves; gaps differ in {others}",
    )  # fmt: skip


def _official(data: Path, snapshot: MarketSnapshot, title: str) -> Check:
    files = sorted((data / "dfast").glob(OFFICIAL))
    told, losses = [], []
    for name in example_names():
        book = make_book(read_holdings(f"example:{name}", snapshot), snapshot)
        for scenario in at_worst_points(book, choose([str(file) for file in files], snapshot), snapshot["sofr"]):
            worst = max(path_losses(book, scenario, snapshot["sofr"]).values())
            losses.append(worst)
            told.append(f"{name} {fixed(to_percent(worst), '+.0f')} %")
    wanted = 2 * len(example_names())
    finite = len(losses) >= wanted and bool(np.isfinite(losses).all())
    return Check(
        "L6", SECTION, title, f"{len(losses)} runs", "2024 and 2025 on every portfolio", finite, float(len(losses)),
        note="; ".join(told) + ". Yields fall in every such table, so ladders of bonds gain.",
    )  # fmt: skip


def _income(evidence: Evidence, snapshot: MarketSnapshot, title: str) -> Check:
    """Predicted return of a fund in an episode with and without income, against what it paid."""
    assert evidence.data is not None
    scenarios = choose([INCOME_EPISODE])
    windows = read_table("stresstest.scenarios", "episodes_windows.csv")
    window = next(row for row in windows if row["name"] == INCOME_EPISODE)
    history = load_history(evidence.data, evidence.as_of)
    start, end = (date.fromisoformat(window[key]) for key in ("start", "end"))
    realised = float(np.expm1(history.asset_returns(start, end)[INCOME_FUND]))
    position = Position(0, INCOME_FUND, INCOME_FUND, "fund_bond", "USD", 1.0, 1.0, 1.0)
    book = make_book(Portfolio("one", (position,), {}, 0.0), snapshot)
    price, whole = (
        float(revalue(book, named_paths(scenarios, sofr=sofr), layers=()).total[0]) for sofr in (None, snapshot["sofr"])
    )
    return Check(
        "L7", SECTION, title, f"{fixed(whole, '+.1%')} against {fixed(realised, '+.1%')}", "nearer than price alone",
        abs(whole - realised) < abs(price - realised), abs(whole - realised), "price alone", abs(price - realised),
        fixed(price, "+.1%"), note="Income is that of today's yields and spreads, not of the start of 2022.",
    )  # fmt: skip
