"""Recordings decoded once, so that training reads them as fast as the disk gives them.

Task: a data folder of songs with stems and loose voices to a cache that `separation.songs.SongLibrary` opens.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from mixassist.audio.files import read_audio
from separation.songs import RATE, store


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


def _flat_name(path: Path, root: Path) -> str:
    return "-".join(path.relative_to(root).with_suffix(".npy").parts)
