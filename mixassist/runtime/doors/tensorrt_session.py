"""Sessions on TensorRT 10.3 to 11, or TensorRT-RTX where that is what is installed (door: tensorrt, tensorrt_rtx)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.doors.nvidia import probe_nvidia, why_no_nvidia
from mixassist.runtime.doors.tensorrt_build import (
    MAX_ITEMS,
    Profile,
    build_plan,
    has_fixed_shapes,
    open_log,
    open_runtime,
    profile_of,
    title,
)
from mixassist.runtime.doors.tensorrt_cache import Machine, PlanCache, read_timings, write_timings
from mixassist.runtime.doors.tensorrt_stepper import Binding, TensorrtStepper
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.half_precision import cast_graph, half_graph
from mixassist.runtime.spec import ModelSpec

LIBRARIES = ("tensorrt", "tensorrt_rtx")
"""In this order: TensorRT picks kernels by timing them on this GPU, TensorRT-RTX compiles what suits any GeForce."""


class TensorrtSession:
    """Runs model.onnx on an NVIDIA GPU. Plans are made for the shapes that come, and kept."""

    engine = "tensorrt"
    device = "cuda"

    def __init__(self, spec: ModelSpec, precision: str, plans: Plans) -> None:
        self.spec = spec
        self.precision = precision
        self._plans = plans
        self._bound: tuple[Binding, TensorrtStepper] | None = None

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            EngineError: when the GPU or TensorRT fails.
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        if has_fixed_shapes(self.spec):
            return self._run_piece(inputs)
        pieces = [
            self._run_piece({name: array[start : start + MAX_ITEMS] for name, array in inputs.items()})
            for start in range(0, self.spec.count_items(inputs), MAX_ITEMS)
        ]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def bind(self, n_frames: int, n_batch: int = 1) -> TensorrtStepper:
        """A stepper for blocks of `n_frames`, whose states stay on the GPU.

        Raises:
            EngineError: when the GPU or TensorRT fails.
        """
        return self._open_stepper(Binding(self.spec, n_batch, n_frames, keeps_states=True))

    def _run_piece(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        binding = Binding(
            self.spec, self.spec.count_items(inputs), _block_length(self.spec, inputs), keeps_states=False
        )
        if self._bound is None or self._bound[0] != binding:
            self._bound = None  # Frees the GPU's memory before more of it is taken.
            self._bound = binding, self._open_stepper(binding)
        stepper = self._bound[1]
        for name, array in inputs.items():
            np.copyto(stepper.inputs[name], array)
        stepper.step()
        return {name: array.copy() for name, array in stepper.outputs.items()}

    def _open_stepper(self, binding: Binding) -> TensorrtStepper:
        engine = self._plans.engine(profile_of(self.spec, binding.n_items, binding.n_frames))
        return TensorrtStepper(partial(_open_context, self._plans.trt, engine), binding)


@dataclass
class Plans:
    """The engines of one graph in one precision, from the cache or compiled on the spot. The latest is kept at hand."""

    trt: Any
    artifact: Artifact
    precision: str
    machine: Machine
    cache: PlanCache | None
    _latest: tuple[Profile, Any] | None = None

    def engine(self, profile: Profile) -> Any:
        """The engine for these shapes; a kept plan that does not load is made anew.

        Raises:
            EngineError: when TensorRT refuses the graph, or does not load what it has just made.
        """
        if self._latest is None or self._latest[0] != profile:
            self._latest = None  # Frees the GPU's memory before more of it is taken.
            kept = self.cache and self.cache.read(self.precision, profile)
            engine = self._load(kept) if kept else None
            self._latest = profile, self._compile(profile) if engine is None else engine
        return self._latest[1]

    def _compile(self, profile: Profile) -> Any:
        plan = self._build(profile)
        engine = self._load(plan)
        if engine is None:
            raise EngineError(
                f"{title(self.trt)} does not load the plan it made for model {self.artifact.name}"
                f" ({open_log(self.trt).last}): choose another engine"
            )
        if self.cache is not None:
            self.cache.write(self.precision, profile, plan)
        return engine

    def _load(self, plan: bytes) -> Any:
        """The engine in a plan; None when it is damaged or made for another TensorRT or GPU."""
        return open_runtime(self.trt).deserialize_cuda_engine(plan)

    def _build(self, profile: Profile) -> bytes:
        build = build_plan(self.trt, self._graph(), profile, read_timings(self.machine))
        write_timings(self.machine, build.timings)
        return build.plan

    def _graph(self) -> bytes:
        """The graph in this precision: as it lies in the artifact, or else cast now."""
        ready = GRAPH if self.precision == "fp32" else half_graph(self.precision)
        if self.artifact.has(ready):
            return self.artifact.file(ready).read_bytes()
        return cast_graph(self.artifact.file(GRAPH), self.precision)


def open_session(artifact: Artifact, options: SessionOptions) -> TensorrtSession:
    """A session on TensorRT, compiled for `options.n_batch` streams of `options.n_frames` where that is left free.

    Raises:
        EngineError: when there is no NVIDIA GPU or no TensorRT, or TensorRT refuses the graph.
    """
    gpu = probe_nvidia()
    if gpu is None:
        raise EngineError(f"tensorrt needs an NVIDIA GPU, and {why_no_nvidia()}")
    trt = _import_library()
    machine = Machine(gpu, title(trt))
    cache = PlanCache(machine, artifact.manifest["files"][GRAPH]) if options.use_cache else None
    plans = Plans(trt, artifact, options.precision, machine, cache)
    if options.n_frames is not None or not artifact.spec.has_free_length:
        plans.engine(profile_of(artifact.spec, options.n_batch, options.n_frames))
    return TensorrtSession(artifact.spec, options.precision, plans)


def _import_library() -> Any:
    """The module `tensorrt`, or else `tensorrt_rtx`, which has the same interface."""
    reasons = []
    for name in LIBRARIES:
        try:
            return import_module(name)
        except (ImportError, OSError) as error:
            reasons.append(f"{name}: {error}")
    raise EngineError(
        f"tensorrt cannot be imported ({'; '.join(reasons)}): pip install mixassist[tensorrt], which fetches it from"
        " NVIDIA's own index, or mixassist[tensorrt-rtx] for a GeForce"
    )


def _open_context(trt: Any, engine: Any) -> Any:
    if trt.__name__ != "tensorrt_rtx":
        return engine.create_execution_context()
    config = engine.create_runtime_config()
    # The shapes never change: their kernels are to be compiled at once, not in the background.
    config.dynamic_shapes_kernel_specialization_strategy = trt.DynamicShapesKernelSpecializationStrategy.EAGER
    return engine.create_execution_context(config)


def _block_length(spec: ModelSpec, inputs: Mapping[str, NDArray[Any]]) -> int | None:
    """The length of the free axis in `inputs`; None when the network has none."""
    lengths = (
        inputs[tensor.name].shape[axis]
        for tensor in spec.inputs
        for axis, length in enumerate(tensor.shape)
        if axis > 0 and length is None
    )
    return next(lengths, None)
