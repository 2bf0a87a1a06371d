"""What masters are measured on: finished songs, and mixdowns of multitracks whose faders nobody touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio import AudioBuffer, read_audio
from mixassist.audio.resample import resample

RATE = 44100
PEAK = 10 ** (-1 / 20)


@dataclass(frozen=True)
class Song:
    """A cut of a song or of a mixdown."""

    name: str
    cut: AudioBuffer


def find_songs(paths: Sequence[Path], n_most: int | None = None) -> list[Path]:
    """Song files and folders of stems below these; with `n_most`, as many of them, spread over the list.

    A folder that holds folders holds mixes or more such folders, each taken with its stems; any other holds songs.
    What is not there is left out.
    """
    there = [path for path in paths if path.exists()]
    found = [entry for path in there for entry in (_entries(path) if path.is_dir() else [path])]
    if n_most is None or n_most >= len(found):
        return found
    return [found[index * len(found) // n_most] for index in range(n_most)]


def _entries(folder: Path) -> list[Path]:
    children = sorted(folder.iterdir())
    folders = [child for child in children if child.is_dir()]
    if not folders:
        return children
    return [entry for child in folders for entry in (_entries(child) if _has_folders(child) else [child])]


def _has_folders(folder: Path) -> bool:
    return any(child.is_dir() for child in folder.iterdir())


def cut_song(path: Path, seconds: float) -> Song:
    """The middle of a song, or of the sum of a folder's stems, at `RATE` in stereo, as peers want it."""
    whole = _mixdown(path) if path.is_dir() else _stereo(read_audio(path))
    n_frames = round(seconds * RATE)
    start = max(whole.shape[1] - n_frames, 0) // 2
    return Song(path.stem, AudioBuffer(np.ascontiguousarray(whole[:, start : start + n_frames]), RATE))


def _mixdown(folder: Path) -> np.ndarray:
    """The sum of stems [2, T], turned down where it would clip."""
    stems = [_stereo(read_audio(path)) for path in sorted(folder.iterdir())]
    mix = np.zeros((2, max(stem.shape[1] for stem in stems)), np.float32)
    for stem in stems:
        mix[:, : stem.shape[1]] += stem
    return mix * np.float32(min(1.0, PEAK / np.abs(mix).max()))


def _stereo(buffer: AudioBuffer) -> np.ndarray:
    samples = resample(buffer, RATE).samples
    return np.broadcast_to(samples, (2, samples.shape[1])) if len(samples) == 1 else samples
