"""Revaluation of a book under factor moves, and the attribution of what it gains or loses."""

from .attribution import attribute
from .revalue import revalue, total_gains
from .walk import is_levered

__all__ = ["attribute", "is_levered", "revalue", "total_gains"]
