"""`manifest.json`: what a data set holds, frozen, with the sha256 of every file; and the data set that is read by it.

    manifest.json    everything below, in numbers
    credits.toml     whose sound it is
    segments/        what is learned from: FLAC, 24 bits, mono, 48 kHz
    audition/        what was left out, and why: reasons.txt
    coverage.png     pitch against loudness
    croissant.json   the same facts for machines (JSON-LD)
    README.md        and for people

Conventions:
    Paths are below the data set's folder, with `/`. The data set's own sha256 is that of its manifest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mixassist.audio.files import read_audio
from mixassist.errors import AudioError, OptionError
from mixassist.runtime.artifact import file_sha256
from transfer.credits import Credit, read_credits
from transfer.dataset.pieces import RATE, Mono

MANIFEST = "manifest.json"
FORMAT_VERSION = 1

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, eq=False)
class Segment:
    """A stretch of sound: its `name` in the data set, the `recording` it was cut from, and samples [T] at 48 kHz."""

    name: str
    recording: str
    samples: Mono


@dataclass(frozen=True)
class TimbreDataset:
    """A frozen data set in the folder `path`; `manifest` is all that manifest.json says, `sha256` its digest."""

    path: Path
    manifest: Mapping[str, Any]
    sha256: str

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def credits(self) -> tuple[Credit, ...]:
        """Whose sound it is, the greatest part first.

        Raises:
            AudioError: when the manifest does not say.
        """
        try:
            return read_credits(self.manifest["credits"])
        except ValueError as error:
            raise AudioError(f"the credits of {self.path} cannot be read ({error}): build it again") from error

    def names(self, split: Split) -> tuple[str, ...]:
        """The segments of a split, in order.

        Raises:
            OptionError: for a split that there is not.
        """
        if split not in SPLITS:
            raise OptionError(f"no split is called {split!r}: choose one of {', '.join(SPLITS)}")
        return tuple(row["file"] for row in self.manifest["segments"] if row["split"] == split)

    def segments(self, split: Split) -> Iterator[Segment]:
        """The segments of a split in order, read one by one; at least one of `train`, while others may have none.

        Raises:
            OptionError: for a split that there is not.
            AudioError: when a file is not what it was when the data set was frozen.
        """
        wanted = set(self.names(split))
        for row in self.manifest["segments"]:
            if row["file"] in wanted:
                yield Segment(row["file"], row["recording"], self._read(row))

    def _read(self, row: Mapping[str, Any]) -> Mono:
        path = self.path / row["file"]
        if not path.is_file() or file_sha256(path) != row["sha256"]:
            raise AudioError(f"{path} is not what it was when the data set was frozen: build it again")
        samples: Mono = read_audio(path).samples[0]
        return samples


def open_dataset(path: Path) -> TimbreDataset:
    """The data set in the folder `path`.

    Raises:
        AudioError: when there is none, or it cannot be read.
    """
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AudioError(
            f"{path} is no data set, it has no {MANIFEST}: make one with mixassist transfer dataset"
        ) from error
    except (OSError, ValueError) as error:
        raise AudioError(f"{file} cannot be read ({error}): build the data set again") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise AudioError(f"{file} is not of format version {FORMAT_VERSION}: build the data set again")
    missing = {"name", "rate", "credits", "recordings", "segments"} - set(manifest)
    if missing or manifest["rate"] != RATE:
        raise AudioError(f"{file} is no manifest of a data set at {RATE} Hz: build the data set again")
    return TimbreDataset(path, manifest, file_sha256(file))
