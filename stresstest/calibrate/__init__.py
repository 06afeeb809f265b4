"""Calibration: a folder of series becomes every table that the package estimates, with sample and errors."""

from .work import Calibration, calibrate

__all__ = ["Calibration", "calibrate"]
