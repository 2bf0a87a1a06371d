"""Remixes of songs and loose voices: examples of four stems for training, all different.

Conventions:
    Stems are [S, C=2, T] float32 in the order of `STEMS`; their sum is the mix. All randomness comes from the generator
    that is passed in.

References:
    Uhlich et al. 2017, "Improving music source separation based on deep neural networks through data augmentation
    and network blending": gains, channel swaps and mixes across songs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from separation.limiter import limit
from separation.songs import MADE, RATE, STEMS, Song, SongLibrary, Stored, as_float, song_length

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class RemixOptions:
    """How wild the remixes are; probabilities are per example or per stem, as named."""

    coherent_song: float = 0.5
    loose_voice: float = 0.45
    voice_in_room: float = 0.5
    silent_stem: float = 0.08
    silent_vocals: float = 0.12
    mono_stem: float = 0.1
    mono_mix: float = 0.25
    swapped_channels: float = 0.5
    new_speed: float = 0.3
    pushed_mix: float = 0.1
    limited_mix: float = 0.15
    quiet_drums: float = 0.2
    recorded_song: float = 0.3
    gain_db: float = 8.0
    coherent_gain_db: float = 5.0


@dataclass
class Remixer:
    """Cuts examples out of a library: `example` gives stems [4, 2, T] float32 whose sum is the mix."""

    library: SongLibrary
    n_samples: int
    options: RemixOptions = field(default_factory=RemixOptions)

    def __post_init__(self) -> None:
        self._songs = list(self.library.songs.values())
        is_made = np.array([name.startswith(MADE) for name in self.library.songs])
        lengths = {stem: [song_length(song, stem) for song in self._songs] for stem in STEMS}
        self._likely = {stem: (is_made, np.array(lengths[stem], np.float64)) for stem in STEMS}

    def example(self, rng: np.random.Generator) -> Floats:
        is_coherent = rng.random() < self.options.coherent_song
        stems = self._from_one_song(rng) if is_coherent else self._from_any_song(rng)
        if self.library.voices and rng.random() < self.options.loose_voice:
            stems[3] = self._loose_voice(rng, _rms(stems[:3].sum(axis=0)))
        reach_db = self.options.coherent_gain_db if is_coherent else self.options.gain_db
        stems = np.stack([self._treat(stem, rng, reach_db) for stem in stems])
        if rng.random() < self.options.silent_vocals:
            stems[3] = 0
        if rng.random() < self.options.quiet_drums:
            stems[0] *= np.float32(10 ** (rng.uniform(-14, -4) / 20))
        if rng.random() < self.options.mono_mix:
            stems = np.repeat(stems.mean(axis=1, keepdims=True), 2, axis=1)
        if rng.random() < self.options.pushed_mix:
            stems = push(stems, drive_db=float(rng.uniform(3, 12)))
        elif rng.random() < self.options.limited_mix:
            stems = limit(stems, drive_db=float(rng.uniform(3, 12)))
        return stems

    def _from_one_song(self, rng: np.random.Generator) -> Floats:
        song = self._any_song(rng, "drums")
        speed = self._speed(rng)
        start = rng.random()
        return np.stack([self._cut(song.get(stem), start, speed) for stem in STEMS])

    def _from_any_song(self, rng: np.random.Generator) -> Floats:
        return np.stack([self._audible_cut(self._any_song(rng, stem).get(stem), rng) for stem in STEMS])

    def _audible_cut(self, recording: Stored | None, rng: np.random.Generator, n_tries: int = 4) -> Floats:
        """A cut from anywhere; again where it is near silence, up to `n_tries` times."""
        for _ in range(n_tries):
            cut = self._cut(recording, rng.random(), self._speed(rng))
            if _rms(cut) > 3e-3:
                break
        return cut

    def _any_song(self, rng: np.random.Generator, stem: str) -> Song:
        """A song that has the stem, the longer the likelier, recorded ones at a fixed share of all."""
        is_made, likely = self._likely[stem]
        wanted = likely * (is_made != (rng.random() < self.options.recorded_song))
        likely = wanted if wanted.any() else likely
        return self._songs[int(rng.choice(len(self._songs), p=likely / likely.sum()))]

    def _speed(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(0.89, 1.12)) if rng.random() < self.options.new_speed else 1.0

    def _cut(self, recording: Stored | None, start: float, speed: float) -> Floats:
        """A cut [2, T] from the relative position `start`, faster by `speed`; zeros where there is nothing."""
        if recording is None:
            return np.zeros((2, self.n_samples), np.float32)
        n_wanted = self.n_samples if speed == 1.0 else scipy.fft.next_fast_len(round(self.n_samples * speed), real=True)
        first = int(start * max(recording.shape[1] - n_wanted, 1))
        cut = as_float(recording[:, first : first + n_wanted])
        cut = np.repeat(cut, 2 // cut.shape[0], axis=0)
        cut = np.pad(cut, ((0, 0), (0, n_wanted - cut.shape[1])))
        return cut if speed == 1.0 else change_speed(cut, self.n_samples)

    def _loose_voice(self, rng: np.random.Generator, backing_rms: float) -> Floats:
        """Phrases [2, T] one after the other with pauses between, at a level around that of the backing."""
        track = np.zeros((2, self.n_samples), np.float32)
        at = int(rng.uniform(-0.3, 0.5) * self.n_samples)
        while at < self.n_samples:
            phrase = self._phrase(rng)
            first, last = max(at, 0), min(at + phrase.shape[1], self.n_samples)
            if last > first:
                track[:, first:last] += phrase[:, first - at : last - at]
            at += phrase.shape[1] + int(rng.exponential(0.4) * RATE)
        if rng.random() < self.options.voice_in_room:
            track = in_a_room(track, float(rng.uniform(0.1, 1.5)), float(rng.uniform(0.1, 0.8)), rng)
        return track * np.float32(max(backing_rms, 0.01) * 10 ** (rng.uniform(-9, 3) / 20))

    def _phrase(self, rng: np.random.Generator) -> Floats:
        """One loose voice [1 or 2, T] of about unit rms, now and then at another speed."""
        phrase = as_float(self.library.voices[int(rng.integers(len(self.library.voices)))])
        if rng.random() < self.options.new_speed:
            length = round(phrase.shape[1] * rng.uniform(0.8, 1.25))
            phrase = change_speed(phrase, scipy.fft.next_fast_len(length, real=True))
        return phrase * np.float32(10 ** (rng.uniform(-6, 3) / 20) / max(_rms(phrase), 1e-4))

    def _treat(self, stem: Floats, rng: np.random.Generator, reach_db: float) -> Floats:
        """The stem with another gain, polarity and stereo image, or silence."""
        if rng.random() < self.options.silent_stem:
            return np.zeros_like(stem)
        if rng.random() < self.options.mono_stem:
            pan = rng.uniform(0.3, 1.0, size=2).astype(np.float32)[:, None]
            stem = stem.mean(axis=0, keepdims=True) * pan
        if rng.random() < self.options.swapped_channels:
            stem = stem[::-1]
        gain = 10 ** (rng.uniform(-reach_db, reach_db) / 20) * rng.choice((-1, 1))
        return stem * np.float32(gain)


def change_speed(samples: Floats, n_samples: int) -> Floats:
    """Samples [C, T] squeezed or stretched to `n_samples`, pitch along, by cutting or padding their spectrum."""
    spectrum = scipy.fft.rfft(samples, axis=-1)
    changed: Floats = scipy.fft.irfft(spectrum, n_samples, axis=-1) * np.float32(n_samples / samples.shape[-1])
    return changed


def in_a_room(samples: Floats, seconds: float, level: float, rng: np.random.Generator) -> Floats:
    """The samples [2, T] with a room added: noise that fades by 43 dB in `seconds`, different left and right."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    response = rng.standard_normal((2, time_s.size)) * np.exp(-5 * time_s / seconds)
    response *= level / np.linalg.norm(response, axis=1, keepdims=True)
    wet = scipy.signal.oaconvolve(samples, response.astype(np.float32), axes=1)[:, : samples.shape[1]]
    return (samples + wet).astype(np.float32)


def push(stems: Floats, drive_db: float) -> Floats:
    """Stems after a soft clipper, tanh, on their sum: all follow the gain it takes from the mix.

    `drive_db` is the rms of the mix above the level -18 dB from where the clipper saturates.
    """
    mix = stems.sum(axis=0)
    driven = mix * np.float32(10 ** ((drive_db - 18) / 20) / max(_rms(mix), 1e-4))
    is_tiny = np.abs(driven) < 1e-6
    gain = np.where(is_tiny, np.float32(1), np.tanh(driven) / np.where(is_tiny, np.float32(1), driven))
    return stems * gain


def _rms(samples: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(samples)) + 1e-12))
