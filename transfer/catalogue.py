"""From a timbre's name to its artifact: the models that come with mixassist, and those in folders."""

from __future__ import annotations

from pathlib import Path

from mixassist.errors import ModelError
from mixassist.runtime import Artifact, load_artifact
from mixassist.runtime.artifact import MANIFEST

EMBEDDED = Path(__file__).parent / "data"

BUILDERS: dict[str, str] = {
    "instrument": "transfer.instrument.net:build_instrument",
    "texture": "transfer.texture.net:build_texture",
}
"""The torch builder of each kind of timbre."""


def embedded_names() -> tuple[str, ...]:
    """Timbres that come with mixassist."""
    return tuple(sorted(manifest.parent.name for manifest in EMBEDDED.glob(f"*/{MANIFEST}")))


def find_timbre(model: str | Path) -> Artifact:
    """The artifact of the timbre called `model`, or in that folder.

    Raises:
        ModelError: when there is none, it is damaged, or of another kind.
    """
    folder = EMBEDDED / model if str(model) in embedded_names() else Path(model)
    if not (folder / MANIFEST).is_file():
        known = ", ".join(embedded_names()) or "none yet"
        raise ModelError(f"no timbre is called {model}, and no such folder holds one: choose of {known}, or train one")
    artifact = load_artifact(folder)
    if artifact.spec.kind not in BUILDERS:
        raise ModelError(
            f"{folder} holds a model of kind {artifact.spec.kind}: give a timbre, of kind {', '.join(BUILDERS)}"
        )
    return artifact
