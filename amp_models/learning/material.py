"""What a network learns from: takes, the part of each that is held out, and pieces drawn at random from the rest.

Conventions:
    Audio and truth are float32 [T] at one rate and lie on each other. The truth is brought to -18 dBFS RMS for
    training; `gain` says by what. A held-out part is judged from `N_LEAD` samples after its beginning on, more than any
    network hears back, so that nothing trained on is heard there and all sizes are judged by the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import CaptureError

Signal = NDArray[np.float32]

TRAINED_LEVEL_DB = -18.0
HELD_OUT_SHARE = 0.1
LONGEST_HELD_OUT_S = 18.0
SHORTEST_HELD_OUT_S = 1.0
LEVEL_MARGIN_DB = 6.0
N_CANDIDATES = 10
N_LEAD = 8192


@dataclass(frozen=True)
class Take:
    """One recording with the knobs [K] where they stood, and the span of it that is `held_out`, in samples."""

    audio: Signal
    truth: Signal
    held_out: tuple[int, int]
    knobs: Signal = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """What there is to learn from: before the held-out part, and after it."""
        return [(0, self.held_out[0]), (self.held_out[1], self.audio.size)]


@dataclass(frozen=True)
class Piece:
    """One thing to play, and what should come out after the network's past."""

    audio: Signal
    truth: Signal
    knobs: Signal


class Material:
    """Takes as pieces for a network with `n_past`, each `n_judged` samples long.

    Raises:
        CaptureError: when nothing can be learned, or nothing judged, because the takes are too short.
    """

    def __init__(self, takes: Sequence[Take], n_past: int, n_judged: int) -> None:
        self._n_past, self._n_judged = n_past, n_judged
        self._takes = takes
        self._starts = [(take, start, end - n_past - n_judged) for take in takes for start, end in take.spans]
        self._starts = [(take, start, last) for take, start, last in self._starts if last >= start]
        if not self._starts:
            n_longest = max(take.audio.size for take in takes)
            raise CaptureError(f"the longest take has {n_longest} samples, too few to learn from: record a minute")
        sizes = np.array([last - start + 1 for _, start, last in self._starts], float)
        self._chances = sizes / sizes.sum()
        learned = [take.truth[start:end] for take in takes for start, end in take.spans]
        n_learned = sum(part.size for part in learned)
        rms = np.sqrt(sum(float(np.dot(part, part)) for part in learned) / n_learned)
        self.gain = float(10 ** (TRAINED_LEVEL_DB / 20) / max(rms, 1e-9))
        self.power = float(10 ** (TRAINED_LEVEL_DB / 10))
        self.n_learned = n_learned

    def draw(self, rng: np.random.Generator) -> Piece:
        """A piece from anywhere in what may be learned from."""
        take, start, last = self._starts[int(rng.choice(len(self._starts), p=self._chances))]
        first = int(rng.integers(start, last + 1))
        return self._piece(take, first, first + self._n_past + self._n_judged)

    def held_out(self) -> list[Piece]:
        """The held-out part of every take."""
        n_skipped = N_LEAD - self._n_past
        return [self._piece(take, take.held_out[0] + n_skipped, take.held_out[1]) for take in self._takes]

    def _piece(self, take: Take, first: int, end: int) -> Piece:
        truth = take.truth[first + self._n_past : end] * np.float32(self.gain)
        return Piece(take.audio[first:end], truth, take.knobs)


def choose_held_out(truth: Signal, rate: int) -> tuple[int, int]:
    """A tenth of the take, at most 18 s, to judge by: its end, or if that is not as loud as the whole, what is.

    Raises:
        CaptureError: when a tenth of it is less than a second.
    """
    n = int(min(HELD_OUT_SHARE * truth.size, LONGEST_HELD_OUT_S * rate)) + N_LEAD
    if n - N_LEAD < SHORTEST_HELD_OUT_S * rate:
        shortest_s = SHORTEST_HELD_OUT_S / HELD_OUT_SHARE
        raise CaptureError(
            f"the take is {truth.size / rate:.1f} s long: at least {shortest_s:.0f} s are needed, record a minute"
        )
    firsts = np.linspace(truth.size - n, 0, N_CANDIDATES).astype(int)
    whole_db = _level_db(truth)
    distances = np.array([abs(_level_db(truth[first + N_LEAD : first + n]) - whole_db) for first in firsts])
    near = np.flatnonzero(distances <= LEVEL_MARGIN_DB)
    first = int(firsts[near[0] if near.size else int(distances.argmin())])
    return first, first + n


def _level_db(sound: Signal) -> float:
    return float(10 * np.log10(max(float(np.dot(sound, sound)) / sound.size, 1e-12)))
