"""Section "exposures": predicted against realised returns over past episodes, asset by asset.

Every asset of the folder is treated as an unknown column of prices: no name, class or sector is told to the estimator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.priors import settings
from ..records import Check, Evidence
from ..tables import read_table
from ..units import fixed
from .exposures_nested import candidates, tried_settings
from .exposures_walk import CRYPTO, FUNDS, LEAST_DAYS, SHARES, Walk, walk

SECTION = "exposures"
PORTFOLIOS = "portfolios of 12"
SIGN_FROM, POINTS = 0.02, 0.05
#: A fund whose error is below this is a factor itself and predicted exactly.
EXACT = 2e-4
MARKET, SECTOR, HISTORY = "market beta only", "sector average", "historical simulation"
WORST = 6
#: Said beside every figure: betas never look ahead, the shipped settings of the estimator were chosen on all episodes.
CHOSEN = {
    False: "Betas are from before each start; the settings are those that ship, chosen on all of these episodes.",
    True: "The width of the bands (band_quantile, vix_power) was set on all of these episodes.",
}
NESTED = "Settings and width of bands of each episode are those that did best on episodes that ended before its start"
#: Difference of band_quantile to the choice on all episodes that is rounding.
NEAR = 0.05
#: Rows of exposures_candidates.csv that are compared, and the gain for which a second table of betas would be kept.
SHIPPED, BY_REGIME, WORTH = "as shipped", "betas by regime", 0.02


@dataclass(frozen=True)
class Score:
    """Of predictions of one group: pairs, sign right, share within five points, mean error, share inside the band."""

    pairs: int
    sign: float
    within: float
    error: float
    covered: float

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.sign:.1%} sign, {self.within:.1%} within 5 points, mean error {100 * self.error:.2f} points"


def scored(frame: pd.DataFrame, column: str = "predicted", band: tuple[str, str] | None = ("p05", "p95")) -> Score:
    """Score of a column of predictions against ``realised``; pairs without a prediction are left out."""
    known = frame[np.isfinite(frame[column]) & np.isfinite(frame["realised"])]
    error = (known[column] - known["realised"]).abs()
    large = known[known["realised"].abs() > SIGN_FROM]
    right = np.sign(large[column]) == np.sign(large["realised"])
    covered = float("nan")
    if band:
        covered = float(((known[band[0]] <= known["realised"]) & (known["realised"] <= known[band[1]])).mean())
    return Score(len(known), float(right.mean()), float((error <= POINTS).mean()), float(error.mean()), covered)


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """Every claim of this section; not run without a folder of series. Raises DataError for faults of the folder."""
    if evidence.data is None:
        return tuple(
            Check(row["id"], SECTION, row["title"], "", row["wanted"], None, note="needs a folder of series (--data)")
            for row in _marks()
        )
    found = walk(evidence.data, evidence.as_of, evidence.seed)
    return (
        *_marked(found), *_nested(found), _shipped(found), _regimes(found),
        *_by(found, "episode"), *_by(found, "asset_class"),
    )  # fmt: skip


def _marks() -> list[dict[str, str]]:
    return read_table("stresstest.validation", "exposures_marks.csv")


def _marked(found: Walk) -> Iterator[Check]:
    """One check for each row of exposures_marks.csv."""
    frames = _frames(found)
    scores = {group: scored(frame) for group, frame in frames.items()}
    for row in _marks():
        frame, ours = frames[row["group"]], scores[row["group"]]
        rival, column = row["rival"], {MARKET: "market", SECTOR: "sector", HISTORY: "history"}[row["rival"]]
        band = ("history_p05", "history_p95") if row["measure"] == "covered" else None
        theirs = scored(frame, column, band)
        value, other = getattr(ours, row["measure"]), getattr(theirs, row["measure"])
        passed = _inside(row, value) and (rival != SECTOR or value < other)
        yield Check(
            row["id"], SECTION, row["title"], _shown(row["measure"], value), row["wanted"], bool(passed), value,
            rival, other, _shown(row["measure"], other), _note(row, frame, ours, bool(passed)),
        )  # fmt: skip


def _frames(found: Walk) -> dict[str, pd.DataFrame]:
    frames = {group: found.pairs[found.pairs["group"] == group] for group in (FUNDS, SHARES, CRYPTO)}
    return frames | {PORTFOLIOS: found.portfolios}


def _inside(row: dict[str, str], value: float) -> bool:
    return float(row["low"]) <= value <= float(row["high"])


def _nested(found: Walk) -> Iterator[Check]:
    """The same marks when no episode had a say in the settings that predict it, against the shipped settings."""
    frames = _frames(found)
    taken = ", ".join(sorted({candidates()[choice.candidate]["name"] for choice in found.choices.values()}))
    for row in _marks():
        if row["rival"] == SECTOR:
            continue
        frame = frames[row["group"]]
        value = getattr(scored(frame, "nested", ("nested_p05", "nested_p95")), row["measure"])
        shipped = getattr(scored(frame), row["measure"])
        passed = _inside(row, value)
        note = f"{NESTED}; chosen at one time or another: {taken}." + ("" if passed else f" {row['miss']}")
        yield Check(
            f"{row['id']}-nested", SECTION, f"{row['title']}, settings chosen on earlier episodes only",
            _shown(row["measure"], value), row["wanted"], passed, value, "shipped settings", shipped,
            _shown(row["measure"], shipped), note,
        )  # fmt: skip


def _shipped(found: Walk) -> Check:
    """Whether the settings that ship are those that all episodes of the folder choose."""
    best = candidates()[found.last.candidate]
    others = [name for name, value in tried_settings(best).items() if value != settings()[name]]
    width = settings()["band_quantile"]
    passed = not others and abs(width - found.last.quantile) <= NEAR
    return Check(
        "X14", SECTION, "Settings that ship are the choice on all episodes of the folder",
        f"{best['name']}, band quantile {found.last.quantile:.2f}", f"as shipped, band quantile {width:.2f}", passed,
        note=f"Differs in {', '.join(others)}." if others else "A choice for the future; what it is worth is said by "
        "the figures with settings chosen on earlier episodes only.",
    )  # fmt: skip


def _regimes(found: Walk) -> Check:
    """Whether betas by regime would earn the second table of exposures that they need."""
    names = [row["name"] for row in candidates()]
    one, two = names.index(SHIPPED), names.index(BY_REGIME)
    gains = {group: float(1.0 - mean[two] / mean[one]) for group, mean in found.errors.items()}
    most = max(gains.values())
    text = ", ".join(f"{group} {fixed(gain, '+.1%')}" for group, gain in gains.items())
    return Check(
        "X15", SECTION, "One set of betas does: betas of the regime of the window would lower no mean error by much",
        text, f"below {WORTH:.0%} in every group", most < WORTH, most,
        note="Rows of the other regime (VIX over its 85th percentile or not) weigh 0.3. The window's own VIX picks the "
        "regime, as a stress test would know it.",
    )  # fmt: skip


def _shown(measure: str, value: float) -> str:
    return f"{100 * value:.2f} points" if measure == "error" else f"{value:.1%}"


def _note(row: dict[str, str], frame: pd.DataFrame, ours: Score, passed: bool) -> str:
    """Sample; for funds also without those that are factors; for a miss, why, and the worst pairs."""
    text = f"{ours.pairs:,} pairs, {frame['episode'].nunique()} episodes, at least {LEAST_DAYS} earlier business days."
    text += f" {CHOSEN[row['measure'] == 'covered']}"
    if row["group"] == FUNDS:
        others = frame[_inexact(frame)]
        text += f" Funds that are no factors themselves ({len(others):,} pairs): {scored(others).text}."
    if row["group"] == PORTFOLIOS:
        halves = scored(frame[frame["equal"]]), scored(frame[~frame["equal"]])
        text += f" Equal weights: {halves[0].text}; drawn weights: {halves[1].text}."
    if not passed:
        text += f" {row['miss']} {_worst(frame)}"
    return text


def _inexact(frame: pd.DataFrame) -> pd.Series:
    """Pairs of assets whose mean error shows that they are no factor."""
    error = (frame["predicted"] - frame["realised"]).abs()
    return error.groupby(frame["asset"]).transform("mean") > EXACT


def _worst(frame: pd.DataFrame) -> str:
    """The largest errors, in words."""
    error = (frame["predicted"] - frame["realised"]).abs()
    name = "asset" if "asset" in frame else "portfolio"
    parts = [
        f"{row[name]} in {row.episode} ({fixed(row.predicted, '+.0%')} against {fixed(row.realised, '+.0%')})"
        for _, row in frame.loc[error.nlargest(WORST).index].iterrows()
    ]
    return f"Largest errors: {'; '.join(parts)}."


def _by(found: Walk, column: str) -> Iterator[Check]:
    """Mean error by episode or class, which should be below that of the market beta."""
    pairs = found.pairs[found.pairs[column] != ""]
    for name, frame in pairs.groupby(column, sort=False):
        ours, theirs = scored(frame), scored(frame, "market", None)
        yield Check(
            f"X-{column}-{name}", SECTION, f"Mean error, {column.replace('_', ' ')} {name}",
            f"{100 * ours.error:.2f} points", f"below {MARKET}", ours.error < theirs.error, ours.error,
            MARKET, theirs.error, f"{100 * theirs.error:.2f} points",
            f"{ours.pairs} pairs; {ours.text}; bands cover {ours.covered:.0%}.",
        )  # fmt: skip
