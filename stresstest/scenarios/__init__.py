"""Every way to say what if; all of them end in FactorPaths."""

from .generator import ALL_CHANNELS, LAYERS, Generated, generate
from .named import Scenario, choose, known_on, library, named_paths, scenario_plausibility

__all__ = [
    "ALL_CHANNELS", "LAYERS", "Generated", "Scenario", "choose", "generate", "known_on", "library", "named_paths",
    "scenario_plausibility",
]  # fmt: skip
