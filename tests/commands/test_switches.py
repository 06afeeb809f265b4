"""What ``--without`` switches off: the same random numbers, no trace in the split, and said beside every figure."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from rich.console import Console

import stresstest as st
from stresstest.cli import app, main
from stresstest.commands.batch import batch
from stresstest.commands.compare import compare
from stresstest.commands.reverse import reverse
from stresstest.commands.sweep import sweep_holdings
from stresstest.commands.switch_list import CHANNELS, switch_list
from stresstest.commands.switch_list import LAYERS as EXPLAINED_LAYERS
from stresstest.commands.views import views
from stresstest.commands.words import phrasebook
from stresstest.errors import InputError, NoAnswerError
from stresstest.market import load_snapshot
from stresstest.records import Book, StressResult, Study
from stresstest.report import summary_text, to_document, write_reports
from stresstest.report.catalogue import load
from stresstest.report.switched_off import captioned
from stresstest.run import run
from stresstest.scenarios import ALL_CHANNELS, LAYERS, Generated
from stresstest.stress import attribute, revalue
from stresstest.study.books import make_book, read_holdings
from stresstest.study.budget import layer_budget
from stresstest.study.options import Options
from stresstest.study.plans import choose_plan, simulate
from stresstest.study.switches import OF_THE_NOISE, read_switches, split_of_the_rest
from stresstest.tables import factor_index

SNAPSHOT = load_snapshot()
#: Betas so small that a price is linear in the moves but for their squares.
LINEAR = (
    "symbol,quantity,price,asset_class,beta_equity_us,beta_ust_10y,beta_btc\nXQZ,100,50,equity,0.001,-0.01,0.0005\n"
)
OF_THE_BOOK, YEAR = ("exposures", "residual"), {"months": 12, "paths": 300}
OFF = {"channels": ["crypto"], "layers": ["residual"]}
QUICK = ("--paths", "200", "--months", "1")
WITH_SWITCH = {"run", "stress", "rebalance", "compare", "batch", "sweep", "reverse", "views"}


def options(*without: str, **others: Any) -> Options:
    fields = {"paths": 200, "months": 3, "seed": 5, "pace": 95.0, "without": without}
    return Options(**{**fields, **others})


def simulated(book: Book, asked: Options) -> tuple[Generated, StressResult]:
    cloud = simulate(choose_plan(asked, SNAPSHOT), asked, SNAPSHOT, keep_paths=False)
    return cloud, revalue(book, cloud.factors, layers=asked.switches.of_the_book, seed=asked.seed)


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Book:
    file = tmp_path_factory.mktemp("linear") / "linear.csv"
    file.write_text(LINEAR, encoding="utf-8")
    return make_book(read_holdings(file, SNAPSHOT), SNAPSHOT)


@pytest.fixture(scope="module")
def whole(linear: Book) -> tuple[Generated, StressResult]:
    return simulated(linear, options(*OF_THE_BOOK, **YEAR))


@pytest.mark.parametrize("off", ["duration", "liquidity", "crypto", "turbulence"])
def test_the_whole_less_the_run_without_a_channel_is_the_split_of_that_channel(
    linear: Book, whole: tuple[Generated, StressResult], off: str
) -> None:
    """Path by path. An exponential is linear but for squares: |beta moves| is below 1 %, so the gap is below 1 % of it.

    The floor is single precision of the moves. Errors of betas are off: what they add grows with all moves together.
    For turbulence the factors here have no bounds, at which noise would
    bend a little differently without its falls.
    """
    result = whole[1]
    _, without = simulated(linear, options(off, *OF_THE_BOOK, **YEAR))
    split = result.factors.by_channel[:, ALL_CHANNELS.index(off)].astype(float) @ result.sensitivities.sum(axis=0)
    difference = result.price.sum(axis=1) - without.price.sum(axis=1)
    assert np.abs(split).max() > 1e-5 * linear.value
    np.testing.assert_allclose(difference, split, rtol=0.01, atol=2e-7 * linear.value)
    weights = result.factors.probability
    parts, rest = (attribute(one, weights) for one in (result, without))
    assert rest.by_channel[off] == 0.0
    for name in set(ALL_CHANNELS) - {off}:
        assert rest.by_channel[name] == pytest.approx(parts.by_channel[name], abs=1e-6 * linear.value), name


def test_chance_and_plumbing_are_the_same_with_a_channel_on_or_off(
    linear: Book, whole: tuple[Generated, StressResult]
) -> None:
    cloud, _ = simulated(linear, options("liquidity", "market", **YEAR))
    for name in ("turbulent", "funding_break", "leader"):
        np.testing.assert_array_equal(getattr(cloud.factors, name), getattr(whole[0].factors, name))
    np.testing.assert_array_equal(cloud.funding.spread, whole[0].funding.spread)


def test_without_the_noise_its_two_channels_have_no_line_and_none_of_the_tail_is_lost(linear: Book) -> None:
    """They move nothing, with the bounds of spreads as well: the lines that are left add up to the tail."""
    asked = options("noise", **YEAR)
    cloud, result = simulated(linear, asked)
    silent = [ALL_CHANNELS.index(name) for name in OF_THE_NOISE]
    moves = cloud.factors.by_channel.astype(float)
    np.testing.assert_allclose(moves[:, silent], 0.0, atol=1e-9 * np.abs(moves).max())
    parts = attribute(result, result.factors.probability)
    split = split_of_the_rest(parts, asked.switches)
    assert set(split.by_channel) == set(ALL_CHANNELS) - set(OF_THE_NOISE)
    assert set(split_of_the_rest(parts, read_switches(("exposures", "crypto"))).by_channel) == set(ALL_CHANNELS) - {
        "crypto"
    }
    added = sum(split.by_channel.values()) + split.linear_gap + split.carry + split.residual
    assert added + sum(split.path_effects.values()) == pytest.approx(split.total, rel=1e-9)


def test_with_only_noise_on_parameters_are_central_and_nothing_else_is_drawn(linear: Book) -> None:
    only = options("parameters", "exposures", "residual")
    cloud, result = simulated(linear, only)
    assert not result.residual.any()
    premium = cloud.factors.by_channel[:, ALL_CHANNELS.index("duration"), factor_index()["ust_10y"]]
    assert len(np.unique(np.round(premium / premium.max(), 3))) == 2  # calm or turbulent at the horizon
    assert cloud.factors.by_channel[:, ALL_CHANNELS.index("market")].std(axis=0).max() > 0.01
    budget = layer_budget(linear, choose_plan(only, SNAPSHOT), SNAPSHOT, only)
    assert list(budget) == ["noise"]
    assert 0.9 < budget["noise"] < 1.1


def test_the_budget_is_that_of_the_layers_and_channels_that_are_on(tmp_path: Path) -> None:
    """Found a second way: the variance of what the book draws of itself, over that of the whole."""
    file = tmp_path / "few.csv"
    file.write_text("symbol,quantity,price\nAAPL,100,230\n", encoding="utf-8")
    book = make_book(read_holdings(file, SNAPSHOT), SNAPSHOT)
    asked = options("noise", "exposures", "crypto")
    budget = layer_budget(book, choose_plan(asked, SNAPSHOT), SNAPSHOT, asked)
    assert set(budget) == {"parameters", "residual"}
    _, result = simulated(book, asked)
    assert budget["residual"] == pytest.approx(result.residual.sum(axis=1).var() / result.total.var(), rel=0.05)


@pytest.mark.parametrize(
    ("names", "off"),
    [
        ((), ()),
        (("crypto", "liquidity"), ("liquidity", "crypto")),
        (("Policy-Reaction, noise", "noise"), ("policy_reaction", "noise")),
        (tuple(LAYERS), tuple(LAYERS)),
    ],
)
def test_names_are_read_in_any_order_and_spelling(names: tuple[str, ...], off: tuple[str, ...]) -> None:
    switches = read_switches(names)
    assert switches.off == off
    assert set(switches.channels) | set(switches.layers) | set(off) == {*ALL_CHANNELS, *LAYERS}


@pytest.mark.parametrize(
    "names", [ALL_CHANNELS, (*(name for name in ALL_CHANNELS if name not in ("market", "turbulence")), "noise")]
)
def test_nothing_that_moves_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="at least one channel that moves factors"):
        read_switches(names)


def test_every_unknown_name_is_told_with_a_remedy_and_the_other_faults(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run(tmp_path / "none.csv", Options(without=("liqudity", "foo")))
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 3
    assert "Did you mean liquidity?" in said[1]
    assert "liqudity" in said[1]
    assert "`stresstest scenarios channels` explains them." in said[2]


def test_no_name_is_both_a_channel_and_a_layer_and_each_is_explained_in_both_languages() -> None:
    assert tuple(CHANNELS) == ALL_CHANNELS
    assert tuple(EXPLAINED_LAYERS) == LAYERS
    assert not set(ALL_CHANNELS) & set(LAYERS)
    say = phrasebook("zh-TW")
    for text in (*CHANNELS.values(), *EXPLAINED_LAYERS.values(), *switch_list().lines):
        assert isinstance(text, str)
        assert re.search(r"[\u4e00-\u9fff]", say(text)), text
        assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", say(text)), text


def test_commands_that_simulate_markets_take_the_switch_and_no_others() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert {name for name, command in commands.items() if any("--without" in p.opts for p in command.params)} == (
        WITH_SWITCH
    )


# ------------------------------------------------------------------------------------------------ what readers are told


@pytest.fixture(scope="module")
def study() -> Study:
    return run("example:balanced", options("liquidity", "residual", scenarios=("coupon-surge", "covid-2020")))


def test_the_document_says_what_is_off_where_the_figures_stand(study: Study) -> None:
    document = to_document(study)
    assert document["distribution"]["without"] == {"channels": ["liquidity"], "layers": ["residual"]}
    assert document["inputs"]["channels_off"] == ["liquidity"]
    assert "liquidity" not in document["distribution"]["tail"]["by_channel"]
    assert "duration" in document["distribution"]["tail"]["by_channel"]
    assert set(document["distribution"]["error_budget"]) == {"parameters", "noise", "exposures"}
    assert [warning["column"] for warning in document["warnings"]][:2] == ["without", "without"]
    assert "liquidity, residual" in document["rebalance"]["notes"][0]
    parts = document["distribution"]["tail"]
    added = sum(parts["by_channel"].values()) + parts["linear_gap"] + parts["carry"] + parts["residual"]
    assert added + sum(parts["path_effects"].values()) == pytest.approx(parts["total"])


def test_bands_of_named_scenarios_follow_the_layers_and_their_losses_do_not(study: Study) -> None:
    chosen = {"scenarios": ("coupon-surge", "covid-2020"), "propose": False}
    full, bare = (run("example:balanced", options(*off, **chosen)) for off in ((), LAYERS))
    for wide, middle, point in zip(full.scenarios, study.scenarios, bare.scenarios, strict=True):
        assert wide.loss_fraction == middle.loss_fraction == point.loss_fraction
        widths = [loss.band.high - loss.band.low for loss in (wide, middle, point)]
        assert widths[0] > widths[1] > widths[2]
        assert widths[2] == pytest.approx(0.0, abs=1e-12)
    assert bare.risk.error_budget == {}


@pytest.mark.parametrize(
    ("lang", "label", "part"),
    [("en", "Switched off in this run", "Liquidity and funding"), ("zh-TW", "本次執行已關閉", "流動性與資金市場")],
)
def test_screen_page_summary_and_workbook_say_it_before_any_figure(
    study: Study, tmp_path: Path, lang: str, label: str, part: str
) -> None:
    write_reports(study, tmp_path, lang)
    texts = [summary_text(study, lang, 110)]
    texts += [(tmp_path / name).read_text(encoding="utf-8") for name in ("summary.md", "report.html")]
    for text in texts:
        tail = "Tail loss of holding" if lang == "en" else "持有這個組合的尾端損失"
        assert 0 < text.index(label) < text.index(tail)
        assert text.count(part) >= 3
    for name in ("trades.csv", "positions.csv"):
        rows = list(csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
        assert {row["without"] for row in rows} == {"liquidity residual"}
    with zipfile.ZipFile(tmp_path / "workbook.xlsx") as archive:
        cells = archive.read("xl/sharedStrings.xml").decode()
    assert label in cells
    assert cells.count(part) >= 6  # the answer, and the caption of every simulated table


def test_a_run_with_everything_on_says_nothing_of_it() -> None:
    document = to_document(run("example:balanced", options(propose=False, scenarios=("coupon-surge",))))
    assert document["distribution"]["without"] == {"channels": [], "layers": []}
    assert set(document["distribution"]["tail"]["by_channel"]) == set(ALL_CHANNELS)
    assert not [warning for warning in document["warnings"] if warning["column"] == "without"]


def text_of(shown: Any, lang: str) -> str:
    stream = io.StringIO()
    Console(file=stream, width=160).print(shown.to_text(lang))
    return stream.getvalue()


def test_every_other_command_names_it_beside_its_figures(tmp_path: Path) -> None:
    asked = options("crypto", "residual", paths=100, months=1)
    view = tmp_path / "view.toml"
    view.write_text('[[view]]\nmean = "equity_us"\nat_most_percent = -1\n', encoding="utf-8")
    folder = tmp_path / "clients"
    folder.mkdir()
    (folder / "one.csv").write_text("symbol,quantity,price\nVTI,10,300\nCASH,100,\n", encoding="utf-8")
    plain = options("crypto", "residual", paths=100, months=1, pace=None)
    shown = [
        compare(("example:balanced", "example:sixty_forty"), asked),
        sweep_holdings("example:balanced", ("pace=0,95",), plain),
        views("example:balanced", (str(view),), asked, 2.0),
        reverse("example:balanced", 0.1, plain, 0.0),
        batch(folder, asked, out=tmp_path / "out.csv"),
    ]
    for one in shown:
        assert list(one.to_document()["without"]) == ["crypto", "residual"]
        for lang in ("en", "zh-TW"):
            caption = captioned("", {"distribution": {"without": OFF}}, load(lang))
            shown_text = "".join(text_of(one, lang).split())  # a title wraps over a narrow table
            assert "".join(caption.split()) in shown_text, (one, lang)
            assert lang == "en" or not re.search(r"已關閉[^）。]*(crypto|residual)", shown_text), one
        assert json.dumps(one.to_document()).count("switched off") >= 2
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines())
    assert row["without"] == "crypto residual"


def test_no_answer_says_what_is_off_and_warns_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses by pace leave it out: a reader of "at most" must know."""
    (tmp_path / "cash.csv").write_text("symbol,quantity\nCASH,10000\n", encoding="utf-8")
    asked = ("reverse", str(tmp_path / "cash.csv"), "--loss", "0.5", "--without", "crypto,residual", *QUICK)
    with pytest.raises(NoAnswerError, match=r"any pace of runoff .*% \(switched off: crypto, residual\)") as caught:
        reverse(asked[1], 0.5, options("crypto", "residual", pace=None), 0.0)
    assert [warning.column for warning in caught.value.warnings][:2] == ["without", "without"]
    code, out, err = command_line(monkeypatch, *asked, "--lang", "zh-TW", "--json")
    assert code == 3
    lines = err.splitlines()
    assert load("zh-TW").label("channel", "crypto") in lines[-1]
    assert sum("[without]" in line for line in lines) == 2
    assert not re.search(r"crypto|residual", err)
    assert [warning["column"] for warning in json.loads(out)["warnings"]][:2] == ["without", "without"]


def test_views_without_an_answer_warn_of_what_is_off(tmp_path: Path) -> None:
    view = tmp_path / "view.toml"
    view.write_text('[[view]]\nmean = "equity_us"\nat_most_percent = -90\n', encoding="utf-8")
    with pytest.raises(NoAnswerError) as caught:
        views("example:balanced", (str(view),), options("noise", months=1))
    assert caught.value.warnings[0].column == "without"


def test_views_name_measures_as_the_report_does(tmp_path: Path) -> None:
    view = tmp_path / "view.toml"
    view.write_text('[[view]]\nmean = "equity_us"\nat_most_percent = -1\n', encoding="utf-8")
    shown = views("example:balanced", (str(view),), options(months=1), 2.0)
    for lang in ("en", "zh-TW"):
        told = text_of(shown, lang)
        for measure in ("mean", "var_95", "es_95", "es_99"):
            assert load(lang).label("measure", measure) in told
    assert "es_95" not in text_of(shown, "en")


def test_the_proposal_alone_says_what_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("rebalance", "example:sixty_forty", "--without", "noise,market", *QUICK)
    code, out, _ = command_line(monkeypatch, *asked, "--json")
    document = json.loads(out)
    assert (code, document["without"]) == (0, ["market", "noise"])
    assert [warning["column"] for warning in document["warnings"]][:2] == ["without", "without"]
    _, _, err = command_line(monkeypatch, *asked, "--lang", "zh-TW")
    assert not re.search(r"market|noise", err)
    for part in (load("zh-TW").label("channel", "market"), load("zh-TW").label("measure", "noise")):
        assert err.count(part) >= 2  # the note, and the warning


def test_one_name_may_stand_alone_in_python(tmp_path: Path) -> None:
    assert Options(without="liquidity").switches.off == ("liquidity",)
    assert Options(without="noise, Crypto").switches.off == ("crypto", "noise")
    assert Options(without=["crypto"]).without == ("crypto",)
    assert Options(scenarios="severe").scenarios == ("severe",)
    asked = Options(limits="l.toml", data="series", mapping="m.toml", calibration="tables", as_of="2026-08-01")
    assert (asked.limits, asked.data, asked.calibration) == (Path("l.toml"), Path("series"), Path("tables"))
    assert asked.as_of == date(2026, 8, 1)
    with pytest.raises(InputError, match="a date such as"):
        Options(as_of="soon")
    document = to_document(st.run("example:balanced", without="liquidity", paths=200, months=1, propose=False))
    assert document["inputs"]["channels_off"] == ["liquidity"]
    alone, listed = (
        st.generate(st.runoff_plan(95.0), 50, weeks=4, channels=c, layers=()) for c in ("fiscal", ["fiscal"])
    )
    np.testing.assert_array_equal(alone.moves, listed.moves)


def test_a_seed_says_where_it_is_without_effect() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    helps = {name: p.help for name, command in commands.items() for p in command.params if "--seed" in p.opts}
    assert {name for name, told in helps.items() if "Without effect" in told} == {"check", "scenarios"}


def command_line(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the whole program, in this process."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.argv", ["stresstest", *arguments])
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0), out.getvalue(), err.getvalue()


def test_a_sweep_and_a_batch_leave_the_channel_out_of_their_losses(tmp_path: Path) -> None:
    (tmp_path / "coins.csv").write_text("symbol,quantity,price\nBTC,1,60000\nCASH,1000,\n", encoding="utf-8")
    on, off = (
        sweep_holdings(str(tmp_path / "coins.csv"), ("bill_share=0,100",), options(*names)).to_document()["points"][0]
        for names in ((), ("crypto",))
    )
    assert off["es_95"]["value"] < on["es_95"]["value"]
    whole_book, part = (
        batch(tmp_path, options(*names)).to_document()["results"][0]["es_95"] for names in ((), ("crypto",))
    )
    assert part < whole_book
    study = run(tmp_path / "coins.csv", options("crypto", propose=False, scenarios=("coupon-surge",)))
    assert part == pytest.approx(study.risk.es_95.value, rel=1e-9)
