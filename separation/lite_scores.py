"""Scores a separator on songs whose stems are known, beside the two ends of what a mask can reach.

Task:
    A folder of songs (one folder each, a file per stem, a missing file is a silent stem) becomes a table. The songs of
    a training set are such folders too.
Conventions:
    A song's figure is the median over 1-s frames of the SDR in dB of `mixassist.dsp.scores`, all channels together.
    A frame counts for a stem when that stem is above -60 dB (rms) in it. A table's figure is the median over songs.
    `model` is the separator, `mixture` takes the mix itself for every stem; `oracle` is the ratio mask |S| / sum |S| of
    the true stems.

References:
    Stöter, Liutkus and Ito 2018, "The 2018 Signal Separation Evaluation Campaign" (the medians, the ratio mask).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.dsp.scores import framewise_sdr
from mixassist.dsp.spectrum import istft, stft
from separation.options import SeparationOptions
from separation.separator import Separator
from separation.songs import RATE, STEMS, as_float

Floats = NDArray[np.float32]

AUDIBLE_RMS = 1e-3


def score_folder(folder: Path, model: Path, only: Sequence[str] = ()) -> dict[str, Any]:
    """Scores in dB per song and the median over songs: {method: {stem: dB}} each."""
    separator = Separator(SeparationOptions(model=str(model)))
    songs = {path.name: score_song(*read_stems(path), separator) for path in _songs(folder, only)}
    return {"median": _median_over(list(songs.values())), "songs": songs}


def leaks_of_folder(folder: Path, model: Path) -> dict[str, float]:
    """`vocals_leak_db` of each song in a folder."""
    separator = Separator(SeparationOptions(model=str(model)))
    return {path.name: vocals_leak_db(*read_stems(path), separator) for path in _songs(folder, ())}


def _songs(folder: Path, only: Sequence[str]) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and (not only or path.name in only))


def read_stems(folder: Path) -> tuple[Floats, int]:
    """Stems [S, C, T] of one song, zeros where a file is missing, and their rate in Hz."""
    found = {name: _read(path) for name in STEMS for path in folder.glob(f"{name}.*")}
    n_frames = min(buffer.n_frames for buffer in found.values())
    n_channels = max(buffer.n_channels for buffer in found.values())
    stems = np.zeros((len(STEMS), n_channels, n_frames), np.float32)
    for row, name in enumerate(STEMS):
        if name in found:
            stems[row] = found[name].samples[:, :n_frames]
    return stems, next(iter(found.values())).rate


def score_song(stems: Floats, rate: int, separator: Separator) -> dict[str, dict[str, float]]:
    """Median SDR in dB of each audible stem: of the separator, of the mix taken for it, and of the oracle mask."""
    mix: Floats = stems.sum(axis=0)
    separated = separator.separate(AudioBuffer(mix, rate)).stems
    estimates = {
        "model": np.stack([separated[name].samples for name in STEMS]),
        "mixture": np.broadcast_to(mix, stems.shape),
        "oracle": oracle(stems),
    }
    return {method: median_sdrs(stems, estimate, rate) for method, estimate in estimates.items()}


def vocals_leak_db(stems: Floats, rate: int, separator: Separator) -> float:
    """Level in dB of the vocals found in a song [S, C, T] without its vocals, against that of the song."""
    mix: Floats = stems[: STEMS.index("vocals")].sum(axis=0)
    vocals = separator.separate(AudioBuffer(mix, rate)).stems["vocals"].samples
    return round(float(10 * np.log10((np.mean(np.square(vocals)) + 1e-20) / np.mean(np.square(mix)))), 1)


def oracle(stems: Floats, n_fft: int = 4096) -> Floats:
    """What the ratio mask of the true stems [S, C, T] makes of their sum."""
    hop = n_fft // 4
    total = np.sum([np.abs(stft(stem, n_fft, hop)) for stem in stems], axis=0) + 1e-9
    phase = stft(stems.sum(axis=0), n_fft, hop) / total
    return np.stack([istft(np.abs(stft(stem, n_fft, hop)) * phase, hop, stems.shape[-1]) for stem in stems])


def median_sdrs(truths: Floats, estimates: Floats, rate: int) -> dict[str, float]:
    """Median SDR in dB, by name, of the stems [S, C, T] that are audible in some frame."""
    pairs = zip(STEMS, truths, estimates, strict=True)
    medians = {name: _median_audible(truth, estimate, rate) for name, truth, estimate in pairs}
    return {name: median for name, median in medians.items() if median is not None}


def _read(path: Path) -> AudioBuffer:
    """A stem in an audio file or, of a training set, in an array of 16-bit samples."""
    return AudioBuffer(as_float(np.load(path)), RATE) if path.suffix == ".npy" else read_audio(path)


def _median_audible(truth: Floats, estimate: Floats, rate: int) -> float | None:
    """Median of the framewise SDR in dB of one stem [C, T] over its audible frames; None where there is none."""
    frames = framewise_sdr(truth[None], estimate[None], rate)[0]
    whole = truth[:, : frames.size * rate].reshape(truth.shape[0], frames.size, rate)
    is_judged = (np.sqrt(np.mean(np.square(whole), axis=(0, 2))) > AUDIBLE_RMS) & ~np.isnan(frames)
    return round(float(np.median(frames[is_judged])), 2) if is_judged.any() else None


def _median_over(songs: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Median over the songs that have a figure, and its mean over the stems."""
    table: dict[str, dict[str, float]] = {}
    for method in songs[0]:
        figures = {name: [song[method][name] for song in songs if name in song[method]] for name in STEMS}
        row = {name: round(float(np.median(values)), 2) for name, values in figures.items() if values}
        table[method] = row | {"mean": round(float(np.mean(list(row.values()))), 2)}
    return table
