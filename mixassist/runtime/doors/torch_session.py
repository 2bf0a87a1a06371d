"""Sessions on torch, for networks that code builds (door: torch)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError, OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.doors.torch_stepper import CudaStepper, TorchStepper, engine_error
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    import torch

    from mixassist.runtime.stepper import Stepper


MAX_RECORDED = 2
"""Graphs of whole runs kept at once, each with memory of its own: one for full batches, one for what is left over."""


class TorchSession:
    """Runs a torch module whose forward takes the spec's inputs in order and gives the outputs in order.

    In bf16 and fp16 torch's autocast picks which layers are computed so. Where `use_graphs` says so, whole runs of a
    network without states and of fixed shapes are recorded as CUDA graphs on a GPU, one per size of batch.
    """

    engine = "torch"

    def __init__(
        self, spec: ModelSpec, precision: str, module: torch.nn.Module, device: str, *, use_graphs: bool = True
    ) -> None:
        self.spec = spec
        self.precision = precision
        self.device = device
        self._module = module.eval().to(device)
        if device == "cuda":
            cast_weights(self._module, precision)
        self._has_graphs = device == "cuda" and use_graphs and not spec.states and spec.has_fixed_shapes
        self._recorded: dict[int, Stepper] = {}

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            EngineError: when torch fails, mostly for lack of memory.
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        if self._has_graphs:
            return self._replay(inputs)
        try:
            return self._run(inputs)
        except RuntimeError as error:
            raise engine_error("these inputs", error) from error

    def _replay(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        n_items = self.spec.count_items(inputs)
        if n_items not in self._recorded:
            while len(self._recorded) >= MAX_RECORDED:
                del self._recorded[next(iter(self._recorded))]
            self._recorded[n_items] = self.bind(1, n_items)
        stepper = self._recorded[n_items]
        for name, array in inputs.items():
            np.copyto(stepper.inputs[name], array)
        stepper.step()
        return {
            tensor.name: stepper.outputs[tensor.name].astype(tensor.dtype, copy=True) for tensor in self.spec.returned
        }

    def _run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        import torch

        arrays = (np.ascontiguousarray(inputs[tensor.name]) for tensor in self.spec.fed)
        given = self.compute([torch.from_numpy(array).to(self.device) for array in arrays])
        return {
            tensor.name: found.float().cpu().numpy().astype(tensor.dtype, copy=False)
            for tensor, found in zip(self.spec.returned, given, strict=True)
        }

    def bind(self, n_frames: int, n_batch: int = 1) -> Stepper:
        """A stepper for blocks of `n_frames`, on a GPU recorded as a CUDA graph.

        Raises:
            EngineError: when the network cannot run blocks of this length, or memory is short.
        """
        stepper = TorchStepper if self.device == "cpu" else CudaStepper
        return stepper(self, n_frames, n_batch)

    def compute(self, fed: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """What the network makes of tensors on its device, both in the spec's order."""
        import torch

        with torch.inference_mode(), self._arithmetic():
            given = self._module(*fed)
        return tuple(given) if isinstance(given, (tuple, list)) else (given,)

    @contextlib.contextmanager
    def _arithmetic(self) -> Iterator[None]:
        """Autocast for reduced precisions; real float32 for fp32, where CUDA would round convolutions to TF32."""
        import torch

        reduced = _reduced_type(self.precision)
        with (
            torch.autocast(self.device, dtype=reduced, enabled=reduced is not None),
            # What is not named here is switched off, cuDNN itself included.
            torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False),
        ):
            yield


def cast_weights(module: torch.nn.Module, precision: str) -> None:
    """Puts the weights of products into `bf16` or `fp16`, as autocast would do with each run, and within each graph."""
    import torch
    from torch.nn.modules.conv import _ConvNd

    reduced = _reduced_type(precision)
    for part in module.modules() if reduced is not None else ():
        if isinstance(part, (torch.nn.Linear, _ConvNd)):
            part.to(reduced)


def _reduced_type(precision: str) -> torch.dtype | None:
    import torch

    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)


def open_session(artifact: Artifact, options: SessionOptions) -> TorchSession:
    """A session on torch, around the module that `options.torch_builder` builds from the artifact.

    The number of threads is torch's own setting and holds for the whole process.

    Raises:
        EngineError: when torch cannot be imported.
        OptionError: when the builder is not a function of an importable module.
    """
    try:
        import torch
    except ImportError as error:
        raise EngineError(f"torch cannot be imported ({error}): pip install torch") from error
    module_name, _, function_name = (options.torch_builder or "").partition(":")
    try:
        build = getattr(import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise OptionError(
            f"torch_builder {options.torch_builder!r} cannot be imported ({error}): give 'package.module:function'"
        ) from error
    torch.set_num_threads(options.n_threads)
    torch.set_flush_denormal(True)
    if options.device == "cuda" and not torch.cuda.is_available():
        raise EngineError("torch finds no NVIDIA GPU that it can use: choose device cpu, or update the driver")
    module = build(artifact)
    try:
        return TorchSession(artifact.spec, options.precision, module, options.device, use_graphs=options.use_graphs)
    except RuntimeError as error:
        raise engine_error(f"model {artifact.name}", error) from error
