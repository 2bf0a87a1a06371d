"""Recordings become segments: files, and a `Draft` of each that tells what was measured of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.dsp.hops import N_HOPS_PER_S
from transfer.dataset.folder import SEGMENTS
from transfer.dataset.measuring import Measured, measure
from transfer.dataset.options import DatasetOptions
from transfer.dataset.pauses import cut, find_sounds
from transfer.dataset.pieces import RATE, Mono, read_pieces
from transfer.dataset.recordings import Recording

N_NAME_CHARACTERS = 60
FULL_SCALE = 0.999
"""What the loudest recording is turned down to where it is beyond full scale, which FLAC does not hold."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A segment that was written: its `file`, where it lies in its recording, and its `sound`, the number of the note.

    Long sounds are cut, so several segments may be of one sound. `clipped` is the share of it held at full scale.
    """

    file: str
    recording: str
    sound: int
    start_s: float
    seconds: float
    clipped: float
    measured: Measured


def common_gain(recordings: Sequence[Recording]) -> float:
    """A factor for all recordings alike, so that none is beyond full scale and soft ones stay soft."""
    peak = max(recording.peak for recording in recordings)
    return min(FULL_SCALE / peak, 1.0) if peak > FULL_SCALE else 1.0


def cut_recording(recording: Recording, folder: Path, number: int, gain: float, options: DatasetOptions) -> list[Draft]:
    """Writes the segments of a recording into `folder`; those that are too short are left out."""
    sounds = find_sounds(recording.levels_db)
    shortest = options.shortest_s * N_HOPS_PER_S
    spans = [
        (index, span)
        for index, sound in enumerate(sounds)
        for span in cut([sound], recording.levels_db, options.longest_s)
        if span[1] - span[0] >= shortest
    ]
    drafts = []
    pieces = read_pieces(recording, [span for _, span in spans])
    for count, ((sound, span), samples) in enumerate(zip(spans, pieces, strict=True), 1):
        file = f"{SEGMENTS}/{number:04d}-{plain(recording.name)}-{count:02d}.flac"
        write_segment(folder / file, gain * samples)
        clipped = float(recording.clipped[slice(*span)].mean())
        start_s, seconds = span[0] / N_HOPS_PER_S, samples.size / RATE
        drafts.append(Draft(file, recording.name, sound, start_s, seconds, clipped, measure(samples)))
    return drafts


def plain(name: str) -> str:
    """A recording's name without folders, ending and whatever some file system does not take."""
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^A-Za-z0-9_+-]+", "_", stem)[:N_NAME_CHARACTERS] or "recording"


def write_segment(path: Path, samples: Mono) -> None:
    """Writes samples [T] as FLAC."""
    with AudioWriter(path, RATE, 1, Encoding("flac", "24")) as writer:
        writer.write(np.asarray(samples, dtype=np.float32)[np.newaxis])
