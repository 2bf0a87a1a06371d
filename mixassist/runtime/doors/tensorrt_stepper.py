"""A TensorRT engine bound to fixed shapes: memory taken once, states on the GPU, each step one CUDA graph.

States live twice. One context reads the first set and writes the second, another the reverse, and the two are run in
turn; so no address ever changes, which is what CUDA graphs ask for, and no tensor is read and written at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.doors.cuda_memory import CudaStream, DeviceBuffer, open_cuda
from mixassist.runtime.spec import ModelSpec, TensorSpec

Buffers = Mapping[str, DeviceBuffer]


@dataclass(frozen=True)
class Binding:
    """What an engine is bound to: the network's face and its lengths.

    `keeps_states` says whether states stay on the GPU; else they are inputs and outputs like any other.
    """

    spec: ModelSpec
    n_items: int
    n_frames: int | None
    keeps_states: bool

    @property
    def fed(self) -> tuple[TensorSpec, ...]:
        """What comes from the host at each step."""
        return self.spec.inputs if self.keeps_states else self.spec.fed

    @property
    def returned(self) -> tuple[TensorSpec, ...]:
        """What goes to the host after each step."""
        return self.spec.outputs if self.keeps_states else self.spec.returned

    @property
    def kept(self) -> tuple[TensorSpec, ...]:
        """The states that stay on the GPU."""
        return self.spec.states if self.keeps_states else ()

    def shape(self, tensor: TensorSpec) -> tuple[int, ...]:
        return tensor.sized(self.n_items, self.n_frames)

    def n_bytes(self, tensor: TensorSpec) -> int:
        return math.prod(self.shape(tensor)) * np.dtype(tensor.dtype).itemsize


class TensorrtStepper:
    """Steps an engine; `inputs` and `outputs` are arrays in pinned memory that the GPU reads and writes itself.

    Args:
        open_context: gives a new execution context of the engine; asked for once per direction.

    Raises:
        EngineError: when the GPU lacks the memory, or TensorRT refuses the shapes or fails.
    """

    def __init__(self, open_context: Callable[[], Any], binding: Binding) -> None:
        self._cuda = open_cuda()
        self._cuda.enter()
        self._stream = CudaStream(self._cuda)
        self.inputs = self._pinned(binding, binding.fed)
        self.outputs = self._pinned(binding, binding.returned)
        self._fed, self._returned = self._buffers(binding, binding.fed), self._buffers(binding, binding.returned)
        self._states = [self._buffers(binding, binding.kept) for _ in range(2 if binding.kept else 1)]
        # Graphs write into memory of these, so they have to live as long.
        self._contexts = [open_context() for _ in self._states]
        self._steps = [self._prepare(binding, turn) for turn in range(len(self._states))]
        self._turn = 0
        self.reset()

    def step(self) -> None:
        self._cuda.enter()
        self._steps[self._turn]()
        self._stream.wait()
        self._turn = (self._turn + 1) % len(self._steps)

    def reset(self) -> None:
        self._cuda.enter()
        for buffer in self._states[self._turn].values():
            self._stream.clear(buffer)

    def _prepare(self, binding: Binding, turn: int) -> Callable[[], None]:
        """One direction, ready to go: recorded as a CUDA graph, or queued anew each time where that cannot be."""
        context = self._contexts[turn]
        if context is None:
            raise EngineError("TensorRT cannot set up the network (mostly for lack of GPU memory): free the GPU")
        old, new = self._states[turn], self._states[turn - 1]
        addresses = {**self._fed, **self._returned, **old, **{f"{name}_out": buffer for name, buffer in new.items()}}
        _bind(context, binding, addresses)
        work = partial(self._enqueue, context)
        # The first run may load kernels, which cannot be recorded.
        work()
        self._stream.wait()
        graph = self._stream.record(work)
        return work if graph is None else graph.launch

    def _enqueue(self, context: Any) -> None:
        for name, array in self.inputs.items():
            self._stream.upload(array, self._fed[name])
        if not context.execute_async_v3(self._stream.pointer):
            raise EngineError("TensorRT failed to run the network: choose another engine")
        for name, array in self.outputs.items():
            self._stream.download(self._returned[name], array)

    def _pinned(self, binding: Binding, tensors: Iterable[TensorSpec]) -> dict[str, NDArray[Any]]:
        return {tensor.name: self._cuda.pinned_zeros(binding.shape(tensor), tensor.dtype) for tensor in tensors}

    def _buffers(self, binding: Binding, tensors: Iterable[TensorSpec]) -> dict[str, DeviceBuffer]:
        return {tensor.name: DeviceBuffer(self._cuda, binding.n_bytes(tensor)) for tensor in tensors}


def _bind(context: Any, binding: Binding, addresses: Buffers) -> None:
    """Tells a context the shapes and where each tensor lies; tensors that do nothing are not in the engine."""
    engine = context.engine
    known = {engine.get_tensor_name(index) for index in range(engine.num_io_tensors)}
    taken = [context.set_input_shape(t.name, binding.shape(t)) for t in binding.spec.fed if t.name in known]
    taken += [context.set_tensor_address(name, addresses[name].address) for name in sorted(known)]
    if not all(taken):
        raise EngineError(f"TensorRT refuses blocks of {binding.n_items} x {binding.n_frames}: choose another engine")
