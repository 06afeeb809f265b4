"""Whoever asks for another language hears in it what is wrong with an input: no sentence of the code is left out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from problem_sentences import Package, Sentence

import stresstest
from stresstest.commands.words import phrasebook, problem_text
from stresstest.errors import Problem

PACKAGE = Path(stresstest.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Words in a row that make a sentence; and code inside a sentence, which stays as it is.
WORDS = re.compile(r"(?:[A-Za-z][a-z]+[ ,:;]+){2,}[a-z]+")
CODE = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\[\[?\w+(?:\.\w+)?\]?\]|pip install|symbol,quantity,price")
#: Faults of tables that ship with the package: only who changes the package meets them, in English.
SHIPPED = {"stylised.py", "volatility.py", "tables.py", "responses.py", "moments.py", "priors.py", "units.py"}
#: What may stand in a sentence: a name, a number, a day, a quarter, a quoted word, a sentence.
FILLERS = ("X1", "5", "2027-01-31", "2025 Q1", "'X1'", "Leave it out.")


def spoken(sentences: Iterable[Sentence]) -> dict[str, Sentence]:
    """Texts of two words and more, which a reader has to understand, once each."""
    found = {}
    for sentence in sentences:
        plain = CODE.sub("", sentence.text.replace("{}", ""))
        if len(re.findall(r"[A-Za-z]{2,}", plain)) > 1 and " " in sentence.text.strip():
            found.setdefault(sentence.text, sentence)
    return found


def untranslated(sentences: Iterable[Sentence]) -> list[str]:
    """Sentences that no filling of their places makes one in Chinese."""
    return [f"{one.place} {one.part}: {text}" for text, one in spoken(sentences).items() if not is_said(text)]


def is_said(text: str) -> bool:
    say = phrasebook("zh-TW").keeping_codes()
    parts = text.split("{}")
    for values in itertools.product(FILLERS, repeat=min(len(parts) - 1, 3)):
        fill = [*values, *["5"] * (len(parts) - 1 - len(values))]
        said = say("".join(itertools.chain(*itertools.zip_longest(parts, fill, fillvalue=""))).strip())
        if CHINESE.search(said) and not WORDS.search(CODE.sub("", said)):
            return True
    return False


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return [one for one in Package(PACKAGE).sentences() if one.place.split(":")[0] not in SHIPPED]


def test_every_sentence_about_an_input_is_translated(sentences: list[Sentence]) -> None:
    missing = untranslated(sentences)
    assert not missing, "add to report/phrases/zh-TW-faults.toml:\n" + "\n".join(missing)


def test_the_reader_of_the_code_finds_what_is_there(sentences: list[Sentence]) -> None:
    said = spoken(sentences)
    assert len(said) > 700
    wanted = ("Check the path.", "no such column", "a header row and at least one holding", "Did you mean {}?")
    assert [text for text in wanted if text not in said] == []


def test_a_sentence_without_a_translation_is_found(tmp_path: Path) -> None:
    (tmp_path / "door.py").write_text(
        "from errors import Problem\n"
        "WHY = 'a wombat that can juggle'\n"
        "def fault(found, expected, hint=''):\n    return Problem(None, '', found, expected, hint)\n"
        "def check(n):\n    hint = f'Feed the wombat {n} times.' if n else 'Let the wombat sleep.'\n"
        "    fault('no such file', WHY, hint)\n",
        encoding="utf-8",
    )
    found = sorted(line.split(": ", 1)[1] for line in untranslated(Package(tmp_path).sentences()))
    assert found == ["Feed the wombat {} times.", "Let the wombat sleep.", "a wombat that can juggle"]


def test_what_a_user_wrote_hides_no_sentence() -> None:
    found = "Acme Corp. Buy now; expected riches. {x}"
    said = problem_text(Problem(3, "price", found, "a number", "Write the bare number.", "mine.csv"), "zh-TW")
    assert said == f"mine.csv:3 [price]：讀到「{found}」，應為：數字。只寫數字本身。"


def test_a_name_that_has_to_be_typed_stays_as_it_is() -> None:
    """Headings of the terminal are words of the language; the same words in a fault are keys and columns."""
    for name in ("quantity", "title", "date", "pace", "other"):
        said = problem_text(Problem(None, "x", name, f"a column {name}", f"Did you mean {name}?"), "zh-TW")
        assert said == f"[x]：讀到「{name}」，應為：{name} 欄。是否指 {name}？"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("USD 155 bn a month", "每月 1,550 億美元"),
        ("USD 12.5 bn a month", "每月 125 億美元"),
        ("USD 1,200 bn", "12,000 億美元"),
        ("mean loss with a rebuild of USD 700 bn", "平均損失（財政部回補 7,000 億美元）"),
        ("7 (run again with --debug for the traceback)", "7（加上 --debug 重新執行，可看見追蹤資訊）"),
        ("percent, 2 to 50", "百分比，2 至 50"),
        ("Write [turnover] on one line and its keys below.", "請將 [turnover] 單獨寫成一行，其鍵寫在下方。"),
        ("Changed: vix +9.9 points → +9.7 points, oil -2 % → -3 %.", "變更：VIX +9.9 點 → +9.7 點、原油 -2 % → -3 %。"),
    ],
)  # fmt: skip
def test_amounts_and_bounds_are_said_as_the_language_counts(english: str, chinese: str) -> None:
    assert phrasebook("zh-TW")(english) == chinese
    assert phrasebook("en")(english) == english


def test_a_kind_is_a_word_of_the_language() -> None:
    hint = "Unknown symbol, treated as equity. State asset_class (and a proxy) to be sure."
    assert "視為股票。" in problem_text(Problem(2, "symbol", "ZZ", "a known symbol", hint), "zh-TW")


def test_in_english_a_problem_is_itself() -> None:
    problem = Problem(None, "--paths", "5", "a number", "Mend it.")
    assert problem_text(problem, "en") == str(problem) == "[--paths]: found 5; expected a number. Mend it."


@pytest.mark.parametrize(
    "text",
    [
        "Riksbank decision of 2023-02-09: 3.5 a month from April to June 2023",
        "Purchases after a break, then a calm",
        "Reserves rise to levels of 2021",
    ],
)
def test_words_around_a_short_phrase_make_no_other_sentence(text: str) -> None:
    """Numbers and verbs of a phrase are numbers and known verbs: any words beside "to" or "after" are none."""
    assert phrasebook("zh-TW")(text) == text


def test_lists_of_symbols_have_the_commas_of_the_language() -> None:
    say = phrasebook("zh-TW").keeping_codes()
    assert say("no holding with a price or value (SPY, ALL and 2 more)").endswith("（SPY、ALL 及另外 2 列）")
    assert say("no holding with a price or value (none)").endswith("（none）")
    assert say("no holding with a price or value (every row)").endswith("（每一列）")
