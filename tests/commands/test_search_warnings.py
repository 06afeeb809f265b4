"""What must be said beside a simulated loss is said by every command that shows one, in both languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import stresstest as st
from stresstest.commands.batch.run import batch
from stresstest.commands.reverse import reverse
from stresstest.commands.sweep import sweep_holdings
from stresstest.commands.views import views
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.scenarios import generate
from stresstest.study import pace
from stresstest.study.options import Options
from stresstest.study.plans import baseline_plan

HEADER = "symbol,quantity,price,asset_class,underlying,strike,expiry,put_call,multiplier\n"
#: A call that expires a week after a year from the snapshot.
BOOK = HEADER + "SPY,300,640,fund_equity,,,,,\nSPY270805C800,3,8,option,SPY,800,2027-08-05,call,100\n"
VIEW = '[[view]]\nmean = "equity_us"\nat_most_percent = -4\n'

Ask = Callable[[str, str, Options], Any]
COMMANDS: dict[str, Ask] = {
    "sweep": lambda book, _, options: sweep_holdings(book, ["pace=0,95"], options),
    "reverse": lambda book, _, options: reverse(book, 0.1, options, tga_rebuild=0.0),
    "views": lambda book, view, options: views(book, (view,), options),
    "batch": lambda book, _, options: batch(Path(book).parent, replace(options, scenarios=("fast-qt",))),
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    folder = tmp_path / "books"
    folder.mkdir()
    book, view = folder / "book.csv", tmp_path / "view.toml"
    book.write_text(BOOK, encoding="utf-8")
    view.write_text(VIEW, encoding="utf-8")
    return str(book), str(view)


def printed(shown: Any, lang: str) -> str:
    console = Console(width=10_000, file=io.StringIO())
    with console.capture() as capture:
        console.print(shown.to_text(lang))
    return capture.get()


@pytest.fixture(autouse=True)
def few_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two paces in place of nine: what is said beside the answer does not depend on them."""
    monkeypatch.setattr(pace, "GRID", (0.0, 95.0))


@pytest.mark.parametrize("name", COMMANDS)
def test_options_that_keep_a_gap_are_named_once(name: str, files: tuple[str, str]) -> None:
    shown = COMMANDS[name](*files, Options(paths=300))
    told = printed(shown, "en")
    assert told.count("SPY270805C800: its mean value at the horizon is") == 1
    assert "longest runoff" not in told
    assert any("SPY270805C800: its mean value" in str(warning) for warning in shown.to_document()["warnings"])


@pytest.mark.parametrize("name", COMMANDS)
def test_horizons_beyond_the_record_are_told(name: str, files: tuple[str, str]) -> None:
    shown = COMMANDS[name](*files, Options(paths=100, months=43))
    assert "at most 42 months, the longest runoff on record" in printed(shown, "en")
    assert "有紀錄以來最長的縮表" in printed(shown, "zh-TW")


def test_the_reverse_search_adds_up_on_the_screen_and_explains_its_units(files: tuple[str, str]) -> None:
    shown = reverse(files[0], 0.1, Options(paths=100), tga_rebuild=0.0)
    (_, _, rows), *_ = shown.tables
    shares = [float(loss.removesuffix(" %")) for *_, loss in rows]
    assert shares[-1] == pytest.approx(10.0)
    assert sum(shares[:-1]) == pytest.approx(10.0, abs=0.06 * len(shares))
    told = printed(shown, "en")
    assert "standard deviations (sd)" in told
    assert "se is the standard error" in told
    assert "標準誤" in printed(shown, "zh-TW")
    assert "Distance" not in printed(shown, "zh-TW")


def test_doubt_of_the_currency_is_no_part_of_what_a_plan_adds() -> None:
    """Holding the balance sheet in doubt is the baseline in doubt: same paths, nothing added."""
    snapshot = load_snapshot()
    doubted = replace(named_plan("hold", snapshot.as_of), doubt=1.0)
    baseline = baseline_plan(snapshot, doubted)
    assert baseline.doubt == 1.0
    assert baseline_plan(snapshot).doubt is None
    plan, against = (generate(p, snapshot, paths=200, weeks=26).factors.moves for p in (doubted, baseline))
    np.testing.assert_array_equal(plan, against)
    assert not np.array_equal(plan, generate(baseline_plan(snapshot), snapshot, paths=200, weeks=26).factors.moves)


def test_channels_and_layers_are_switched_from_python() -> None:
    plan = st.runoff_plan(95.0)
    silent = st.generate(plan, paths=200, weeks=26, channels=["duration"], layers=[])
    assert silent.moves.any()
    others = [i for i, name in enumerate(silent.channels) if name != "duration"]
    assert not silent.by_channel[:, others].any()
    book = st.load_portfolio("example:sixty_forty")
    market = st.generate(plan, paths=200, weeks=26, channels=["market"], layers=["noise"])
    quiet, whole = (st.stress(book, market, layers).total for layers in ((), ("residual",)))
    assert np.var(whole - quiet) > 0
    for ask in (lambda: st.generate(plan, channels=["durations"]), lambda: st.stress(book, market, ["noisy"])):
        with pytest.raises(InputError, match="one of"):
            ask()
