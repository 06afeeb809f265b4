"""The scorecard: one module for each section, each a function ``checks`` from evidence to checks.

A check states a claim, what was measured, the mark it is held against, and what a naive rival reaches on the same data.
"""

from __future__ import annotations

from .scorecard import SECTIONS, score

__all__ = ["SECTIONS", "score"]
