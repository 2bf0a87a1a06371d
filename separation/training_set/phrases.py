"""Sung phrases: cut out of recordings at their pauses, with the pitch they sit on.

Conventions:
    All phrases lie one after the other in `phrases.npy` [T] int16, mono; `phrases.json` says where each lies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from separation.songs import FULL_SCALE, RATE, Stored, as_float

Floats = NDArray[np.float32]

SHORTEST_S, LONGEST_S = 0.6, 8.0
N_HOP = RATE // 40
PAUSE_S = 0.3
FLOOR = 0.02
"""A pause is quieter than this part of the recording's loudest hop."""
LOWEST_HZ, HIGHEST_HZ = 70, 800


@dataclass(frozen=True)
class Phrase:
    """Samples `first` to `last` of the bank; `pitch` is a MIDI number, None where nothing is sung on a pitch."""

    singer: str
    source: str
    first: int
    last: int
    pitch: float | None

    @property
    def seconds(self) -> float:
        return (self.last - self.first) / RATE


@dataclass(frozen=True)
class PhraseBank:
    """All phrases, memory mapped."""

    samples: Stored
    phrases: list[Phrase]

    @classmethod
    def open(cls, folder: Path) -> PhraseBank:
        table = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
        return cls(np.load(folder / "phrases.npy", mmap_mode="r"), [Phrase(**row) for row in table])

    def cut(self, phrase: Phrase) -> Floats:
        """A phrase [1, T] at its own level brought to a peak of 0.5."""
        samples = as_float(self.samples[None, phrase.first : phrase.last])
        return samples * np.float32(0.5 / max(float(np.abs(samples).max()), 1e-3))


def write_phrases(recordings: Mapping[tuple[str, str], Stored], folder: Path) -> None:
    """Cuts recordings [C, T] by (singer, source) into phrases and writes the bank, unless it is there."""
    if (folder / "phrases.json").exists():
        return
    found: list[Phrase] = []
    pieces: list[NDArray[np.int16]] = []
    at = 0
    for (singer, source), recording in recordings.items():
        mono = as_float(np.asarray(recording)).mean(axis=0)
        for first, last in sung_spans(mono):
            piece = mono[first:last]
            found.append(Phrase(singer, source, at, at + piece.size, pitch_of(piece)))
            pieces.append(np.round(piece / max(float(np.abs(piece).max()), 1e-3) * FULL_SCALE).astype(np.int16))
            at += piece.size
    np.save(folder / "phrases.npy", np.concatenate(pieces) if pieces else np.zeros(0, np.int16))
    (folder / "phrases.json").write_text(json.dumps([asdict(phrase) for phrase in found]), encoding="utf-8")


def sung_spans(mono: Floats) -> Iterator[tuple[int, int]]:
    """First and last sample of each stretch [T] between pauses, at most 8 s long and at least 0.6 s."""
    n_hops = mono.size // N_HOP
    level = np.sqrt(np.mean(mono[: n_hops * N_HOP].reshape(n_hops, N_HOP) ** 2, axis=1)) if n_hops else np.zeros(0)
    is_sung = level > max(FLOOR * float(level.max(initial=0)), 1e-3)
    n_pause = round(PAUSE_S * RATE / N_HOP)
    is_sung = scipy.ndimage.binary_closing(np.pad(is_sung, n_pause), np.ones(n_pause))[n_pause:-n_pause]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_sung.astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2) * N_HOP:
        for start in range(first, last, int(LONGEST_S * RATE)):
            end = min(start + int(LONGEST_S * RATE), last)
            if end - start >= SHORTEST_S * RATE:
                yield int(start), int(end)


def pitch_of(mono: Floats, n_frame: int = 2048) -> float | None:
    """Median pitch of the voiced frames, a MIDI number; None where fewer than a third are voiced.

    A frame is voiced when its autocorrelation, freed of the window's own, peaks above 0.6 within the singing range.
    """
    n_frames = (mono.size - n_frame) // (n_frame * 2) + 1
    if n_frames < 3:
        return None
    starts = np.arange(n_frames) * n_frame * 2
    window = np.hanning(n_frame).astype(np.float32)
    frames = mono[starts[:, None] + np.arange(n_frame)] * window
    power = np.abs(scipy.fft.rfft(frames, 2 * n_frame, axis=1)) ** 2
    own = scipy.fft.irfft(np.abs(scipy.fft.rfft(window, 2 * n_frame)) ** 2)
    lags = slice(RATE // HIGHEST_HZ, RATE // LOWEST_HZ)
    alike = scipy.fft.irfft(power, axis=1)
    likeness = alike[:, lags] / own[lags] / np.maximum(alike[:, :1] / own[0], 1e-9)
    best = likeness.max(axis=1)
    # The first lag nearly as good as the best: later ones are whole multiples of the period.
    lag = RATE // HIGHEST_HZ + np.argmax(likeness > 0.92 * best[:, None], axis=1)
    lag = np.array([_climb(row, start - lags.start) for row, start in zip(likeness, lag, strict=True)]) + lags.start
    is_voiced = (best > 0.6) & (frames.std(axis=1) > 0.1 * frames.std())
    if is_voiced.mean() < 1 / 3:
        return None
    return float(69 + 12 * np.log2(np.median(RATE / lag[is_voiced]) / 440))


def _climb(row: Floats, place: int) -> int:
    """The top of the hill that a place lies on."""
    while place + 1 < row.size and row[place + 1] > row[place]:
        place += 1
    return place
