"""Steppers on ONNX Runtime: inputs, outputs and states bound once, nothing allocated per block (door: onnxruntime).

States live twice. One binding reads the first set and writes the second, the other the reverse, and the two are run in
turn: what one block leaves is where the next one looks.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime.doors.onnx_errors import engine_error, refusals, told_as_engine_errors
from mixassist.runtime.stepper import zeros

if TYPE_CHECKING:
    from mixassist.runtime.spec import ModelSpec

GRAPH_ID = "gpu_graph_id"
"""ONNX Runtime's name for which of a session's CUDA graphs a run records or replays."""


class HostStepper:
    """Steps on the CPU, where ONNX Runtime reads and writes our arrays in place.

    Raises:
        EngineError: when the network cannot run blocks of this length.
    """

    def __init__(self, spec: ModelSpec, inference: Any, n_frames: int, n_batch: int) -> None:
        from onnxruntime import OrtValue

        self.inputs = zeros(spec.inputs, n_frames, n_batch)
        self.outputs = zeros(spec.outputs, n_frames, n_batch)
        self._states = tuple(zeros(spec.states, n_frames, n_batch) for _ in range(2))
        fed, returned, *states = (
            {name: OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
            for arrays in (self.inputs, self.outputs, *self._states)
        )
        self._run = inference.run_with_iobinding
        self._bindings = _alternating(inference, fed, returned, states)
        self._turn = 0
        with told_as_engine_errors(f"blocks of {n_frames} frames"):
            self.step()
        self.reset()

    def step(self) -> None:
        self._run(self._bindings[self._turn])
        self._turn = 1 - self._turn

    def reset(self) -> None:
        for array in self._states[self._turn].values():
            array.fill(0)


class CudaStepper:
    """Steps on an NVIDIA GPU, where states stay; each of the two bindings is recorded as a CUDA graph of its own.

    `graph_ids` are numbers for the two that no other graph of the session has.

    Raises:
        EngineError: when the network cannot run blocks of this length.
    """

    def __init__(
        self, spec: ModelSpec, inference: Any, n_frames: int, n_batch: int, *, graph_ids: tuple[int, int]
    ) -> None:
        self.inputs = zeros(spec.inputs, n_frames, n_batch)
        self.outputs = zeros(spec.outputs, n_frames, n_batch)
        self._silence = zeros(spec.states, n_frames, n_batch)
        self._what = f"blocks of {n_frames} frames"
        self._run = inference.run_with_iobinding
        self._run_options = tuple(map(graph_option, graph_ids))
        self._here = threading.local()
        self._turn = 0
        with told_as_engine_errors(self._what):
            self._fed, self._returned = _on_gpu(self.inputs), _on_gpu(self.outputs)
            self._states = tuple(_on_gpu(self._silence) for _ in range(2))
            self._bindings = _alternating(inference, self._fed, self._returned, self._states)
            self._record()
        self.reset()

    def step(self) -> None:
        """One block further; the first one in a thread records the graphs anew and takes long.

        Raises:
            EngineError: when the GPU fails.
        """
        try:
            if not hasattr(self._here, "is_recorded"):
                self._record()
            self._advance()
        except refusals() as error:
            raise engine_error(self._what, error) from error

    def reset(self) -> None:
        with told_as_engine_errors(self._what):
            self._set_states(self._silence)

    def _advance(self) -> None:
        for name, array in self.inputs.items():
            self._fed[name].update_inplace(array)
        self._run(self._bindings[self._turn], self._run_options[self._turn])
        for name, array in self.outputs.items():
            np.copyto(array, self._returned[name].numpy())
        self._turn = 1 - self._turn

    def _record(self) -> None:
        """Runs both bindings, which records them for this thread, and leaves the states as they were.

        ONNX Runtime keeps graphs by thread: without this, two blocks of a player would be late.
        """
        kept = {name: np.array(value.numpy()) for name, value in self._states[self._turn].items()}
        for _ in self._bindings:
            self._advance()
        self._set_states(kept)
        self._here.is_recorded = True

    def _set_states(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        for name, array in arrays.items():
            self._states[self._turn][name].update_inplace(array)


def graph_option(graph_id: int) -> Any:
    """Options of a run that records or replays the CUDA graph of this number; -1 runs without one."""
    from onnxruntime import RunOptions

    options = RunOptions()
    options.add_run_config_entry(GRAPH_ID, str(graph_id))
    return options


def _alternating(inference: Any, fed: Any, returned: Any, states: Any) -> tuple[Any, Any]:
    """Two bindings: from the first states to the second, and back."""
    bindings = []
    for old, new in (states, states[::-1]):
        binding = inference.io_binding()
        for name, value in (fed | old).items():
            binding.bind_ortvalue_input(name, value)
        for name, value in (returned | {f"{name}_out": value for name, value in new.items()}).items():
            binding.bind_ortvalue_output(name, value)
        bindings.append(binding)
    return bindings[0], bindings[1]


def _on_gpu(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    from onnxruntime import OrtValue

    return {name: OrtValue.ortvalue_from_numpy(array, "cuda", 0) for name, array in arrays.items()}
