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
from stresstest.tables import factor_names

SOURCES = Path(catalogue.__file__).parent
CLASSES = (
    *("equity", "fund_equity", "fund_bond", "fund_mixed", "bond", "bill", "floater", "linker", "mbs", "option"),
    *("future", "cash", "money_market", "deposit", "crypto", "stablecoin", "commodity", "real_estate", "other"),
)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_languages_agree_on_keys_and_placeholders(language: str) -> None:
    english, other = load("en").texts, load(language).texts
    assert list(other) == list(english)
    assert {k: _placeholders(v) for k, v in other.items()} == {k: _placeholders(v) for k, v in english.items()}


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
    recording = Catalogue(english.language, english.tag, english.large, english.middle, texts)
    for status in ("optimal", "infeasible", "no_trade", None):
        document = to_document(fake.study(status))
        page.render(document, recording)
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
