"""`croissant.json`: a data set described for machines that search and load such things.

References:
    Croissant Format Specification 1.1 (mlcommons.org/croissant/1.1, 2026-01-29) and its RAI vocabulary 1.0: a JSON-LD
    document on schema.org's `Dataset`. The context is the one that the specification recommends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mixassist.runtime.artifact import file_sha256
from transfer.credits import Credit
from transfer.dataset.folder import CROISSANT
from transfer.dataset.manifest import MANIFEST

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
SPDX = "https://spdx.org/licenses/"
TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty"),
    *("fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator"),
    *("source", "subField", "transform"),
)
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}
FIELDS = {
    "file": ("sc:Text", "path of the segment: FLAC, mono, 48 kHz"),
    "recording": ("sc:Text", "name of the recording it was cut from"),
    "split": ("sc:Text", "train, validation or test"),
    "seconds": ("sc:Float", "length of the segment"),
    "sha256": ("sc:Text", "digest of the file"),
}


def write_croissant(folder: Path, manifest: Mapping[str, Any], frozen: date) -> None:
    """Writes the description of a data set beside its manifest, which is there already."""
    credits_told = [Credit.from_dict(told) for told in manifest["credits"]]
    minutes = sum(manifest["seconds"].values()) / 60
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": manifest["name"],
        "description": f"{minutes:.1f} minutes of one timbre, in {len(manifest['segments'])} segments",
        "version": "1.0.0",
        "datePublished": frozen.isoformat(),
        "url": next((each.contributor.source for each in credits_told if "://" in each.contributor.source), MANIFEST),
        "license": sorted({licence_address(each.contributor.licence) for each in credits_told}),
        "creator": [{"@type": "sc:Person", "name": each.contributor.name} for each in credits_told],
        "rai:dataCollection": "; ".join(_collected(each) for each in credits_told),
        "rai:dataUseCases": "; ".join(_consented(each) for each in credits_told),
        "distribution": [_manifest_file(folder)],
        "recordSet": [_segments()],
    }
    (folder / CROISSANT).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def licence_address(licence: str) -> str:
    """Where an SPDX licence is read; other words stay as they are."""
    return f"{SPDX}{licence}.html" if licence and " " not in licence and "://" not in licence else licence


def _collected(credit: Credit) -> str:
    who = credit.contributor
    return f"{who.name}: {who.role}, {credit.seconds / 60:.1f} minutes, from {who.source}"


def _consented(credit: Credit) -> str:
    return f"{credit.contributor.name} consents to: {', '.join(credit.contributor.consent)}"


def _manifest_file(folder: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": MANIFEST,
        "name": MANIFEST,
        "description": "everything about the segments, with the sha256 of each",
        "contentUrl": MANIFEST,
        "encodingFormat": "application/json",
        "sha256": file_sha256(folder / MANIFEST),
    }


def _segments() -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"segments/{name}",
            "name": name,
            "description": description,
            "dataType": kind,
            "source": {"fileObject": {"@id": MANIFEST}, "extract": {"jsonPath": f"$.segments[*].{name}"}},
        }
        for name, (kind, description) in FIELDS.items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "segments",
        "name": "segments",
        "key": {"@id": "segments/file"},
        "field": fields,
    }
