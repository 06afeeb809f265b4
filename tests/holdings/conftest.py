"""A small market snapshot and a way to load a text as if it were a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.holdings import load_portfolio
from stresstest.records import MarketSnapshot, Portfolio, Quote

AS_OF = date(2026, 7, 29)
RATES = {"eur": 1.152, "twd": 0.0310, "hkd": 0.1275, "gbp": 1.33, "jpy": 0.0061, "cad": 0.70, "chf": 1.20}


@pytest.fixture(scope="session")
def snapshot() -> MarketSnapshot:
    quotes = {f"fx_{code}": Quote(f"fx_{code}", rate, AS_OF, "by hand", "test") for code, rate in RATES.items()}
    return MarketSnapshot(AS_OF, quotes, "test")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("holdings") / "holdings.csv"


@pytest.fixture(scope="session")
def load(snapshot: MarketSnapshot, scratch: Path) -> Callable[..., Portfolio]:
    """Load a text or bytes as a holdings file."""

    def loaded(content: str | bytes, **options: object) -> Portfolio:
        scratch.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_portfolio(scratch, snapshot, **options)

    return loaded


@pytest.fixture(scope="session")
def faults(load: Callable[..., Portfolio]) -> Callable[[str | bytes], set[tuple[int | None, str]]]:
    """(row, column) of every problem that a refused file is refused for."""

    def found(content: str | bytes) -> set[tuple[int | None, str]]:
        with pytest.raises(InputError) as caught:
            load(content)
        assert all(problem.found and problem.expected and problem.file for problem in caught.value.problems)
        return {(problem.row, problem.column) for problem in caught.value.problems}

    return found
