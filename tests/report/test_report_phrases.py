"""Sentences of the stages in another language: what is looked up, and that a Chinese page holds no English sentence."""

from __future__ import annotations

import re
import time
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from lxml import html

from stresstest.allocation.sentences import SENTENCES
from stresstest.plumbing import named_plan, plan_names
from stresstest.plumbing.plan import foreign_plan_names
from stresstest.records import Study
from stresstest.report import catalogue, page, to_document
from stresstest.report.catalogue import Catalogue, languages, load, phrasebook
from stresstest.report.localise import localised
from stresstest.report.phrases import BILLIONS, HUNDRED_MILLIONS, PARTS, Phrasebook, entries
from stresstest.run import run
from stresstest.scenarios import library
from stresstest.study.options import Options
from stresstest.tables import read_table

CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Words in a row that make a sentence rather than a code, a unit or a name.
WORDS = re.compile(r"(?:[A-Za-z][a-z]+[ ,:;]+){2,}[a-z]+")


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def chinese() -> Catalogue:
    return load("zh-TW")


@pytest.fixture(scope="module")
def real_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A book with a warning of most kinds, margin debt, a short, an option, and a proposal."""
    path = tmp_path_factory.mktemp("book") / "book.csv"
    path.write_text(
        "symbol,name,quantity,price,asset_class,market_value,coupon,maturity,tag_underlying_price\n"
        "VTI,,100,365,,40000,,,\nZZUNKNOWN,,5,10,,,,,\nUSDC,,100,,,,,,\nOLD,,1000,99,bond,,4,2020-01-01,\n"
        "IWM,,-20,291,,,,,\nTLT,,200,82,,,,,\n2330.TW,,100,1000,,,,,\nAAPL 15JAN27 330 C,,1,17,option,,,,310\n"
        "CASH,,-9000,,,,,,\n",
        encoding="utf-8",
    )
    return run(path, Options(paths=200))


def english_sentences(text: str, names: set[str]) -> list[str]:
    """Texts of a page that hold a run of English words, apart from the ``names`` and from code."""
    found = []
    for element in html.document_fromstring(text).iter():
        if not isinstance(element.tag, str) or element.tag in ("style", "code", "pre", "title"):
            continue
        for piece in (element.text, *(child.tail for child in element)):
            plain = " ".join((piece or "").split())
            if WORDS.search(plain) and plain not in names:
                found.append(plain)
    return found


def test_a_chinese_page_holds_no_english_sentence(real_study: Study, chinese: Catalogue) -> None:
    document = to_document(real_study)
    assert all((document["warnings"], document["portfolio"]["not_modelled"], document["rebalance"]["trades"]))
    names = {p["name"] for p in document["portfolio"]["positions"]}
    names |= {trade["name"] for trade in document["rebalance"]["trades"]}
    shown = page.render(localised(document, chinese), chinese)
    assert english_sentences(shown, names) == []


def test_the_same_scan_finds_english_where_it_is(real_study: Study) -> None:
    english = load("en")
    found = english_sentences(page.render(localised(to_document(real_study), english), english), set())
    assert any("takes" in text and "off the loss" in text for text in found)


def test_the_json_keeps_the_english_of_the_records(real_study: Study, chinese: Catalogue) -> None:
    document = to_document(real_study)
    localised(document, chinese)
    assert not any(CHINESE.search(trade["reason"]["text"]) for trade in document["rebalance"]["trades"])


@pytest.mark.parametrize("template", SENTENCES.values(), ids=SENTENCES.keys())
def test_every_sentence_of_the_proposal_is_translated(template: str, chinese: Catalogue) -> None:
    verb = "lower" if "{limit}" in template else "Sell"
    text = template.format_map({**dict.fromkeys(placeholders(template), "X1"), "verb": verb})
    said = chinese.phrase(f"XYZ{text}" if text.startswith(" (") else text.strip())
    assert CHINESE.search(said), said
    assert not WORDS.search(said)
    assert len(re.findall("X1", said)) == len(re.findall(r"\{(?!verb)", template))


def test_every_story_that_ships_is_translated(chinese: Catalogue) -> None:
    stories = {s.narrative for s in library().values() if s.narrative}
    assert [text for text in stories if not CHINESE.search(chinese.phrase(text))] == []


def test_every_source_of_a_starting_level_is_translated(chinese: Catalogue) -> None:
    sources = {row["source"] for row in read_table("stresstest.market", "snapshot.csv")}
    assert [text for text in sources if not CHINESE.search(chinese.phrase(text))] == []


def test_a_translation_has_the_placeholders_of_its_key() -> None:
    """An amount in billions is said in hundreds of millions."""
    converted = {BILLIONS: HUNDRED_MILLIONS}
    wrong = {
        key
        for key, said in entries("zh-TW").items()
        if placeholders(said) not in (placeholders(key), {converted.get(name, name) for name in placeholders(key)})
    }
    assert wrong == set()


def test_parts_are_looked_up_and_named() -> None:
    names = {"equity_us": "US shares"}
    book = Phrasebook(
        {"Sell": "Verkaufe", "{verb} {symbol}: {factor} {move}": "{verb} {symbol} wegen {factor} ({move})"},
        stop=".",
        names=lambda kind, value: names.get(value) if kind == "factor" else None,
    )
    assert book("Sell VTI: equity_us -3 %.") == "Verkaufe VTI wegen US shares (-3 %)."


def test_each_sentence_stands_alone_and_the_unknown_stays() -> None:
    book = Phrasebook({"It rains": "Il pleut", "{name} is here": "{name} est ici"}, stop=".")
    assert book("It rains. Ann is here.") == "Il pleut.Ann est ici."
    assert book("Nobody knows this. It rains.") == "Nobody knows this. Il pleut."
    assert book("Nobody knows this.") == "Nobody knows this."


def test_a_pattern_of_punctuation_needs_something_known() -> None:
    book = Phrasebook({"{a}: {b}": "{a} -> {b}", "no price": "kein Preis"})
    assert book("X: Y") == "X: Y"
    assert book("X: no price") == "X -> kein Preis"


def test_a_date_is_a_date() -> None:
    book = Phrasebook({"{first} to {last}": "{first} bis {last}"})
    assert book("2020-01-01 to 2021-01-01") == "2020-01-01 bis 2021-01-01"
    assert book("what leads to ruin") == "what leads to ruin"


def test_hostile_text_is_not_searched_for_long() -> None:
    book = phrasebook("zh-TW")
    started = time.thread_time()
    for text in ("found " * 300, ": " * 900, "x: found y; expected " * 90, "a" * 10_000_000):
        book(text)
    assert time.thread_time() - started < 2.0


def test_names_to_type_stay_as_they_are(chinese: Catalogue) -> None:
    """Even where one is a word that has a translation."""
    assert CHINESE.search(chinese.phrase("crypto"))
    assert chinese.phrase("1 file passed over: crypto") == "略過 1 個檔案：crypto"


def test_a_language_without_a_file_speaks_english() -> None:
    assert entries("en") == {}
    assert phrasebook("en")("Sell") == "Sell"


def test_phrases_ship_with_the_package() -> None:
    shipped = {path.stem for path in Path(catalogue.__file__).parent.joinpath("phrases").glob("*.toml")}
    assert shipped == {f"{language}{part}" for language in languages() if language != "en" for part in PARTS}


def test_markup_in_a_warning_stays_text(chinese: Catalogue) -> None:
    said: Any = chinese.phrase("<b>x</b>, the same as row 3")
    assert said.startswith("<b>x</b>")
    assert CHINESE.search(said)


def test_every_source_of_a_plan_is_translated(chinese: Catalogue) -> None:
    plans = (named_plan(name) for name in (*plan_names(), *foreign_plan_names()))
    sources = {source for plan in plans for source in plan.sources if WORDS.search(source)}
    assert [text for text in sources if not CHINESE.search(chinese.phrase(text))] == []


def test_a_title_is_the_users_but_for_the_marks_that_reading_adds(document: dict[str, Any]) -> None:
    titles = ("Sell (mild, named factors alone)", "Sell (severe)", "Sell (mild, indeed)", "Sell")
    d = {**document, "scenarios": [{**document["scenarios"][0], "name": f"own {i}", "title": title, "episode": False}
                                   for i, title in enumerate(titles)]}  # fmt: skip
    assert [s["title"] for s in localised(d, load("en"))["scenarios"]] == list(titles)
    said = [s["title"] for s in localised(d, load("zh-TW"))["scenarios"]]
    assert said == ["Sell（輕微，僅含指名因子）", "Sell（嚴重）", "Sell (mild, indeed)", "Sell"]
