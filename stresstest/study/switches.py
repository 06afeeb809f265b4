"""What a user has switched off: channels of the plan and of markets, and layers of uncertainty, by one kind of name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError, Problem
from ..records import Attribution, Rebalance
from ..scenarios import ALL_CHANNELS, LAYERS
from ..stress.revalue import ALL_LAYERS as LAYERS_OF_THE_BOOK

#: Channels that move nothing while the layer of noise is off: the one is its falls, the other its ordinary moves.
OF_THE_NOISE, NOISE = ("turbulence", "market"), "noise"
EXPLAINED = "`stresstest scenarios channels` explains them."


@dataclass(frozen=True)
class Switches:
    """What is switched off, in the order of the lists; as a rule nothing."""

    channels_off: tuple[str, ...] = ()
    layers_off: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels that are on."""
        return tuple(name for name in ALL_CHANNELS if name not in self.channels_off)

    @property
    def moving(self) -> tuple[str, ...]:
        """Those of ``channels`` that can move a factor: without the noise, those that are made of it cannot."""
        silent = OF_THE_NOISE if NOISE in self.layers_off else ()
        return tuple(name for name in self.channels if name not in silent)

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of uncertainty that are on."""
        return tuple(name for name in LAYERS if name not in self.layers_off)

    @property
    def of_the_book(self) -> tuple[str, ...]:
        """Those of ``layers`` that belong to the book rather than to the factors."""
        return tuple(name for name in LAYERS_OF_THE_BOOK if name not in self.layers_off)

    @property
    def off(self) -> tuple[str, ...]:
        """All names that are switched off."""
        return (*self.channels_off, *self.layers_off)


ALL_ON = Switches()


def read_switches(names: Iterable[str]) -> Switches:
    """The switches that ``--without`` names, each a channel or a layer, several also with commas between them.

    Raises InputError with every unknown name, and where nothing is left that moves a factor.
    """
    asked = [_written(part) for name in names for part in name.split(",")]
    unknown = dict.fromkeys(name for name in asked if name not in (*ALL_CHANNELS, *LAYERS))
    if unknown:
        raise InputError([_unknown(name) for name in unknown])
    off = Switches(*(tuple(name for name in known if name in asked) for known in (ALL_CHANNELS, LAYERS)))
    if not off.moving:
        expected = "at least one channel that moves factors"
        hint = f"Take one name out; turbulence and market need the layer noise. {EXPLAINED}"
        raise InputError(Problem(None, "without", ", ".join(off.off), expected, hint))
    return off


def _written(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _unknown(name: str) -> Problem:
    near = difflib.get_close_matches(name, (*ALL_CHANNELS, *LAYERS), 1)
    expected = f"a channel ({', '.join(ALL_CHANNELS)}) or a layer of uncertainty ({', '.join(LAYERS)})"
    return Problem(None, "without", name or "nothing", expected, f"Did you mean {near[0]}?" if near else EXPLAINED)


def switch_warnings(switches: Switches) -> Iterable[Problem]:
    """One warning for channels and one for layers that are off: what the figures are then not."""
    if switches.channels_off:
        found = f"channels switched off: {', '.join(switches.channels_off)}"
        hint = "Simulated figures leave them out and are not the whole. Named scenarios pass through no channel."
        yield Problem(None, "without", found, "all channels", hint)
    if switches.layers_off:
        found = f"layers of uncertainty switched off: {', '.join(switches.layers_off)}"
        hint = "Bands and tails hold less than what is known to be uncertain."
        yield Problem(None, "without", found, "all layers", hint)


def told_what_is_off(proposal: Rebalance, switches: Switches) -> Rebalance:
    """A proposal that was fitted to a part says so before anything else."""
    if not switches.off:
        return proposal
    names = ", ".join(switches.off)
    note = f"Fitted and judged with these switched off: {names}. They speak neither for nor against any order."
    return replace(proposal, notes=(note, *proposal.notes))


def titled(title: str, off: Sequence[str]) -> str:
    """The title of simulated figures, with the names of what is off."""
    return f"{title} (switched off: {', '.join(off)})" if off else title


def split_of_the_rest(split: Attribution, switches: Switches) -> Attribution:
    """A split of the channels that can move a factor: a zero would say that one was on and moved nothing.

    Nothing is lost: what is left out is zero, or, for noise against its bounds, the rounding of zero.
    """
    return replace(split, by_channel={name: split.by_channel[name] for name in switches.moving})
