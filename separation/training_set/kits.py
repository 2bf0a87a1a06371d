"""Recorded drums: kits put together from the sources' single hits, and what strokes on them sound like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from separation.remix import change_speed
from separation.songs import RATE
from separation.training_set.drumming import GROUPS, Hit
from separation.training_set.sources import Source

Floats = NDArray[np.float32]
Layers = list[Floats]

STAND_INS = {"ride": "hat", "conga": "high_tom", "clap": "snare", "stick": "snare", "crash": "open_hat"}
STAND_INS |= {"open_hat": "hat", "mid_tom": "low_tom", "high_tom": "mid_tom"}
"""What is struck where no source has a drum."""
ACOUSTIC = "colombo-kit"
LONGEST_S = 3.0


class KitShelf:
    """Hits of all drum kits, read when first asked for; keeps what was read."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self._read: dict[Path, Floats] = {}

    def draw(self, kit: str, rng: np.random.Generator) -> dict[str, Layers]:
        """Layers [2, T] of each drum, softest first, tuned up or down; an acoustic kit stays together."""
        sources = [source for source in self.sources if kit == "electronic" or source.name == ACOUSTIC] or self.sources
        drums: dict[str, Layers] = {}
        for drum in (drum for drums_of in GROUPS.values() for drum in drums_of):
            groups = [(source.path, group) for source in sources for group in source.hits.get(drum, [])]
            if groups:
                folder, group = groups[rng.integers(len(groups))]
                speed = float(rng.uniform(0.85, 1.18))
                drums[drum] = [_tuned(self._hit(folder / name), speed) for name in group]
        return drums

    def _hit(self, path: Path) -> Floats:
        if path not in self._read:
            samples = resample(read_audio(path), RATE).samples[:2, : int(LONGEST_S * RATE)]
            loudest = np.abs(samples).max(axis=0)
            first = int(np.argmax(loudest > 0.02 * loudest.max()))
            stereo = np.broadcast_to(samples[:, max(first - 20, 0) :], (2, samples.shape[1] - max(first - 20, 0)))
            self._read[path] = _faded(stereo / max(float(loudest.max()), 1e-4))
        return self._read[path]


def _tuned(hit: Floats, speed: float) -> Floats:
    n_padded = scipy.fft.next_fast_len(hit.shape[1] + 256, real=True)
    padded = np.pad(hit, ((0, 0), (0, n_padded - hit.shape[1])))
    return change_speed(padded, round(n_padded / speed)).astype(np.float32)


def _faded(hit: Floats, n_fade: int = 400) -> Floats:
    fade = np.ones(hit.shape[1], np.float32)
    fade[-n_fade:] = np.linspace(1, 0, n_fade)
    return (hit * fade).astype(np.float32)


def strike(hits: Sequence[Hit], kit: dict[str, Layers], n_samples: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Tracks [2, T] by group of drums; an open hat rings until the next stroke on the hat."""
    tracks = {group: np.zeros((2, n_samples), np.float32) for group in GROUPS}
    hat_times = np.array(sorted(hit.at_s for hit in hits if hit.drum in ("hat", "open_hat")))
    for hit in hits:
        drum = hit.drum
        while drum not in kit and drum in STAND_INS:
            drum = STAND_INS[drum]
        first = int(max(hit.at_s + rng.normal(0, 0.003), 0) * RATE)
        if drum not in kit or first >= n_samples:
            continue
        layers = kit[drum]
        place = min(int(hit.strength * len(layers) * 0.999 + rng.normal(0, 0.15)), len(layers) - 1)
        sound = layers[max(place, 0)]
        if hit.drum == "open_hat":
            after = hat_times[hat_times > hit.at_s + 0.02]
            sound = _faded(sound[:, : max(int((after[0] - hit.at_s) * RATE), 800)]) if after.size else sound
        sound = sound[:, : n_samples - first] * np.float32(hit.strength**1.5 * rng.uniform(0.85, 1.1))
        group = next(group for group, drums in GROUPS.items() if hit.drum in drums)
        tracks[group][:, first : first + sound.shape[1]] += sound
    return tracks
