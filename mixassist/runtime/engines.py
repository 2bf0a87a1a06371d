"""The engines a session can run on: what each is called, needs and offers. New engines are added to `ENGINES`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mixassist.errors import EngineError, OptionError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.doors.nvidia import why_no_nvidia

if TYPE_CHECKING:
    from mixassist.runtime.session import Session

PRECISIONS = ("fp32", "bf16", "fp16")
DEVICES = ("cpu", "cuda")


@dataclass(frozen=True)
class SessionOptions:
    """How a session is to be opened; `auto` for precision or device leaves them to `choice.choose`.

    `torch_builder` is `"package.module:function"`, see `session.open_session`. `use_cache` says whether the engine may
    keep its compiled form of the model on disk and take it from there. `n_frames` is the block length of networks with
    a free time axis and `n_batch` how many streams of them run at once: engines that need to know shapes in advance
    compile for these, and it is what is measured. `use_graphs` says whether torch may record whole runs on a GPU.

    Raises:
        OptionError: for a precision or device that does not exist, no thread, an empty block or no stream.
    """

    precision: str = "fp32"
    n_threads: int = 2
    torch_builder: str | None = None
    use_cache: bool = True
    device: str = "cpu"
    n_frames: int | None = None
    n_batch: int = 1
    use_graphs: bool = True

    def __post_init__(self) -> None:
        if self.precision not in ("auto", *PRECISIONS):
            raise OptionError(f"precision {self.precision!r} is unknown: choose auto, {', '.join(PRECISIONS)}")
        if self.n_threads < 1:
            raise OptionError(f"n_threads is {self.n_threads}: at least 1 is needed")
        if self.device not in ("auto", *DEVICES):
            raise OptionError(f"device {self.device!r} is unknown: choose auto, {', '.join(DEVICES)}")
        if self.n_frames is not None and self.n_frames < 1:
            raise OptionError(f"n_frames is {self.n_frames}: a block holds at least 1 frame")
        if self.n_batch < 1:
            raise OptionError(f"n_batch is {self.n_batch}: at least 1 stream is needed")


@dataclass(frozen=True)
class Engine:
    """One inference library: what it imports, what it is installed as, and the door that opens it.

    `packages` and `distributions` are alternatives, the preferred first. `cuda_libraries` are files of the package, one
    of which is there when it was built for CUDA: importing a library to ask it takes seconds.
    """

    name: str
    packages: tuple[str, ...]
    distributions: tuple[str, ...]
    door: str
    precisions: tuple[str, ...]
    devices: tuple[str, ...]
    cure: str
    cuda_libraries: tuple[str, ...] = ()
    cuda_cure: str = ""

    @property
    def version(self) -> str | None:
        """Version of the installed library, found without importing it; None when it is not installed.

        It names the distribution where that is not the engine's own name: builds of one version differ.
        """
        if all(find_spec(package) is None for package in self.packages):
            return None
        for distribution in self.distributions:
            with contextlib.suppress(metadata.PackageNotFoundError):
                version = metadata.version(distribution)
                return version if distribution == self.name else f"{distribution} {version}"
        return "unknown"

    @property
    def is_built_for_cuda(self) -> bool:
        """Whether the installed library can compute on an NVIDIA GPU."""
        if not self.cuda_libraries:
            return "cuda" in self.devices
        specs = filter(None, map(find_spec, self.packages))
        folders = [Path(folder) for spec in specs for folder in spec.submodule_search_locations or ()]
        return any((folder / library).exists() for folder in folders for library in self.cuda_libraries)


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            name="openvino",
            packages=("openvino",),
            distributions=("openvino",),
            door="mixassist.runtime.doors.openvino_session",
            precisions=("bf16", "fp32"),
            devices=("cpu",),
            cure="pip install openvino",
        ),
        Engine(
            name="onnxruntime",
            packages=("onnxruntime",),
            distributions=("onnxruntime-gpu", "onnxruntime"),
            door="mixassist.runtime.doors.onnx_session",
            precisions=("fp32",),
            devices=("cpu", "cuda"),
            cure="pip install onnxruntime",
            cuda_libraries=("capi/libonnxruntime_providers_cuda.so", "capi/onnxruntime_providers_cuda.dll"),
            cuda_cure="pip install onnxruntime-gpu in its place",
        ),
        Engine(
            name="onnxruntime-tensorrt",
            packages=("onnxruntime",),
            distributions=("onnxruntime-gpu", "onnxruntime"),
            door="mixassist.runtime.doors.onnx_tensorrt_session",
            precisions=("fp32",),
            devices=("cuda",),
            cure="pip install onnxruntime-gpu",
            cuda_libraries=("capi/libonnxruntime_providers_tensorrt.so", "capi/onnxruntime_providers_tensorrt.dll"),
            cuda_cure="pip install onnxruntime-gpu in place of onnxruntime, and TensorRT's libraries",
        ),
        Engine(
            name="torch",
            packages=("torch",),
            distributions=("torch",),
            door="mixassist.runtime.doors.torch_session",
            precisions=("bf16", "fp16", "fp32"),
            devices=("cpu", "cuda"),
            cure="pip install torch",
            cuda_libraries=("lib/libtorch_cuda.so", "lib/torch_cuda.dll"),
            cuda_cure="install a build for CUDA, see pytorch.org",
        ),
        Engine(
            name="tensorrt",
            packages=("tensorrt", "tensorrt_rtx"),
            distributions=("tensorrt", "tensorrt-cu13", "tensorrt-cu12", "tensorrt-rtx"),
            door="mixassist.runtime.doors.tensorrt_session",
            precisions=("bf16", "fp16", "fp32"),
            devices=("cuda",),
            cure="pip install mixassist[tensorrt]",
        ),
    )
}


def find_engine(name: str) -> Engine:
    """The engine called `name`.

    Raises:
        OptionError: when there is none of that name.
    """
    if name not in ENGINES:
        raise OptionError(f"engine {name!r} is unknown: choose auto, {', '.join(ENGINES)}")
    return ENGINES[name]


def why_unusable(engine: Engine, artifact: Artifact, options: SessionOptions) -> str | None:
    """Why `engine` cannot run this model as asked here, with the cure; None when it can be tried."""
    absence = why_no_nvidia() if options.device == "cuda" else None
    if absence is not None:
        return absence
    if engine.version is None:
        return f"{engine.name} is not installed: {engine.cure}"
    if options.device == "cuda" and not engine.is_built_for_cuda:
        return f"this {engine.name} is not built for CUDA: {engine.cuda_cure}"
    if engine.name == "torch" and options.torch_builder is None:
        return f"torch has no code to build model {artifact.name}: choose another engine"
    if engine.name != "torch" and not artifact.has(GRAPH):
        return f"model {artifact.name} has no {GRAPH} for {engine.name}: choose --engine torch"
    return None


def open_engine(name: str, artifact: Artifact, options: SessionOptions) -> Session:
    """A session on one engine in `options.precision` on `options.device`, unmeasured.

    Raises:
        EngineError: when the engine is absent or cannot run the model.
        ModelError: when the network cannot take blocks of `options.n_frames`.
        OptionError: when no engine has that name, precision or device.
    """
    engine = find_engine(name)
    for trait, offered in (("precision", engine.precisions), ("device", engine.devices)):
        asked = getattr(options, trait)
        if asked not in offered:
            raise OptionError(f"engine {name} has no {trait} {asked}: choose {' or '.join(offered)}")
    reason = why_unusable(engine, artifact, options)
    if reason is not None:
        raise EngineError(reason)
    if options.n_frames is not None and artifact.spec.has_free_length:
        artifact.spec.check_frames(options.n_frames)
    session: Session = import_module(engine.door).open_session(artifact, options)
    return session
