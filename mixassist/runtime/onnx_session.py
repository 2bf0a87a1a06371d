"""Sessions on ONNX Runtime (door: onnxruntime)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.onnx_errors import told_as_engine_errors
from mixassist.runtime.onnx_stepper import CudaStepper, HostStepper, graph_option
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    from mixassist.runtime.stepper import Stepper

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxSession:
    """Runs model.onnx on ONNX Runtime's kernels for the CPU or for CUDA, in float32."""

    engine = "onnxruntime"
    precision = "fp32"

    def __init__(self, spec: ModelSpec, inference: Any, device: str = "cpu") -> None:
        self.spec = spec
        self.device = device
        self._inference = inference
        self._returned = [tensor.name for tensor in spec.returned]
        # Arrays of a plain run lie anywhere, and a CUDA graph is bound to its addresses.
        self._graph_ids = count(1)
        self._run_options = None if device == "cpu" else graph_option(-1)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        fed = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        arrays = self._inference.run(self._returned, fed, self._run_options)
        return dict(zip(self._returned, arrays, strict=True))

    def bind(self, n_frames: int, n_batch: int = 1) -> Stepper:
        """A stepper for blocks of `n_frames` that allocates nothing per block.

        Raises:
            EngineError: when the network cannot run blocks of this length.
        """
        if self.device == "cpu":
            return HostStepper(self.spec, self._inference, n_frames, n_batch)
        graph_ids = next(self._graph_ids), next(self._graph_ids)
        return CudaStepper(self.spec, self._inference, n_frames, n_batch, graph_ids=graph_ids)


def open_session(artifact: Artifact, options: SessionOptions) -> OnnxSession:
    """A session on ONNX Runtime.

    Raises:
        EngineError: when ONNX Runtime cannot be imported, refuses the graph, or cannot use the device.
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
    has_blocks = bool(artifact.spec.states) or artifact.spec.has_free_length
    settings.enable_cpu_mem_arena = settings.enable_mem_pattern = has_blocks
    # Spinning threads keep a shared or battery-run machine busy between two runs.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.set_denormal_as_zero", "1")
    path = artifact.file(GRAPH)
    if options.device == "cpu":
        inference = _load(path, settings, [PROVIDERS["cpu"]])
    else:
        inference = _load_on_cuda(path, settings, has_blocks)
    return OnnxSession(artifact.spec, inference, options.device)


def _load(path: Path, settings: Any, providers: list[Any]) -> Any:
    from onnxruntime import InferenceSession

    with told_as_engine_errors(str(path)):
        # Without this, a provider that fails is replaced by the CPU in silence.
        return InferenceSession(str(path), settings, providers=providers, enable_fallback=0)


def _load_on_cuda(path: Path, settings: Any, has_blocks: bool) -> Any:
    """The network on the GPU, with CUDA graphs where it takes blocks and every node has a kernel there.

    Raises:
        EngineError: when it ends up on the CPU, for ONNX Runtime moves it there in silence.
    """
    import onnxruntime

    if hasattr(onnxruntime, "preload_dlls"):  # since 1.21: finds the CUDA libraries that pip installed
        onnxruntime.preload_dlls()
    # TF32 would round what is asked for in float32 to 11 bits.
    exact = {"use_tf32": "0"}
    try:
        graphs = {"enable_cuda_graph": "1"} if has_blocks else {}
        inference = _load(path, settings, [(PROVIDERS["cuda"], exact | graphs)])
    except EngineError:
        inference = _load(path, settings, [(PROVIDERS["cuda"], exact)])
    found = inference.get_providers()[0]
    if found != PROVIDERS["cuda"]:
        raise EngineError(
            f"onnxruntime took {found}, not {PROVIDERS['cuda']}: install the CUDA and cuDNN libraries it was built for"
        )
    return inference
