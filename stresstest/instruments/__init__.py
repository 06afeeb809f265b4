"""Instruments: what each position is worth today and under factor moves."""

from .book import build_book

__all__ = ["build_book"]
