"""Songs of made-up tracks whose measures, or whose sound, are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.style_files import load_style
from mixassist.suggest.track import Track, measure_track
from tests.signals import noise

RATE = 22050


def band(low_hz: float, high_hz: float, level: float, seconds: float = 3.0, seed: int = 0) -> np.ndarray:
    """Noise [1, T] between two frequencies, of an rms of `level`."""
    sos = butter(4, (low_hz, high_hz), "bandpass", fs=RATE, output="sos")
    raw = sosfilt(sos, noise(int(seconds * RATE), 1, 1.0, seed), axis=1)
    return np.asarray(level * raw / np.sqrt(np.mean(raw**2)))


def made_channel(name: str, instrument: str, octaves_db: list[float], is_lead: bool = False) -> Channel:
    """A track of steady octaves [10], 31.5 Hz to 16 kHz."""
    bands = np.zeros((50, 31))
    for k, level_db in enumerate(octaves_db):
        bands[:, 1 + 3 * k : 4 + 3 * k] = 10 ** (level_db / 10) / 3
    power = np.full(500, bands[0].sum())
    track = Track(Path(name), RATE, 2, 5.0, 2 * power, power, np.sqrt(2 * power), bands, 0.0)
    return Channel(name, track, track.loudness_lufs or -70.0, instrument, INSTRUMENTS[instrument].family, 0.9, is_lead)


def heard_channel(folder: Path, name: str, instrument: str, samples: np.ndarray, is_lead: bool = False) -> Channel:
    """A track of samples [C, T] at `RATE`."""
    path = folder / f"{name}.wav"
    soundfile.write(path, samples.T, RATE, subtype="FLOAT")
    track = measure_track(path)
    family = INSTRUMENTS[instrument].family
    return Channel(path.name, track, track.loudness_lufs or -70.0, instrument, family, 0.9, is_lead)


def made_song(*channels: Channel, genre: str = "rock") -> Multitrack:
    """A song at 120 beats a minute."""
    return Multitrack(channels, (), GenreUsed(genre, {genre: 1.0}), load_style(genre), 120.0)
