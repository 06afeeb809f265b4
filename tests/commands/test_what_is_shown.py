"""What people read: names stay as they are, titles for codes, no sign on a zero, columns explained."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stresstest.commands.batch.reduced import COLUMNS
from stresstest.commands.batch.result import BatchResult
from stresstest.commands.check import check
from stresstest.commands.compare import compare
from stresstest.commands.reverse import reverse
from stresstest.commands.scenario_cards import scenario_cards
from stresstest.commands.shown import Kept, PlanLine, Shown
from stresstest.commands.sweep import sweep_holdings
from stresstest.commands.words import phrasebook
from stresstest.errors import NoAnswerError
from stresstest.scenarios import library
from stresstest.scenarios.words import move_text
from stresstest.study.options import Options
from stresstest.tables import factor_names
from stresstest.units import fixed

OPTIONS = Options(paths=100)


def text_of(shown: object, lang: str = "en", width: int = 120) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(shown.to_text(lang))  # type: ignore[attr-defined]
    return stream.getvalue()


@given(st.floats(-1e6, 1e6), st.sampled_from(["+.1f", ".2f", "+,.0f", "+.1%"]))
def test_a_number_has_a_sign_exactly_where_a_figure_is_not_zero(value: float, spec: str) -> None:
    text = fixed(value, spec)
    if any(digit in text for digit in "123456789"):
        assert text == format(value, spec)
    else:
        assert not text.startswith(("-", "+"))


def test_no_move_is_a_signed_zero() -> None:
    assert [move_text("ust_10y", -0.00001), move_text("equity_us", -0.0001)] == ["0 bp", "0.0 %"]
    assert move_text("ust_10y", 0.0012) == "+12 bp"
    listed = text_of(scenario_cards(None), width=200)
    assert " -0 bp" not in listed
    assert " -0.0 %" not in listed
    assert " +0 bp" not in listed


def test_names_of_files_pass_untouched(tmp_path: Path) -> None:
    for name in ("gold", "stress"):
        (tmp_path / f"{name}.csv").write_text("symbol,quantity,price\nGLD,10,300\nCASH,1000,\n", encoding="utf-8")
    shown = compare([str(tmp_path / "gold.csv"), str(tmp_path / "stress.csv"), "example:taiwan"], OPTIONS)
    chinese = text_of(shown, "zh-TW")
    assert chinese.splitlines()[1].split() == ["情境", "gold", "stress", "taiwan"]
    assert phrasebook("zh-TW")("gold") != "gold"  # elsewhere the same word is one of the language
    gfc = library()["gfc-2008"].title
    assert gfc in text_of(shown)
    assert "gfc-2008" not in text_of(shown)
    assert "gfc-2008" in [row["name"] for row in shown.to_document()["scenarios"]]


def test_cells_and_headings_that_are_kept() -> None:
    shown = Shown({}, (("Loss by scenario", (Kept("gold"), "gold"), [(Kept("stress"), "stress")]),))
    rows = [line.split() for line in text_of(shown, "zh-TW").splitlines()[1:]]
    assert rows == [["gold", "黃金"], ["stress", "壓力"]]


@pytest.mark.parametrize("count", [1, 2])
def test_batch_counts_and_names_as_people_do(count: int) -> None:
    numbers = {column: np.full(count, 0.1) for column in COLUMNS}
    names = ("stress", "gold")[:count]
    about = {"instruments": count, "alone": count}
    result = BatchResult(
        names, numbers, np.full((count, 1), 0.2), ("gfc-2008",), {}, about,
        titles={"gfc-2008": library()["gfc-2008"].title},
    )  # fmt: skip
    many = "" if count == 1 else "s"
    english, chinese = text_of(result), text_of(result, "zh-TW")
    told = f"{count} portfolio{many}, 0 failed; {count} distinct instrument{many}, {count} portfolio{many} with"
    assert told in " ".join(english.split())
    assert library()["gfc-2008"].title in english
    assert f"{count} 個投資組合，0 個失敗；{count} 種不同標的，{count} 個組合有" in chinese
    assert "stress" in chinese
    assert "全球金融危機" in chinese
    assert result.to_document()["results"][0]["worst_scenario"] == "gfc-2008"


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_names_of_scenarios_can_be_copied_at_any_width(lang: str, width: int) -> None:
    shown = scenario_cards(None)
    text = text_of(shown, lang, width)
    begun = {line.split(" ")[0] for line in text.splitlines()}
    assert set(library()) <= begun
    left_out = "Columns left out" if lang == "en" else "省略的欄"
    assert (left_out in text) == (width < 200)
    assert "bitcoin" in text or lang != "en"  # shown, or said to be left out


def test_a_wide_screen_has_a_line_for_each_scenario() -> None:
    lines = text_of(scenario_cards(None), width=200).rstrip().splitlines()
    assert len(lines) == len(library()) + 2
    assert any(line.rstrip().endswith(library()["global-qt-severe"].title) for line in lines)
    starts = {line.index(library()[line.split()[0]].title) for line in lines[2:]}
    assert len(starts) == 1  # left-aligned


def test_a_card_names_factors_and_what_a_file_calls_them() -> None:
    shown = scenario_cards("coupon-surge")
    assert "1-year Treasury yield (ust_1y)" in text_of(shown)
    assert "1 年期公債殖利率 (ust_1y)" in text_of(shown, "zh-TW")
    assert set(shown.to_document()["factor_moves"]) == set(factor_names())


def test_cash_gains_whatever_the_pace(tmp_path: Path) -> None:
    (tmp_path / "cash.csv").write_text("symbol,quantity\nCASH,1000\n", encoding="utf-8")
    with pytest.raises(NoAnswerError) as caught:
        reverse(str(tmp_path / "cash.csv"), 0.1, OPTIONS, tga_rebuild=0.0)
    told = caught.value.relaxation
    assert "any pace of runoff gains at least " in told
    assert "-" not in told.partition("pace of runoff")[2]
    assert "任何縮表速度至少獲利" in phrasebook("zh-TW")(told)


@pytest.mark.parametrize(("plan", "said"), [("fast-qt", "快速縮表"), (None, "")])
def test_a_sweep_explains_its_columns_and_names_its_plan(plan: str | None, said: str, tmp_path: Path) -> None:
    if plan is None:
        plan = str(tmp_path / "r1.toml")
        Path(plan).write_text('title = "My own runoff"\nmonths = 12\n[[step]]\ntreasury_cap = 20\n', encoding="utf-8")
    shown = sweep_holdings("example:balanced", ("starting_l=12,14",), Options(paths=50, plan=plan))
    english, chinese = text_of(shown), text_of(shown, "zh-TW")
    assert ("Fast QT" in english and "(fast-qt)" in english) or "Plan: My own runoff (r1)" in english
    assert said in chinese
    assert "計畫：" in chinese
    for heading, line in (("L at end", "L: reserves and"), ("spread", "Spread: SOFR"), ("turbulent", "Turbulent: ")):
        assert heading in english
        assert line in english
    assert all(line in chinese for line in ("L：期末準備金", "利差：最後一週", "動盪：曾經歷"))


def test_the_line_of_a_plan_without_a_title() -> None:
    assert "Plan: pace 95" in text_of(Shown({}, (), (PlanLine("pace 95", ""),)))


def test_a_future_shows_what_it_is_written_on(tmp_path: Path) -> None:
    path = tmp_path / "mix.csv"
    path.write_text("symbol,quantity,price\nMESZ6,-2,6900\nSCHD,100,27\nCASH,90000,\n", encoding="utf-8")
    english, chinese = text_of(check(str(path))), text_of(check(str(path)), "zh-TW")
    row = next(line for line in english.splitlines() if line.startswith("MESZ6"))
    assert "-69,000" in row.split()  # two contracts of five times the index, short
    assert "contract USD" in english
    assert "契約價值" in chinese
    assert "-0.00" not in english
    assert "Duration: percent of value lost" in english
    assert "存續期間：各天期殖利率" in chinese


def test_without_futures_there_is_no_column_for_contracts(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("symbol,quantity,price\nSCHD,100,27\n", encoding="utf-8")
    assert "contract USD" not in text_of(check(str(path)))
