"""`Stepper`: a session bound to one block length, for calling it again and again without allocating.

Task: run a network block after block; what it remembers from one block to the next stays inside.

Conventions: arrays are [B, C, n], float32; the caller writes into `inputs` in place and reads `outputs` in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime.session import Session
from mixassist.runtime.spec import TensorSpec

Arrays = Mapping[str, NDArray[Any]]


class Stepper(Protocol):
    """A network that goes one block further with every `step`.

    `inputs` are filled by the caller; `outputs` are valid until the next step. Neither holds the states, and both keep
    the same arrays for good.
    """

    @property
    def inputs(self) -> Arrays: ...

    @property
    def outputs(self) -> Arrays: ...

    def step(self) -> None:
        """Computes `outputs` from `inputs` and the states, and moves the states on."""
        ...

    def reset(self) -> None:
        """Puts the states back to zero."""
        ...


class PlainStepper:
    """A stepper over `Session.run`, for engines that bind nothing: right everywhere, fast nowhere."""

    def __init__(self, session: Session, n_frames: int, n_batch: int = 1) -> None:
        spec = session.spec
        self._run = session.run
        self.inputs: Arrays = zeros(spec.inputs, n_frames, n_batch)
        self.outputs: Arrays = zeros(spec.outputs, n_frames, n_batch)
        self._states = zeros(spec.states, n_frames, n_batch)
        self._start = self._states

    def step(self) -> None:
        given = self._run({**self.inputs, **self._states})
        for name, array in self.outputs.items():
            np.copyto(array, given[name])
        self._states = {name: given[f"{name}_out"] for name in self._start}

    def reset(self) -> None:
        self._states = self._start


def open_stepper(session: Session, n_frames: int, n_batch: int = 1) -> Stepper:
    """A stepper of `n_batch` streams in blocks of `n_frames`: the engine's own where it has one, else a plain one.

    Raises:
        EngineError: when the engine cannot run blocks of that length.
    """
    bind = cast("Callable[[int, int], Stepper] | None", getattr(session, "bind", None))
    return PlainStepper(session, n_frames, n_batch) if bind is None else bind(n_frames, n_batch)


def zeros(tensors: tuple[TensorSpec, ...], n_frames: int, n_batch: int) -> dict[str, NDArray[Any]]:
    """An array of zeros for each tensor, by name, its free axes sized for `n_batch` streams of `n_frames`."""
    return {tensor.name: np.zeros(tensor.sized(n_batch, n_frames), tensor.dtype) for tensor in tensors}
