"""What a figure alone would hide: margin without debt, hidden rows, losses without a record, a plan that is stopped."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stresstest.commands.check import _count
from stresstest.report import numbers, prose, shown, summary
from stresstest.report.catalogue import load
from stresstest.report.localise import localised
from stresstest.report.tables import losses, proposal
from stresstest.scenarios import library
from stresstest.scenarios.cautions import no_record, without_record
from stresstest.scenarios.episodes import episodes
from stresstest.tables import read_table

LANGUAGES = ("en", "zh-TW")


@pytest.fixture
def d(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document that a test may change."""
    return copy.deepcopy(document)


def _unlevered(d: dict[str, Any]) -> dict[str, Any]:
    d["portfolio"]["cash_usd"] = 0.0
    d["distribution"]["margin_call_probability"] = 0.0
    d["portfolio"]["positions"] = [p for p in d["portfolio"]["positions"] if p["market_value"] > 0]
    return d


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_book_without_debt_shorts_and_futures_has_no_margin_call(d: dict[str, Any], language: str) -> None:
    t = load(language)
    calm = _unlevered(d)
    assert prose.margin(calm, t) == t("leverage.unlevered")
    short, future, called, indebted = (copy.deepcopy(calm) for _ in range(4))
    short["portfolio"]["positions"][0]["market_value"] = -1.0
    future["portfolio"]["positions"][0]["asset_class"] = "future"
    called["distribution"]["margin_call_probability"] = 0.219
    indebted["portfolio"]["cash_usd"] = -1.0
    for book in (short, future, called, indebted):
        assert prose.margin(book, t) == t("leverage.text")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caption_counts_what_is_shown(d: dict[str, Any], language: str) -> None:
    t = load(language)
    assert losses.shown_of(d, t) == t("table.all_shown", all=5)
    story, past = (next(s for s in d["scenarios"] if bool(s["episode"]) is k) for k in (False, True))
    d["scenarios"] = [{**s, "name": f"{s['name']}-{i}"} for s in (story, past) for i in range(15)]
    assert losses.shown_of(d, t) == t("table.few", shown=12, all=30, past=3)
    for content in (losses.selected_losses(d, t), losses.selected_by_class(d, t), losses.headline_moves(d, t)):
        assert losses.shown_of(d, t) in content.caption
        assert len(content.rows) == 12
    assert losses.shown_of(d, t).replace("\n", "") in summary.terminal(d, t, 400)


def test_coins_have_no_record_in_2008_and_that_is_said_only_where_they_are_held() -> None:
    crisis = episodes()["gfc-2008"]
    coins = {"btc": -80.0, "eth": -40.0, "equity_us": -5.0}
    assert without_record(crisis, coins) == ("btc", "eth")
    assert without_record(crisis, {"equity_us": -50.0, "btc": -1.0}) == ()
    assert without_record(crisis, {}) == ()
    assert without_record(library()["fast-qt"], coins) == ()
    (caution,) = no_record(crisis, ("btc", "eth"))
    assert "btc, eth" in caution.found
    assert list(no_record(crisis, ())) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loss_without_a_record_carries_a_note(d: dict[str, Any], language: str) -> None:
    t = load(language)
    past = next(s for s in d["scenarios"] if s["episode"])
    past["filled_in"] = ["btc"]
    (note,) = losses.footnotes(d, t)
    assert t.label("factor", "btc") in note
    assert note in summary.terminal(d, t, 400)
    assert t("answer.filled_in", factors=t.label("factor", "btc")) in prose.answer(d, t)[2].sentence


def test_an_episode_on_record_is_shown_for_scale_before_a_worse_one_that_is_not(d: dict[str, Any]) -> None:
    t = load("en")
    past = next(s for s in d["scenarios"] if s["episode"])
    worse = {**past, "name": "worse", "title": "Worse", "loss_fraction": 0.99, "filled_in": ["btc"]}
    d["scenarios"].append(worse)
    assert f"“{past['title']}” would cost" in prose.answer(d, t)[2].sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_says_on_how_many_paths_the_plan_is_stopped(d: dict[str, Any], language: str) -> None:
    t = load(language)
    d["balance_sheet"]["halted_ever"] = 0.88
    assert (
        t("answer.plan_stopped", share="88%", who=t("answer.stops_committee"))
        in prose.answer(localised(d, t), t)[1].sentence
    )
    d["balance_sheet"]["halted_ever"] = 0.0
    assert "88" not in prose.answer(localised(d, t), t)[1].sentence


def test_a_loss_of_more_than_everything_is_explained(d: dict[str, Any]) -> None:
    t = load("en")
    assert t("answer.beyond") not in prose.answer(d, t)[0].sentence
    d["distribution"]["bands"]["es_95"]["value"] = 1.1062
    tail = prose.answer(d, t)[0]
    assert tail.figure == "110.6%"
    assert t("answer.beyond") in tail.sentence


def test_means_of_paths_and_of_episodes_have_columns_of_their_own(d: dict[str, Any]) -> None:
    t = load("en")
    d["rebalance"]["out_of_sample"] = {"fresh_after": {"mean": 0.1}, "episodes_after": {"mean_loss": 0.2}}
    headers = [column.header for column in proposal.out_of_sample(d, t).columns]
    assert len(set(headers)) == len(headers) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_of_an_answer_lies_in_its_band(d: dict[str, Any], language: str) -> None:
    """16.43 percent within 16.10 and 16.77 is not "16% (16.1% to 16.8%)"."""
    t = load(language)
    d["distribution"]["bands"]["es_95"].update(value=0.1643, p05=0.1610, p95=0.1677)
    tail = prose.answer(localised(d, t), t)[0]
    assert tail.figure == "16.4%"
    assert all(said in tail.sentence for said in ("16.4%", "16.1%", "16.8%"))


def test_a_cut_table_says_so(d: dict[str, Any]) -> None:
    t = load("en")
    d["rebalance"]["limits"] = [{**d["rebalance"]["limits"][0], "name": f"duration {i}"} for i in range(15)]
    assert t("table.first", shown=12, all=15) in " ".join(summary.terminal(d, t, 400).split())
    d["rebalance"]["limits"] = d["rebalance"]["limits"][:12]
    assert "all are in the report" not in summary.terminal(d, t, 400)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_without_a_quantity_is_explained(d: dict[str, Any], language: str) -> None:
    t = load(language)
    for unit, explained in (("USD", True), ("units", False)):
        d["rebalance"]["trades"] = [{**trade, "quantity_unit": unit} for trade in d["rebalance"]["trades"]]
        assert (t("table.unpriced") in summary.terminal(d, t, 400)) is explained


def test_an_english_reason_names_what_it_codes(d: dict[str, Any]) -> None:
    trade, scenario, check = d["rebalance"]["trades"][0], d["scenarios"][0], d["rebalance"]["limits"][0]
    text = f"Sell 3 % of net value in X: in {scenario['name']} this takes 1 % of net value off the loss."
    text += f" Most of it comes through equity_us (-9 %). It goes as far as the limit {check['name']} allows."
    trade["reason"] = {**trade["reason"], "scenario": scenario["name"], "factor": "equity_us", "text": text}
    t = load("en")
    said = localised(d, t)["rebalance"]["trades"][0]["reason"]["text"]
    assert f"in “{scenario['title']}” this takes" in said.replace("Past: ", "")
    assert "through US equities (−9%)" in said
    assert f"limit “{proposal.limit_name(check['name'], d, t)}” allows" in said
    assert trade["reason"]["text"] == text


def test_a_limit_on_one_holding_keeps_its_symbol(d: dict[str, Any]) -> None:
    """The coin and the metal have words of their own in Chinese; a holding of that symbol has none."""
    t = load("zh-TW")
    d["scenarios"][0]["name"] = "gold"
    for kind in ("single_name", "new_position", "call_cover"):
        assert proposal.limit_name(f"{kind}: gold", d, t).endswith("：gold")
    assert proposal.limit_name("loss cap: gold", d, t).endswith(d["scenarios"][0]["title"])


def test_every_level_that_ships_has_the_unit_of_its_table() -> None:
    """Amounts of the balance sheet in billions, exchange rates in dollars, everything else a share or in points."""
    rows = read_table("stresstest.market", "snapshot.csv")
    said = {row["name"]: shown.quote_unit(row["name"]) for row in rows}
    assert {name for name, unit in said.items() if unit == "usd_bn"} == {
        row["name"] for row in rows if row["unit"] == "usd_bn"
    }
    assert {name for name, unit in said.items() if unit == "usd"} == {name for name in said if name.startswith("fx_")}
    assert said["vix"] == "vix_point"


def test_buying_back_is_one_verb() -> None:
    text = "Buy back 45.7 % of net value in SPY: in hold this takes 5.6 % of net value off the loss."
    said = load("zh-TW").phrase(text)
    assert said.startswith("回補 SPY，占淨值 45.7 %")


@pytest.mark.parametrize(
    "text",
    [
        "Not a finite number.",
        "a price of zero or more",
        "an amount of money",
        "a number of units (face value for bonds)",
    ],
)
def test_the_commonest_faults_of_a_file_are_said_in_chinese(text: str) -> None:
    assert not any(character.isascii() and character.isalpha() for character in load("zh-TW").phrase(text))


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [(1.2e17, "USD 120,000 trillion", "120,000 兆美元"), (3e12, "USD 3.0 trillion", "3.0 兆美元")],
)
def test_huge_sums_have_words(value: float, english: str, chinese: str) -> None:
    assert load("en").money(value) == english
    assert load("zh-TW").money(value) == chinese


def test_tiny_sums_are_not_nothing() -> None:
    assert numbers.amount(5.3e-6) == "0.0000053"
    assert [numbers.amount(value) for value in (0.0, 0.5, 1234.56)] == ["0.00", "0.50", "1,235"]


@pytest.mark.parametrize(("units", "text"), [(30_000.0, "30,000"), (1e-8, "0.00000001"), (-12.25, "-12.25")])
def test_units_are_counted_exactly(units: float, text: str) -> None:
    assert _count(units) == text
