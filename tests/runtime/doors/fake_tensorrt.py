"""TensorRT as Python sees it, for the APIs of 10.3, 11 and RTX, on a machine without a GPU.

A plan is a line that says what it was made by and for, and the graph itself; engines run the graph on ONNX Runtime, on
the memory and in the stream of `FakeCuda`. `calls` holds what was called, in order. What an API lacks is not there, so
a call that only another version knows fails as it would in life.
"""

from __future__ import annotations

import ctypes
import enum
import json
import types
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from typing import Any

import numpy as np

from tests.runtime.doors.fake_cuda import FakeCuda


class BuilderFlag10(enum.Enum):
    FP16, BF16, INT8, TF32 = range(4)


class BuilderFlag11(enum.Enum):
    TF32 = 3


class NetworkDefinitionCreationFlag(enum.IntEnum):
    EXPLICIT_BATCH, STRONGLY_TYPED = range(2)


class KernelSpecialization(enum.Enum):
    LAZY, EAGER, NONE = range(3)


class ILogger:
    class Severity(enum.Enum):
        INTERNAL_ERROR, ERROR, WARNING = range(3)


@dataclass
class Fake:
    """What a test turns: the library it pretends to be, the GPU under it, and what it refuses."""

    name: str = "tensorrt"
    version: str = "10.3.0"
    gpu: str = "Orin"
    has_parser: bool = True
    starts: bool = True
    refuses_graphs: bool = False
    refuses_builds: bool = False
    refuses_own_plans: bool = False
    is_out_of_memory: bool = False
    refuses_to_run: bool = False
    driver: FakeCuda = field(default_factory=FakeCuda)
    calls: list[str] = field(default_factory=list)

    @property
    def is_rtx(self) -> bool:
        return self.name == "tensorrt_rtx"

    @property
    def stamp(self) -> dict[str, str]:
        return {"library": self.name, "version": self.version, "gpu": self.gpu}

    def module(self) -> types.ModuleType:
        """The library as `import tensorrt` gives it."""
        module = types.ModuleType(self.name)
        flags: Any = BuilderFlag10 if self.version.startswith("10.") else BuilderFlag11
        parts: dict[str, Any] = {
            "__spec__": ModuleSpec(self.name, None),
            "__version__": self.version,
            "ILogger": ILogger,
            "BuilderFlag": flags,
            "NetworkDefinitionCreationFlag": NetworkDefinitionCreationFlag,
            "Builder": lambda log: self._started(Builder, log),
            "Runtime": lambda log: self._started(Runtime, log),
        }
        if self.has_parser:
            parts["OnnxParser"] = lambda network, log: OnnxParser(self, network)
        if self.is_rtx:
            parts["DynamicShapesKernelSpecializationStrategy"] = KernelSpecialization
        for name, part in parts.items():
            setattr(module, name, part)
        return module

    def _started(self, part: Any, log: Any) -> Any:
        if not self.starts:
            log.log(ILogger.Severity.INTERNAL_ERROR, "CUDA initialization failure with error: 35")
            raise TypeError("pybind11::init(): factory function returned nullptr")
        return part(self, log)


@dataclass
class Network:
    graph: bytes = b""


class OnnxParser:
    def __init__(self, fake: Fake, network: Network) -> None:
        self.fake, self.network = fake, network

    def parse(self, graph: bytes) -> bool:
        self.fake.calls.append("parse")
        self.network.graph = graph
        return not self.fake.refuses_graphs

    def get_error(self, index: int) -> Any:
        return types.SimpleNamespace(desc=lambda: "In node 3 (importDFT): UNSUPPORTED_NODE")


class Builder:
    def __init__(self, fake: Fake, log: Any) -> None:
        self.fake, self.log = fake, log

    def create_network(self, flags: int) -> Network:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        self.fake.calls.append("create_network strongly typed")
        return Network()

    def create_builder_config(self) -> Config:
        return Config(self.fake)

    def create_optimization_profile(self) -> dict[str, Any]:
        return Profile()

    def build_serialized_network(self, network: Network, config: Config) -> bytes | None:
        self.fake.calls.append("build")
        if self.fake.refuses_builds:
            self.log.log(ILogger.Severity.ERROR, "Could not find any implementation for node 7\nand more")
            self.log.log(ILogger.Severity.WARNING, "idle talk")
            return None
        head = json.dumps(self.fake.stamp | {"profile": config.profile})
        return head.encode() + b"\n" + network.graph


class Profile(dict[str, Any]):
    def set_shape(self, name: str, *shapes: tuple[int, ...]) -> None:
        self[name] = shapes


class TimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content + b"."


class Config:
    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.profile: dict[str, Any] = {}
        self.timings = TimingCache(b"")

    def clear_flag(self, flag: Any) -> None:
        self.fake.calls.append(f"clear {flag.name}")

    def add_optimization_profile(self, profile: dict[str, Any]) -> None:
        self.profile = profile

    def create_timing_cache(self, content: bytes) -> TimingCache | None:
        assert not self.fake.is_rtx, "deprecated in TensorRT-RTX 1.2"
        return None if content == b"damaged" else TimingCache(content)

    def set_timing_cache(self, timings: TimingCache, ignore_mismatch: bool) -> bool:
        assert not ignore_mismatch
        if timings.content == b"of another GPU":
            return False
        self.fake.calls.append(f"timings {timings.content.decode() or 'none'}")
        self.timings = timings
        return True

    def get_timing_cache(self) -> TimingCache:
        return self.timings


class Runtime:
    def __init__(self, fake: Fake, log: Any) -> None:
        self.fake, self.log = fake, log

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        self.fake.calls.append("load")
        head, _, graph = plan.partition(b"\n")
        try:
            found = json.loads(head)
        except ValueError:
            self.log.log(ILogger.Severity.ERROR, "Serialization assertion magicTag failed")
            return None
        if self.fake.refuses_own_plans or {key: found.get(key) for key in self.fake.stamp} != self.fake.stamp:
            self.log.log(ILogger.Severity.ERROR, "The engine plan file is not compatible with this version")
            return None
        return Engine(self.fake, found["profile"], graph)


class Engine:
    """Runs the graph on ONNX Runtime; on TensorRT-RTX a context needs its configuration."""

    def __init__(self, fake: Fake, profile: dict[str, Any], graph: bytes) -> None:
        import onnxruntime

        self.fake, self.profile = fake, profile
        self.inference = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        self.outputs = [value.name for value in self.inference.get_outputs()]
        self.names = [*(value.name for value in self.inference.get_inputs()), *self.outputs]
        if fake.is_rtx:
            self.create_runtime_config = types.SimpleNamespace

    @property
    def num_io_tensors(self) -> int:
        return len(self.names)

    def get_tensor_name(self, index: int) -> str:
        return self.names[index]

    def create_execution_context(self, config: Any = None) -> Context | None:
        if self.fake.is_rtx:
            assert config.dynamic_shapes_kernel_specialization_strategy is KernelSpecialization.EAGER
        return None if self.fake.is_out_of_memory else Context(self)


class Context:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        smallest, _, largest = self.engine.profile[name]
        self.shapes[name] = shape
        return all(low <= length <= high for low, length, high in zip(smallest, shape, largest, strict=True))

    def set_tensor_address(self, name: str, address: int) -> bool:
        assert name not in self.addresses, "addresses never change, for graphs remember them"
        self.addresses[name] = address
        return name in self.engine.names

    def execute_async_v3(self, stream: int) -> bool:
        assert stream == 42, "not the stream that the copies are in"
        assert set(self.addresses) == set(self.engine.names)
        read = {self.addresses[name] for name in self.shapes}
        assert not read & {self.addresses[name] for name in self.engine.outputs}, "read and written at once"
        self.engine.fake.driver.enqueue(self._compute)
        return not self.engine.fake.refuses_to_run

    def _compute(self) -> None:
        driver = self.engine.fake.driver
        inputs = {}
        for name, shape in self.shapes.items():
            memory = driver.view(self.addresses[name], 4 * int(np.prod(shape)))
            inputs[name] = np.frombuffer(bytes(memory), np.float32)[: np.prod(shape)].reshape(shape)
        for name, array in zip(
            self.engine.outputs, self.engine.inference.run(self.engine.outputs, inputs), strict=True
        ):
            ctypes.memmove(driver.view(self.addresses[name], array.nbytes), array.tobytes(), array.nbytes)
