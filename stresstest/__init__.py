"""Portfolio stress tests and defensive rebalancing under quantitative tightening.

    import stresstest as st

    study = st.run("example:balanced")
    st.report(study, "reports/balanced")

Names are loaded on first use, so importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Options", "generate", "load_portfolio", "project", "rebalance", "report", "run", "runoff_plan", "stress"]

if TYPE_CHECKING:
    from .api import Options, generate, load_portfolio, project, rebalance, report, run, runoff_plan, stress


class _Package(ModuleType):
    """Three public functions share their name with a folder or a file; on the package the function wins."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
