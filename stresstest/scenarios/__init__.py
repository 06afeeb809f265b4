"""Every way to say what if; all of them end in FactorPaths."""

from .block import ALL_CHANNELS
from .choice import choose, chosen_views, known_on
from .generator import LAYERS, Generated, generate
from .levels import factor_levels
from .moves import along_path, central_moves, jumps, named_paths, scenario_plausibility
from .pooling import Reweighted, apply_views
from .scenario import Scenario
from .shipped import library
from .supervisory import at_point
from .view import View

__all__ = [
    "ALL_CHANNELS", "LAYERS", "Generated", "Reweighted", "Scenario", "View", "along_path", "apply_views", "at_point",
    "central_moves", "choose", "chosen_views", "factor_levels", "generate", "jumps", "known_on", "library",
    "named_paths", "scenario_plausibility",
]  # fmt: skip
