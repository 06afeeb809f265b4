"""Books of the synthetic market, built once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allocation_books import BALANCED, CRYPTO_ON_MARGIN, LONG_SHORT, synthetic

from stresstest.allocation import Inputs


@pytest.fixture(scope="session")
def balanced() -> Inputs:
    return synthetic(BALANCED)


@pytest.fixture(scope="session")
def crypto_on_margin() -> Inputs:
    return synthetic(CRYPTO_ON_MARGIN)


@pytest.fixture(scope="session")
def long_short() -> Inputs:
    return synthetic(LONG_SHORT)


@pytest.fixture(scope="session")
def build() -> Callable[..., Inputs]:
    return synthetic
