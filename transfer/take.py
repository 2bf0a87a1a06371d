"""What a take that somebody played says of the timbres that are heard in it: tags within, and a sidecar beside it.

Conventions: those of `rendered`, whose sidecar a take of one timbre has. That of several tells each of them under
`models`; tags are written before anybody plays, and name all that are at hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from mixassist.audio.atomic import atomic_path
from mixassist.audio.tags import FileTags
from mixassist.runtime import Artifact
from mixassist.runtime.artifact import file_sha256
from transfer.credits import credits_of
from transfer.rendered import SOFTWARE, SOURCE_TYPE, Rendering, sidecar_of

PLAYING = "what was played live"


def tags_of_take(models: Sequence[Artifact]) -> FileTags:
    """For `Encoding.tags`: who may be heard, under which licences, by which models.

    Raises:
        ModelError: when a model does not say whom it learned from.
    """
    told = [Rendering(model, PLAYING).tags for model in models]
    return FileTags(
        artist=_each_once(tags.artist for tags in told),
        copyright=_each_once(tags.copyright for tags in told),
        comment=_each_once(tags.comment for tags in told),
        software=SOFTWARE,
    )


def write_take_sidecar(take: Path, heard: Sequence[Artifact]) -> Path:
    """Writes the sidecar of a take in which these models are heard, and returns its path.

    Raises:
        AudioError: when it cannot be written.
        ModelError: when a model does not say whom it learned from.
    """
    if len(heard) == 1:
        return Rendering(heard[0], PLAYING).write_sidecar(take)
    models = [
        {
            "model": model.name,
            "model_sha256": model.sha256,
            "licence": model.manifest.get("licence", ""),
            "credits": [credit.to_dict() for credit in credits_of(model)],
        }
        for model in heard
    ]
    told = {
        "file": take.name,
        "sha256": file_sha256(take),
        "source": PLAYING,
        "digital_source_type": SOURCE_TYPE,
        "models": models,
    }
    path = sidecar_of(take)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return path


def _each_once(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
