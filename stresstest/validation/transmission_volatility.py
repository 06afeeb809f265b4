"""N4 and N5: what it gains that noise follows implied volatility, estimated to 2012 and scored on the years after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..market.history import load_history
from ..records import Check
from ..units import fixed
from .transmission_bands import WIDTH, Windows, part, windows_of
from .transmission_law import known_from
from .transmission_qt2 import mark

ESTIMATED = date(2012, 12, 31)
#: Factors with a long history whose variance follows an index, and those of them that follow MOVE.
FOLLOWING = ("ust_2y", "ust_10y", "equity_us")
RATES = 2
THIRDS = ("low", "middle", "high")
RIVAL = "the same law, variance of the regime alone"
USES = (
    "Estimated on 2007-12, but for how noise accumulates and the hazards of turbulence; which factors answer to which "
    "index, in which groups and over which weeks ahead was chosen looking at 2007-26, so the numbers are tested out of "
    "sample and the form is not."
)
TITLES = {
    "N4": "Noise follows implied volatility: mean log score of 2-year, 10-year and S&P over four weeks, 2013-26",
    "N5": "Coverage of 90 percent bands of yields when MOVE is low, middling and high, 2013-26",
}


def checks(data: Path, as_of: date | None, seed: int) -> Iterator[Check]:
    """N4 and N5. Raises DataError for faults of the folder."""
    history = load_history(data, as_of)
    known = known_from(load_history(data, ESTIMATED))
    mine, still = (
        windows_of(history, one, ESTIMATED, FOLLOWING, seed) for one in (known, replace(known, volatility=None))
    )
    index = history.levels["move"].reindex(mine.starts)
    yield _log_score(mine, still)
    yield _by_index(mine, still, index)


def _log_score(mine: Windows, still: Windows) -> Check:
    gains = _scores(mine) - _scores(still)
    together = gains.sum(axis=1)
    error = float(together.std(ddof=1) / np.sqrt(len(together)))
    value, rival = (float(_scores(windows).mean()) for windows in (mine, still))
    text = ", ".join(f"{name} {fixed(gain, '+.2f')}" for name, gain in zip(FOLLOWING, gains.mean(axis=0), strict=True))
    return Check(
        "N4", "", TITLES["N4"], fixed(value, ".2f"), "above the rival by two standard errors",
        bool(together.mean() > 2.0 * error), value=value, rival=RIVAL, rival_value=rival,
        rival_measured=fixed(rival, ".2f"),
        note=f"{len(together)} windows that do not overlap; gain a window {text}, together "
        f"{fixed(together.mean(), '+.2f')} "
        f"(s.e. {error:.2f}). {USES}",
    )  # fmt: skip


def _scores(windows: Windows) -> np.ndarray:
    """(N, factors) log densities, factor by factor."""
    return np.array([
        [part(one, [k]).log_density(move[[k]]) for k in range(len(move))]
        for one, move in zip(windows.laws, windows.moves.to_numpy(), strict=True)
    ])  # fmt: skip


def _by_index(mine: Windows, still: Windows, index: pd.Series) -> Check:
    third = np.digitize(index, index.quantile([1 / 3, 2 / 3]))
    shares, rivals = (_inside(windows, third) for windows in (mine, still))
    least, most = mark("F1", "least"), mark("F1", "most")
    kept, theirs = (sum(bool(least <= share <= most) for share in some) for some in (shares, rivals))
    return Check(
        "N5", "", TITLES["N5"], _text(shares), "83 to 96 percent in each third", kept == len(THIRDS), value=float(kept),
        rival=RIVAL, rival_value=float(theirs), rival_measured=_text(rivals),
        note=f"2-year and 10-year together, {len(third)} windows in three thirds by MOVE at the start. {USES}",
    )  # fmt: skip


def _inside(windows: Windows, third: np.ndarray) -> list[float]:
    """Share of moves of yields inside their bands, by third."""
    pit = np.array([one.below(move) for one, move in zip(windows.laws, windows.moves.to_numpy(), strict=True)])
    inside = np.abs(pit[:, :RATES] - 0.5) <= WIDTH / 2
    return [float(inside[third == number].mean()) for number in range(len(THIRDS))]


def _text(shares: list[float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in zip(THIRDS, shares, strict=True))
