"""``batch``: many portfolios over one scenario set, each distinct instrument priced once."""

from .run import batch

__all__ = ["batch"]
