"""Tables: every number has a unit, a range, a source and a status; units convert as written."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.errors import DataError
from stresstest.tables import central, draw_parameters, factor_table, parameter_table
from stresstest.units import SIZE, simple_return, size_of, to_bp, to_percent

STATUSES = {"V-data", "V-src", "V-2nd", "MEM", "JUDG", "derived"}


def test_every_parameter_has_a_birth_certificate() -> None:
    for parameter in parameter_table().values():
        assert parameter.source, parameter.name
        assert parameter.description, parameter.name
        assert parameter.status in STATUSES, parameter.name
        assert parameter.low <= parameter.value <= parameter.high, parameter.name


def test_factors_are_changes_or_log_returns() -> None:
    assert {factor.kind for factor in factor_table()} == {"change", "log_return"}
    assert len({factor.name for factor in factor_table()}) == len(factor_table())


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("bp", 1e-4),
        ("bp per pp", 1e-2),
        ("percent per 100bp", 1.0),
        ("bp per pp2", 1.0),
        ("percent per month", 0.12),
        ("1 per pp", 100.0),
    ],
)
def test_compound_units(unit: str, size: float) -> None:
    assert size_of(unit) == pytest.approx(size)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(DataError, match="furlong"):
        size_of("furlong")


def test_conversions_at_the_edge() -> None:
    assert to_bp(0.0123) == pytest.approx(123)
    assert to_percent(0.0123) == pytest.approx(1.23)
    assert simple_return(np.log(0.7)) == pytest.approx(-0.3)
    assert SIZE["usd_tn"] == 1000


def test_draws_hold_their_ranges_and_medians() -> None:
    draws = draw_parameters(20_000, np.random.default_rng(0))
    kappa = parameter_table()["kappa"]
    assert np.mean((draws["kappa"] >= kappa.low) & (draws["kappa"] <= kappa.high)) == pytest.approx(0.9, abs=0.01)
    assert np.median(draws["kappa"]) == pytest.approx(kappa.value, rel=0.02)
    assert draws["kappa"].min() > 0


def test_draws_are_independent_and_reproducible() -> None:
    first, second = (draw_parameters(5000, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first["kappa"], second["kappa"])
    assert abs(np.corrcoef(first["kappa"], first["funding_slope"])[0, 1]) < 0.05


def test_central_values_broadcast() -> None:
    assert central()["kappa"].shape == (1,)
    assert central().weekly()["kappa"].shape == (1, 1)


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(DataError, match="kapa"):
        central()["kapa"]
