"""Data sets of one timbre: whether what does not belong is found, what belongs is kept, and copies are known.

`python -m benchmarks --only belonging copies`
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio.files import read_audio
from mixassist.audio.writer import AudioWriter, Encoding
from transfer.dataset.belonging import compare
from transfer.dataset.measuring import Measured, measure
from transfer.dataset.pauses import cut, find_sounds
from transfer.dataset.pieces import RATE, read_pieces
from transfer.dataset.recordings import listen

MAJORITY = "saxophone"
GROUPS = {
    MAJORITY: ("timbre/alto-sax", 256),
    "trumpet phrase": ("timbre/trumpet-phrase.ogg", 1),
    "guitar note": ("amp/notes/Guitar-B4.flac", 1),
    "male voice, syllables": ("separation/voices/erithacus", 60),
    "voices, sung and spoken": ("separation/voices/sms-tools", 5),
    "house singers": ("separation/voices/producer-space/shv", 60),
}
"""Where each group's recordings lie, and how many are taken, in order of their names."""
ONE_MICROPHONE = "saxophone by one microphone"
ALONE = (MAJORITY, ONE_MICROPHONE, "male voice, syllables", "house singers")
LONGEST_S, SHORTEST_HOPS = 10.0, 30
N_PER_RECORDING = 12
N_COPIES = 8
N_QUICK = 20


@dataclass(frozen=True, eq=False)
class Heard:
    """Segments of a group, and their seconds."""

    segments: tuple[Measured, ...]
    seconds: tuple[float, ...]


def belonging(bench: Bench) -> Section:
    """Groups among the saxophone's notes, and groups alone."""
    groups = {name: _hear(_files(bench, name)) for name in GROUPS}
    rows = [_row(name, groups, (MAJORITY, name)) for name in GROUPS if name != MAJORITY]
    rows.append(_row("all of these", groups, tuple(GROUPS)))
    groups[ONE_MICROPHONE] = _hear(tuple(path for path in _files(bench, MAJORITY) if "dnm" in path.stem))
    rows += [_row(f"{name}, half the notes", groups, (ONE_MICROPHONE, name)) for name in GROUPS if name != MAJORITY]
    rows += [_row(f"{name}, alone", groups, (name,)) for name in ALONE]
    return Section(
        "Data sets of one timbre: what does not belong",
        "python -m benchmarks --only belonging",
        ["mixed into the saxophone's notes", "foreign segments found", "segments set aside that belong"],
        rows,
        "The majority are 256 notes of an alto saxophone by two microphones, or 128 by one; the singers are several.",
    )


def copies(bench: Bench) -> Section:
    """How far copies lie from their originals, and how near different notes come."""
    files = _files(bench, MAJORITY)
    originals = _hear(files).segments
    some = range(0, len(originals), max(len(originals) // N_COPIES, 1))
    with tempfile.TemporaryDirectory() as folder:
        copied = [_copy(files[index], Path(folder)) for index in some]
    points = np.array([segment.slices for segment in originals])
    to_copy = [_rms(points[index] - copy.slices) for index, copy in zip(some, copied, strict=True)]
    between = [_rms(points[i] - points[j]) for i in range(len(points)) for j in range(i)]
    return Section(
        "Data sets of one timbre: copies",
        "python -m benchmarks --only copies",
        ["saxophone notes", "distance, dB"],
        [
            (f"farthest of {len(to_copy)} copies from its original", f"{max(to_copy):.2f}"),
            (f"nearest of {len(between)} pairs of different notes", f"{min(between):.2f}"),
        ],
        "Rms difference of mel cepstra in sixteen parts of the time; copies are MP3 at half the level.",
    )


SECTIONS = {"belonging": belonging, "copies": copies}


def _row(title: str, groups: dict[str, Heard], names: Sequence[str]) -> tuple[str, str, str]:
    segments = [segment for name in names for segment in groups[name].segments]
    seconds = [length for name in names for length in groups[name].seconds]
    group = np.repeat(np.arange(len(names)), [len(groups[name].segments) for name in names])
    is_set_aside = compare(segments, seconds).is_foreign
    is_foreign = group > 0
    found = f"{is_set_aside[is_foreign].sum()} of {is_foreign.sum()}" if is_foreign.any() else ""
    return title, found, f"{is_set_aside[~is_foreign].sum()} of {(~is_foreign).sum()}"


def _files(bench: Bench, name: str) -> tuple[Path, ...]:
    place, n_most = GROUPS[name]
    path = bench.data / place
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return tuple(files[: min(n_most, N_QUICK) if bench.is_quick else n_most])


@lru_cache(maxsize=len(GROUPS))
def _hear(files: tuple[Path, ...]) -> Heard:
    segments, seconds = [], []
    for file in files:
        recording = listen(file, file.name)
        spans = cut(find_sounds(recording.levels_db), recording.levels_db, LONGEST_S)
        long_enough = [span for span in spans if span[1] - span[0] >= SHORTEST_HOPS][:N_PER_RECORDING]
        for samples in read_pieces(recording, long_enough):
            segments.append(measure(samples))
            seconds.append(samples.size / RATE)
    return Heard(tuple(segments), tuple(seconds))


def _copy(file: Path, folder: Path) -> Measured:
    """What is measured of a recording of one note at half the level, through MP3."""
    sound = read_audio(file)
    path = folder / f"{file.stem}.mp3"
    with AudioWriter(path, sound.rate, sound.n_channels, Encoding("mp3")) as writer:
        writer.write(0.5 * sound.samples)
    return _hear((path,)).segments[0]


def _rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(difference))))
