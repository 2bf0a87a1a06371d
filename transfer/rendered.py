"""What every rendered file says of the model that made it: tags within, and a sidecar beside it.

Conventions:
    `song.wav` has the sidecar `song.credits.json`. Tags are short; the sidecar holds all that the model's folder says.
    The kind of source is a term of IPTC's digital source types (cv.iptc.org/newscodes/digitalsourcetype), as C2PA
    uses them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.audio.tags import FileTags
from mixassist.runtime import Artifact
from mixassist.runtime.artifact import file_sha256
from transfer.credits import credits_of, licences

SIDECAR_SUFFIX = ".credits.json"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOFTWARE = "mixassist"


@dataclass(frozen=True)
class Rendering:
    """What is said of files that a model renders from `source`, the name of what was played into it.

    Raises:
        ModelError: when the model does not say whom it learned from.
    """

    model: Artifact
    source: str

    @property
    def tags(self) -> FileTags:
        """For `Encoding.tags`: who is heard, under which licences, by which model."""
        named = credits_of(self.model)
        who, learned = ", ".join(credit.contributor.name for credit in named), "; ".join(licences(named))
        return FileTags(
            artist=who,
            copyright=learned,
            comment=f"Timbre of {who} ({learned}), rendered by the model {self.model.name} from {self.source}",
            software=SOFTWARE,
        )

    def write_sidecar(self, rendered: Path) -> Path:
        """Writes the sidecar of a rendered file, and returns its path.

        Raises:
            AudioError: when it cannot be written.
        """
        path = sidecar_of(rendered)
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(self._told(rendered), indent=2) + "\n", encoding="utf-8")
        return path

    def _told(self, rendered: Path) -> dict[str, Any]:
        return {
            "file": rendered.name,
            "sha256": file_sha256(rendered),
            "source": self.source,
            "digital_source_type": SOURCE_TYPE,
            "model": self.model.name,
            "model_sha256": self.model.sha256,
            "licence": self.model.manifest.get("licence", ""),
            "credits": [credit.to_dict() for credit in credits_of(self.model)],
        }


def sidecar_of(rendered: Path) -> Path:
    """Where the sidecar of a rendered file lies."""
    return rendered.with_name(rendered.stem + SIDECAR_SUFFIX)
