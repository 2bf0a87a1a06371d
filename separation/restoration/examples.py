"""Examples to learn from: sound, tail and noise apart, whose sum is what is heard, each made from its own number.

Conventions: parts are [S=3, C, T] float32 in the order of `PARTS`. Where the sound comes of a finished song, it may
have a room of its own: nobody knows its tail then, and only the noise can be learned (`is_dry` is false).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from separation.remix import change_speed
from separation.restoration.noises import draw_noise
from separation.restoration.rooms import RoomMaker
from separation.restoration.sounds import LOOSE_S, SoundLibrary
from separation.restoration.stream import PARTS
from separation.songs import RATE, STEMS, Stored, as_float

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ExampleOptions:
    """What examples are made of; shares are probabilities, ranges uniform.

    `roomy`, `noisy` and `both` are the shares of examples with a tail, with noise and with both; the rest is left as it
    is, so that the network learns to leave it so.
    """

    seconds: float = 4.0
    roomy: float = 0.72
    noisy: float = 0.06
    both: float = 0.10
    finished: float = 0.3
    mono: float = 0.5
    new_speed: float = 0.5
    snr_db: tuple[float, float] = (-5.0, 35.0)
    level_db: tuple[float, float] = (-35.0, -8.0)


@dataclass(frozen=True, eq=False)
class Example:
    """Parts [3, C, T]: sound, tail, noise."""

    parts: Floats
    is_dry: bool


@dataclass
class ExampleMaker:
    """Makes example i from the seed and i."""

    library: SoundLibrary
    seed: int
    options: ExampleOptions = field(default_factory=ExampleOptions)

    def __post_init__(self) -> None:
        self._rooms = RoomMaker(self.library.rooms)
        self._sources = sorted(self.library.dry)
        # By the square root of their length: the longest shall not drown the others.
        weights = np.sqrt([sum(sound.shape[1] for sound in self.library.dry[name]) for name in self._sources])
        self._likely = weights / weights.sum()
        self._songs = [self.library.songs[name] for name in sorted(self.library.songs)]
        self.n_samples = round(self.options.seconds * RATE)

    def __getitem__(self, index: int) -> Example:
        options, rng = self.options, np.random.default_rng((self.seed, index))
        kind = rng.random()
        has_room = kind < options.roomy or kind > 1 - options.both
        has_noise = options.roomy <= kind < options.roomy + options.noisy or kind > 1 - options.both
        n_channels = 1 if rng.random() < options.mono else 2
        is_dry = has_room or not self._songs or rng.random() > options.finished
        sound = self._dry(n_channels, rng) if is_dry else self._finished(n_channels, rng)
        parts = np.zeros((len(PARTS), n_channels, self.n_samples), np.float32)
        parts[0] = sound
        if has_room:
            parts[:2] = self._in_room(sound, rng)
        if has_noise:
            noise = draw_noise(n_channels, self.n_samples, rng)
            parts[2] = noise * np.float32(_rms(parts[:2].sum(axis=0)) * 10 ** (-rng.uniform(*options.snr_db) / 20))
        level = 10 ** (rng.uniform(*options.level_db) / 20) / max(_rms(parts.sum(axis=0)), 1e-5)
        return Example(parts * np.float32(level), is_dry)

    def _in_room(self, sound: Floats, rng: np.random.Generator) -> Floats:
        """Early and late part [2, C, T] of a sound in a room."""
        room = self._rooms.draw(len(sound), rng)
        heard = [scipy.signal.oaconvolve(sound, answer, axes=1) for answer in (room.early, room.late)]
        return np.stack([each[:, : self.n_samples] for each in heard]).astype(np.float32)

    def _dry(self, n_channels: int, rng: np.random.Generator) -> Floats:
        """A sound [C, T] without a room: notes and phrases strung together, or a cut from a track."""
        source = str(rng.choice(self._sources, p=self._likely))
        sounds = self.library.dry[source]
        sound = sounds[int(rng.integers(len(sounds)))]
        is_loose = sound.shape[1] < LOOSE_S * RATE
        heard = self._strung(sounds, n_channels, rng) if is_loose else self._cut(sound, n_channels, rng)
        if n_channels > 1 and rng.random() < 0.5:
            heard = heard.mean(axis=0, keepdims=True) * rng.uniform(0.4, 1, (n_channels, 1)).astype(np.float32)
        return heard

    def _strung(self, sounds: list[Stored], n_channels: int, rng: np.random.Generator) -> Floats:
        """Sounds of one source one after the other, held for a while, some after a rest."""
        track, at = np.zeros((n_channels, self.n_samples), np.float32), int(rng.uniform(0, 0.08) * self.n_samples)
        while at < self.n_samples:
            sound = _channels(as_float(sounds[int(rng.integers(len(sounds)))]), n_channels)
            if rng.random() < self.options.new_speed:
                n_changed = scipy.fft.next_fast_len(round(sound.shape[1] * rng.uniform(0.8, 1.25)), real=True)
                sound = change_speed(sound, n_changed)
            sound = sound[:, : min(round(rng.uniform(0.15, 2.5) * RATE), self.n_samples - at)]
            n_release = min(round(0.03 * RATE), sound.shape[1])
            sound[:, -n_release:] *= np.linspace(1, 0, n_release, dtype=np.float32)
            level = 10 ** (rng.uniform(-6, 0) / 20) / max(_rms(sound), 1e-3)
            track[:, at : at + sound.shape[1]] += sound * np.float32(level)
            at += sound.shape[1] + round(rng.choice([0.0, 0.1, 0.4, 0.8]) * RATE)
        return track

    def _cut(self, sound: Stored, n_channels: int, rng: np.random.Generator, n_tries: int = 4) -> Floats:
        """A cut from anywhere; again where it is near silence, up to `n_tries` times."""
        is_new_speed = rng.random() < self.options.new_speed
        n_wanted = round(self.n_samples * rng.uniform(0.85, 1.15)) if is_new_speed else self.n_samples
        n_wanted = scipy.fft.next_fast_len(n_wanted, real=True) if is_new_speed else n_wanted
        for _ in range(n_tries):
            first = int(rng.integers(max(sound.shape[1] - n_wanted, 1)))
            cut = _channels(as_float(sound[:, first : first + n_wanted]), n_channels)
            if _rms(cut) > 3e-3:
                break
        cut = np.pad(cut, ((0, 0), (0, n_wanted - cut.shape[1])))
        return change_speed(cut, self.n_samples) if is_new_speed else cut

    def _finished(self, n_channels: int, rng: np.random.Generator) -> Floats:
        """A stem of a finished song, or some of them together."""
        song = self._songs[int(rng.integers(len(self._songs)))]
        stems = [stem for stem in STEMS if stem in song]
        first = rng.random()
        chosen = stems if rng.random() < 0.4 else [str(rng.choice(stems))]
        mix = np.zeros((n_channels, self.n_samples), np.float32)
        for stem in chosen:
            begin = int(first * max(song[stem].shape[1] - self.n_samples, 0))
            cut = _channels(as_float(song[stem][:, begin : begin + self.n_samples]), n_channels)
            mix[:, : cut.shape[1]] += cut
        return mix


def _channels(samples: Floats, n_channels: int) -> Floats:
    """Samples [1 or 2, T] as [n_channels, T]."""
    if n_channels == 1:
        return samples.mean(axis=0, keepdims=True)
    return np.repeat(samples, n_channels // len(samples), axis=0)


def _rms(samples: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(samples)) + 1e-18))
