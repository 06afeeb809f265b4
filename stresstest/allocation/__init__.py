"""The defensive proposal: a linear programme over the scenario P&L, whole lots, and a reason for every trade.

The solver libraries are imported only when a proposal is asked for.
"""

from .candidates import Candidate, candidates
from .inputs import Inputs
from .limits import Limits, load_limits
from .propose import propose

__all__ = ["Candidate", "Inputs", "Limits", "candidates", "load_limits", "propose"]
