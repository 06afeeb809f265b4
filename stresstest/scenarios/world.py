"""What is the same for every path: the plan, what markets expect, and what the baseline brings on average."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..plumbing.course import Course, make_course
from ..plumbing.project import announced_supply, project_block, weekly_calendar
from ..plumbing.reaction import calm_hazard, weekly
from ..plumbing.recorder import Plumbing, layout
from ..plumbing.room import Columns, Room
from ..records import MarketSnapshot, RunoffPlan, Supply
from ..tables import Draws, central, factor_index
from ..transmission.bounds import Bounds, make_bounds
from ..transmission.context import Usual
from ..transmission.leaders import leader_odds
from ..transmission.moments import Moments
from ..transmission.noise import NoiseLaw, noise_law
from ..transmission.today import in_turbulence
from ..units import WEEKS_A_YEAR
from .chance import Chance, draw_chance
from .foreign import Abroad, look_abroad

#: Announcements beyond this horizon are not priced as supply (no programme has been announced further ahead).
LONGEST_ANNOUNCEMENT_WEEKS = 156
#: Paths of the baseline on which its averages are taken, and the seed of their own stream.
PILOT_PATHS, PILOT_SEED = 4000, 20220504
#: The first of them, on whose regimes the bounds are centred, date by date.
BOUND_PATHS = 1000


@dataclass(frozen=True)
class Setting:
    """A plan from a snapshot over so many weeks. moments: silent ones when the layer "noise" is off."""

    plan: RunoffPlan
    snapshot: MarketSnapshot
    weeks: int
    layers: tuple[str, ...]
    moments: Moments

    @cached_property
    def course(self) -> Course:
        """The plan by week, as far as it needs no chance."""
        return make_course(self.plan, self.snapshot, self.weeks)

    @cached_property
    def noise(self) -> NoiseLaw:
        """The moments made ready for the horizon."""
        return noise_law(self.moments, self.weeks)

    @cached_property
    def turbulent(self) -> bool:
        """Whether the paths start in turbulence, as the VIX of the snapshot says."""
        return in_turbulence(self.snapshot.levels)

    def odds(self, p: Draws) -> np.ndarray:
        """(S, leaders) probability of each leader."""
        return leader_odds(p, self.snapshot["cpi_yoy"], self.plan.doubt)

    def draw(self, size: int, stream: np.random.SeedSequence) -> Chance:
        """The randomness of one block."""
        falls = self.moments.entry[:, factor_index()["equity_us"]]
        return draw_chance(
            size,
            self.weeks,
            sum(len(week) for week in weekly_calendar(self.snapshot.as_of, self.weeks)),
            stream,
            law=self.noise,
            uncertain="parameters" in self.layers,
            odds=self.odds,
            falls=falls,
            calm_drift=(-(falls @ self.odds(central())[0]) * self._entering_by_hazard()).astype(np.float32),
            turbulent=self.turbulent,
        )

    def _entering_by_hazard(self) -> np.ndarray:
        """(T,) probability that turbulence begins in a week, with the base hazards only."""
        p = central()
        enter, leave = float(weekly(p["turbulence_base"] / 12)[0]), float(calm_hazard(p)[0])
        state, result = float(self.turbulent), np.empty(self.weeks)
        for week in range(self.weeks):
            result[week] = (1.0 - state) * enter
            state = state * (1.0 - leave) + result[week]
        return result

    def room(self, paths: int) -> Room:
        """Memory for the plumbing of so many paths."""
        return Room(paths, layout(self.course, detail=False))

    def run(self, chance: Chance, expected_pace: float, room: Columns) -> tuple[Plumbing, Draws]:
        """The plumbing of one block, and the parameters it ran with, in single precision.

        expected_pace: as ``project`` takes it. room: where the record is kept.
        """
        p = treasury(chance.parameters, self.plan).single()
        pace = expected_pace - self.plan.coupon_surprise
        return project_block(self.course, chance.conditions, p, pace, room), p


@dataclass(frozen=True)
class World:
    """What every block shares.

    expected: supply that the baseline implies; announced: what the plan announces beyond it, both to the end of plan or
    horizon. expected_spread: (T,) weekly funding spread of the baseline, mean over chance. expected_pace: effective
    supply of the baseline, share of GDP a year. odds: (leaders,) under the baseline.
    """

    setting: Setting
    channels: tuple[str, ...]
    expected: Supply
    announced: Supply
    expected_spread: np.ndarray
    expected_pace: float
    usual: Usual
    bounds: Bounds
    odds: np.ndarray
    abroad: Abroad


def make_world(setting: Setting, baseline: RunoffPlan, channels: tuple[str, ...]) -> World:
    """Work out what markets expect of ``baseline`` and what the plan of ``setting`` announces beyond it."""
    plan, snapshot, weeks = setting.plan, setting.snapshot, setting.weeks
    ahead = min(LONGEST_ANNOUNCEMENT_WEEKS, -(-(plan.end - snapshot.as_of).days // 7))
    longest = max(weeks, ahead)
    expected = _announced(baseline, snapshot, longest)
    pace = float(expected.duration(central()["bill_factor"])[weeks]) / snapshot["gdp"] * WEEKS_A_YEAR / weeks
    usual, bounds, spread, odds = _averages(replace(setting, plan=baseline), pace)
    return World(
        setting=setting,
        channels=channels,
        expected=expected,
        announced=_announced(plan, snapshot, longest).less(expected),
        expected_spread=spread,
        expected_pace=pace,
        usual=usual,
        bounds=bounds,
        odds=odds,
        abroad=look_abroad(plan, longest),
    )


def treasury(p: Draws, plan: RunoffPlan) -> Draws:
    """The draws with the share of bills that ``plan`` prescribes for the Treasury, if it does."""
    if plan.bill_share is None:
        return p
    share = np.full_like(p.by_name["coupon_refinancing"], 1.0 - plan.bill_share)
    return replace(p, by_name={**p.by_name, "coupon_refinancing": share})


def begins(turbulent: np.ndarray, begun: bool = False) -> np.ndarray:
    """(S, T) whether turbulence begins in a week. begun: paths start in it, so that the first week begins none."""
    return turbulent & ~np.concatenate([np.full_like(turbulent[:, :1], begun), turbulent[:, :-1]], axis=1)


def crypto_odds(plumbing: Plumbing, p: Draws) -> tuple[np.ndarray, np.ndarray]:
    """(S, T) weekly probability of a deleveraging jump and of a lost peg: higher in turbulence and funding stress."""
    stress = np.where(plumbing.turbulent | plumbing.fragile, p["crypto_jump_stress"][:, None], 1.0) / WEEKS_A_YEAR
    return p["crypto_jump_rate"][:, None] * stress, p["depeg_rate"][:, None] * stress


def _announced(plan: RunoffPlan, snapshot: MarketSnapshot, weeks: int) -> Supply:
    return announced_supply(plan, snapshot, weeks, treasury(central(), plan))


def _averages(setting: Setting, pace: float) -> tuple[Usual, Bounds, np.ndarray, np.ndarray]:
    """What the baseline brings on average, from a pilot run with a stream of its own.

    Last its funding spread (T,) and the odds of each leader, which are not those of the central parameters.
    """
    chance = setting.draw(PILOT_PATHS, np.random.SeedSequence(PILOT_SEED))
    plumbing, p = setting.run(chance, pace, setting.room(PILOT_PATHS).columns(0, PILOT_PATHS))
    jumps, depeg = crypto_odds(plumbing, p)
    begin = begins(plumbing.turbulent, setting.turbulent)
    dash = plumbing.turbulent & plumbing.fragile
    weekly_odds = (plumbing.turbulent, begin, plumbing.fragile, dash, jumps, depeg)
    usual = Usual(*(values.mean(axis=0) for values in weekly_odds))
    odds = setting.odds(chance.parameters).mean(axis=0)
    few, entering, levels = slice(BOUND_PATHS), begin[:BOUND_PATHS].mean(axis=0), setting.snapshot.levels
    inside, leader = plumbing.turbulent[few], chance.leader[few]
    bounds = make_bounds(levels, inside, entering, leader, odds, setting.moments, setting.turbulent)
    return usual, bounds, plumbing.funding.weekly.mean(axis=0), odds
