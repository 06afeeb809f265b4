"""Market data: the dated snapshot of starting levels, and history for calibration. Reads files; knows no stage."""

from .freshest import load_snapshot

__all__ = ["load_snapshot"]
