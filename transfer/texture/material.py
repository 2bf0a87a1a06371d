"""`Sounds`: what a texture learns from, kept on disk as 16-bit samples and read where it is drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.atomic import atomic_path

Mono = NDArray[np.float32]

FULL_SCALE = 32767
VOICES = (0.5, 0.3, 0.2)
"""How often one, two or three sounds are heard at once, for chords."""

SOFTER_DB = 12.0
"""Further sounds are softer by up to this much."""

FAINTEST = 1e-3
"""Deviation below which a passage is not worth learning."""

N_TRIES = 20
LEVEL = 0.1
"""Deviation that passages are brought to: the network hears no level."""


class Sounds:
    """Sounds one after the other, from which passages are drawn."""

    def __init__(self, samples: NDArray[np.int16]) -> None:
        self._samples = samples

    def draw(self, rng: np.random.Generator, n_samples: int, voices: tuple[float, ...] = VOICES) -> Mono:
        """A passage [n_samples], of several at once by the chances `voices`."""
        n_voices = 1 + int(rng.choice(len(voices), p=voices))
        total = self._passage(rng, n_samples)
        for _ in range(n_voices - 1):
            gain = np.float32(10 ** (-rng.uniform(0, SOFTER_DB) / 20))
            total = total + gain * self._passage(rng, n_samples)
        return np.asarray(total * (LEVEL / (np.std(total) + FAINTEST)), np.float32)

    def _passage(self, rng: np.random.Generator, n_samples: int) -> Mono:
        """One passage, at a level of its own; too short a collection is followed by silence."""
        for _ in range(N_TRIES):
            first = int(rng.integers(max(self._samples.size - n_samples, 0) + 1))
            passage = self._samples[first : first + n_samples].astype(np.float32) / FULL_SCALE
            if np.std(passage) > FAINTEST:
                break
        return np.pad(passage / (np.std(passage) + FAINTEST), (0, n_samples - passage.size))


def keep_sounds(sounds: Iterable[Mono], path: Path) -> None:
    """Writes sounds [T] one after the other to `path`, to be opened by `open_sounds`."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        for sound in sounds:
            file.write(np.rint(np.clip(sound, -1, 1) * FULL_SCALE).astype("<i2").tobytes())


def open_sounds(path: Path) -> Sounds:
    """The sounds that `keep_sounds` wrote; what is not drawn from is not read."""
    return Sounds(np.memmap(path, dtype="<i2", mode="r"))
