"""Training material for the separator: songs with stems and loose voices, decoded once.

Task:
    `SongLibrary` opens the int16 arrays that `separation.training_set.decoding` and its neighbours `store`.
Conventions:
    Songs are stereo, voices may be mono, all at 44100 Hz. A song lacks the stems it does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEMS = ("drums", "bass", "other", "vocals")
RATE = 44_100
FULL_SCALE = 32767
MADE = "made-"
"""How the names of songs begin that `separation.training_set` made."""

Stored = NDArray[np.int16]
Song = Mapping[str, Stored]


class StoredSong(Song):
    """The stems [1 or 2, T] of a song in a folder, memory mapped when asked for.

    A library of hundreds of songs has more stems than a process may hold files open.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.npy"))}
        self.lengths = {name: int(np.load(path, mmap_mode="r").shape[1]) for name, path in self._paths.items()}

    def __getitem__(self, name: str) -> Stored:
        stored: Stored = np.load(self._paths[name], mmap_mode="r")
        return stored

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@dataclass(frozen=True)
class SongLibrary:
    """Songs by name, each a mapping from stem to [1 or 2, T] int16, and loose voices [1 or 2, T] int16."""

    songs: Mapping[str, Song]
    voices: list[Stored] = field(default_factory=list)

    @classmethod
    def open(cls, cache: Path, held_out: tuple[str, ...] = ()) -> SongLibrary:
        """The cached library without the songs held out; songs are memory mapped, voices loaded."""
        songs = {
            folder.name: StoredSong(folder)
            for folder in sorted((cache / "songs").iterdir())
            if folder.name not in held_out
        }
        return cls(songs, [np.load(path) for path in sorted((cache / "voices").glob("*.npy"))])


def song_length(song: Song, stem: str) -> int:
    """Samples of a stem, 0 where a song does not have it."""
    if isinstance(song, StoredSong):
        return song.lengths.get(stem, 0)
    return song[stem].shape[1] if stem in song else 0


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
