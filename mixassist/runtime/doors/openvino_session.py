"""Sessions on OpenVINO (door: openvino)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.doors.openvino_stepper import OpenvinoStepper
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec

PRECISION_HINTS = {"fp32": "f32", "bf16": "bf16"}


class OpenvinoSession:
    """Runs model.onnx on OpenVINO's CPU plugin, one item of the batch after the other.

    The graph is compiled for a batch of one, on a CPU a larger one only takes more memory, and for blocks of the
    length that the options say.
    """

    engine = "openvino"
    device = "cpu"

    def __init__(self, spec: ModelSpec, precision: str, compiled: Any) -> None:
        self.spec = spec
        self.precision = precision
        self._compiled = compiled
        self._request = compiled.create_infer_request()

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        has_batch = self.spec.has_free_batch
        n_items = len(next(iter(inputs.values()))) if has_batch else 1
        arrays = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        for tensor in self.spec.returned:
            shape = tuple(n_items if length is None else length for length in tensor.shape)
            arrays[tensor.name] = np.empty(shape, tensor.dtype)
        for index in range(n_items):
            self._run_item(arrays, slice(index, index + 1) if has_batch else ...)
        return {tensor.name: arrays[tensor.name] for tensor in self.spec.returned}

    def bind(self, n_frames: int, n_batch: int = 1) -> OpenvinoStepper:
        """A stepper for blocks of `n_frames`, the length compiled for, that allocates nothing per block.

        Raises:
            EngineError: when the network cannot run blocks of this length.
        """
        return OpenvinoStepper(self.spec, self._compiled, n_frames, n_batch)

    def _run_item(self, arrays: Mapping[str, NDArray[Any]], item: Any) -> None:
        """Runs one item; OpenVINO reads and writes our arrays in place."""
        from openvino import Tensor

        for name, array in arrays.items():
            self._request.set_tensor(name, Tensor(array[item], shared_memory=True))
        self._request.infer()


def open_session(artifact: Artifact, options: SessionOptions) -> OpenvinoSession:
    """A session on OpenVINO, from its cache of compiled models when this model was compiled before.

    Raises:
        EngineError: when OpenVINO cannot be imported, refuses the graph, or the CPU does not compute in the precision.
    """
    try:
        import openvino
    except ImportError as error:
        raise EngineError(f"openvino cannot be imported ({error}): pip install openvino") from error
    core = openvino.Core()
    if options.precision not in _precisions_of(core):
        raise EngineError(f"this CPU does not compute in {options.precision}: choose --precision fp32")
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": PRECISION_HINTS[options.precision],
        "INFERENCE_NUM_THREADS": options.n_threads,
        "ENABLE_CPU_PINNING": False,  # two processes would be tied to the same first core
        "CPU_DENORMALS_OPTIMIZATION": True,
    }
    folder = _blob_folder(artifact, openvino.__version__, options.precision) if options.use_cache else None
    if folder is not None:
        settings["CACHE_DIR"] = str(folder)
    spec = artifact.spec.with_frames(options.n_frames)
    return OpenvinoSession(spec, options.precision, _compile(core, artifact.file(GRAPH), spec, settings))


def cpu_precisions() -> tuple[str, ...]:
    """The precisions this CPU computes in, as OpenVINO sees it; fp32 alone where OpenVINO is not installed."""
    try:
        import openvino
    except ImportError:
        return ("fp32",)
    return _precisions_of(openvino.Core())


def _precisions_of(core: Any) -> tuple[str, ...]:
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("fp32", "bf16") if has_bf16 else ("fp32",)


def _compile(core: Any, path: Path, spec: ModelSpec, settings: Mapping[str, Any]) -> Any:
    try:
        graph = core.read_model(path)
        if spec.has_free_batch and not spec.has_free_length:
            graph.reshape({tensor.name: [1, *tensor.shape[1:]] for tensor in spec.fed})
        if graph.is_dynamic():
            raise EngineError(
                f"{path} has free axes other than the batch, which openvino is slow at: say how many frames a block has"
            )
        return core.compile_model(graph, "CPU", settings)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise EngineError(f"openvino refuses {path} ({reason}): choose --engine onnxruntime") from error


def _blob_folder(artifact: Artifact, version: str, precision: str) -> Path | None:
    """The folder for this model's compiled form; forms made by other versions of OpenVINO are removed."""
    release = version.split("-")[0]
    folder = open_cache_folder("openvino", artifact.sha256[:16], f"{release}-{precision}")
    if folder is not None:
        for other in folder.parent.iterdir():
            if not other.name.startswith(f"{release}-"):
                shutil.rmtree(other, ignore_errors=True)
    return folder
