"""Steppers on OpenVINO: inputs, outputs and states bound once, nothing allocated per block (door: openvino).

States live twice. One request reads the first set and writes the second, another the reverse, and the two are run in
turn. A graph is compiled for one item of a batch, so that each item has two requests of its own.
"""

from __future__ import annotations

from typing import Any

from mixassist.errors import EngineError
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.stepper import Arrays, zeros


class OpenvinoStepper:
    """Steps on the CPU, where OpenVINO reads and writes our arrays in place.

    Raises:
        EngineError: when the network cannot run blocks of this length.
    """

    def __init__(self, spec: ModelSpec, compiled: Any, n_frames: int, n_batch: int) -> None:
        self.inputs = zeros(spec.inputs, n_frames, n_batch)
        self.outputs = zeros(spec.outputs, n_frames, n_batch)
        self._states = tuple(zeros(spec.states, n_frames, n_batch) for _ in range(2))
        items = [slice(item, item + 1) for item in range(n_batch)] if spec.has_free_batch else [slice(None)]
        try:
            self._requests = tuple(
                [_request(compiled, self._bound(old, new), item) for item in items] for old, new in ((0, 1), (1, 0))
            )
            self._turn = 0
            self.step()
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise EngineError(
                f"openvino refuses blocks of {n_frames} frames ({reason}): choose --engine onnxruntime"
            ) from error
        self.reset()

    def step(self) -> None:
        requests = self._requests[self._turn]
        # Unlike `infer`, these two make no arrays for the results.
        for request in requests:
            request.start_async()
        for request in requests:
            request.wait()
        self._turn = 1 - self._turn

    def reset(self) -> None:
        for array in self._states[self._turn].values():
            array.fill(0)

    def _bound(self, old: int, new: int) -> Arrays:
        """All arrays by the graph's names: from the states of one set to those of the other."""
        returned = {f"{name}_out": array for name, array in self._states[new].items()}
        return {**self.inputs, **self._states[old], **self.outputs, **returned}


def _request(compiled: Any, arrays: Arrays, item: slice) -> Any:
    """A request that runs one item of the batch."""
    from openvino import Tensor

    request = compiled.create_infer_request()
    for name, array in arrays.items():
        request.set_tensor(name, Tensor(array[item], shared_memory=True))
    return request
