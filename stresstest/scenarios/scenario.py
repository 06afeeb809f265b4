"""One named scenario: a story about what may come, a past episode, an official table, or the user's own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ..errors import Problem

#: Channel of the moves that an episode is made of.
EPISODE = "observed"
#: Channels of a scenario that names factors: what it names, and what follows by conditional expectation.
NAMED, PROPAGATED = "named", "propagated"
#: Severities of a forward story, mildest first; the base one carries the plain name of the story.
SEVERITIES = ("mild", "base", "severe")


@dataclass(frozen=True)
class MovesPath:
    """Moves along quarters or years: labels (T), months (T,) since the start, moves (T, F) cumulated.

    named: (F,) bool, factors that the table names by itself.
    """

    labels: tuple[str, ...]
    months: np.ndarray
    moves: np.ndarray
    named: np.ndarray


@dataclass(frozen=True)
class Scenario:
    """One named scenario.

    channels: driver shocks by channel, (drivers,) each; direct: factor moves by channel, (F,) each, where factors are
    named rather than drivers; observed: factor moves (F,) of an episode. Moves are the sum of what is there.
    probability: of this outcome within its horizon, a judgement; None for episodes. months: how long it takes.
    completed: factors that the record does not hold and that were filled by conditional expectation. until: last day of
    an episode. story, severity: variants of one story share the first. path: official tables come quarter by quarter;
    the scenario itself is the point of it named in the title. cautions: what a reader should know about the numbers.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    months: float
    probability: float | None
    turbulent: bool
    channels: Mapping[str, np.ndarray]
    observed: np.ndarray | None = None
    completed: tuple[str, ...] = field(default=())
    until: date | None = None
    story: str = ""
    severity: str = ""
    direct: Mapping[str, np.ndarray] = field(default_factory=dict)
    path: MovesPath | None = None
    cautions: tuple[Problem, ...] = ()

    @property
    def given(self) -> Mapping[str, np.ndarray]:
        """Factor moves (F,) by channel that no response table makes: observed, named, propagated."""
        return self.direct if self.observed is None else {EPISODE: self.observed, **self.direct}

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Channels in which this scenario moves anything."""
        return (*self.channels, *self.given)

    @property
    def kind(self) -> str:
        """Episode, official or forward."""
        if self.observed is not None:
            return "episode"
        return "official" if self.path is not None else "forward"
