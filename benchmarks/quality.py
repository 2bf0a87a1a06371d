"""How well the embedded separator separates songs whose stems are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist import AudioBuffer, read_audio
from mixassist.dsp.scores import median_sdr
from mixassist.dsp.spectrum import istft, stft
from separation import SeparationOptions, Separator

STEMS = ("drums", "bass", "other", "vocals")
Floats = NDArray[np.float32]


def read_truth(folder: Path) -> tuple[Floats, int]:
    """True stems [S, C, T] of a song folder and their rate; a missing file is a silent stem."""
    found = {stem: read_audio(path) for stem in STEMS for path in folder.glob(f"{stem}.*")}
    n_frames = min(buffer.n_frames for buffer in found.values())
    n_channels = max(buffer.n_channels for buffer in found.values())
    truth = np.zeros((len(STEMS), n_channels, n_frames), dtype=np.float32)
    for row, stem in enumerate(STEMS):
        if stem in found:
            truth[row] = found[stem].samples[:, :n_frames]
    return truth, next(iter(found.values())).rate


def score_songs(folders: Sequence[Path], model: str = "lite") -> dict[str, NDArray[np.float64]]:
    """Median over songs of `median_sdr` in dB, [S], for the model, the mixture itself and the oracle ratio mask."""
    separator = Separator(SeparationOptions(model=model))
    scores: dict[str, list[NDArray[np.float64]]] = {"mixture": [], model: [], "oracle ratio mask": []}
    for folder in folders:
        truth, rate = read_truth(folder)
        mixture = truth.sum(axis=0)
        stems = separator.separate(AudioBuffer(mixture, rate)).stems
        estimates = {
            "mixture": np.broadcast_to(mixture, truth.shape),
            model: np.stack([stems[stem].samples for stem in STEMS]),
            "oracle ratio mask": oracle(truth),
        }
        for method, estimate in estimates.items():
            scores[method].append(score(truth, estimate, rate))
    return {method: np.nanmedian(np.stack(rows), axis=0) for method, rows in scores.items()}


def score(truth: Floats, estimate: Floats, rate: int) -> NDArray[np.float64]:
    """`median_sdr` of each stem by itself, NaN for one that is silent in truth.

    Stems are scored one by one, so that a stem's silence does not take the frame from the others.
    """
    scores = np.full(len(truth), np.nan)
    for row in range(len(truth)):
        if truth[row].any():
            scores[row] = median_sdr(truth[row : row + 1], estimate[row : row + 1], rate)[0]
    return scores


def oracle(truth: Floats) -> Floats:
    """The best a ratio mask of magnitudes can do: masks |S| / Σ |S| from the true stems."""
    spectra = stft(truth, 4096, 1024)
    magnitudes = np.abs(spectra)
    masks = magnitudes / np.maximum(magnitudes.sum(axis=0), 1e-12)
    return istft(masks * spectra.sum(axis=0), 1024, truth.shape[-1])
