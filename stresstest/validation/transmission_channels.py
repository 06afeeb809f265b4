"""G1 to G3: each channel alone moves what it should and nothing else, channels add up, and plans abroad have effects.

The plan is one that uses every channel: sales, more coupons than expected, other central banks, some doubt. Noise and
the uncertainty of parameters are off, so that a factor which does not move is exactly still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from ..plumbing.banks import bank_snapshot
from ..plumbing.plan import named_plan
from ..records import Check, MarketSnapshot, RunoffPlan
from ..scenarios import Generated, generate
from ..scenarios.foreign import look_abroad
from ..tables import factor_index, factor_names, read_table
from ..transmission.channels import CHANNELS
from ..transmission.responses import response_table
from ..units import fixed, to_bp, to_percent
from .transmission_qt2 import mark

SECTION = "transmission"
PATHS, WEEKS = 200, 52
#: A move below this is none: a ten-thousandth of a basis point.
STILL = 1e-8
#: Single precision of by_channel leaves this much of a sum, relative to the largest move.
ROUNDING = 1e-5
SALES, COUPON_SURPRISE, DOUBT = 20.0, 0.01, 0.3
#: Paths on which the plan of all three banks is compared with that of the Federal Reserve alone.
PAIR_PATHS = 1000


def checks(snapshot: MarketSnapshot, seed: int) -> Iterator[Check]:
    """G1 to G3 from the levels of ``snapshot``."""
    plan = every_channel(snapshot)
    alone = {name: _moves(_run(plan, snapshot, (name,), seed)) for name in CHANNELS}
    together = _run(plan, snapshot, CHANNELS, seed)
    yield _as_expected(alone)
    yield _additive(alone, together)
    yield _abroad(snapshot, seed)


def every_channel(snapshot: MarketSnapshot) -> RunoffPlan:
    """A plan, none of it expected, that gives every channel something to do."""
    plan = named_plan("global-qt", snapshot.as_of)
    steps = (replace(plan.steps[0], mbs_sales=SALES), *plan.steps[1:])
    return replace(plan, steps=steps, priced_in=0.0, coupon_surprise=COUPON_SURPRISE, doubt=DOUBT)


def _run(plan: RunoffPlan, snapshot: MarketSnapshot, channels: Iterable[str], seed: int) -> Generated:
    return generate(plan, snapshot, weeks=WEEKS, paths=PATHS, seed=seed, channels=channels, layers=(), keep_paths=False)


def _moves(run: Generated) -> np.ndarray:
    """(S, F) moves at the horizon."""
    return run.factors.moves


def expected_factors(channel: str) -> frozenset[str]:
    """Factors that ``channel`` should move, from transmission_channels.csv."""
    row = next(r for r in read_table("stresstest.validation", "transmission_channels.csv") if r["channel"] == channel)
    named = frozenset(row["factors"].split())
    return named if row["rule"] == "only" else frozenset(factor_names()) - named


def moved_factors(moves: np.ndarray) -> frozenset[str]:
    """Factors that move on at least one path of (S, F)."""
    largest = np.abs(moves).max(axis=0)
    return frozenset(name for name, size in zip(factor_names(), largest, strict=True) if size > STILL)


def _as_expected(alone: dict[str, np.ndarray]) -> Check:
    wrong = []
    for name, moves in alone.items():
        moved, expected = moved_factors(moves), expected_factors(name)
        wrong += [f"{name} moves {factor}" for factor in sorted(moved - expected)]
        wrong += [f"{name} leaves {factor} still" for factor in sorted(expected - moved)]
    pairs = len(alone) * len(factor_names())
    everything = sum(len(factor_names()) - len(expected_factors(name)) for name in alone)
    return Check(
        id="G1",
        section=SECTION,
        title="Each channel alone moves the factors it should and nothing else",
        measured=f"{len(wrong)} of {pairs} pairs of channel and factor are wrong",
        wanted="none",
        passed=not wrong,
        value=float(len(wrong)),
        rival="every channel moves every factor",
        rival_value=float(everything),
        rival_measured=f"{everything} wrong",
        note="; ".join(wrong) or f"{PATHS} paths of a year without noise; the expected sets are a table with reasons.",
    )


def _additive(alone: dict[str, np.ndarray], together: Generated) -> Check:
    """Moves with all channels on against the sum of each alone; and for every pair, what the record says by channel."""
    total = sum(alone.values(), np.zeros_like(together.factors.moves))
    largest = float(np.abs(together.factors.moves).max())
    gap = float(np.abs(total - together.factors.moves).max()) / largest
    names = together.factors.channels
    split = max(
        float(np.abs(together.factors.by_channel[:, names.index(name)] - moves).max()) for name, moves in alone.items()
    )
    interaction = max(gap, split / largest)
    naive = _largest_overlap(alone)
    return Check(
        id="G2",
        section=SECTION,
        title="Channels add up: all together against each alone, and the split by channel against each alone",
        measured=f"largest gap {interaction:.1e} of the largest move",
        wanted=f"below {ROUNDING:.0e}",
        passed=interaction < ROUNDING,
        value=interaction,
        rival="each factor to its strongest channel",
        rival_value=naive,
        rival_measured=f"{naive:.0%} of a factor's moves is lost",
        note="Effects that need two channels at once come by the regime, which is the same whichever channels are on.",
    )


def _largest_overlap(alone: dict[str, np.ndarray]) -> float:
    """Largest share of a factor's mean absolute move that its second channel brings, over pairs of channels."""
    size = {name: np.abs(moves).mean(axis=0) for name, moves in alone.items()}
    all_of_it = sum(size.values(), np.zeros(len(factor_names())))
    weaker = [np.minimum(size[a], size[b]) for a, b in combinations(size, 2)]
    moved = all_of_it > STILL
    return float((np.max(weaker, axis=0)[moved] / all_of_it[moved]).max())


def _abroad(snapshot: MarketSnapshot, seed: int) -> Check:
    """The plan of three banks against the same plan of the Federal Reserve alone, without noise."""
    both = [
        generate(named_plan(name, snapshot.as_of), snapshot, weeks=WEEKS, paths=PAIR_PATHS, seed=seed, layers=(),
                 keep_paths=False).factors.moves.mean(axis=0)
        for name in ("global-qt", "fast-qt")
    ]  # fmt: skip
    more = {name: float(both[0][i] - both[1][i]) for name, i in factor_index().items()}
    euro, gilt, here = (to_bp(more[name]) for name in ("eur_10y", "gbp_10y", "ust_10y"))
    dollar = to_percent(more["usd_broad"])
    handed = look_abroad(named_plan("global-qt", snapshot.as_of), WEEKS).duration["eur"][-1, 0]
    echo = next(row.normal for row in response_table() if (row.factor, row.driver) == ("eur_10y", "ust_10y"))
    per_trillion = (euro - echo * here) / (handed * bank_snapshot("ecb")["gdp"] / 1000.0)
    rises = min(euro, gilt, here) > 0 > dollar and here < min(euro, gilt)
    inside = to_bp(mark("G3", "least")) <= per_trillion <= to_bp(mark("G3", "most"))
    return Check(
        id="G3",
        section=SECTION,
        title="Faster plans of the ECB and the Bank of England beside fast QT: what they add over a year",
        measured=f"Bund {fixed(euro, '+.1f')}, gilt {fixed(gilt, '+.1f')}, Treasury {fixed(here, '+.1f')} bp (ten "
        f"years), dollar {fixed(dollar, '+.2f')} "
        f"percent; {per_trillion:.0f} bp for a trillion euro",
        wanted="yields up, those abroad most; dollar down; 20 to 50 bp for a trillion euro",
        passed=bool(rises and inside),
        value=euro,
        rival="fast QT alone",
        rival_value=0.0,
        rival_measured="0.0 bp",
        note="Sales of EUR 15 bn a month by the ECB and GBP 100 bn a year in place of GBP 70 bn by the Bank of England"
        ", beyond what is expected of them; ECB 2024: 35 bp for an expected trillion. Outright sales count 1.5 times.",
    )
