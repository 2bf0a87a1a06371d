"""Sessions on TensorRT as a provider of ONNX Runtime (door: onnxruntime).

For machines that have ONNX Runtime's GPU wheel and TensorRT's libraries, but not TensorRT's Python package. What
TensorRT has no kernel for runs on CUDA. The engine `tensorrt` has more: reduced precisions, steps recorded as graphs.

The provider has no option to switch TF32 off, which would round what is asked for in float32 to 11 bits. NVIDIA's own
switch for that, the environment variable NVIDIA_TF32_OVERRIDE, is set to 0 here where it is not set; it holds for all
of CUDA in this process, and where CUDA has been loaded before, too late.
"""

from __future__ import annotations

import os
from typing import Any

from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.doors.onnx_session import PROVIDERS, OnnxSession, load_on_gpu, session_settings
from mixassist.runtime.engines import SessionOptions

PROVIDER = "TensorrtExecutionProvider"


class OnnxTensorrtSession(OnnxSession):
    """Runs model.onnx through TensorRT within ONNX Runtime, in float32."""

    engine = "onnxruntime-tensorrt"


def open_session(artifact: Artifact, options: SessionOptions) -> OnnxTensorrtSession:
    """A session on ONNX Runtime's TensorRT provider; what it compiles is kept in the cache.

    Raises:
        EngineError: when ONNX Runtime cannot be imported, refuses the graph, or does not find TensorRT.
    """
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    settings = session_settings(artifact, options)
    offer = [(PROVIDER, _kept(artifact) if options.use_cache else {}), (PROVIDERS["cuda"], {"use_tf32": "0"})]
    return OnnxTensorrtSession(artifact.spec, load_on_gpu(artifact.file(GRAPH), settings, [offer]), options.device)


def _kept(artifact: Artifact) -> dict[str, Any]:
    """Where compiled engines go; ONNX Runtime names them by graph, GPU and version itself."""
    folder = open_cache_folder("onnxruntime-tensorrt", artifact.sha256[:16])
    if folder is None:
        return {}
    kept = {"trt_engine_cache_enable": "1", "trt_timing_cache_enable": "1"}
    return kept | {"trt_engine_cache_path": str(folder), "trt_timing_cache_path": str(folder)}
