"""Central-bank balance sheets and funding markets: a runoff plan in, weekly paths of reserves and repo spreads out."""

from .plan import foreign_plan_names, named_plan, plan_names, runoff_plan
from .project import Conditions, Plumbing, project

__all__ = ["Conditions", "Plumbing", "foreign_plan_names", "named_plan", "plan_names", "project", "runoff_plan"]
