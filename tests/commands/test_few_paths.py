"""What few simulated paths cannot tell: tails of a handful of them, and bounds that none of them reaches."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.commands.words import phrasebook, problem_text
from stresstest.errors import NoAnswerError
from stresstest.plumbing.plan import runoff_plan
from stresstest.records import FactorPaths
from stresstest.report.catalogue import languages, load
from stresstest.scenarios import View, apply_views, jumps
from stresstest.study.thin_tail import tail_warnings
from stresstest.tables import factor_index, factor_names
from stresstest.units import counted


@pytest.mark.parametrize(
    ("paths", "level", "warned"), [(999, 0.99, 1), (1000, 0.99, 0), (199, 0.95, 1), (200, 0.95, 0)]
)
def test_a_tail_of_fewer_than_ten_paths_is_warned_of(paths: int, level: float, warned: int) -> None:
    assert len(list(tail_warnings(paths, level))) == warned
    assert len(list(tail_warnings(paths, level, np.full(paths, 1.0 / paths)))) == warned


def test_the_paths_that_are_advised_are_enough() -> None:
    (problem,) = tail_warnings(100)
    assert problem.found == "1 path in the tail of VaR and ES 99%"
    assert "--paths 1000 " in problem.hint
    said = problem_text(problem, "zh-TW")
    assert said.startswith("[paths]：讀到「VaR 與 ES 99% 的尾端只有 1 條路徑」，應為：至少 10 條路徑。")
    assert said.endswith("--paths 1000 即足夠。")


def test_paths_that_views_leave_aside_are_not_counted() -> None:
    """500 equal paths of 10,000 are 500 paths: five beyond 99 %, and twice as many paths have ten there."""
    weights = np.where(np.arange(10_000) < 500, 1 / 500, 0.0)
    (problem,) = tail_warnings(10_000, probability=weights)
    assert problem.found.startswith("5 paths in the tail")
    assert "--paths 20000 " in problem.hint


def test_no_number_of_paths_is_advised_that_would_be_refused() -> None:
    weights = np.where(np.arange(10_000) < 5, 1 / 5, 0.0)
    (problem,) = tail_warnings(10_000, probability=weights)
    assert "--paths" not in problem.hint
    assert problem.found.startswith("1 path in")


def moved(low: float, high: float) -> FactorPaths:
    """600 paths on which only gold moves, evenly from ``low`` to ``high``, log returns."""
    moves = np.zeros((600, len(factor_names())))
    moves[:, factor_index()["gold"]] = np.linspace(low, high, len(moves))
    return jumps(moves)


@pytest.mark.parametrize(
    ("bound", "relation", "side"), [(-0.5, "at_least", "above -39.3 %"), (0.5, "at_most", "below +64.9 %")]
)
def test_a_bound_beyond_all_paths_is_answered_with_what_they_reach(bound: float, relation: str, side: str) -> None:
    factors, share = moved(np.log(0.9), np.log(1.2)), 0.2
    with pytest.raises(NoAnswerError) as caught:
        apply_views(factors, [View("probability", ("gold",), relation, share, bound, "view 1")])
    told = f"All paths of gold end {side}, between -10.0 % and +20.0 %: set the bound of view 1 between them"
    assert caught.value.relaxation == told
    assert "simulate more paths" not in str(caught.value)
    assert "的所有路徑終點均" in phrasebook("zh-TW")(told)
    assert apply_views(factors, [View("probability", ("gold",), relation, share, 0.0, "view 1")]).effective > 100


def test_more_paths_are_advised_only_where_too_few_are_effective() -> None:
    factors = moved(-0.1, 0.1)
    with pytest.raises(NoAnswerError, match="or simulate more paths"):
        apply_views(factors, [View("mean", ("gold",), "equal", 0.02, place="view 1")], floor=601.0)
    with pytest.raises(NoAnswerError, match="Nearest that has an answer"):
        apply_views(factors, [View("mean", ("gold",), "equal", 0.2, place="view 1")])


def test_one_month_is_no_months() -> None:
    assert [counted(number, "month") for number in (1, 12, 0.5)] == ["1 month", "12 months", "0.5 months"]
    assert runoff_plan(95, 1).title.endswith("a month for 1 month")
    assert [load("en").months(number) for number in (1.0, 12.0)] == ["1 month", "12 months"]


@pytest.mark.parametrize("language", languages())
def test_one_day_to_watch_is_said_as_one(language: str) -> None:
    t = load(language)
    day = {"level": "15", "date": "2026-12-31", "kind": "x", "worst": "x", "shown": 1, "count": 1}
    for key in ("project.spike", "project.watch_text", "plumbing.watch"):
        assert "1" in t(key, **{**day, "level": "", "date": ""})
        assert "1" not in t(f"{key}_one", **{**day, "level": "", "date": ""})
