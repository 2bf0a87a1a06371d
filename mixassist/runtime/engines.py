"""The engines a session can run on: what each is called, needs and offers. New engines are added to `ENGINES`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mixassist.errors import EngineError, OptionError
from mixassist.runtime.artifact import GRAPH, Artifact

if TYPE_CHECKING:
    from mixassist.runtime.session import Session


@dataclass(frozen=True)
class SessionOptions:
    """How a door opens a session. `torch_builder` is `"package.module:function"`, see `torch_session`."""

    precision: str = "fp32"
    n_threads: int = 2
    torch_builder: str | None = None

    def __post_init__(self) -> None:
        if self.n_threads < 1:
            raise OptionError(f"n_threads is {self.n_threads}: at least 1 is needed")


@dataclass(frozen=True)
class Engine:
    """One inference library: the package it imports, the names it is installed under, and the door that opens it."""

    name: str
    package: str
    distributions: tuple[str, ...]
    door: str
    precisions: tuple[str, ...]

    @property
    def version(self) -> str | None:
        """Version of the installed library, found without importing it; None when it is not installed."""
        if find_spec(self.package) is None:
            return None
        for distribution in self.distributions:
            try:
                return metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
        return "unknown"


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("openvino", "openvino", ("openvino",), "mixassist.runtime.openvino_session", ("bf16", "fp32")),
        Engine(
            "onnxruntime",
            "onnxruntime",
            ("onnxruntime", "onnxruntime-gpu"),
            "mixassist.runtime.onnx_session",
            ("fp32",),
        ),
        Engine("torch", "torch", ("torch",), "mixassist.runtime.torch_session", ("bf16", "fp32")),
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
    """Why `engine` cannot run this model here, with the cure; None when it can be tried."""
    if engine.version is None:
        return f"{engine.name} is not installed: pip install {engine.distributions[0]}"
    if engine.name == "torch" and options.torch_builder is None:
        return f"model {artifact.name} cannot be built in torch: choose another engine"
    if engine.name != "torch" and not artifact.has(GRAPH):
        return f"model {artifact.name} has no {GRAPH}: export it, or choose --engine torch"
    if options.precision not in engine.precisions:
        return f"{engine.name} has no {options.precision}: choose --precision {' or '.join(engine.precisions)}"
    return None


def open_engine(name: str, artifact: Artifact, options: SessionOptions) -> Session:
    """A session of `artifact` on one engine, as asked and unmeasured.

    Raises:
        EngineError: when the engine is absent or cannot run the model.
        OptionError: when no engine has that name.
    """
    engine = find_engine(name)
    reason = why_unusable(engine, artifact, options)
    if reason is not None:
        raise EngineError(reason)
    session: Session = import_module(engine.door).open_session(artifact, options)
    return session
