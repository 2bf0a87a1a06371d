"""Sessions on ONNX Runtime (door: onnxruntime)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec


class OnnxSession:
    """Runs model.onnx on ONNX Runtime's CPU kernels in float32."""

    engine = "onnxruntime"
    precision = "fp32"
    device = "cpu"

    def __init__(self, spec: ModelSpec, inference: Any) -> None:
        self.spec = spec
        self._inference = inference
        self._returned = [tensor.name for tensor in spec.returned]

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        arrays = self._inference.run(self._returned, {name: np.ascontiguousarray(x) for name, x in inputs.items()})
        return dict(zip(self._returned, arrays, strict=True))


def open_session(artifact: Artifact, options: SessionOptions) -> OnnxSession:
    """A session on ONNX Runtime.

    Raises:
        EngineError: when ONNX Runtime cannot be imported or refuses the graph.
    """
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as native
    except ImportError as error:
        raise EngineError(f"onnxruntime cannot be imported ({error}): pip install onnxruntime") from error
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.n_threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # The arena keeps all it ever took, gigabytes for a network of whole songs; blocks of a stream need its speed.
    settings.enable_cpu_mem_arena = settings.enable_mem_pattern = bool(artifact.spec.states)
    # Spinning threads keep a shared or battery-run machine busy between two runs.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.set_denormal_as_zero", "1")
    path = artifact.file(GRAPH)
    # ONNX Runtime's errors have no common root below Exception.
    refusals = (
        native.Fail,
        native.InvalidGraph,
        native.InvalidProtobuf,
        native.NotImplemented,
        native.RuntimeException,
    )
    try:
        inference = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    except refusals as error:
        raise EngineError(f"onnxruntime refuses {path} ({_first_line(error)}): export the model again") from error
    return OnnxSession(artifact.spec, inference)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
