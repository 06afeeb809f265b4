"""Entropy pooling against a closed form, a second solver and its own optimality conditions; faults and floors."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import cvxpy as cp
import numpy as np
import pytest

from stresstest.errors import InputError, NoAnswerError
from stresstest.market import load_snapshot
from stresstest.records import FactorPaths
from stresstest.scenarios import View, apply_views, choose, chosen_views, jumps
from stresstest.scenarios.entropy import Constraints, pool
from stresstest.scenarios.horizon import covariance
from stresstest.scenarios.pooling import floor_of, statistic
from stresstest.scenarios.view import subject, value_text
from stresstest.scenarios.views import KEYS, LONGEST_ORDER, MOST_VIEWS
from stresstest.study.options import Options
from stresstest.study.plans import choose_plan, simulate
from stresstest.tables import factor_index

INDEX = factor_index()
PATHS = 20_000
#: Standard deviations below this are rounding; the smallest of a factor that moves is above a thousandth.
STILL = 1e-9
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "model" / "scenarios.md"


@pytest.fixture(scope="module")
def cloud() -> FactorPaths:
    """Normal paths of a year with the calm covariance."""
    weekly = 52 * covariance("calm")
    values, vectors = np.linalg.eigh(weekly)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    root[np.sqrt(np.diag(weekly)) < STILL] = 0.0  # rounding, of which some processors leave more
    return jumps(np.random.default_rng(1).standard_normal((PATHS, len(INDEX))) @ root.T)


def view(
    statistic_name: str, factors: str | tuple[str, ...], relation: str = "equal", value: float = 0.0, below: float = 0
) -> View:
    names = (factors,) if isinstance(factors, str) else factors
    return View(statistic_name, names, relation, value, below, "view 1")


def test_a_view_on_a_normal_mean_shifts_every_mean_by_the_closed_form(cloud: FactorPaths) -> None:
    """Least entropy under E[x1] = m keeps the covariance of a normal law and moves E[x] by S e1 (m - mu1) / S11."""
    shares = INDEX["equity_us"]
    got = apply_views(cloud, [view("mean", "equity_us", value=-0.1)])
    p, prior = got.factors.probability, cloud.probability
    weekly = 52 * covariance("calm")
    mean, start = p @ cloud.moves, prior @ cloud.moves
    shift = weekly[:, shares] / weekly[shares, shares] * (-0.1 - start[shares])
    moving = np.sqrt(np.diag(weekly)) > STILL
    miss = (mean - start - shift)[moving] / np.sqrt(np.diag(weekly))[moving]
    assert np.abs(miss).max() < 0.03
    assert got.divergence == pytest.approx((0.1 + start[shares]) ** 2 / (2 * weekly[shares, shares]), rel=0.05)
    spread = np.sqrt(p @ (cloud.moves[:, shares] - mean[shares]) ** 2)
    assert spread == pytest.approx(np.sqrt(weekly[shares, shares]), rel=0.03)


def test_the_dual_newton_agrees_with_a_conic_solver() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((300, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 1.0]])
    prior = rng.dirichlet(np.full(300, 5.0))
    target, upper = np.array([0.4, -0.3, 0.9]), np.array([False, True, True])
    got = pool(prior, Constraints(x, target, upper))
    p = cp.Variable(300, nonneg=True)
    meets = [cp.sum(p) == 1, x[:, 0] @ p == target[0], x[:, 1:].T @ p <= target[1:]]
    cp.Problem(cp.Minimize(cp.sum(cp.rel_entr(p, prior))), meets).solve(solver=cp.CLARABEL)
    np.testing.assert_allclose(got.probability, p.value, atol=2e-6)
    assert got.residual.max() < 1e-9
    assert got.dual[1] > 0  # a bound that bites
    assert got.dual[2] == 0.0  # and one that does not


def test_a_constraint_that_stands_there_twice_changes_nothing() -> None:
    """A copy leaves a direction without curvature; the search must not run off along it."""
    x = np.random.default_rng(4).standard_normal((4000, 2))
    prior = np.full(len(x), 1.0 / len(x))
    once = pool(prior, Constraints(x, np.array([0.6, -0.3]), np.array([False, True])))
    copied = x[:, [0, 1, 0, 0]]
    twice = pool(prior, Constraints(copied, np.array([0.6, -0.3, 0.6, 0.6]), np.array([False, True, False, True])))
    np.testing.assert_allclose(twice.probability, once.probability, atol=1e-10)
    assert twice.residual.max() < 1e-9


def test_without_a_bite_nothing_changes(cloud: FactorPaths) -> None:
    got = apply_views(cloud, [view("mean", "equity_us", "at_most", 0.5), view("volatility", "gold", "at_least", 0.01)])
    np.testing.assert_allclose(got.factors.probability, cloud.probability)
    assert got.effective == pytest.approx(PATHS)


@pytest.mark.parametrize(
    "wanted",
    [
        [view("volatility", "equity_us", value=0.22)],
        [view("volatility", "equity_us", value=0.12)],
        [view("correlation", ("equity_us", "ust_10y"), value=-0.3)],
        [view("probability", "btc", "at_least", 0.25, -0.5)],
        [view("order", ("gold", "equity_us", "oil")), view("mean", "oil", "at_least", 0.05)],
        [
            view("mean", "equity_us", value=-0.05), view("volatility", "equity_us", value=0.2),
            view("correlation", ("equity_us", "gold"), value=0.3), view("volatility", "gold", "at_most", 0.145),
        ],
    ],
)  # fmt: skip
def test_every_view_is_met_when_its_statistic_is_computed_again(cloud: FactorPaths, wanted: list[View]) -> None:
    got = apply_views(cloud, wanted)
    p = got.factors.probability
    assert p.sum() == pytest.approx(1.0)
    assert p.min() >= 0.0
    for one, result in zip(wanted, got.results, strict=True):
        value = statistic(one, cloud.moves, p)
        assert result.after == value
        if one.relation == "equal":
            assert value == pytest.approx(one.value, abs=2e-3 * abs(one.value) + 1e-6)
        else:
            assert (value - one.value) * (1 if one.relation == "at_least" else -1) > -1e-6
    assert floor_of(PATHS) <= got.effective < PATHS


def test_too_few_paths_fail_loudly_and_name_what_has_an_answer(cloud: FactorPaths) -> None:
    with pytest.raises(NoAnswerError, match="effective paths") as caught:
        apply_views(cloud, [view("mean", "equity_us", value=-0.4)])
    assert "equity_us" in caught.value.relaxation
    eased = float(caught.value.relaxation.split("equal ")[1].split(" %")[0]) / 100
    assert -0.33 < eased < -0.2
    apply_views(cloud, [view("mean", "equity_us", value=float(np.log1p(eased + 0.005)))])


def test_views_that_no_weights_meet_fail_loudly(cloud: FactorPaths) -> None:
    with pytest.raises(NoAnswerError, match="no weights"):
        apply_views(cloud, [view("mean", "equity_us", value=-5.0)])
    opposed = [view("order", ("gold", "oil")), view("mean", "gold", value=-0.2), view("mean", "oil", value=0.2)]
    with pytest.raises(NoAnswerError):
        apply_views(cloud, opposed)


@pytest.mark.parametrize("kind", ["mean", "volatility", "probability", "correlation"])
def test_a_view_on_a_factor_that_does_not_move_is_refused_by_name(cloud: FactorPaths, kind: str) -> None:
    """Even where it holds as it stands: it says nothing of the paths, and its miss has no size."""
    names = ("equity_us", "stablecoin") if kind == "correlation" else ("stablecoin",)
    unmoved = replace(cloud, moves=np.where(np.arange(len(INDEX)) == INDEX["stablecoin"], 0.0, cloud.moves))
    for paths in (cloud, unmoved):
        with pytest.raises(InputError, match="stablecoin is the same on all paths") as caught:
            apply_views(paths, [view(kind, names, "at_most", 0.5), view("mean", "equity_us", "at_most", 0.5)])
        assert len(caught.value.problems) == 1


def test_an_order_may_name_a_factor_that_does_not_move(cloud: FactorPaths) -> None:
    got = apply_views(cloud, [view("order", ("stablecoin", "equity_us"), "at_least")])
    assert got.results[0].residual < 1e-6
    assert got.factors.probability @ cloud.moves[:, INDEX["equity_us"]] <= 1e-9
    with pytest.raises(InputError, match="stablecoin and sofr_iorb is the same"):
        apply_views(cloud, [view("order", ("stablecoin", "sofr_iorb"), "at_least")])


def test_a_floor_may_be_set(cloud: FactorPaths) -> None:
    wanted = [view("mean", "equity_us", value=-0.2)]
    got = apply_views(cloud, wanted)
    with pytest.raises(NoAnswerError):
        apply_views(cloud, wanted, floor=got.effective + 1)


# ---------------------------------------------------------------------------------------------------------------- files


def written(tmp_path: Path, text: str) -> tuple[View, ...]:
    file = tmp_path / "views.toml"
    file.write_text(text, encoding="utf-8")
    return chosen_views([str(file)])


def test_the_example_of_the_documentation_can_be_met_and_the_page_names_every_key(tmp_path: Path) -> None:
    section = DOCUMENTATION.read_text(encoding="utf-8").split("## 4. Views")[1].split("## 5.")[0]
    (example,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    views = written(tmp_path, example)
    assert [one.statistic for one in views] == ["mean", "volatility", "correlation", "probability", "order"]
    simulated = simulate(choose_plan(Options(paths=2000), load_snapshot()), Options(paths=2000), load_snapshot())
    reached = apply_views(simulated.factors, views)
    assert reached.share > 0.5
    assert all(abs(result.residual) < 1e-3 for result in reached.results)
    for key in KEYS:
        assert f"`{key.removesuffix('_bp').removesuffix('_percent').removesuffix('_points')}`" in section
    for number in (MOST_VIEWS, LONGEST_ORDER):
        assert f" {number} " in section


def test_a_view_that_another_file_states_is_refused_and_one_file_counts_once(tmp_path: Path) -> None:
    text = '[[view]]\nmean = "gold"\nat_least_percent = {}\n'
    first, second = str(tmp_path / "a.toml"), str(tmp_path / "b.toml")
    Path(first).write_text(text.format(5), encoding="utf-8")
    Path(second).write_text(text.format(7), encoding="utf-8")
    assert len(chosen_views([first, first])) == 1
    with pytest.raises(InputError, match="a second view on the mean of gold") as caught:
        chosen_views([first, second])
    assert f"{second} view 1" in str(caught.value)
    assert f"{first} view 1 states it already" in str(caught.value)
    Path(second).write_text(text.format(7).replace("at_least", "at_most"), encoding="utf-8")
    assert [one.relation for one in chosen_views([first, second])] == ["at_least", "at_most"]


def test_views_are_read_with_their_units(tmp_path: Path) -> None:
    text = (
        '[[view]]\nmean = "equity_us"\nat_most_percent = -10\n[[view]]\nmean = "ust_10y"\nequal_bp = 50\n'
        '[[view]]\nvolatility = "vix"\nat_least_points = 8\n[[view]]\ncorrelation = ["gold", "btc"]\nequal = 0.3\n'
        '[[view]]\nprobability = "btc"\nbelow_percent = -30\nat_least_percent = 20\n[[view]]\norder = ["gold", "oil"]\n'
    )
    mean, rate, vix, pair, tail, order = written(tmp_path, text)
    assert (mean.relation, mean.value) == ("at_most", pytest.approx(np.log(0.9)))
    assert rate.value == pytest.approx(0.005)
    assert vix.value == pytest.approx(0.08)
    assert (pair.factors, pair.value) == (("gold", "btc"), 0.3)
    assert (tail.value, tail.below) == (pytest.approx(0.2), pytest.approx(np.log(0.7)))
    assert order.statistic == "order"


def test_a_probability_above_a_bound_is_one_less_that_below_it(tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    texts = {
        "above": 'probability = "hy_spread"\nabove_bp = 200\nat_least_percent = 30',
        "below": 'probability = "hy_spread"\nbelow_bp = 200\nat_most_percent = 70',
    }
    found = {}
    for side, text in texts.items():
        file.write_text(f"[[view]]\n{text}\n", encoding="utf-8")
        (found[side],) = chosen_views([str(file)])
    assert found["above"].relation == found["below"].relation == "at_most"
    assert found["above"].value == pytest.approx(found["below"].value)
    assert subject(found["above"]) == "probability of hy_spread below +200 bp"
    file.write_text(f"[[view]]\n{texts['above']}\nbelow_bp = 10\n", encoding="utf-8")
    with pytest.raises(InputError, match="one bound"):
        chosen_views([str(file)])


@pytest.mark.parametrize(
    ("statistic_name", "factor", "value", "told"),
    [
        ("volatility", "ust_10y", 0.013, "130 bp"),
        ("volatility", "vix", 0.06, "6.0 points"),
        ("volatility", "gold", 0.18, "18.0 %"),
        ("mean", "ust_10y", 0.005, "+50 bp"),
    ],
)
def test_values_of_views_are_told_in_the_unit_of_the_factor(
    statistic_name: str, factor: str, value: float, told: str
) -> None:
    assert value_text(view(statistic_name, factor), value) == told


def test_a_file_of_views_alone_adds_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    file.write_text('[[view]]\nmean = "gold"\nat_least_percent = 3\n', encoding="utf-8")
    assert choose([str(file)]) == choose(())
    assert [s.name for s in choose([str(file), "qe4"])] == ["qe4"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('mean = "equty_us"\nequal_percent = 1', "view 1 mean"),
        ('mean = "equity_us"\nequal_bp = 1', "view 1 equal_bp"),
        ('mean = "equity_us"\nequal_percent = nan', "view 1 equal_percent"),
        ('mean = "equity_us"\nequal_percent = -200', "view 1 equal_percent"),
        ('mean = "equity_us"', "view 1"),
        ('mean = "equity_us"\nequal_percent = 1\nat_most_percent = 2', "view 1"),
        ('mean = "equity_us"\nvolatility = "gold"\nequal_percent = 1', "view 1"),
        ('correlation = ["gold"]\nequal = 0.1', "view 1 correlation"),
        ('correlation = ["gold", "gold"]\nequal = 0.1', "view 1 correlation"),
        ('correlation = ["gold", "oil"]\nequal = 1.2', "view 1 equal"),
        ('probability = "btc"\nat_least_percent = 5', "view 1 below"),
        ('volatility = "btc"\nequal_percent = -5', "view 1 equal_percent"),
        ('order = ["gold", "oil"]\nequal = 1', "view 1 equal"),
        ('order = "gold"', "view 1 order"),
        ("colour = 3", "view 1"),
    ],
)
def test_faults_of_a_view_have_a_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        written(tmp_path, f"[[view]]\n{text}\n")
    assert place in {problem.column for problem in caught.value.problems}


def test_correlations_that_cannot_hold_together_are_answered_with_some_that_can(tmp_path: Path) -> None:
    pairs = [("gold", "oil", 0.9), ("gold", "btc", 0.9), ("oil", "btc", -0.9)]
    text = "".join(f'[[view]]\ncorrelation = ["{a}", "{b}"]\nequal = {rho}\n' for a, b, rho in pairs)
    with pytest.raises(InputError, match="eigenvalue") as caught:
        written(tmp_path, text)
    (problem,) = caught.value.problems
    assert "view 1" in problem.column
    values = [float(word.split()[-1].rstrip(".")) for word in problem.hint.split(": ")[1].split(", ")]
    a, b, c = values
    assert np.linalg.eigvalsh([[1, a, b], [a, 1, c], [b, c, 1]]).min() > -0.02


def test_bounds_that_cross_are_a_conflict(tmp_path: Path) -> None:
    text = '[[view]]\nmean = "gold"\nat_least_percent = 5\n[[view]]\nmean = "gold"\nat_most_percent = 2\n'
    with pytest.raises(InputError, match="both hold"):
        written(tmp_path, text)
