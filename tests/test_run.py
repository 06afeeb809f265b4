"""The main job, from a file to a study: what must be true of every study whatever the portfolio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.holdings import example_names
from stresstest.records import Study
from stresstest.run import run
from stresstest.study.options import Options

OPTIONS = Options(paths=1250, seed=11)


@pytest.fixture(scope="module", params=example_names())
def study(request: pytest.FixtureRequest) -> Study:
    return run(f"example:{request.param}", OPTIONS)


def test_net_value_is_the_same_in_the_file_and_in_the_book(study: Study) -> None:
    missing = sum(position.market_value for position, _ in study.book.not_modelled)
    assert study.portfolio.value == pytest.approx(study.book.value + missing, rel=1e-9)


def test_losses_and_bands_are_finite_and_in_order(study: Study) -> None:
    losses = [s.loss_fraction for s in study.scenarios]
    assert losses == sorted(losses, reverse=True)
    for s in study.scenarios:
        assert s.band.low <= s.loss_fraction <= s.band.high or s.episode
        assert s.loss == pytest.approx(s.loss_fraction * study.book.value)
        assert s.attribution.total == pytest.approx(-s.loss)


def test_the_tail_is_explained_and_adds_up(study: Study) -> None:
    tail = study.tail
    assert -tail.total / study.book.value == pytest.approx(study.risk.es_95.value, rel=1e-9)
    besides = tail.linear_gap + tail.carry + tail.residual + sum(tail.path_effects.values())
    within = 1e-9 * study.book.value
    assert sum(tail.by_channel.values()) + besides == pytest.approx(tail.total, abs=within)
    assert sum(tail.by_factor.values()) + besides == pytest.approx(tail.total, abs=within)
    assert sum(tail.by_position.values()) == pytest.approx(tail.total, abs=within)
    assert sum(tail.by_class.values()) == pytest.approx(tail.total, abs=within)


def test_the_proposal_keeps_every_limit_and_lowers_the_tail_also_out_of_sample(study: Study) -> None:
    proposal = study.rebalance
    assert proposal is not None
    assert proposal.status == "optimal"
    assert all(limit.ok for limit in proposal.limits)
    assert proposal.after["es_95"] < proposal.before["es_95"]
    assert proposal.out_of_sample["fresh_after"]["es_95"] < proposal.out_of_sample["fresh_before"]["es_95"]
    assert (
        proposal.out_of_sample["episodes_after"]["worst_loss"] < proposal.out_of_sample["episodes_before"]["worst_loss"]
    )
    assert 0 <= proposal.gap <= 1e-6


def test_every_trade_has_a_reason_and_money_adds_up(study: Study) -> None:
    proposal = study.rebalance
    assert proposal is not None
    assert all(trade.reason.text and trade.reason.scenario for trade in proposal.trades)
    paid = sum(trade.cost + trade.tax for trade in proposal.trades)
    after = sum(p.market_value for p in proposal.positions_after) + proposal.cash_after
    assert after == pytest.approx(study.book.value - paid, abs=0.01)


def test_margin_debt_falls_where_there_is_any(study: Study) -> None:
    proposal = study.rebalance
    assert proposal is not None
    debt = min(study.portfolio.cash.get("USD", 0.0), 0.0)
    assert proposal.cash_after >= debt
    if debt < 0:
        assert proposal.cash_after > debt


def test_each_path_is_in_one_state_and_the_states_add_up(study: Study) -> None:
    """Against the whole: probabilities to one, and losses weighted by them to the mean."""
    risk, added = study.risk.by_state.values(), study.increment.by_state.values()
    assert sum(state["probability"] for state in risk) == pytest.approx(1.0)
    assert sum(state["probability"] * state["mean_loss"] for state in risk) == pytest.approx(study.risk.mean.value)
    whole = sum(state["probability"] * state["mean_loss_added"] for state in added)
    assert whole == pytest.approx(study.increment.mean.value, abs=1e-9)
    within = sum((state["probability"] * state["mean_loss_added_error"]) ** 2 for state in added) ** 0.5
    assert within == pytest.approx(study.increment.mean.error, rel=1.0)


def test_the_balance_sheet_of_the_study_closes(study: Study) -> None:
    assert study.balance.imbalance < 0.01


def test_long_bonds_are_cut_before_short_ones() -> None:
    """In a bond book the proposal shortens duration."""
    proposal = run("example:income_ladder", OPTIONS).rebalance
    assert proposal is not None
    assert proposal.after["duration"] < proposal.before["duration"]


def test_purchases_instead_of_runoff_are_the_reverse() -> None:
    runoff, purchases = (
        run("example:sixty_forty", replace(OPTIONS, pace=pace, propose=False)) for pace in (60.0, -60.0)
    )
    assert runoff.increment.es_95.value > 0 > purchases.increment.es_95.value
    assert np.mean(runoff.balance.items["reserves"][:, -1]) < np.mean(purchases.balance.items["reserves"][:, -1])


def test_without_a_proposal_nothing_is_proposed() -> None:
    assert run("example:sixty_forty", replace(OPTIONS, propose=False)).rebalance is None


def test_treasury_bill_funds_earn_what_bills_earn() -> None:
    """Tiny spread loadings of a fund without duration are noise, and must not be paid as income."""
    from stresstest.market import load_snapshot
    from stresstest.records import Portfolio, Position
    from stresstest.study.books import make_book

    snapshot = load_snapshot()
    funds = [Position(i, s, s, "fund_bond", "USD", 1.0, 1.0, 1.0) for i, s in enumerate(("SGOV", "BIL", "USFR", "SHV"))]
    book = make_book(Portfolio("bills", tuple(funds), {}, 0.0), snapshot)
    for holding in book.holdings:
        assert holding.instrument.carry(1.0, 0.0365) == pytest.approx(snapshot["ust_3m"], abs=0.003)
