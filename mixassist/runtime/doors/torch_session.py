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
from mixassist.runtime.doors.torch_stepper import CudaStepper, TorchStepper
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    import torch

    from mixassist.runtime.stepper import Stepper


class TorchSession:
    """Runs a torch module whose forward takes the spec's inputs in order and gives the outputs in order.

    In bf16 and fp16 torch's autocast picks which layers are computed so.
    """

    engine = "torch"

    def __init__(self, spec: ModelSpec, precision: str, module: torch.nn.Module, device: str) -> None:
        self.spec = spec
        self.precision = precision
        self.device = device
        self._module = module.eval().to(device)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        import torch

        self.spec.check_inputs(inputs)
        arrays = (np.ascontiguousarray(inputs[tensor.name]) for tensor in self.spec.fed)
        given = self.compute([torch.from_numpy(array).to(self.device) for array in arrays])
        return {
            tensor.name: found.float().cpu().numpy().astype(tensor.dtype, copy=False)
            for tensor, found in zip(self.spec.returned, given, strict=True)
        }

    def bind(self, n_frames: int, n_batch: int = 1) -> Stepper:
        """A stepper for blocks of `n_frames`, on a GPU recorded as a CUDA graph.

        Raises:
            EngineError: when the network cannot run blocks of this length.
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

        reduced = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        with (
            torch.autocast(self.device, dtype=reduced, enabled=reduced is not None),
            # What is not named here is switched off, cuDNN itself included.
            torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=False),
        ):
            yield


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
    return TorchSession(artifact.spec, options.precision, build(artifact), options.device)
