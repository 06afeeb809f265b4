"""Past episodes: the move of every factor between two closes."""

from __future__ import annotations

from datetime import date

import pandas as pd

from ..market.history import History
from ..tables import read_table


def episode_moves(history: History) -> pd.DataFrame:
    """(episodes, F) moves over the windows of episodes_windows.csv inside the history; NaN where no series existed."""
    first, last = (history.levels.index[i].date() for i in (0, -1))
    rows = {}
    for row in read_table("stresstest.scenarios", "episodes_windows.csv"):
        start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
        if first <= start and end <= min(last, history.as_of):
            rows[row["name"]] = history.factor_moves(start, end)
    return pd.DataFrame(rows, index=history.levels.columns).T
