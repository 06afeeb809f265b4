"""Shocks to drivers, channel by channel: [channels.duration] and term_premium_bp = 50."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..transmission.responses import DRIVERS, driver_vector
from ..units import size_of
from .toml_file import Door, is_number, nearest

SUFFIXES = {"_bp": "bp", "_percent": "percent", "_vix_points": "vix_point"}
#: Drivers that are returns: a percent move is a simple return and becomes a log return.
RETURNS = frozenset({"equity", "dollar", "style", "gold", "oil", "crypto", "stablecoin"})


def read_channels(tables: object, door: Door) -> dict[str, np.ndarray]:
    """Driver vectors (drivers,) by channel, internal units; the ending of a key is its unit."""
    if not isinstance(tables, dict):
        door.fault("channels", tables, "tables of shocks", "Write [channels.duration].")
        return {}
    channels = {}
    for channel, shocks in tables.items():
        if isinstance(shocks, dict):
            channels[channel] = driver_vector(_shocks(channel, shocks, door))
        else:
            door.fault(f"channels.{channel}", shocks, "a table of shocks", f"Write [channels.{channel}].")
    return channels


def _shocks(channel: str, shocks: Mapping[str, Any], door: Door) -> dict[str, float]:
    known = [driver + _suffix(driver) for driver in DRIVERS]
    found = {}
    for key, value in shocks.items():
        suffix = next((s for s in SUFFIXES if key.endswith(s)), "")
        driver, place = key.removesuffix(suffix), f"channels.{channel}.{key}"
        if isinstance(value, dict):
            door.fault(place, "a table", "a number", f"Write [channels.{channel}] and {known[0]} = 10.")
        elif not suffix or driver not in DRIVERS:
            door.fault(place, "unknown shock", "a driver with _bp, _percent or _vix_points", _nearest(key))
        elif suffix == "_percent" and driver in RETURNS:
            if is_number(value, -99.999, 500):
                found[driver] = float(np.log1p(value * size_of("percent")))
            else:
                door.fault(place, value, "percent, above -100 and up to 500", f"{key} = -10 is a fall by a tenth.")
        elif driver in RETURNS:
            door.fault(place, key, f"{driver}_percent: {driver} is a return", f"Write {driver}_percent.")
        elif is_number(value, -2000, 2000):
            found[driver] = float(value) * size_of(SUFFIXES[suffix])
        else:
            door.fault(place, value, "a number from -2000 to 2000", f"{key} = 50, for example.")
    return found


def _suffix(driver: str) -> str:
    """The ending that fits a driver best."""
    return "_percent" if driver in RETURNS else "_vix_points" if driver == "volatility" else "_bp"


def _nearest(key: str) -> str:
    """A hint with the nearest driver and its own ending, whatever ending was written."""
    return nearest(key, [driver + _suffix(driver) for driver in DRIVERS])
