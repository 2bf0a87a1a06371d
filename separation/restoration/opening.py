"""`open_restoration`: from a model's name to a stream that finds the tail, or the noise, in sound of any rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mixassist.errors import ModelError
from mixassist.runtime import Artifact, Session, load_artifact, open_session
from mixassist.runtime.artifact import MANIFEST
from separation.removal import RemovalStream
from separation.removal_rate import AtRate
from separation.restoration.stream import KIND, RestorationStream

EMBEDDED = Path(__file__).parent.parent / "data"
OFFLINE_MODEL, LIVE_MODEL = "restore", "restore-live"
BUILDER = "separation.restoration.net:build_restoration"

Notify = Callable[[str], None]


@dataclass(frozen=True)
class RestorationOptions:
    """How the network is to be opened.

    `model` is an artifact's folder; None is the one that comes with mixassist, which with `is_live` hears nothing
    ahead of the moment. More threads than one seldom make so small a network faster.
    """

    model: Path | None = None
    is_live: bool = False
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    n_threads: int = 1

    @property
    def folder(self) -> Path:
        """Where the artifact is, or would be."""
        return self.model or EMBEDDED / (LIVE_MODEL if self.is_live else OFFLINE_MODEL)


def has_network(options: RestorationOptions | None = None) -> bool:
    """Whether the network that `options` mean is there."""
    return ((options or RestorationOptions()).folder / MANIFEST).is_file()


def find_network(options: RestorationOptions | None = None) -> Artifact:
    """The artifact that `options` mean.

    Raises:
        ModelError: when it is not there, damaged or of another kind.
    """
    folder = (options or RestorationOptions()).folder
    if folder.parent == EMBEDDED and not (folder / MANIFEST).is_file():
        raise ModelError(
            f"no network called {folder.name} comes with this mixassist yet: choose another method, or train one with"
            " python -m separation.restoration.training"
        )
    artifact = load_artifact(folder)
    if artifact.spec.kind != KIND:
        raise ModelError(f"{folder} holds a model of kind {artifact.spec.kind}: give one of kind {KIND}")
    return artifact


def open_network(options: RestorationOptions | None = None, notify: Notify | None = None) -> Session:
    """A session of the network, on the fastest engine that proved right here; it serves any number of streams.

    Raises:
        EngineError: when the asked engine is absent or wrong.
        ModelError: when there is no such network.
    """
    options = options or RestorationOptions()
    artifact = find_network(options)
    return open_session(
        artifact, options.engine, options.precision, options.n_threads, BUILDER, notify, device=options.device
    )


def open_restoration(session: Session, wanted: Sequence[str], rate: int, n_channels: int) -> RemovalStream:
    """A stream that finds the `wanted` parts in sound at `rate` Hz; above the network's 22 kHz it finds nothing.

    Raises:
        OptionError: for a part the network does not know.
    """
    stream = RestorationStream(session, wanted, n_channels)
    return AtRate(stream, rate, session.spec.rate, n_channels)
