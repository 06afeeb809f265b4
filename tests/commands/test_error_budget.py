"""The error budget: shares of the variance that go with one layer, found a second way from the parts of one run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.records import Book
from stresstest.scenarios import LAYERS, generate
from stresstest.stress import revalue
from stresstest.study.books import make_book, read_holdings
from stresstest.study.budget import PATHS, layer_budget
from stresstest.study.options import Options

SNAPSHOT = load_snapshot()
PLAN = named_plan("fast-qt", SNAPSHOT.as_of, months=6)
OPTIONS = Options(paths=400, months=6, seed=3)


def book_of(folder: Path, text: str) -> Book:
    file = folder / "book.csv"
    file.write_text("symbol,quantity,price\n" + text, encoding="utf-8")
    return make_book(read_holdings(file, SNAPSHOT), SNAPSHOT)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book_of(tmp_path_factory.mktemp("few"), "AAPL,100,230\nTLT,200,90\n")


def test_every_layer_has_a_share_and_noise_the_largest(few: Book) -> None:
    budget = layer_budget(few, PLAN, SNAPSHOT, OPTIONS)
    assert set(budget) == set(LAYERS)
    assert list(budget.values()) == sorted(budget.values(), reverse=True)
    assert next(iter(budget)) == "noise"
    assert min(budget.values()) > 0
    assert sum(budget.values()) > 0.95


def test_the_share_of_single_positions_is_that_of_their_own_risk(few: Book) -> None:
    """One share has more risk of its own than a fund has; the share of both is the variance of what they add."""
    budget = layer_budget(few, PLAN, SNAPSHOT, OPTIONS)
    cloud = generate(PLAN, SNAPSHOT, weeks=26, paths=400, seed=3, keep_paths=False)
    whole = revalue(few, cloud.factors, seed=3)
    both = float(whole.residual.sum(axis=1).var() / whole.total.var())
    assert budget["residual"] + budget["exposures"] == pytest.approx(both, rel=0.2)
    assert budget["residual"] > budget["exposures"]


def test_shares_are_of_the_spread_and_do_not_depend_on_the_size_of_the_book(tmp_path: Path) -> None:
    one, ten = (book_of(tmp_path, f"SPY,{count},600\nGLD,{count},300\n") for count in (1, 10))
    first, second = (layer_budget(book, PLAN, SNAPSHOT, OPTIONS) for book in (one, ten))
    assert first == pytest.approx(second)


def test_what_does_not_move_has_no_budget(tmp_path: Path) -> None:
    file = tmp_path / "cash.csv"
    file.write_text("symbol,quantity\nCASH.EUR,0\nCASH,1000\n", encoding="utf-8")
    book = make_book(read_holdings(file, SNAPSHOT), SNAPSHOT)
    budget = layer_budget(book, PLAN, SNAPSHOT, OPTIONS)
    assert all(np.isfinite(share) for share in budget.values())
    assert budget.get("residual", 0.0) == 0.0
    assert OPTIONS.paths <= PATHS
