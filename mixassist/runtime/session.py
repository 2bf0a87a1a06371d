"""`Session`: one network, ready to run, whatever engine computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.spec import ModelSpec


class Session(Protocol):
    """A network on an engine. It keeps no musical state: states go in and come out by name."""

    spec: ModelSpec
    engine: str
    precision: str
    device: str

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        ...


def open_session(
    artifact: Artifact,
    engine: str = "auto",
    precision: str = "auto",
    n_threads: int = 2,
    torch_builder: str | None = None,
) -> Session:
    """A session of `artifact`."""
    name = "onnxruntime" if engine == "auto" else engine
    options = SessionOptions("fp32" if precision == "auto" else precision, n_threads, torch_builder)
    return open_engine(name, artifact, options)
