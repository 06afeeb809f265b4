"""What no trade here can change: futures, at contract value and in every limit, and what is not modelled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from allocation_books import BALANCED, Line, synthetic

from stresstest.allocation import Inputs, load_limits, propose
from stresstest.allocation.assets import assets
from stresstest.allocation.limits import Rule
from stresstest.allocation.rules import Row, defensive, rows
from stresstest.records import Position

NET = sum(line.value for line in BALANCED)
NOTE = Line("ZN", "future", 2.0 * NET, {"ust_10y": -6.0}, duration=6.0)


def measured(inputs: Inputs, limits: Path | None = None) -> dict[str, Row]:
    chosen = load_limits(limits)
    return {row.name: row for row in rows(assets(inputs, chosen), chosen)}


def unmodelled(inputs: Inputs, value: float) -> Inputs:
    """The same book with a row that cannot be modelled."""
    row = Position(9, "XX", "XX", "other", "USD", value / 100.0, 100.0, value)
    return replace(inputs, book=replace(inputs.book, not_modelled=((row, "no exposure is known"),)))


def test_leverage_counts_futures_and_what_is_not_modelled_on_both_sides() -> None:
    """The limit measures what the report calls gross leverage: gross value over net value, modelled or not."""
    lines = [*BALANCED, NOTE, Line("EUR", "cash", 5_000.0, {"fx_eur": 1.0}, more={"currency": "EUR"})]
    book = unmodelled(synthetic(lines), 3_000.0)
    leverage = measured(book)["gross_leverage"]
    invested = sum(line.value for line in BALANCED if line.asset_class != "cash")
    assert leverage.before == pytest.approx((invested + 2.0 * NET + 3_000.0) / (NET + 5_000.0 + 3_000.0))
    assert leverage.before == pytest.approx(book.book.gross_value / (book.book.value + 3_000.0))


def test_a_row_that_is_not_modelled_does_not_lever_a_book_without_debt() -> None:
    """Five hundred dollars of an unknown share beside twelve hundred of funds and cash: 1,650 over 1,700."""
    lines = [
        Line("VTI", "fund_equity", 730.0, {"equity_us": 1.0}, price=365.0),
        Line("TLT", "fund_bond", 420.0, {"ust_10y": -14.6}, price=84.0, duration=14.6),
        Line("CASH", "cash", 50.0),
    ]
    answer = propose(unmodelled(synthetic(lines), 500.0), load_limits())
    leverage = next(check for check in answer.limits if check.name == "gross_leverage")
    assert leverage.before == pytest.approx(1_650.0 / 1_700.0)
    assert (leverage.limit, leverage.origin) == (1.0, "default")
    assert answer.status == "optimal"
    assert answer.after["gross_leverage"] <= 1.0


def test_leverage_on_a_net_value_below_zero_is_not_limited_and_the_notes_say_so() -> None:
    answer = propose(unmodelled(synthetic(BALANCED), -2.0 * NET), load_limits())
    assert "gross_leverage" not in {check.name for check in answer.limits}
    assert any("leverage has no meaning" in note for note in answer.notes)
    assert not any("leverage has no meaning" in note for note in propose(synthetic(BALANCED), load_limits()).notes)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_futures_count_in_every_limit_by_contract_value(side: float, tmp_path: Path) -> None:
    """Long ones add their duration and tilt, short ones subtract it; gross shares grow with both."""
    futures = [
        replace(NOTE, value=side * NOTE.value),
        Line("MNQ", "future", side * 0.5 * NET, {"equity_us": 1.1, "growth_value": 0.7}),
        Line("MBT", "future", side * 0.2 * NET, {"btc": 1.0}),
        Line("FDAX", "future", side * 0.3 * NET, {"equity_us": 0.9}, more={"currency": "EUR", "tags": {"desk": "a"}}),
    ]
    limits = tmp_path / "mine.toml"
    limits.write_text("[group.desk.a]\nmax = 0.4\n", encoding="utf-8")
    plain, with_futures = measured(synthetic(BALANCED), limits), measured(synthetic([*BALANCED, *futures]), limits)
    added = {name: with_futures[name].before - plain[name].before for name in plain}
    assert added["duration"] == pytest.approx(side * 2.0 * 6.0)
    assert added["value_tilt"] == pytest.approx(side * 0.5 * 0.7)
    assert added["crypto_share"] == pytest.approx(0.2)
    assert added["currency_share"] == pytest.approx(0.3)
    assert added["gross_leverage"] == pytest.approx(2.0 + 0.5 + 0.2 + 0.3)
    assert added["group.desk.a"] == pytest.approx(0.3)


def test_the_relative_rule_asks_only_of_what_can_be_traded() -> None:
    rule = Rule("x", "x", "<=", "share", 0.05, "", 1.0, 0.8)
    assert rule.bound(3.7, 3.0) == pytest.approx(3.0 + 0.8 * 0.7)
    assert rule.is_relaxed(3.7, 3.0)
    # what helps makes no limit tighter nor has to stay, a level that is looser stays, and a level alone is never eased
    assert rule.bound(1.5, 2.0) == 2.0
    assert rule.bound(1.5, -2.0) == pytest.approx(0.8 * 1.5)
    assert rule.bound(0.9, 0.8) == 1.0
    assert replace(rule, relative=None).bound(3.7, 3.0) == 1.0
    # a rule that forbids only more than today does not let go what covers today's burden
    assert replace(rule, relative=1.0).bound(1.5, 2.0) == 1.5
    lower = Rule("x", "x", ">=", "share", 0.05, "", 0.0, 0.5)
    assert lower.bound(-0.2, -0.1) == pytest.approx(-0.1 + 0.5 * -0.1)


def test_futures_do_not_make_the_rest_look_safe() -> None:
    """A large long future loses so much that a share fund beside it would seem safe, were its size not counted."""
    lines = [
        Line("VTI", "fund_equity", 1e5, {"equity_us": 1.0}),
        Line("QQQ", "fund_equity", 1e5, {"equity_us": 1.1, "growth_value": 0.6}),
        Line("CASH", "cash", -1e5),
    ]
    limits = load_limits()
    levered = assets(synthetic([*lines, Line("ES", "future", 4e5, {"equity_us": 1.0})]), limits)
    assert not defensive(levered, limits)[:2].any()


FUTURES = (
    Line("ES", "future", 1.0, {"equity_us": 1.0}),
    Line("ZN", "future", 1.0, {"ust_10y": -6.0}, duration=6.0),
    Line("MBT", "future", 1.0, {"btc": 1.0}),
)


def leveraged_with_futures(seed: int) -> list[Line]:
    """Shares, bonds and coins with up to 30 percent on margin, beside futures of up to four times net value."""
    rng = np.random.default_rng(seed)
    held = [replace(line, value=1e5 * rng.uniform(0.05, 1.0)) for line in BALANCED[:-1]]
    cash = rng.uniform(-0.3, 0.3) * sum(line.value for line in held)
    net = sum(line.value for line in held) + cash
    futures = [replace(line, value=net * rng.choice((-1.0, 1.0)) * rng.uniform(0.1, 4.0)) for line in FUTURES]
    return [*held, Line("CASH", "cash", cash), *futures[: rng.integers(1, 4)]]


@pytest.mark.parametrize("seed", range(12))
def test_the_default_limits_leave_every_book_with_futures_a_way(seed: int) -> None:
    answer = propose(synthetic(leveraged_with_futures(seed), paths=200), load_limits())
    assert answer.status in {"optimal", "no_trade"}, answer.relaxation
    assert all(check.ok for check in answer.limits)
    assert np.isfinite(list(answer.after.values())).all()


def test_a_relaxation_names_its_scenario_and_speaks_the_units_of_the_table(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("[loss_cap]\nlevel = 0.05\n[turnover]\nlevel = 0.02\n", encoding="utf-8")
    answer = propose(synthetic([*BALANCED, NOTE]), load_limits(mine))
    caps = {check.name: check for check in answer.limits if check.name.startswith("loss_cap: ")}
    said = next(line for line in answer.relaxation if "loss_cap" in line)
    name = said.removeprefix("raise ").partition(" from ")[0]
    assert answer.status == "infeasible"
    assert sum(not check.ok for check in caps.values()) > 1
    assert name in caps
    assert f" from {100.0 * caps[name].limit:.2f} % to " in said
