"""Models of every kind by one name: separators, timbres and amps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.machine import n_cores
from cli.output import say
from mixassist.errors import ModelError

if TYPE_CHECKING:
    from mixassist.runtime.artifact import Artifact
    from mixassist.runtime.engines import SessionOptions

SEPARATOR, TIMBRE, AMP = "separator", "timbre", "amp"
EMBEDDED, CACHED, ABSENT = "embedded in mixassist", "on this machine", "can be fetched"


@dataclass(frozen=True)
class NamedModel:
    """A model on this machine: its networks, the `family` it is of, and the stems of a separator."""

    name: str
    family: str
    artifacts: tuple[Artifact, ...]
    sha256: str
    stems: tuple[str, ...] = ()


def known_models() -> Iterator[tuple[str, str, str]]:
    """Name, family and whereabouts of every model that can be named."""
    from separation.catalogue import HUB_MODELS, embedded_names, is_cached
    from transfer.catalogue import embedded_names as embedded_timbres

    families = {SEPARATOR: embedded_names(), TIMBRE: embedded_timbres()}
    for family, names in families.items():
        yield from ((name, family, EMBEDDED) for name in names)
    yield from ((name, SEPARATOR, CACHED if is_cached(name) else ABSENT) for name in HUB_MODELS)


def find_named(model: str) -> NamedModel:
    """The model of this name or path: one that comes along or can be fetched, a `.nam` file, or a folder.

    Raises:
        ModelError: when there is none, or it is damaged.
    """
    from mixassist.runtime.artifact import MANIFEST, load_artifact
    from separation.catalogue import AUTO, HUB_PREFIX, find_model
    from transfer.catalogue import embedded_names, find_timbre

    path, names = Path(model), [name for name, _, _ in known_models()]
    if path.suffix.lower() == ".nam":
        from amp_models import load_amp

        return _of(load_amp(path).artifact, path.stem)
    if model in embedded_names():
        return _of(find_timbre(model), model)
    if (path / MANIFEST).is_file():
        artifact = load_artifact(path)
        if family_of(artifact) in (TIMBRE, AMP):
            return _of(artifact, artifact.name)
    if not path.exists() and model not in names and model != AUTO and not model.startswith(HUB_PREFIX):
        raise ModelError(f"no model is called {model}, and no such file exists: choose {', '.join(names)} or a path")
    found = find_model(model, notify=say)
    return NamedModel(found.name, family_of(found.artifacts[0]), found.artifacts, found.sha256, found.stems)


def family_of(artifact: Artifact) -> str:
    """What a network is for."""
    from amp_models.nam.facts import KIND
    from transfer.catalogue import BUILDERS

    kind = artifact.spec.kind
    special = {KIND: AMP} | dict.fromkeys(BUILDERS, TIMBRE)
    return special.get(kind, SEPARATOR)


def session_options(artifact: Artifact) -> SessionOptions:
    """How the features open such a network, so that what is measured here is what they choose by."""
    from mixassist.runtime.engines import SessionOptions

    if family_of(artifact) == TIMBRE:
        n_frames = artifact.spec.block_multiple
        return SessionOptions("fp32", 1, torch_builder(artifact), device="cpu", n_frames=n_frames)
    return SessionOptions("auto", n_cores(), torch_builder(artifact), device="auto")


def samples_per_frame(artifact: Artifact) -> int:
    """Samples of sound that a frame of the network stands for: 1, but for those that are told of hops."""
    from transfer.instrument.design import KIND, InstrumentDesign

    spec = artifact.spec
    return InstrumentDesign.from_dict(spec.options.get("design")).hop if spec.kind == KIND else 1


def torch_builder(artifact: Artifact) -> str | None:
    """What builds a network on torch; None for those that torch is not asked for."""
    from separation.catalogue import BUILDERS as SEPARATION
    from transfer.catalogue import BUILDERS as TRANSFER

    return (SEPARATION | TRANSFER).get(artifact.spec.kind)


def facts_of(artifact: Artifact) -> dict[str, Any]:
    """What a network's folder says of it."""
    keys = ("name", "kind", "rate", "licence", "training", "credits")
    return {"folder": str(artifact.path), **{key: artifact.manifest.get(key) for key in keys}}


def _of(artifact: Artifact, name: str) -> NamedModel:
    return NamedModel(name, family_of(artifact), (artifact,), artifact.sha256)
