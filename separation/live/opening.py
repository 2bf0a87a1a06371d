"""`open_live`: from a model's name to a separator that runs while the song plays."""

from __future__ import annotations

from dataclasses import dataclass

from mixassist.errors import ModelError
from mixassist.runtime import open_session
from separation.catalogue import NETWORKS, Notify, find_model
from separation.live.lane import LiveNetwork
from separation.live.separator import LiveSeparator

LIVE_MODEL = "lite-live"


@dataclass(frozen=True)
class LiveOptions:
    """How a live separator is to be opened.

    `stems` are those to estimate, all where none is named; the rest is in the residual. `block` is the length of the
    host's blocks in frames, None where it varies. More threads than one seldom make short blocks faster.
    """

    model: str = LIVE_MODEL
    stems: tuple[str, ...] = ()
    block: int | None = None
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    n_threads: int = 1


def _say_nothing(message: str) -> None:
    pass


def open_live(options: LiveOptions = LiveOptions(), notify: Notify = _say_nothing) -> LiveSeparator:
    """A separator for a stream at the model's rate, on the fastest engine that proved right here.

    Raises:
        EngineError: when the asked engine is absent or wrong.
        ModelError: when there is no such model, or it needs whole songs.
        OptionError: when an option is out of range or unknown.
    """
    found = find_model(options.model, notify=notify)
    (artifact, *others) = found.artifacts
    network, builder = NETWORKS[artifact.spec.kind]
    if network is not LiveNetwork or others:
        raise ModelError(f"{found.name} hears whole songs, it does not stream: choose {LIVE_MODEL}")
    session = open_session(
        artifact,
        options.engine,
        options.precision,
        options.n_threads,
        builder,
        notify,
        device=options.device,
    )
    return LiveSeparator(session, options.stems, options.block)
