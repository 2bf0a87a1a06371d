"""Sessions on ONNX Runtime (door: onnxruntime)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.doors.onnx_errors import engine_error, refusals, told_as_engine_errors
from mixassist.runtime.doors.onnx_stepper import CudaStepper, HostStepper, graph_option
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    from mixassist.runtime.stepper import Stepper

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxSession:
    """Runs model.onnx on ONNX Runtime's kernels for the CPU or for CUDA, in float32.

    Args:
        spec: the face of the network.
        inference: the network as ONNX Runtime opened it.
        device: `cpu` or `cuda`.
        reopen: opens the network again without CUDA graphs, where `inference` records them.
    """

    engine = "onnxruntime"
    precision = "fp32"

    def __init__(
        self, spec: ModelSpec, inference: Any, device: str = "cpu", reopen: Callable[[], Any] | None = None
    ) -> None:
        self.spec = spec
        self.device = device
        self._inference = inference
        self._reopen = reopen
        self._returned = [tensor.name for tensor in spec.returned]
        # Arrays of a plain run lie anywhere, and a CUDA graph is bound to its addresses.
        self._graph_ids = count(1)
        self._run_options = None if device == "cpu" else graph_option(-1)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            EngineError: when ONNX Runtime fails, mostly for lack of memory.
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        fed = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        try:
            arrays = self._inference.run(self._returned, fed, self._run_options)
        except refusals() as error:
            raise engine_error("these inputs", error) from error
        return dict(zip(self._returned, arrays, strict=True))

    def bind(self, n_frames: int, n_batch: int = 1) -> Stepper:
        """A stepper for blocks of `n_frames` that allocates nothing per block.

        Raises:
            EngineError: when the network cannot run blocks of this length.
        """
        if self.device == "cpu":
            return HostStepper(self.spec, self._inference, n_frames, n_batch)
        try:
            return self._bind_on_gpu(n_frames, n_batch)
        except EngineError:
            if self._reopen is None:
                raise
            # What cannot be recorded may well run.
            self._inference, self._reopen = self._reopen(), None
            return self._bind_on_gpu(n_frames, n_batch)

    def _bind_on_gpu(self, n_frames: int, n_batch: int) -> CudaStepper:
        graph_ids = next(self._graph_ids), next(self._graph_ids)
        return CudaStepper(self.spec, self._inference, n_frames, n_batch, graph_ids=graph_ids)


def open_session(artifact: Artifact, options: SessionOptions) -> OnnxSession:
    """A session on ONNX Runtime.

    Raises:
        EngineError: when ONNX Runtime cannot be imported, refuses the graph, or cannot use the device.
    """
    settings = session_settings(artifact, options)
    path = artifact.file(GRAPH)
    if options.device == "cpu":
        return OnnxSession(artifact.spec, _load(path, settings, [PROVIDERS["cpu"]]))
    # TF32 would round what is asked for in float32 to 11 bits.
    plain = [(PROVIDERS["cuda"], {"use_tf32": "0"})]
    recorded = [(PROVIDERS["cuda"], {"use_tf32": "0", "enable_cuda_graph": "1"})]
    # CUDA graphs are for blocks, and only where every node has a kernel on the GPU.
    offers = [recorded, plain] if has_blocks(artifact) else [plain]
    reopen = partial(load_on_gpu, path, settings, [plain]) if has_blocks(artifact) else None
    return OnnxSession(artifact.spec, load_on_gpu(path, settings, offers), options.device, reopen)


def session_settings(artifact: Artifact, options: SessionOptions) -> Any:
    """ONNX Runtime's settings for a model.

    Raises:
        EngineError: when ONNX Runtime cannot be imported.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(f"onnxruntime cannot be imported ({error}): pip install onnxruntime") from error
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.n_threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # The arena keeps all it ever took, gigabytes for a network of whole songs; blocks of a stream need its speed.
    settings.enable_cpu_mem_arena = settings.enable_mem_pattern = has_blocks(artifact)
    # Spinning threads keep a shared or battery-run machine busy between two runs.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.set_denormal_as_zero", "1")
    return settings


def has_blocks(artifact: Artifact) -> bool:
    """Whether the network is run block by block."""
    return bool(artifact.spec.states) or artifact.spec.has_free_length


def load_on_gpu(path: Path, settings: Any, offers: Sequence[list[Any]]) -> Any:
    """The network on the first of several offers of providers that takes it.

    Raises:
        EngineError: when none does, or it ends up elsewhere: ONNX Runtime moves it to the CPU in silence.
    """
    import onnxruntime

    if hasattr(onnxruntime, "preload_dlls"):  # since 1.21: finds the CUDA libraries that pip installed
        onnxruntime.preload_dlls()
    *attempts, last = offers
    inference = None
    for offer in attempts:
        with contextlib.suppress(EngineError):
            inference = _load(path, settings, offer)
            break
    inference = inference or _load(path, settings, last)
    found, asked = inference.get_providers()[0], last[0][0]
    if found != asked:
        raise EngineError(
            f"onnxruntime took {found}, not {asked}: install the CUDA and cuDNN libraries it was built for"
        )
    return inference


def _load(path: Path, settings: Any, providers: list[Any]) -> Any:
    from onnxruntime import InferenceSession

    with told_as_engine_errors(str(path)):
        # Without this, a provider that fails is replaced by the CPU in silence.
        return InferenceSession(str(path), settings, providers=providers, enable_fallback=0)
