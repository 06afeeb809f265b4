"""The hand-made study, its document, and its pages, built once."""

from __future__ import annotations

from typing import Any

import fake
import pytest

from stresstest.records import Study
from stresstest.report import page, to_document
from stresstest.report.catalogue import load
from stresstest.report.localise import localised


@pytest.fixture(scope="session")
def study() -> Study:
    return fake.study()


@pytest.fixture(scope="session")
def document(study: Study) -> dict[str, Any]:
    return to_document(study)


@pytest.fixture(scope="session")
def pages(document: dict[str, Any]) -> dict[str, str]:
    """The report in each language."""
    return {language: page.render(localised(document, load(language)), load(language)) for language in ("en", "zh-TW")}
