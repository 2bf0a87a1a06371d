"""Balance learned from faders, robustly: an instrument's own gain, and what a genre changes about it.

    gain(instrument, genre) = a(instrument) + b(instrument, genre), both shrunk towards 0, b more

fitted to gains re each song's mean, with outliers weighted down. Uncertainty comes from fits to songs drawn anew (the
bootstrap); what is said about quality, from songs that were held out whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mixassist.suggest.balance import ANY_GENRE, Balance
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.learning import MAD_TO_DEVIATION, fit_robust
from mixassist.suggest.medleydb import MixedSong

Floats = NDArray[np.float64]
Foretell = Callable[[MixedSong], Floats]

PENALTY = 3.0
GENRE_SCALE = 0.6
"""A genre's part is shrunk 1 / 0.6² times as much; any of 0.3 … 1 does as well within 0.01 dB on held-out songs."""

N_FOLDS = 10
N_DRAWS = 40
NAMES = tuple(INSTRUMENTS)


def fit_balance(songs: Sequence[MixedSong], n_draws: int = N_DRAWS) -> Balance:
    """The balance of these songs, with standard errors from `n_draws` draws of songs."""
    genres = tuple(sorted({song.genre for song in songs}))
    gains = _gains(songs, genres)
    rng = np.random.default_rng(0)
    draws = [_gains([songs[k] for k in rng.integers(len(songs), size=len(songs))], genres) for _ in range(n_draws)]
    balance = Balance(
        genres=(ANY_GENRE, *genres),
        instruments=NAMES,
        gain_db=gains,
        error_db=np.std(draws, axis=0) if draws else np.zeros_like(gains),
        spread_db=np.zeros(len(NAMES)),
        n_tracks=_counts(songs, genres),
    )
    return Balance(**{**vars(balance), "spread_db": _spread(songs, balance)})


def foretell_by(balance: Balance) -> Foretell:
    """A song's gains as the balance has them."""
    return lambda song: np.array([fader.gain_db for fader in balance.faders(song.instruments, {song.genre: 1.0})])


def fit_median(songs: Sequence[MixedSong]) -> Foretell:
    """The naive way: each instrument's median gain, whatever the genre."""
    found: dict[str, list[float]] = {}
    for song in songs:
        for instrument, gain_db in zip(song.instruments, song.gain_db, strict=True):
            found.setdefault(instrument, []).append(float(gain_db))
    median = {instrument: float(np.median(gains_db)) for instrument, gains_db in found.items()}
    return lambda song: np.array([median.get(instrument, 0.0) for instrument in song.instruments])


def held_out_error_db(
    songs: Sequence[MixedSong], fit: Callable[[Sequence[MixedSong]], Foretell], n_folds: int = N_FOLDS
) -> dict[str, float]:
    """Mean absolute error of relative gains on songs not learned from, in all and per kind of gains."""
    fold = np.random.default_rng(0).permutation(len(songs)) % n_folds
    errors: dict[str, list[Floats]] = {"all": []}
    for held_out in range(n_folds):
        foretell = fit([song for song, k in zip(songs, fold, strict=True) if k != held_out])
        for song in (song for song, k in zip(songs, fold, strict=True) if k == held_out):
            told = foretell(song)
            error = np.abs(told - told.mean() - song.gain_db)
            errors["all"].append(error)
            errors.setdefault(song.kind, []).append(error)
    return {kind: round(float(np.concatenate(each).mean()), 2) for kind, each in errors.items()}


def _gains(songs: Sequence[MixedSong], genres: tuple[str, ...]) -> Floats:
    """Gains [1 + G, I] in dB: of any genre, then of each."""
    design = np.concatenate([_design(song, genres) for song in songs])
    target = np.concatenate([song.gain_db for song in songs])
    parts = fit_robust(design, target, PENALTY).reshape(1 + len(genres), len(NAMES))
    return np.asarray(parts[0] + np.vstack([np.zeros(len(NAMES)), GENRE_SCALE * parts[1:]]))


def _design(song: MixedSong, genres: tuple[str, ...]) -> Floats:
    """One row per track [N, (1 + G) I], re the song's mean as the gains are."""
    rows = np.zeros((len(song.instruments), 1 + len(genres), len(NAMES)))
    for track, instrument in enumerate(song.instruments):
        rows[track, 0, NAMES.index(instrument)] = 1.0
        rows[track, 1 + genres.index(song.genre), NAMES.index(instrument)] = GENRE_SCALE
    flat = rows.reshape(len(rows), -1)
    return np.asarray(flat - flat.mean(axis=0))


def _counts(songs: Sequence[MixedSong], genres: tuple[str, ...]) -> Floats:
    counts = np.zeros((1 + len(genres), len(NAMES)))
    for song in songs:
        for instrument in song.instruments:
            counts[[0, 1 + genres.index(song.genre)], NAMES.index(instrument)] += 1
    return counts


def _spread(songs: Sequence[MixedSong], balance: Balance) -> Floats:
    """Robust deviation [I] of tracks from their fader; of an instrument with few tracks, mostly that of all."""
    foretell = foretell_by(balance)
    errors: dict[str, list[float]] = {name: [] for name in NAMES}
    for song in songs:
        for instrument, error in zip(song.instruments, np.abs(song.gain_db - foretell(song)), strict=True):
            errors[instrument].append(float(error))
    everyone = [error for each in errors.values() for error in each]
    n_borrowed = 10
    typical = float(np.median(everyone))
    weighed = [
        (len(each) * float(np.median(each or [0.0])) + n_borrowed * typical) / (len(each) + n_borrowed)
        for each in errors.values()
    ]
    return MAD_TO_DEVIATION * np.array(weighed)
