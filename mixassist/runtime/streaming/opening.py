"""From a model to a lane of a stream: opened in peace, or while somebody plays on another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mixassist.runtime.artifact import Artifact, load_artifact
from mixassist.runtime.choice import recall
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.session import Session, open_session
from mixassist.runtime.streaming.channels import count_streams
from mixassist.runtime.streaming.lane import StreamLane
from mixassist.runtime.streaming.plan import HostFormat, plan_blocks

Model = Artifact | Path | str | Session
"""An artifact, the folder of one, or a session that is open already."""


def load(model: Model) -> Artifact | Session:
    """The artifact of a folder; what is loaded already stays as it is.

    Raises:
        ModelError: when the folder holds no model that can be read.
    """
    return load_artifact(Path(model)) if isinstance(model, (Path, str)) else model


def open_lane(
    source: Artifact | Session, host: HostFormat, engine: str, options: SessionOptions, playing: Session | None = None
) -> StreamLane:
    """A lane of the model; what is wrong with it for this host is found before an engine is looked for.

    While a session is `playing` nothing is measured: that would take the time of its blocks, and they the time of it.

    Raises:
        EngineError: when no engine can be used, or the asked one is absent, fails or is too far from the reference.
        ModelError: when the model does not stream, or not for this host.
        OptionError: when there is no such engine, precision or device.
    """
    n_streams = count_streams(source.spec, host.n_channels)
    asked = replace(options, n_frames=plan_blocks(source.spec, host).n_run, n_batch=n_streams)
    if not isinstance(source, Artifact):
        return StreamLane(source, host)
    if playing is not None:
        return StreamLane(_open_unmeasured(source, engine, asked, playing), host)
    session = open_session(
        source,
        engine,
        asked.precision,
        asked.n_threads,
        asked.torch_builder,
        device=asked.device,
        n_frames=asked.n_frames,
        n_batch=asked.n_batch,
    )
    return StreamLane(session, host)


def _open_unmeasured(artifact: Artifact, engine: str, asked: SessionOptions, playing: Session) -> Session:
    """On what was found fastest before; else as asked, and where all is left open as what plays, in fp32."""
    known = recall(artifact, asked) if engine == "auto" else None
    if known is not None:
        return open_engine(known.engine, artifact, replace(asked, precision=known.precision, device=known.device))
    engine = playing.engine if engine == "auto" else engine
    precision = "fp32" if asked.precision == "auto" else asked.precision
    device = playing.device if asked.device == "auto" else asked.device
    return open_engine(engine, artifact, replace(asked, precision=precision, device=device))
