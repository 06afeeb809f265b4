"""What must hold for any book: linearity, mirrors, order, currency, and cash that never hurts."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stress_books import KINDS, SNAPSHOT, along, book_of, holdings, one, random_paths, scaled

from stresstest.records import StressResult
from stresstest.stress import attribute, revalue, total_gains
from stresstest.stress.revalue import ALL_LAYERS
from stresstest.tables import factor_index

PATHS = random_paths(1, weeks=16)
MANY = settings(max_examples=25, deadline=None)


def close(first: np.ndarray, second: np.ndarray, size: float) -> None:
    np.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-6 * max(size, 1.0))


def gross(result: StressResult) -> float:
    return float(np.abs(result.book.values).sum())


@MANY
@given(holdings(shorts=True), st.floats(0.2, 5.0), st.integers(-20_000, 20_000))
def test_the_whole_book_scales(rows: list, factor: float, cash: float) -> None:
    """Forced sales included: a margin rule looks at ratios only."""
    once = revalue(book_of(rows, cash), PATHS, seed=3)
    more = revalue(book_of([(scaled(p, factor), e) for p, e in rows], factor * cash), PATHS, seed=3)
    close(more.total, factor * once.total, gross(more))
    close(more.path_value, factor * once.path_value, gross(more))


@MANY
@given(holdings(), st.floats(0.2, 5.0))
def test_a_position_is_linear_in_its_quantity(rows: list, factor: float) -> None:
    first, *rest = rows
    once, more = (
        revalue(book_of([row, *rest]), PATHS, seed=3) for row in (first, (scaled(first[0], factor), first[1]))
    )
    close(more.pnl[:, 0], factor * once.pnl[:, 0], gross(more))
    close(more.pnl[:, 1:], once.pnl[:, 1:], gross(more))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_shorts_mirror_longs(kind: str) -> None:
    """Price and what is unexplained; what a short pays to borrow is its own."""
    long, short = (revalue(book_of([one(kind, sign)], 1e6), PATHS, along_paths=False) for sign in (1.0, -1.0))
    np.testing.assert_allclose(short.price[:, 0], -long.price[:, 0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(short.residual[:, 0], -long.residual[:, 0], rtol=1e-9, atol=1e-9)
    assert (short.carry[:, 0] <= -long.carry[:, 0] + 1e-9).all()


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 20_000), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(rows: list, cash: float, random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (revalue(book_of(order, cash), PATHS, seed=3) for order in (rows, mixed))
    close(first.total, second.total, gross(first))
    by_symbol = [dict(zip(r.book.symbols, r.pnl.mean(axis=0), strict=True)) for r in (first, second)]
    assert by_symbol[0] == pytest.approx(by_symbol[1], abs=1e-6 * gross(first))


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 0), st.integers(0, 50_000))
def test_adding_cash_never_raises_the_loss(rows: list, debt: float, added: float) -> None:
    """On the way a forced sale may even have been lucky, so this holds for the book that is left alone; and a book with
    more cash is called on no path on which the other is not."""
    poor, rich = (revalue(book_of(rows, cash), PATHS, seed=3) for cash in (debt, debt + added))
    assert (rich.base_total >= poor.base_total - 1e-6 * gross(rich)).all()
    if rich.margin_call is not None and poor.margin_call is not None:
        assert not (rich.margin_call & ~poor.margin_call).any()


@MANY
@given(st.sampled_from(("treasury", "corporate", "floater", "put", "call")), st.floats(0.02, 0.3))
def test_a_currency_alone_does_not_move_the_local_value(kind: str, move: float) -> None:
    """What is quoted in euros gains the return of the euro on the same amount of euros, whatever that return is."""
    row, found = KINDS[kind]
    if found is not None:
        beta = found.beta.copy()
        beta[factor_index()["fx_eur"]] = 1.0
        found = replace(found, beta=beta)
    euro = replace(row, currency="EUR", market_value=row.market_value * SNAPSHOT.fx("EUR"))
    week = along({"fx_eur": np.array([[move], [0.01]])}, years=0.0)
    result = revalue(book_of([(euro, found)], EUR=1_000.0), week, layers=(), along_paths=False)
    amounts = result.price / np.expm1(week.moves[:, [factor_index()["fx_eur"]]])
    np.testing.assert_allclose(amounts[0], amounts[1], rtol=1e-5)
    np.testing.assert_allclose(amounts[0], result.book.values, rtol=0.03)  # accrued interest is euros too


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 20_000), st.floats(0.2, 5.0))
def test_the_base_currency_is_only_a_unit(rows: list, cash: float, rate: float) -> None:
    """Net value told in another currency is net value in dollars over its rate: sums may be taken before or after."""
    result = revalue(book_of(rows, cash), PATHS, seed=3, along_paths=False)
    moved = rate * np.exp(PATHS.moves[:, factor_index()["fx_eur"]])
    by_position = (result.book.values + result.pnl) / moved[:, None] - result.book.values / rate
    whole = (result.book.value + result.total) / moved - result.book.value / rate
    close(by_position.sum(axis=1), whole, gross(result))


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 20_000))
def test_every_split_adds_up_with_path_effects(rows: list, cash: float) -> None:
    result = revalue(book_of(rows, cash), PATHS, seed=3)
    weights = np.random.default_rng(0).dirichlet(np.ones(len(PATHS.moves)))
    parts = attribute(result, weights)
    rest = parts.linear_gap + parts.carry + parts.residual + sum(parts.path_effects.values())
    tolerance = 1e-9 * max(gross(result), 1.0)
    assert parts.total == pytest.approx(weights @ result.total, abs=tolerance)
    for split in (parts.by_position, parts.by_class):
        assert sum(split.values()) == pytest.approx(parts.total, abs=tolerance)
    for split in (parts.by_factor, parts.by_channel):
        assert sum(split.values()) + rest == pytest.approx(parts.total, abs=tolerance)


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 20_000))
def test_the_way_ends_where_the_gains_say(rows: list, cash: float) -> None:
    result = revalue(book_of(rows, cash), PATHS, seed=3)
    assert result.path_value is not None
    close(result.path_value[:, -1], result.book.value + result.total, gross(result))


@MANY
@given(holdings(shorts=True), st.integers(-20_000, 20_000))
def test_nothing_moves_nothing_lost(rows: list, cash: float) -> None:
    still = along({"equity_us": np.zeros((1, 8))}, years=0.0)
    result = revalue(book_of(rows, cash), still, layers=(), along_paths=False)
    assert np.abs(result.pnl).max() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("choices", [(ALL_LAYERS,), ((), ("exposures",), ("residual",))])
def test_sums_in_blocks_are_the_totals_of_the_whole(choices: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block cannot see another: the numbers of a symbol, of its peers and of an option do not need it."""
    book = book_of([one(name) for name in sorted(KINDS)], 1_000)
    factors = replace(PATHS, paths=None)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(sys.modules[total_gains.__module__], "TOGETHER", 3)
    found = total_gains(book, factors, choices, seed=5, progress=lambda done, total: seen.append((done, total)))
    for layers, total in zip(choices, found, strict=True):
        whole = revalue(book, factors, layers=layers, seed=5)
        close(total, whole.total, gross(whole))
    assert len(seen) > 2
    assert seen[-1] == (len(book.holdings),) * 2
