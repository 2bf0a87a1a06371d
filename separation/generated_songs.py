"""Songs generated for training: drums, bass and other over chords, so that the network hears more than one author.

Conventions:
    Stems are [C=2, T] float32 at 44100 Hz. A song is a function of its seed alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from separation.generated_sounds import bass_patch, drum_kit, in_a_room, other_patch, tone
from separation.songs import RATE, store

Floats = NDArray[np.float32]

SECONDS = 24
STEPS = 16
"""Steps of a bar."""
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10))


class Track:
    """A stereo tape [2, T] that sounds are laid on."""

    def __init__(self, n_samples: int) -> None:
        self.samples = np.zeros((2, n_samples), np.float32)

    def lay(self, sound: Floats, at_s: float, level: float, pan: float) -> None:
        """Adds a sound at a time; `pan` runs from -1, left, to 1, right, at equal power."""
        first = int(at_s * RATE)
        sound = sound[: max(self.samples.shape[1] - first, 0)]
        sides = np.array([np.cos((pan + 1) * np.pi / 4), np.sin((pan + 1) * np.pi / 4)], np.float32)
        self.samples[:, first : first + sound.size] += sides[:, None] * sound * np.float32(level)


class Composer:
    """Writes one song: tempo, scale, chords, then a track per stem."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.step_s = 60 / self.rng.uniform(70, 170) / 4
        self.n_bars = int(SECONDS / (self.step_s * STEPS)) + 1
        self.scale = SCALES[self.rng.integers(len(SCALES))]
        self.key = int(self.rng.integers(28, 40))
        chords = self.rng.integers(0, 7, size=self.rng.integers(2, 5))
        self.chords = [int(chords[bar % chords.size]) for bar in range(self.n_bars)]
        self.accents = self.rng.random(STEPS) < np.where(np.arange(STEPS) % 4 == 0, 0.8, 0.3)

    def song(self) -> dict[str, Floats]:
        return {"drums": self._drums(), "bass": self._bass(), "other": self._other()}

    def _track(self) -> Track:
        return Track(SECONDS * RATE)

    def _pitch_hz(self, degree: int, octave: int) -> float:
        note = self.key + 12 * (octave + degree // 7) + self.scale[degree % 7]
        return float(440 * 2 ** ((note - 69) / 12))

    def _at_s(self, bar: int, step: int) -> float:
        return max(0.0, (bar * STEPS + step) * self.step_s + float(self.rng.normal(0, 0.004)))

    def _drums(self) -> Floats:
        track, kit = self._track(), drum_kit(self.rng)
        is_four_on_floor = self.rng.random() < 0.4
        hats_every = int(self.rng.choice([1, 2, 2, 4]))
        kicks = (np.arange(STEPS) % 4 == 0) if is_four_on_floor else self.accents.copy()
        kicks[0], kicks[[4, 12]] = True, is_four_on_floor
        pans = {name: float(self.rng.uniform(-0.5, 0.5)) for name in kit} | {"kick": 0.0, "snare": 0.0}
        levels = {name: float(self.rng.uniform(0.4, 1.0)) for name in kit} | {"kick": 1.0}
        for bar in range(self.n_bars):
            for step in range(STEPS):
                for name in self._hits(bar, step, bool(kicks[step]), hats_every):
                    level = 0.5 * levels[name] * self.rng.uniform(0.6, 1.0)
                    track.lay(kit[name](), self._at_s(bar, step), level, pans[name])
        return self._roomy(track.samples, 0.5)

    def _hits(self, bar: int, step: int, is_kick: bool, hats_every: int) -> list[str]:
        is_fill = bar % 4 == 3 and step >= 12 and self.rng.random() < 0.5
        hits = ["tom"] if is_fill else []
        hits += ["kick"] if is_kick else []
        hits += ["snare"] if step in (4, 12) or self.rng.random() < 0.03 else []
        hits += ["cymbal"] if bar % 8 == 0 and step == 0 else []
        if step % hats_every == 0:
            hits += ["open_hat" if self.rng.random() < 0.08 else "hat"]
        return hits

    def _bass(self) -> Floats:
        track, patch = self._track(), bass_patch(self.rng)
        is_walking = self.rng.random() < 0.25
        steps = np.arange(0, STEPS, 4) if is_walking else np.flatnonzero(self.accents)
        steps = np.union1d(steps, [0])
        lengths = np.diff([*steps, STEPS]) * self.step_s * self.rng.uniform(0.5, 1.0)
        for bar, chord in enumerate(self.chords):
            for step, length_s in zip(steps, lengths, strict=True):
                degree = chord + int(
                    self.rng.choice([0, 2, 4, 6]) if is_walking and step else self.rng.choice([0, 0, 0, 4])
                )
                note = tone(patch, [self._pitch_hz(degree, 0)], float(length_s), self.rng)
                track.lay(note, self._at_s(bar, int(step)), 0.5 * self.rng.uniform(0.7, 1.0), 0.0)
        return track.samples

    def _other(self) -> Floats:
        track = self._track()
        for _ in range(int(self.rng.integers(1, 4))):
            part = (self._chords, self._arpeggio, self._melody)[self.rng.integers(3)]
            part(track, float(self.rng.uniform(-0.8, 0.8)), float(self.rng.uniform(0.15, 0.4)))
        return self._roomy(track.samples, 0.7)

    def _chords(self, track: Track, pan: float, level: float) -> None:
        patch, n_times = other_patch(self.rng), int(self.rng.choice([1, 2, 4, 8]))
        length_s = STEPS / n_times * self.step_s * self.rng.uniform(0.4, 1.0)
        for bar, chord in enumerate(self.chords):
            pitches_hz = [self._pitch_hz(chord + third, 1) for third in (0, 2, 4, 7)]
            for time in range(n_times):
                sound = tone(patch, pitches_hz, length_s, self.rng)
                track.lay(sound, self._at_s(bar, time * STEPS // n_times), level, pan)

    def _arpeggio(self, track: Track, pan: float, level: float) -> None:
        patch, every = other_patch(self.rng), int(self.rng.choice([1, 2, 4]))
        for bar, chord in enumerate(self.chords):
            for step in range(0, STEPS, every):
                degree = chord + int(self.rng.choice([0, 2, 4, 7, 9]))
                sound = tone(patch, [self._pitch_hz(degree, 2)], every * self.step_s, self.rng)
                track.lay(sound, self._at_s(bar, step), level, pan)

    def _melody(self, track: Track, pan: float, level: float) -> None:
        patch, degree = other_patch(self.rng), 0
        for bar in range(self.n_bars):
            for step in np.flatnonzero(self.rng.random(STEPS) < 0.2):
                degree = int(np.clip(degree + self.rng.integers(-2, 3), -4, 9))
                sound = tone(patch, [self._pitch_hz(degree, 2)], float(self.rng.uniform(1, 6)) * self.step_s, self.rng)
                track.lay(sound, self._at_s(bar, int(step)), level, pan)

    def _roomy(self, samples: Floats, likelihood: float) -> Floats:
        """The samples, likely in a room."""
        if self.rng.random() > likelihood:
            return samples
        return in_a_room(samples, float(self.rng.uniform(0.1, 0.8)), float(self.rng.uniform(0.05, 0.3)), self.rng)


def generate_songs(cache: Path, n_songs: int) -> None:
    """Writes the stems of `n_songs` generated songs into the cache, as far as they are not there yet."""
    for seed in range(n_songs):
        folder = cache / "songs" / f"generated-{seed:03d}"
        if not folder.exists():
            for name, samples in Composer(seed).song().items():
                store(samples / max(1.0, float(np.abs(samples).max())), folder / f"{name}.npy")
