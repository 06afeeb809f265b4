from __future__ import annotations

from fuzz_holdings import run


def test_damaged_files_are_read_or_refused() -> None:
    """A small share of the corpus; ``python tests/holdings/fuzz_holdings.py`` runs all of it."""
    results = run(1500)
    assert sum(results.values()) == 1500
    assert results["read"] > 100  # damage is light enough to reach the inner checks
    assert results["refused"] > 100
