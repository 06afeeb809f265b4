"""Every way to say what if; all of them end in FactorPaths."""

from .generator import ALL_CHANNELS, LAYERS, Generated, generate
from .named import Scenario, choose, library, named_paths, scenario_plausibility

__all__ = [
    "ALL_CHANNELS", "LAYERS", "Generated", "Scenario", "choose", "generate", "library", "named_paths",
    "scenario_plausibility",
]  # fmt: skip
