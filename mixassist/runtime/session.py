"""`Session`: one network, ready to run, whatever engine computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.choice import Notify, choose
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


def open_session(  # noqa: PLR0913 -- what every command passes on; a class of options would only repeat them
    artifact: Artifact,
    engine: str = "auto",
    precision: str = "auto",
    n_threads: int = 2,
    torch_builder: str | None = None,
    notify: Notify | None = None,
    *,
    device: str = "auto",
    n_frames: int | None = None,
    n_batch: int = 1,
) -> Session:
    """A session of `artifact` on the fastest engine that gives the right numbers on this machine.

    An `engine`, `precision` or `device` other than `auto` narrows the choice. What has not been measured yet on this
    machine is measured now, once, in processes of their own; `notify` is told so.

    Args:
        artifact: the network.
        engine: `auto`, or a name in `engines.ENGINES`.
        precision: `auto`, `fp32`, `bf16` or `fp16`.
        n_threads: CPU threads for the engine.
        torch_builder: `"package.module:function"`; the function takes the artifact and returns a torch module with its
            weights loaded, whose forward maps the spec's inputs to its outputs, both in order. Without it, no torch.
        notify: called with one line before something slow.
        device: `auto`, `cpu` or `cuda`.
        n_frames: block length for a network with a free time axis, by which its engine is chosen; engines that need
            fixed shapes then take blocks of this length alone.
        n_batch: how many streams will run at once, by which the engine of a network that takes blocks is chosen too.

    Where `auto` chose, and what was fastest does not open now, the next right one is taken.

    Raises:
        EngineError: when no engine can be used, or the asked one is absent, fails or is too far from the reference.
        OptionError: when no engine, precision or device has that name.
    """
    options = SessionOptions(precision, n_threads, torch_builder, device=device, n_frames=n_frames, n_batch=n_batch)
    choice = choose(artifact, engine, options, notify)
    refusals: list[str] = []
    for candidate in choice.ranking:
        this = replace(options, precision=candidate.precision, device=candidate.device)
        try:
            return open_engine(candidate.engine, artifact, this)
        except EngineError as error:
            # Who names an engine wants that one, or to know what is wrong with it.
            if engine != "auto":
                raise
            refusals.append(f"{candidate}: {error}")
            if notify is not None:
                notify(f"{candidate} does not open ({error})")
    raise EngineError(
        f"model {artifact.name} opens on no engine ({'; '.join(refusals)}): free the machine, or restart it"
    )
