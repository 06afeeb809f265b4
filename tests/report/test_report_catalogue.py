"""The catalogues: the same keys and placeholders in each language, every key used, every name of ours covered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter

import fake
import pytest

from stresstest.report import catalogue, page, summary, to_document, workbook
from stresstest.report.catalogue import FAMILIES, Catalogue, languages, load
from stresstest.report.localise import localised
from stresstest.scenarios import library
from stresstest.tables import factor_names

SOURCES = Path(catalogue.__file__).parent
CLASSES = (
    *("equity", "fund_equity", "fund_bond", "fund_mixed", "bond", "bill", "floater", "linker", "mbs", "option"),
    *("future", "cash", "money_market", "deposit", "crypto", "stablecoin", "commodity", "real_estate", "other"),
)
#: Groups that a language may leave out: then the title that the record brings is shown.
OPTIONAL = ("plan_title", "scenario_title")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_languages_agree_on_keys_and_placeholders(language: str) -> None:
    english, other = load("en").texts, load(language).texts
    shared = {key: text for key, text in other.items() if key.split(".")[0] not in OPTIONAL}
    assert list(shared) == list(english)
    assert {k: _placeholders(v) for k, v in shared.items()} == {k: _placeholders(v) for k, v in english.items()}


def test_every_scenario_and_plan_that_ships_has_a_chinese_title() -> None:
    texts = load("zh-TW").texts
    plans = (path.stem for path in (SOURCES.parent / "plumbing" / "plans").rglob("*.toml"))
    wanted = {
        *(f"scenario_title.{name}" for name in library()),
        *(f"plan_title.{name}" for name in (*plans, "pace", "pace-bought")),
    }
    assert {key for key in texts if key.split(".")[0] in OPTIONAL} == wanted


def test_a_title_falls_back_on_the_record_and_knows_a_pace() -> None:
    chinese = load("zh-TW")
    assert chinese.title("scenario_title", "my-file", "My file") == "My file"
    assert chinese.title("plan_title", "pace 95", "QT of USD 95 bn a month for 12 months") == "每月縮減 950 億美元"
    assert chinese.title("plan_title", "pace -40", "QE of USD 40 bn a month for 12 months") == "每月買進 400 億美元"
    assert load("en").title("plan_title", "pace 95", "QT of USD 95 bn a month") == "QT of USD 95 bn a month"


def test_past_episodes_are_marked_and_the_record_stays_as_it_was() -> None:
    document = to_document(fake.study())
    shown = localised(document, load("en"))
    marked = {s["name"] for s in shown["scenarios"] if s["title"].startswith("Past: ")}
    assert marked == {s["name"] for s in document["scenarios"] if s["episode"]} == {"term-premium-2023"}
    assert not [s for s in document["scenarios"] if s["title"].startswith("Past: ")]


def test_chinese_is_chinese() -> None:
    """Whatever has a word of two lower-case letters in English has a Chinese character in Chinese."""
    english, chinese = load("en").texts, load("zh-TW").texts
    words = {key for key, text in english.items() if re.search(r"[a-z]{2}", re.sub(r"{\w+}", "", text))}
    assert not [key for key in words if not re.search(r"[\u4e00-\u9fff]", chinese[key])]


class _Recording(dict[str, str]):
    """Texts that remember which of them were asked for."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(texts)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)


def _literals() -> Iterator[str]:
    for path in (*SOURCES.rglob("*.py"), *SOURCES.rglob("*.j2")):
        yield from re.findall(r'"([a-z_]+(?:\.[a-z_0-9]+)+)"', path.read_text(encoding="utf-8"))


def test_every_key_is_used_and_every_key_used_exists(tmp_path: Path) -> None:
    english = load("en")
    texts = _Recording(dict(english.texts))
    recording = Catalogue(english.language, english.tag, english.huge, english.large, english.middle, texts)
    for status in ("optimal", "infeasible", "no_trade", None):
        document = to_document(fake.study(status))
        page.render(localised(document, recording), recording)
        summary.markdown(document, recording)
        workbook.write(document, recording, tmp_path / "book.xlsx")
    used = texts.asked | set(_literals()) | {key for key in texts if key.split(".")[0] in FAMILIES}
    assert sorted(set(texts) - used) == []
    asked = set(re.findall(r'\bt\(\s*"([a-z_.0-9]+)"', "\n".join(p.read_text() for p in SOURCES.rglob("*.*2"))))
    assert asked - {"nav.", "glossary.", "limits_of_method."} <= set(texts)


def test_every_factor_and_class_has_a_label() -> None:
    texts = load("en").texts
    assert [name for name in factor_names() if f"factor.{name}" not in texts] == []
    assert [name for name in CLASSES if f"asset_class.{name}" not in texts] == []


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("en", 1_234_567.0, "USD 1.2 million"),
        ("en", -123_456.0, "USD −120,000"),
        ("en", 2.5e9, "USD 2.5 billion"),
        ("zh-TW", 123_456.0, "12 萬美元"),
        ("zh-TW", 250_000_000.0, "2.5 億美元"),
        ("zh-TW", 5_900.0, "5,900 美元"),
    ],
)
def test_money_in_prose(language: str, value: float, text: str) -> None:
    assert load(language).money(value) == text


def test_a_name_without_a_label_is_shown_as_it_is() -> None:
    assert load("en").label("measure", "loss in quick-runoff_{x}") == "loss in quick-runoff {x}"
    assert replace(load("en"), texts={}).label("factor", "ust_10y") == "ust 10y"
