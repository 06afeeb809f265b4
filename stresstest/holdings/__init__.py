"""Holdings: any broker's export, or our own plain format, becomes a Portfolio. Checked once, at the door."""

from .examples import example_names, example_path
from .load import load_portfolio

__all__ = ["example_names", "example_path", "load_portfolio"]
