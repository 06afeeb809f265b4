"""The state of repo demand: what moves the funding spread and is not scarcity, calendar or noise.

An autoregression of order one, told from noise by a Kalman filter. Innovations are clipped (Huber), so that a quarter
end or September 2019 cannot drag the state along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..tables import Draws
from ..units import BUSINESS_DAYS_A_WEEK, WEEKS_A_MONTH

#: An innovation counts up to this many of its standard deviations.
HUBER = 2.0
DAYS_A_MONTH = BUSINESS_DAYS_A_WEEK * WEEKS_A_MONTH


@dataclass(frozen=True)
class DemandLaw:
    """State x' = memory x + shock e, observed as x + noise u; e, u standard normal. One step is one observation.

    shock, noise: in the unit of the spread.
    """

    memory: float
    shock: float
    noise: float

    @property
    def variance(self) -> float:
        """Stationary variance of the state."""
        return self.shock**2 / (1.0 - self.memory**2)

    def ahead(self, steps: int, state: np.ndarray, variance: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of the state ``steps`` later."""
        decay = self.memory**steps
        return decay * state, np.asarray(decay**2 * variance + (1.0 - decay**2) * self.variance)


@dataclass(frozen=True)
class DemandEstimate:
    """Filtered state. predicted: (S, D), known before the observation of the day. variance: (D,) of that prediction.

    last, last_variance: prediction for the day after the last.
    """

    predicted: np.ndarray
    variance: np.ndarray
    last: np.ndarray
    last_variance: float


def daily_law(sd: float, monthly_memory: float, noise: float) -> DemandLaw:
    """The law by business day of a state with stationary ``sd``; noise: of one day, in the unit of ``sd``."""
    memory = monthly_memory ** (1.0 / DAYS_A_MONTH)
    return DemandLaw(memory, sd * np.sqrt(1.0 - memory**2), noise)


def filtered_demand(residual: np.ndarray, observed: Sequence[bool] | np.ndarray, law: DemandLaw) -> DemandEstimate:
    """Filter the state from spreads less what scarcity explains.

    residual: (S, D), in the unit of the law. observed: (D,) days that teach the state: ordinary ones.
    """
    paths, days = residual.shape
    gain, innovation_sd, variance = _gains(np.asarray(observed), law)
    state = np.zeros(paths)
    predicted = np.empty((paths, days))
    for day in range(days):
        predicted[:, day] = state
        if gain[day] > 0:
            bound = HUBER * innovation_sd[day]
            state = state + gain[day] * np.clip(residual[:, day] - state, -bound, bound)
        state = law.memory * state
    return DemandEstimate(predicted, variance[:-1], state, float(variance[-1]))


def _gains(observed: np.ndarray, law: DemandLaw) -> tuple[list[float], list[float], np.ndarray]:
    """Kalman gain, standard deviation of the innovation by day, and (D+1,) predicted variance: none needs the data."""
    variance, noise, shock = law.variance, law.noise**2, law.shock**2
    gains, sds, variances = [], [], [variance]
    for seen in observed:
        total = variance + noise
        gain = variance / total if seen else 0.0
        gains.append(gain)
        sds.append(total**0.5)
        variance = law.memory**2 * variance * (1.0 - gain) + shock
        variances.append(variance)
    return gains, sds, np.array(variances)


def weekly_memory(p: Draws) -> np.ndarray:
    """Memory of the state over a week, (S,)."""
    return np.asarray(p["demand_persistence"] ** (1.0 / WEEKS_A_MONTH))


def weekly_shock(p: Draws) -> np.ndarray:
    """Standard deviation of what a week adds to the state, (S,), decimal: its own stays ``demand_sd``."""
    return np.asarray(p["demand_sd"] * np.sqrt(1.0 - weekly_memory(p) ** 2))


def told(p: Draws) -> np.ndarray:
    """Share of what the median day of a week or two is off the curve that is demand and not noise, (S,).

    The noise is that of the median of one week, also where the median is of ten days, which has less: the share is on
    the low side. Forecasts from past month ends do not ask for more (docs/model/funding.md).
    """
    return np.asarray(p["demand_sd"] ** 2 / (p["demand_sd"] ** 2 + p["demand_noise"] ** 2))


def central_law(p: Draws) -> DemandLaw:
    """Daily law at the mean of the draws, decimal; a day of a simulated path has the noise of its draws."""
    values = (float(np.mean(p[name])) for name in ("demand_sd", "demand_persistence", "funding_daily_sd"))
    return daily_law(*values)
