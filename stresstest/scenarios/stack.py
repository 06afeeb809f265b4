"""Blocks of paths put into one record as they arrive, so that no path is held twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any

import numpy as np

from .block import Block


class Stack:
    """Collects blocks. Arrays over paths are laid side by side, of numbers the largest is kept, all else is shared.

    Arrays are kept in single precision: amounts to a thousandth of a bn, rates to a hundred-thousandth of a bp.
    """

    def __init__(self, paths: int) -> None:
        self.paths = paths
        self.whole: Any = None
        self.lock = Lock()

    def put(self, start: int, block: Block) -> None:
        """Put the paths of ``block`` at ``start``; workers may call it, so that no finished block waits in memory."""
        with self.lock:
            if self.whole is None:
                self.whole = self._empty(block)
            self._copy(self.whole, block, start)

    def taken(self) -> Block:
        """The record of all paths; every path must have been put."""
        whole = self._taken(self.whole)
        assert isinstance(whole, Block)
        return whole

    def _empty(self, part: Any) -> Any:
        """The same nest with room for all paths; records become dictionaries until they are taken."""
        if isinstance(part, np.ndarray):
            kind = np.float32 if part.dtype == np.float64 else part.dtype
            return np.empty((self.paths, *part.shape[1:]), dtype=kind, order="F" if part.flags.f_contiguous else "C")
        if is_dataclass(part):
            entries = {field.name: self._empty(getattr(part, field.name)) for field in fields(part)}
            return {"": type(part), **entries}
        if isinstance(part, Mapping):
            return {key: self._empty(value) for key, value in part.items()}
        return part

    def _copy(self, whole: Any, part: Any, start: int) -> None:
        names = [field.name for field in fields(part)] if is_dataclass(part) else list(part)
        for name in names:
            value = getattr(part, name) if is_dataclass(part) else part[name]
            if isinstance(value, np.ndarray):
                whole[name][start : start + len(value)] = value
            elif isinstance(value, float):
                whole[name] = max(whole[name], value)
            elif is_dataclass(value) or isinstance(value, Mapping):
                self._copy(whole[name], value, start)

    def _taken(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        entries = {name: self._taken(entry) for name, entry in value.items() if name}
        return value[""](**entries) if "" in value else entries
