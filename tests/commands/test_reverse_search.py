"""Reverse search: the loss is reproduced in full revaluation, the point is the nearest, and the unreachable is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t

from stresstest.commands.reverse import reverse
from stresstest.errors import InputError, NoAnswerError
from stresstest.market import load_snapshot
from stresstest.records import Book, Estimate
from stresstest.scenarios import jumps
from stresstest.scenarios.plausibility import law_of
from stresstest.stress import revalue
from stresstest.study import pace as pace_module
from stresstest.study.books import make_book, read_holdings
from stresstest.study.options import Options
from stresstest.study.pace import (
    FALLS,
    FLAT,
    RISES,
    PaceAnswer,
    PacePoint,
    PaceSetting,
    pace_plan,
    shape_of,
    slowest_paces,
)
from stresstest.study.reverse import by_way, reverse_scenario
from stresstest.tables import factor_index
from stresstest.units import WEEKS_A_MONTH

PORTFOLIOS = Path(__file__).resolve().parents[2] / "portfolios"


def book_of(folder: Path, text: str) -> Book:
    file = folder / "book.csv"
    file.write_text("symbol,quantity,price\n" + text, encoding="utf-8")
    return make_book(read_holdings(file, load_snapshot()), load_snapshot())


@pytest.fixture(scope="module")
def sixty_forty() -> Book:
    return make_book(read_holdings(PORTFOLIOS / "sixty_forty.csv", load_snapshot()), load_snapshot())


@pytest.mark.parametrize("name", ["balanced", "growth_on_margin", "income_ladder", "crypto_heavy", "taiwan"])
def test_the_scenario_reproduces_its_loss_in_full_revaluation(name: str) -> None:
    book = make_book(read_holdings(PORTFOLIOS / f"{name}.csv", load_snapshot()), load_snapshot())
    found = reverse_scenario(book, 0.10)
    again = -revalue(book, jumps(found.moves[None]), layers=()).total[0] / book.value
    assert again == pytest.approx(0.10, rel=0.01)
    assert found.reproduced == pytest.approx(again)
    assert found.alignment < 1e-5
    reached = [distance for distance in found.starts if np.isfinite(distance)]
    assert max(reached) == pytest.approx(min(reached), rel=0.01)
    assert sum(found.by_factor.values()) == pytest.approx(0.10, rel=1e-3)


def test_losses_by_factor_add_up_however_curved_the_book(tmp_path: Path) -> None:
    """Coins that lose most of their value, and an option: parts along the way against the loss at its end."""
    put = "SPY280121P500,5,9,option,SPY,500,2028-01-21,put,100\n"
    header = "symbol,quantity,price,asset_class,underlying,strike,expiry,put_call,multiplier\n"
    file = tmp_path / "curved.csv"
    file.write_text(f"{header}BTC,2,60000,,,,,,\nSPY,50,600,,,,,,\n{put}", encoding="utf-8")
    book = make_book(read_holdings(file, load_snapshot()), load_snapshot())
    moves = np.zeros(len(factor_index()))
    moves[factor_index()["btc"]], moves[factor_index()["equity_us"]] = -1.8, -0.4
    moves[factor_index()["vix"]] = 0.3
    parts = by_way(book, moves)
    loss = -revalue(book, jumps(moves[None]), layers=()).total[0] / book.value
    assert parts.sum() == pytest.approx(loss, rel=2e-3)
    first_order = -book.holdings[0].instrument.sensitivity(0.0) @ moves / book.value
    assert first_order > 1.5 * parts[factor_index()["btc"]] > 0
    assert parts[factor_index()["vix"]] < 0  # the put gains


def test_the_point_is_the_nearest(sixty_forty: Book) -> None:
    """Against a general constrained optimiser in the space of standardised moves."""
    found = reverse_scenario(sixty_forty, 0.12, 6)
    law = law_of(6 * WEEKS_A_MONTH, "stress")
    values, vectors = np.linalg.eigh(law.covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T

    def loss(z: np.ndarray) -> float:
        moves = law.bend(root @ z)[None]
        return float(-revalue(sixty_forty, jumps(moves), layers=()).total[0] / sixty_forty.value)

    inverse = np.linalg.pinv(root, rcond=1e-7, hermitian=True)
    rival = minimize(
        lambda z: z @ z,
        inverse @ law.straighten(found.moves) * 1.3,
        constraints={"type": "eq", "fun": lambda z: 100 * (loss(z) - 0.12)},
        method="SLSQP",
        options={"maxiter": 60, "ftol": 1e-10},
    )
    assert found.distance == pytest.approx(np.sqrt(rival.fun), rel=2e-3)


def test_a_linear_book_has_a_closed_form(tmp_path: Path) -> None:
    """One futures-like log asset: distance = |log move needed| / standard deviation of beta . moves."""
    book = book_of(tmp_path, "SPY,100,600\n")
    beta = book.holdings[0].exposure.beta
    found = reverse_scenario(book, 0.2, 3)
    law = law_of(3 * WEEKS_A_MONTH, "stress")
    spread = np.sqrt(beta @ law.covariance @ beta)
    assert found.probability == pytest.approx(
        t.sf(found.distance * np.sqrt(law.degrees / (law.degrees - 2)), law.degrees)
    )
    assert found.distance == pytest.approx(-np.log(0.8) / spread, rel=1e-4)
    assert found.first_factors[0] == "equity_us"


def test_farther_losses_are_less_plausible_and_calm_weeks_rarely_bring_them(sixty_forty: Book) -> None:
    near, far = (reverse_scenario(sixty_forty, loss) for loss in (0.05, 0.2))
    assert near.distance < far.distance
    assert near.probability > far.probability
    assert reverse_scenario(sixty_forty, 0.2, regime="calm").distance > far.distance
    assert far.moves[factor_index()["equity_us"]] < 0


def test_what_cannot_be_lost_is_said(tmp_path: Path) -> None:
    book = book_of(tmp_path, "CASH,10000,\nSPY,1,600\n")
    with pytest.raises(NoAnswerError, match="no scenario") as caught:
        reverse_scenario(book, 0.5)
    assert 0.03 < float(caught.value.relaxation.split()[-1].rstrip("%")) / 100 < 0.06


@pytest.mark.parametrize("loss", [0.0, 1.0, -0.1, float("nan")])
def test_a_loss_is_a_fraction(sixty_forty: Book, loss: float) -> None:
    with pytest.raises(InputError):
        reverse_scenario(sixty_forty, loss)
    with pytest.raises(InputError):
        reverse_scenario(sixty_forty, 0.1, regime="boom")


# ----------------------------------------------------------------------------------------------------------------- pace


def known_curve(monkeypatch: pytest.MonkeyPatch, loss: Callable[[float], float], error: float = 0.001) -> list[float]:
    """Put a known curve in the place of the simulation; returns the paces that were tried."""
    tried: list[float] = []
    noise = error * np.sqrt(pace_module.BATCHES) * np.random.default_rng(0).standard_normal(pace_module.BATCHES)

    def simulated(self: object, pace: float) -> PacePoint:
        tried.append(pace)
        value = loss(pace)
        estimate = Estimate(value, value - 1.64 * error, value + 1.64 * error, error)
        names = pace_module.STATISTICS
        return PacePoint(pace, dict.fromkeys(names, estimate), dict.fromkeys(names, value + noise))

    monkeypatch.setattr(pace_module._Curve, "simulated", simulated)
    return tried


def first_answer(book: Book, loss: float) -> PaceAnswer:
    return slowest_paces(book, load_snapshot(), loss, PaceSetting())[0]


def test_the_search_finds_the_pace_of_a_known_curve(sixty_forty: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """A curve that is known: loss = 2 + 3 sqrt(pace / 400) percent."""
    tried = known_curve(monkeypatch, lambda pace: 0.02 + 0.03 * np.sqrt(pace / 400))
    answers = slowest_paces(sixty_forty, load_snapshot(), 0.0352, PaceSetting())
    expected = 400 * (0.0152 / 0.03) ** 2
    assert len(tried) == len(set(tried)) <= len(pace_module.GRID) + 6
    for answer in answers:
        assert answer.pace == pytest.approx(expected, abs=1.0)
        assert answer.shape == RISES
        assert answer.clear
        # two standard errors of 0.1 percent either way, through a curve that is nearly straight between paces
        assert answer.slowest == pytest.approx(400 * (0.0132 / 0.03) ** 2, abs=4)
        assert answer.fastest == pytest.approx(400 * (0.0172 / 0.03) ** 2, abs=4)
    assert first_answer(sixty_forty, 0.01).pace == 0.0


def test_none_is_clear_only_beyond_two_standard_errors(sixty_forty: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    known_curve(monkeypatch, lambda pace: 0.02 + 0.03 * np.sqrt(pace / 400))
    far, near = first_answer(sixty_forty, 0.06), first_answer(sixty_forty, 0.0515)
    assert far.pace is near.pace is None
    assert far.largest.value == pytest.approx(0.05)
    assert far.beyond == pytest.approx(10)
    assert far.clear
    assert not near.clear
    assert far.slowest is None
    assert near.slowest is not None


def test_a_loss_that_peaks_in_between_is_found(sixty_forty: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is largest at 150 and below the wanted one at the fastest pace: looking at the ends alone finds none."""
    known_curve(monkeypatch, lambda pace: 0.05 - 0.03 * ((pace - 150) / 250) ** 2)
    found = first_answer(sixty_forty, 0.049)
    assert found.pace == pytest.approx(150 - 250 * np.sqrt(1 / 30), abs=1.0)
    assert found.shape == FALLS
    assert found.largest_at == 150


def test_losses_that_do_not_answer_to_the_pace_are_called_flat() -> None:
    rng = np.random.default_rng(1)
    points = [0.05 + 0.002 * rng.standard_normal(pace_module.BATCHES) for _ in pace_module.GRID]
    assert shape_of(points) == FLAT
    assert shape_of([values + 0.01 * k for k, values in enumerate(points)]) == RISES
    assert shape_of([np.full(pace_module.BATCHES, np.nan) for _ in points]) == FLAT


def test_the_pace_loses_what_was_asked_when_it_is_simulated(sixty_forty: Book) -> None:
    curve = pace_module._Curve(sixty_forty, load_snapshot(), PaceSetting(months=12, paths=200, seed=5), 0.0)
    base = pace_module._answer(curve, "es_95", 0.9, 0.0)
    loss = (base.without.value + base.largest.value) / 2
    answer = pace_module._answer(curve, "es_95", loss, 0.0)
    assert answer.pace is not None
    assert answer.reached is not None
    assert answer.reached.value >= loss
    assert answer.reached.value == pytest.approx(loss, abs=max(answer.reached.error, 0.002))
    assert answer.reached.error > 0


def test_the_rebuild_is_a_dated_level_of_the_treasury() -> None:
    snapshot = load_snapshot()
    plan = pace_plan(60, 12, snapshot, 700)
    assert plan.tga[-1].level == pytest.approx(snapshot["tga"] + 700)
    assert (plan.tga[-1].date - snapshot.as_of).days == 91
    assert not pace_plan(60, 12, snapshot).tga


# -------------------------------------------------------------------------------------------------------------- command


def test_the_command_gives_one_document(tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text("symbol,quantity,price\nSPY,100,600\nTLT,200,90\n", encoding="utf-8")
    shown = reverse(str(file), 0.15, Options(paths=200, months=6), tga_rebuild=0)
    document = shown.to_document()
    assert {entry["regime"] for entry in document["scenarios"]} == {"calm", "stress", "rate_led", "doubt"}
    for entry in document["scenarios"]:
        assert entry["loss_pct"] == pytest.approx(15, rel=0.01)
    assert {entry["statistic"] for entry in document["paces"]} == {"mean", "es_95", "turbulence"}
    assert all(entry["shape"] and len(entry["curve"]) == 9 for entry in document["paces"])
    assert shown.to_text() is not None


def test_the_command_has_no_answer_for_cash(tmp_path: Path) -> None:
    file = tmp_path / "cash.csv"
    file.write_text("symbol,quantity\nCASH,10000\n", encoding="utf-8")
    with pytest.raises(NoAnswerError, match="any pace"):
        reverse(str(file), 0.5, Options(paths=200, months=3), tga_rebuild=0)
