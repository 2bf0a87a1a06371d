"""What opens a model of a bundle: who computes it, the order for a process, and the features' functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import EngineError, ModelError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate, candidates_for
from mixassist.runtime.choice import recall
from mixassist.runtime.engines import SessionOptions, find_engine, open_engine, why_unusable
from mixassist.runtime.session import Session, open_session
from mixassist.runtime.streaming.plan import HostFormat

Notify = Callable[[str], None]

PLAIN = (Candidate("onnxruntime", "fp32"), Candidate("tensorrt", "fp32", "cuda"))
"""What needs no measurement to be right."""


def _say_nothing(message: str) -> None:
    pass


@dataclass(frozen=True)
class Compute:
    """Who computes: an engine, a precision and a device, each of which may be `auto`.

    On a stage nothing is measured: `auto` is what `build_engine.py` found fastest, or else an engine that needs no
    measurement. Where `measures` is True it is found now, and compiled, which may take minutes.
    """

    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    measures: bool = False
    notify: Notify = _say_nothing

    def open(self, artifact: Artifact, n_frames: int | None = None, n_batch: int = 1) -> Session:
        """A session for `n_batch` streams in blocks of `n_frames`, where the network leaves these free.

        Raises:
            EngineError: when no engine can be used, or the asked one is absent or fails.
            OptionError: when no engine, precision or device has that name.
        """
        asked = SessionOptions(self.precision, 1, device=self.device, n_frames=n_frames, n_batch=n_batch)
        if self.measures:
            return open_session(
                artifact,
                self.engine,
                self.precision,
                1,
                notify=self.notify,
                device=self.device,
                n_frames=n_frames,
                n_batch=n_batch,
            )
        refusals = []
        for candidate in self._candidates(artifact, asked):
            this = replace(asked, precision=candidate.precision, device=candidate.device)
            try:
                return open_engine(candidate.engine, artifact, this)
            except EngineError as error:
                refusals.append(f"{candidate}: {error}")
                self.notify(f"{artifact.name}: {candidate} does not open ({error})")
        raise EngineError(f"model {artifact.name} opens on no engine ({'; '.join(refusals)}): run doctor.sh")

    def _candidates(self, artifact: Artifact, asked: SessionOptions) -> tuple[Candidate, ...]:
        if self.engine != "auto":
            precision = "fp32" if self.precision == "auto" else self.precision
            return candidates_for(self.engine, precision, self.device)[:1]
        known = recall(artifact, asked)
        return (*(() if known is None else known.ranking), *PLAIN)


@dataclass(frozen=True)
class Order:
    """A model as it shall be played: for which host, by whom it is computed, and what is turned about it.

    The host's channels are the model's own, and so is its rate unless the model changes rates itself. Blocks have up to
    `host.block` frames, and all of them exactly as many where `host.is_block_fixed`.
    """

    artifact: Artifact
    host: HostFormat
    compute: Compute = field(default_factory=Compute)
    settings: Mapping[str, Any] = field(default_factory=dict)


Opener = Callable[[Order], BlockProcess]


def find_opener(name: str) -> Opener:
    """The function called `package.module:function`, which makes a process of an `Order`.

    Raises:
        ModelError: when there is none.
    """
    module, _, function = name.partition(":")
    try:
        opener: Opener = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ModelError(f"{name} opens no model here ({error}): make the bundle again") from error
    return opener


def why_absent(candidate: Candidate, artifact: Artifact) -> str | None:
    """Why an engine cannot be tried here; None when it can."""
    options = SessionOptions(candidate.precision, 1, device=candidate.device)
    return why_unusable(find_engine(candidate.engine), artifact, options)
