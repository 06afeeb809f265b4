"""Exposures: how each asset answers the factors, with errors. Prices in, betas out."""

from .resolve import resolve, why_not
from .table import load_exposures

__all__ = ["load_exposures", "resolve", "why_not"]
