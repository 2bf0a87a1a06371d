"""`Control`: an input of a network that is turned by hand, smoothly, frame by frame.

A control stands at values between 0 and 1. Turned, each goes to its new value at a limited speed, a frame at a time, so
that neither a click is heard nor the way depends on how long blocks are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import OptionError

TURN_TIME_S = 0.02
"""The way from 0 to 1 takes this long."""


class Control:
    """Writes the values of a control into `frames` [B, n, n_run], which a network reads with each run.

    Args:
        frames: written in place; every stream of the batch is turned alike.
        default: where each of the n values stands at first.
        rate: of the frames, in Hz.
    """

    def __init__(self, frames: NDArray[np.float32], default: Sequence[float], rate: int) -> None:
        self._first, self._others = frames[0], frames[1:]
        self._target = tuple(map(float, default))
        # The values that fill all frames; None while they are on their way.
        self._level: tuple[float, ...] | None = None
        self._now = list(self._target)
        n_run = frames.shape[-1]
        self._furthest = (np.arange(1, n_run + 1) / (TURN_TIME_S * rate)).astype(np.float32)
        self._change_per_run = n_run / (TURN_TIME_S * rate)
        self.jump()

    @property
    def target(self) -> tuple[float, ...]:
        """Where the values stand, or are going."""
        return self._target

    def turn(self, name: str, values: Sequence[float]) -> None:
        """Sends the control to these values; `name` is for messages.

        Raises:
            OptionError: for more or fewer values than it has, or one outside 0 to 1.
        """
        if len(values) != len(self._now):
            raise OptionError(f"control {name} takes {len(self._now)} values, not {len(values)}: give one for each")
        for value in values:
            if not 0 <= value <= 1:
                raise OptionError(f"control {name} is turned to {value:g}: it goes from 0 to 1")
        # At once: the thread that plays reads all of them, old or new.
        self._target = tuple(map(float, values))

    def advance(self) -> None:
        """Writes the next frames."""
        target = self._target
        if target is self._level:
            return
        self._level = target if list(target) == self._now else None
        for index, (row, end) in enumerate(zip(self._first, target, strict=True)):
            self._now[index] = self._go(row, self._now[index], end)
        self._others[:] = self._first

    def jump(self) -> None:
        """Is where it was going at once."""
        target = self._level = self._target
        self._now[:] = target
        for row, value in zip(self._first, target, strict=True):
            row.fill(value)
        self._others[:] = self._first

    def _go(self, row: NDArray[np.float32], now: float, end: float) -> float:
        """Writes the way of one value, as far as it gets, and gives where it got."""
        # numpy's own numbers: a plain float would be cast through a buffer as long as the row.
        np.minimum(self._furthest, np.float32(abs(end - now)), out=row)
        np.multiply(row, np.float32(copysign(1, end - now)), out=row)
        np.add(row, np.float32(now), out=row)
        is_there = abs(end - now) <= self._change_per_run
        return end if is_there else now + copysign(self._change_per_run, end - now)
