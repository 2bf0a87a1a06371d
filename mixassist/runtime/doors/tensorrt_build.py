"""TensorRT plans from ONNX graphs, for the API of TensorRT 10.3 to 11 and of TensorRT-RTX.

Networks are strongly typed: each tensor is computed in the type the graph gives it, which TensorRT 11 does anyway and
which `half_precision` prepares. TF32 is off, so that float32 is float32. Nothing here needs a GPU under TensorRT-RTX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import shorten
from typing import Any

from mixassist.errors import EngineError
from mixassist.runtime.spec import ModelSpec

BUILD_VERSION = 1
"""Part of the key of plans; to be raised whenever a plan would come out different."""

MAX_ITEMS = 4
"""Largest batch of networks that keep no state; more would only take memory."""

Profile = Mapping[str, tuple[tuple[int, ...], ...]]
"""Per input and state its smallest, likeliest and largest shape."""


@dataclass(frozen=True)
class Build:
    """A plan, and what was learned about the speed of kernels while it was made (empty under TensorRT-RTX)."""

    plan: bytes
    timings: bytes


def has_fixed_shapes(spec: ModelSpec) -> bool:
    """Whether plans of this network are for one shape alone: those of streams, for they are called again and again."""
    return bool(spec.states) or spec.has_free_length or not spec.has_free_batch


def profile_of(spec: ModelSpec, n_items: int, n_frames: int | None) -> Profile:
    """The shapes a plan is made for: exactly these for a stream, else batches of 1 to `MAX_ITEMS`.

    Raises:
        ModelError: when the length is free and `n_frames` None.
    """
    batches = (n_items,) * 3 if has_fixed_shapes(spec) else (1, 1, MAX_ITEMS)
    return {tensor.name: tuple(tensor.sized(batch, n_frames) for batch in batches) for tensor in spec.fed}


def build_plan(trt: Any, graph: bytes, profile: Profile, timings: bytes = b"") -> Build:
    """Compiles `graph` with the library `trt`; takes seconds to minutes. `timings` are those of an earlier build.

    Raises:
        EngineError: when the library lacks the ONNX parser, does not start on this GPU, or refuses the graph.
    """
    log = open_log(trt)
    if not hasattr(trt, "OnnxParser"):
        raise EngineError(f"{title(trt)} has no ONNX parser: install the full package, not lean or dispatch")
    builder = _started(trt, "Builder")
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    # The network's weights lie in the parser's memory, so the parser has to live until the plan is made.
    parser = trt.OnnxParser(network, log)
    if not parser.parse(graph):
        raise EngineError(
            f"{title(trt)} refuses the graph ({shorten(parser.get_error(0).desc(), 200)}): choose another engine"
        )
    config = builder.create_builder_config()
    config.clear_flag(trt.BuilderFlag.TF32)
    shapes = builder.create_optimization_profile()
    for name, (smallest, likeliest, largest) in profile.items():
        shapes.set_shape(name, smallest, likeliest, largest)
    config.add_optimization_profile(shapes)
    uses_timings = trt.__name__ == "tensorrt"
    if uses_timings:
        _set_timings(config, timings)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineError(f"{title(trt)} cannot compile the graph ({log.last}): choose another engine")
    learned = bytes(memoryview(config.get_timing_cache().serialize())) if uses_timings else b""
    return Build(bytes(memoryview(plan)), learned)


def title(trt: Any) -> str:
    """The library's name and version."""
    return f"{trt.__name__} {trt.__version__}"


@cache
def open_log(trt: Any) -> Any:
    """The logger of this process, silent; `last` is the latest error. TensorRT wants one and the same everywhere."""

    class Log(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.last = "it does not say why"

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                self.last = shorten(message, 200)

    return Log()


@cache
def open_runtime(trt: Any) -> Any:
    """What loads plans. It has to outlive every engine it loads, so there is one for the whole process.

    Raises:
        EngineError: when the library does not start on this GPU.
    """
    return _started(trt, "Runtime")


def _started(trt: Any, part: str) -> Any:
    log = open_log(trt)
    try:
        return getattr(trt, part)(log)
    except TypeError as error:  # what the bindings make of a null pointer
        raise EngineError(
            f"{title(trt)} does not start on this GPU ({log.last}): update the NVIDIA driver, or free the GPU"
        ) from error


def _set_timings(config: Any, timings: bytes) -> None:
    """Starts from earlier timings, or from none where they are of another library or GPU."""
    earlier = config.create_timing_cache(timings)
    if earlier is None or not config.set_timing_cache(earlier, False):
        config.set_timing_cache(config.create_timing_cache(b""), False)
