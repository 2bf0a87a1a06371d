"""From a model's name to its networks on this machine.

Task: `lite`, demucs' names, `hf://...` or a path become a `FoundModel` (artifacts and their say in each stem), and that
becomes a `SourceModel` ready to run. Demucs' weights are turned into artifacts once and kept in the cache.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mixassist.errors import ModelError
from mixassist.runtime import Artifact, Session, load_artifact, open_session
from mixassist.runtime.artifact import MANIFEST, file_sha256
from mixassist.runtime.cache import cache_dir
from separation.bags import Bag, local_bag
from separation.hub import cached_bag, fetch_bag, hub_silence
from separation.hybrid import HybridNetwork
from separation.lite import MaskNetwork
from separation.live.lane import LiveNetwork
from separation.model import Member, Network, SourceModel

EMBEDDED = Path(__file__).parent / "data"
HUB_MODELS = ("htdemucs", "htdemucs_ft", "htdemucs_6s", "hdemucs_mmi")
HUB_PREFIX = "hf://"
AUTO = "auto"
BEST_MODEL = "htdemucs"
"""What `auto` takes where it can."""

CONVERSION_VERSION = 2
"""Part of the place of a converted model in the cache: raise it when the conversion changes."""

NETWORKS: dict[str, tuple[Callable[[Session], Network | LiveNetwork], str]] = {
    "lite": (MaskNetwork, "separation.net:build_lite"),
    "lite-live": (LiveNetwork, "separation.live.net:build_live"),
    "htdemucs": (HybridNetwork, "separation.demucs_adapter:build_core"),
    "hdemucs": (HybridNetwork, "separation.demucs_adapter:build_core"),
}
"""How each kind of separator is run: the transforms around it and its torch builder."""

BUILDERS: dict[str, str] = {kind: builder for kind, (_, builder) in NETWORKS.items()}
"""The torch builder of each kind of separator."""

Notify = Callable[[str], None]


@dataclass(frozen=True)
class FoundModel:
    """A model on this machine: its artifacts and their `weights` [networks][stems]; `reason` says why it was chosen."""

    name: str
    artifacts: tuple[Artifact, ...]
    weights: tuple[tuple[float, ...], ...]
    reason: str = ""

    @property
    def stems(self) -> tuple[str, ...]:
        return tuple(self.artifacts[0].spec.options["stems"])

    @property
    def rate(self) -> int:
        """Sample rate of the networks in Hz."""
        return self.artifacts[0].spec.rate

    @property
    def sha256(self) -> str:
        """Identity of all networks together, 64 hex digits."""
        return hashlib.sha256("".join(artifact.sha256 for artifact in self.artifacts).encode()).hexdigest()


def find_model(name: str, wanted: Sequence[str] = (), notify: Notify = lambda message: None) -> FoundModel:
    """The model called `name`, downloaded and converted where that is still to be done.

    Of a bag, only the networks with a say in the `wanted` stems are taken (all of them when none is named).

    Raises:
        ModelError: when there is no such model, or it cannot be downloaded or read.
    """
    if name == AUTO:
        return _find_best(wanted, notify)
    if name in embedded_names():
        return _from_artifact(name, EMBEDDED / name)
    if name in HUB_MODELS or name.startswith(HUB_PREFIX):
        return _from_bag(fetch_bag(name.removeprefix(HUB_PREFIX)), wanted, notify)
    return _from_path(Path(name), wanted, notify)


def is_path(name: str) -> bool:
    """Whether a model is called by where it lies: it is neither embedded, nor on the hub, nor to be chosen."""
    return name not in (AUTO, *embedded_names(), *HUB_MODELS) and not name.startswith(HUB_PREFIX)


def embedded_names() -> tuple[str, ...]:
    """Separators that come with mixassist and need no download."""
    kind_of = {
        manifest.parent.name: json.loads(manifest.read_text(encoding="utf-8"))["kind"]
        for manifest in EMBEDDED.glob(f"*/{MANIFEST}")
    }
    return tuple(sorted(name for name, kind in kind_of.items() if kind in NETWORKS))


def is_cached(name: str) -> bool:
    """Whether a hub model lies on this machine in full."""
    return cached_bag(name.removeprefix(HUB_PREFIX)) is not None


def ready_artifacts(name: str) -> tuple[Artifact, ...]:
    """The networks of an embedded or hub model; none while some still has to be downloaded or converted."""
    if name in embedded_names():
        return _from_artifact(name, EMBEDDED / name).artifacts
    bag = cached_bag(name)
    if bag is None:
        return ()
    try:
        return tuple(load_artifact(_converted_folder(weights, bag.segment_s)) for weights in bag.files)
    except ModelError:
        return ()


def open_model(found: FoundModel, engine: str, precision: str, n_threads: int, notify: Notify) -> SourceModel:
    """The found model with a session for each of its networks, on the fastest engine that proved right here.

    Raises:
        EngineError: when the asked engine is absent or wrong.
        ModelError: when the model is no separator.
    """
    members = []
    for artifact, weights in zip(found.artifacts, found.weights, strict=True):
        if artifact.spec.kind not in NETWORKS:
            raise ModelError(f"{found.name} is no separator but of kind {artifact.spec.kind}: choose another --model")
        open_network, builder = NETWORKS[artifact.spec.kind]
        session = open_session(artifact, engine, precision, n_threads=n_threads, torch_builder=builder, notify=notify)
        members.append(Member(open_network(session), weights))
    spec = found.artifacts[0].spec
    return SourceModel(found.name, found.sha256, found.stems, spec.rate, spec.n_channels, tuple(members))


def frames_per_run(artifact: Artifact) -> int:
    """Frames of sound that one run of a separation network covers."""
    options = artifact.spec.options
    return int(options["segment"] if "segment" in options else (options["n_segment_frames"] - 1) * options["hop"])


def _find_best(wanted: Sequence[str], notify: Notify) -> FoundModel:
    """htdemucs where it is or can be had, else lite."""
    silence = None if is_cached(BEST_MODEL) else hub_silence()
    if silence is not None:
        return _lite_instead(f"{BEST_MODEL} is not on this machine and {silence}")
    try:
        found = _from_bag(fetch_bag(BEST_MODEL), wanted, notify)
    except ModelError as error:
        return _lite_instead(str(error))
    return replace(found, reason="the best model at hand")


def _lite_instead(why: str) -> FoundModel:
    return _from_artifact("lite", EMBEDDED / "lite", f"because {why}")


def _from_path(path: Path, wanted: Sequence[str], notify: Notify) -> FoundModel:
    if (path / MANIFEST).is_file():
        return _from_artifact(path.name, path)
    if not path.exists():
        known = ", ".join((AUTO, *embedded_names(), *HUB_MODELS))
        raise ModelError(
            f"no model is called {path}, and no such file exists: choose {known}, hf://owner/name or a path"
        )
    return _from_bag(local_bag(path), wanted, notify)


def _from_artifact(name: str, folder: Path, reason: str = "") -> FoundModel:
    artifact = load_artifact(folder)
    if artifact.spec.kind not in BUILDERS:
        raise ModelError(f"{folder} holds a model of kind {artifact.spec.kind}: give one of {', '.join(BUILDERS)}")
    return FoundModel(name, (artifact,), (_equal_say(artifact),), reason)


def _from_bag(bag: Bag, wanted: Sequence[str], notify: Notify) -> FoundModel:
    first = _converted(bag.files[0], bag.segment_s, notify)
    stems = first.spec.options["stems"]
    rows = bag.weights or (_equal_say(first),) * len(bag.files)
    if len(rows) != len(bag.files) or any(len(row) != len(stems) for row in rows):
        raise ModelError(f"bag {bag.name} has weights that do not fit its networks and stems: fetch it again")
    indices = [i for i, stem in enumerate(stems) if not wanted or stem in wanted] or range(len(stems))
    needed = [(path, row) for path, row in zip(bag.files, rows, strict=True) if any(row[i] for i in indices)]
    artifacts = tuple(_converted(path, bag.segment_s, notify) for path, _ in needed)
    return FoundModel(bag.name, artifacts, tuple(row for _, row in needed))


def _equal_say(artifact: Artifact) -> tuple[float, ...]:
    return (1.0,) * len(artifact.spec.options["stems"])


def _converted_folder(weights: Path, segment_s: float | None) -> Path:
    segment = "" if segment_s is None else f"-{segment_s:g}s"
    return cache_dir() / "models" / f"demucs-{file_sha256(weights)[:16]}{segment}-v{CONVERSION_VERSION}"


def _converted(weights: Path, segment_s: float | None, notify: Notify) -> Artifact:
    """The artifact of a demucs weight file, from the cache or made now in a process of its own."""
    folder = _converted_folder(weights, segment_s)
    try:
        return load_artifact(folder)
    except ModelError:  # not there yet, or damaged: both are cured by making it
        notify(f"preparing {weights.name} for this machine (once, about a minute)")
        _convert(weights, folder, segment_s)
    return load_artifact(folder)


def _convert(weights: Path, folder: Path, segment_s: float | None) -> None:
    command = [sys.executable, "-m", "separation.demucs_adapter", str(weights), str(folder)]
    command += [] if segment_s is None else [str(segment_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    if done.returncode == 2:
        raise ModelError(lines[-1])
    raise ModelError(f"{weights} could not be prepared ({lines[-1]}): try --model lite, and report this as a bug")
