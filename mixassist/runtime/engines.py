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

PRECISIONS = ("fp32", "bf16", "fp16")


@dataclass(frozen=True)
class SessionOptions:
    """How a session is to be opened.

    `torch_builder` is `"package.module:function"`, see `session.open_session`. `use_cache` says whether the engine may
    keep its compiled form of the model on disk and take it from there.

    Raises:
        OptionError: for a precision that does not exist, or no thread.
    """

    precision: str = "fp32"
    n_threads: int = 2
    torch_builder: str | None = None
    use_cache: bool = True

    def __post_init__(self) -> None:
        if self.precision not in ("auto", *PRECISIONS):
            raise OptionError(f"precision {self.precision!r} is unknown: choose auto, {', '.join(PRECISIONS)}")
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
        Engine("torch", "torch", ("torch",), "mixassist.runtime.torch_session", ("bf16", "fp16", "fp32")),
    )
}


@dataclass(frozen=True)
class Candidate:
    """An engine in one precision."""

    engine: str
    precision: str

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}"


CONTENDERS = (
    Candidate("openvino", "bf16"),
    Candidate("openvino", "fp32"),
    Candidate("onnxruntime", "fp32"),
    Candidate("torch", "fp32"),
)
"""What `auto` measures. torch's bf16 is left out, for it was never the fastest of these."""


def find_engine(name: str) -> Engine:
    """The engine called `name`.

    Raises:
        OptionError: when there is none of that name.
    """
    if name not in ENGINES:
        raise OptionError(f"engine {name!r} is unknown: choose auto, {', '.join(ENGINES)}")
    return ENGINES[name]


def candidates_for(engine: str, precision: str) -> tuple[Candidate, ...]:
    """What to measure for an engine and a precision, either of which may be `auto`.

    fp16 must be asked for by name: its range is so small that networks made for float32 overflow in it.

    Raises:
        OptionError: when there is no such engine, or it has no such precision.
    """
    pool: tuple[Candidate, ...] = CONTENDERS
    if engine != "auto":
        pool = tuple(Candidate(engine, offered) for offered in find_engine(engine).precisions)
    wanted = ("bf16", "fp32") if precision == "auto" else (precision,)
    found = tuple(candidate for candidate in pool if candidate.precision in wanted)
    if not found:
        offered = " or ".join(dict.fromkeys(candidate.precision for candidate in pool))
        raise OptionError(f"engine {engine} has no precision {precision}: choose {offered}")
    return found


def why_unusable(engine: Engine, artifact: Artifact, torch_builder: str | None) -> str | None:
    """Why `engine` cannot run this model here, with the cure; None when it can be tried."""
    if engine.version is None:
        return f"{engine.name} is not installed: pip install {engine.distributions[0]}"
    if engine.name == "torch" and torch_builder is None:
        return f"torch has no code to build model {artifact.name}: choose another engine"
    if engine.name != "torch" and not artifact.has(GRAPH):
        return f"model {artifact.name} has no {GRAPH} for {engine.name}: choose --engine torch"
    return None


def open_engine(name: str, artifact: Artifact, options: SessionOptions) -> Session:
    """A session on one engine in `options.precision`, unmeasured.

    Raises:
        EngineError: when the engine is absent or cannot run the model.
        OptionError: when no engine has that name or precision.
    """
    engine = find_engine(name)
    if options.precision not in engine.precisions:
        raise OptionError(
            f"engine {name} has no precision {options.precision}: choose {' or '.join(engine.precisions)}"
        )
    reason = why_unusable(engine, artifact, options.torch_builder)
    if reason is not None:
        raise EngineError(reason)
    session: Session = import_module(engine.door).open_session(artifact, options)
    return session
