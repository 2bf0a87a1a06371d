"""Tonal balance of genres: third-octave levels with the spread that finished music shows.

The mean over all genres is Elowsson and Friberg's (2017, 12 345 tracks): with x = log2(f / 200 Hz), the power density
is L(f) = -2.350 x - 0.6588 x² dB. How a genre parts from it, and how much its songs part from each other, is measured
from the mean cepstra of the GTZAN table, whose inverse is each song's mean mel spectrum in dB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from mixassist.suggest.features import N_MEL, N_MFCC, RATE_HZ
from mixassist.suggest.style import ALIGNED_HZ

Floats = NDArray[np.float64]

BANDS_HZ = (
    *(40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0),
    *(1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0, 16000.0),
)
REFERENCE_HZ = 1000.0

TOP_HZ = 8000.0
"""Many of the table's recordings were low-passed at 10 kHz: above, a genre parts from the mean as it does here, with
growing spread."""

WIDENING_DB = 1.0
"""Spread added per band above `TOP_HZ`."""

N_WAYS = 6
"""Ways in which songs part from their genre: these hold 95 of 100 parts of what the table's songs vary by."""

N_BORROWED = 60
"""Songs of any genre by which the ways of one are steadied, which have about 90 each."""

POPULAR = ("blues", "country", "disco", "hiphop", "metal", "pop", "reggae", "rock")
"""The genres of the table whose mean stands for the published mean, which is of popular music."""


def published_mean_db() -> Floats:
    """Third-octave levels [K] re 1 kHz of the mean track; extrapolated below 100 Hz."""
    bands = np.array(BANDS_HZ)
    octaves = np.log2(bands / 200)
    level_db = -2.350 * octaves - 0.6588 * octaves**2 + 10 * np.log10(bands)
    return np.asarray(level_db - level_db[BANDS_HZ.index(REFERENCE_HZ)])


def songs_spectra_db(rows: Sequence[Mapping[str, str]]) -> Floats:
    """Smooth mel spectra of the table's songs [N, K] at `BANDS_HZ`, of equal level between `ALIGNED_HZ`."""
    cepstra = np.array([[float(row[f"mfcc{number}_mean"]) for number in range(1, N_MFCC + 1)] for row in rows])
    mel_db = scipy.fft.idct(cepstra, n=N_MEL, axis=1, norm="ortho")
    at_hz = np.log2(_mel_centers_hz())
    spectra = np.array([np.interp(np.log2(BANDS_HZ), at_hz, song) for song in mel_db])
    is_aligned = (np.array(BANDS_HZ) >= ALIGNED_HZ[0]) & (np.array(BANDS_HZ) <= ALIGNED_HZ[1])
    return np.asarray(spectra - spectra[:, is_aligned].mean(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class GenreTone:
    """Level re 1 kHz and spread over songs [K], and the ways [W, K] in which songs part from the level, in dB."""

    level_db: Floats
    spread_db: Floats
    ways_db: Floats


def genre_tones(rows: Sequence[Mapping[str, str]]) -> dict[str, GenreTone]:
    """The tone of each genre of the table, and of "neutral", all popular ones alike."""
    labels = np.array([row["label"] for row in rows])
    spectra = songs_spectra_db(rows)
    is_popular = np.isin(labels, POPULAR)
    middle = spectra[is_popular].mean(axis=0)
    centred = np.concatenate(
        [spectra[labels == genre] - spectra[labels == genre].mean(axis=0) for genre in set(labels)]
    )
    any_genre = centred.T @ centred / len(centred)
    tones = {"neutral": _tone(np.zeros(len(BANDS_HZ)), spectra[is_popular] - middle, any_genre)}
    for genre in sorted(set(labels)):
        songs = spectra[labels == genre]
        mean = songs.mean(axis=0)
        tones[genre] = _tone(mean - middle, songs - mean, any_genre)
    return tones


def _tone(offset_db: Floats, songs_db: Floats, any_genre: Floats) -> GenreTone:
    """The published mean moved by a genre's offset; songs [N, K] lie off it, and those of any genre vary so [K, K]."""
    level_db, spread_db = _filled_in(offset_db, songs_db.std(axis=0))
    shared = (songs_db.T @ songs_db + N_BORROWED * any_genre) / (len(songs_db) + N_BORROWED)
    n_held = BANDS_HZ.index(TOP_HZ) + 1
    powers, ways = np.linalg.eigh(shared[:n_held, :n_held])
    largest = np.argsort(powers)[::-1][:N_WAYS]
    held = np.sqrt(powers[largest])[:, None] * ways[:, largest].T
    return GenreTone(level_db, spread_db, np.pad(held, ((0, 0), (0, len(BANDS_HZ) - n_held)), mode="edge"))


def _filled_in(offset_db: Floats, spread_db: Floats) -> tuple[Floats, Floats]:
    """Level and spread [K] with what the table does not hold filled in."""
    bands = np.array(BANDS_HZ)
    top = BANDS_HZ.index(TOP_HZ)
    offset = np.where(bands > TOP_HZ, offset_db[top], offset_db)
    spread = np.where(bands > TOP_HZ, spread_db[top] + WIDENING_DB * (np.arange(len(bands)) - top), spread_db)
    level = published_mean_db() + offset
    return level - level[BANDS_HZ.index(REFERENCE_HZ)], spread


def _mel_centers_hz() -> Floats:
    """Centers [N_MEL] of Slaney's mel bands from 0 to half of `RATE_HZ`: linear to 1 kHz, logarithmic above."""
    linear_hz, log_step, break_hz = 200 / 3, np.log(6.4) / 27, 1000.0
    break_mel = break_hz / linear_hz
    top_mel = break_mel + np.log(RATE_HZ / 2 / break_hz) / log_step
    mel = np.linspace(0, top_mel, N_MEL + 2)[1:-1]
    return np.where(mel < break_mel, mel * linear_hz, break_hz * np.exp(log_step * (mel - break_mel)))
