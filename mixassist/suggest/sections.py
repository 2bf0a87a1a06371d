"""Sections of a song: where its tone or its level changes for longer than a moment, and which piece stands for it.

Task: show how a song is laid out, and choose what a listener would be played of it: its loudest longer section. Masters
are judged by the whole song all the same: a song and its reference need not be best in the same piece, and faults come
back less exactly where they are not (`python -m benchmarks --only master-pieces`).
Conventions: steps of half a second; a step is its level in each octave, in dB. A boundary is where the eight seconds
after differ most from the eight before.
References: Foote (2000), Automatic audio segmentation using a measure of audio novelty: his kernel asks for sides that
are alike in themselves as well; here their means are compared, which needs no matrix of all steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.signal

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.loudness import integrated_lufs, k_weighting

STEPS_PER_S = 2
N_SIDE = 8 * STEPS_PER_S
"""Steps on each side of a boundary; also the least between two."""
N_LEAST_SIDE = N_SIDE // 2
"""Steps that a song must have before its first and after its last boundary."""
OCTAVES_HZ = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
FLOOR_DB = 40.0
"""Steps further below an octave's loudest are alike: silence is no place for nuances."""
MIN_CHANGE_DB = 3.0
MIN_PROMINENCE_DB = 1.0
"""How far octaves must change, as rms over them, and how much more than in the neighbourhood."""
MIN_BEST_S = 10.0


@dataclass(frozen=True)
class Section:
    """A stretch of a song; `is_best` for the one that stands for it, `lufs` is None where it is silent."""

    start_s: float
    end_s: float
    lufs: float | None
    is_best: bool = False

    def to_dict(self) -> dict[str, float | bool | None]:
        lufs = None if self.lufs is None else round(self.lufs, 1)
        return {"start_s": round(self.start_s, 1), "end_s": round(self.end_s, 1), "lufs": lufs, "best": self.is_best}


class SectionMeter:
    """Finds the sections of a song while its blocks [C, n] pass by; eight numbers a step are kept."""

    def __init__(self, rate: int, n_channels: int) -> None:
        self.rate = rate
        self._n_step = rate // STEPS_PER_S
        self._filters = k_weighting(rate)
        self._state = np.zeros((len(self._filters), n_channels, 2))
        self._powers: list[Floats] = []
        self._weighted: list[float] = []
        self._n_frames = 0

    def overhear(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The blocks, cut anew, each taken in before it is passed on."""
        for block in rechunk(blocks, self._n_step):
            weighted, self._state = scipy.signal.sosfilt(self._filters, block, axis=1, zi=self._state)
            self._powers.append(_octave_powers(block.mean(axis=0), self.rate))
            self._weighted.append(float(np.square(weighted).mean(axis=1).sum()))
            self._n_frames += block.shape[1]
            yield block

    def sections(self) -> tuple[Section, ...]:
        """The sections of all that passed, in order and without gaps; of a short song one, of nothing none."""
        if not self._powers:
            return ()
        edges = [0, *boundaries(np.array(self._powers)), len(self._powers)]
        times = [*(edge * self._n_step / self.rate for edge in edges[:-1]), self._n_frames / self.rate]
        weighted = np.array(self._weighted)
        stretches = [
            (*span, integrated_lufs(weighted[first:last]))
            for span, (first, last) in zip(pairwise(times), pairwise(edges), strict=True)
        ]
        best = _best(stretches)
        return tuple(Section(*stretch, is_best=index == best) for index, stretch in enumerate(stretches))


def boundaries(powers: Floats) -> list[int]:
    """First steps of sections after the first one, of powers [n_steps, n_octaves]."""
    changes = changes_db(powers)
    found, _ = scipy.signal.find_peaks(changes, MIN_CHANGE_DB, distance=N_SIDE, prominence=MIN_PROMINENCE_DB)
    return [int(step) for step in found if N_LEAST_SIDE <= step <= len(powers) - N_LEAST_SIDE]


def changes_db(powers: Floats) -> Floats:
    """How far what follows each step [n_steps] differs from what precedes it: rms over octaves of mean levels in dB."""
    level_db = power_to_db(powers)
    level_db = np.maximum(level_db, level_db.max(axis=0) - FLOOR_DB)
    sums = np.concatenate([np.zeros((1, level_db.shape[1])), np.cumsum(level_db, axis=0)])
    steps = np.arange(len(level_db))
    before, after = np.maximum(steps - N_SIDE, 0), np.minimum(steps + N_SIDE, len(level_db))
    left = (sums[steps] - sums[before]) / np.maximum(steps - before, 1)[:, None]
    right = (sums[after] - sums[steps]) / (after - steps)[:, None]
    # Beside the ends a side is short, and its mean uncertain: it counts for less.
    trust = np.sqrt(np.minimum(steps - before, after - steps) / N_SIDE)
    return np.asarray(trust * np.sqrt(np.square(right - left).mean(axis=1)))


def _octave_powers(mono: Samples, rate: int) -> Floats:
    """Powers [n_octaves] of a step [T], 0 above half the rate."""
    window = np.hanning(len(mono))
    power = np.square(np.abs(np.fft.rfft(mono * window))) / max(float(np.square(window).sum()) * len(mono), 1e-12)
    edges = np.round(np.array([*OCTAVES_HZ, 2 * OCTAVES_HZ[-1]]) / np.sqrt(2) * len(mono) / rate).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    bounds = np.minimum(edges, len(power))
    return np.asarray(sums[bounds[1:]] - sums[bounds[:-1]])


def _best(stretches: list[tuple[float, float, float | None]]) -> int:
    """The loudest that is long enough; the loudest of all where none is."""
    long_ones = [index for index, (start, end, _) in enumerate(stretches) if end - start >= MIN_BEST_S]
    return max(long_ones or range(len(stretches)), key=lambda index: stretches[index][2] or -np.inf)
