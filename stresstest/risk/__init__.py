"""Risk measures over scenarios: arrays in, numbers out."""

from .summary import plan_increment, summarise

__all__ = ["plan_increment", "summarise"]
