"""Training material for the separator: songs with stems and loose voices, decoded once.

Task:
    `build_cache` decodes a data folder to int16 arrays; `SongLibrary` opens them.
Conventions:
    Songs are stereo, voices may be mono, all at 44100 Hz. A song lacks the stems it does not have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from mixassist.audio.files import read_audio

STEMS = ("drums", "bass", "other", "vocals")
RATE = 44_100
FULL_SCALE = 32767

Stored = NDArray[np.int16]
Song = dict[str, Stored]


@dataclass(frozen=True)
class SongLibrary:
    """Songs by name, each a mapping from stem to [2, T] int16, and loose voices [1 or 2, T] int16."""

    songs: dict[str, Song]
    voices: list[Stored] = field(default_factory=list)

    @classmethod
    def open(cls, cache: Path, held_out: tuple[str, ...] = ()) -> SongLibrary:
        """The cached library without the songs held out; songs are memory mapped, voices loaded."""
        songs = {
            folder.name: {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}
            for folder in sorted((cache / "songs").iterdir())
            if folder.name not in held_out
        }
        return cls(songs, [np.load(path) for path in sorted((cache / "voices").glob("*.npy"))])


def build_cache(data: Path, cache: Path) -> None:
    """Decodes `data`/train and `data`/voices to int16 arrays in `cache`, once; what is there already is kept."""
    songs = {path: cache / "songs" / path.parent.name / f"{path.stem}.npy" for path in (data / "train").rglob("*.ogg")}
    voices = {path: cache / "voices" / _flat_name(path, data / "voices") for path in (data / "voices").rglob("*.ogg")}
    for source, target in (songs | voices).items():
        if not target.exists():
            samples = read_audio(source).samples
            is_bass_within = source.stem == "other" and not source.with_name(f"bass{source.suffix}").exists()
            store(without_bass(samples) if is_bass_within else samples, target)


def without_bass(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples [C, T] above 120 Hz. A song without a bass stem has its bass in other, up to half of its energy.

    Learned as it stands, that would teach the network to give basses to other.
    """
    high = scipy.signal.butter(4, 120, "high", fs=RATE, output="sos")
    return np.asarray(scipy.signal.sosfiltfilt(high, samples, axis=-1), np.float32)


def store(samples: NDArray[np.float32], target: Path) -> None:
    """Writes samples [C, T] as int16."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, np.round(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16))
    partial.rename(target)


def as_float(samples: Stored) -> NDArray[np.float32]:
    """Samples in float32, full scale at ±1."""
    return samples.astype(np.float32) / np.float32(FULL_SCALE)


def _flat_name(path: Path, root: Path) -> str:
    return "-".join(path.relative_to(root).with_suffix(".npy").parts)
