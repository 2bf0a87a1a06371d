"""Reverberant takes whose rooms are known: what the blind estimate of rooms is learned from and judged by.

Dry sounds are voices, notes of a saxophone, guitars and drums, in phrases of their own; rooms are made (noise that
decays per octave, with or without walls) or measured. Takes are made from their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from amp_models.pairs.phrases import guitar_phrases
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.demo.drums import hat, kick, snare, tom
from mixassist.dsp.blind_decay import HEARD_HZ
from mixassist.dsp.decay import direct_to_reverberant_db, octave_reverberation_s
from mixassist.dsp.hops import Floats
from separation.rooms.room import Room
from separation.rooms.synthesis import synthesise

RATE, GUITAR_RATE = 16000, 44100
SECONDS = 12
N_GUITARS = 40
SUFFIXES = (".wav", ".ogg", ".flac")
SPEEDS = ((1, 1), (7, 8), (9, 8), (4, 5), (5, 4))
"""By how much dry sounds are made slower and lower, or faster and higher."""
DRY_DB = 25.0
"""What a dry take's ratio is said to be."""

DIRECT_S, N_BEFORE = 0.0025, 8
KINDS = ("voice", "singing", "sax", "guitar", "plucks", "drums", "kit", "pulses")


@dataclass(frozen=True)
class Take:
    """A sound [T] in a room: RT60 of the octaves heard in s (NaN where unknown), and DRR in dB."""

    kind: str
    room: str
    sound: Floats
    rt60_s: Floats
    drr_db: float


class RoomTakes:
    """Makes take i of sounds and rooms in the folder `data`: a tenth dry, a fifth of the others in measured rooms.

    What the benchmarks judge by is not among them: other voices, notes and drums, and three measured halls.
    """

    def __init__(self, data: Path, seed: int = 0) -> None:
        self._seed = seed
        separation = data / "separation"
        voices = separation / "voices"
        self._files = {
            "voice": sorted(path for path in (voices / "producer-space").rglob("*.*") if path.suffix in SUFFIXES),
            "singing": [
                path for name in ("erithacus", "sms-tools") for path in sorted((voices / name).glob("*.ogg"))[0::2]
            ],
            "sax": sorted((data / "timbre" / "alto-sax").glob("*_rr1_*.ogg")),
        }
        self._kits = [
            read(path) for path in sorted((separation / "train").rglob("drums.ogg")) if path.parent.name != "lithium"
        ]
        paths = [*(data / "rooms" / "emt140").glob("*.wav"), data / "rooms" / "openair" / "st-margaret-s-church.flac"]
        self._measured = [measured_room(path) for path in sorted(paths) if path.is_file()]
        there = {**self._files, "kit": self._kits}
        self._kinds = [kind for kind in KINDS if there.get(kind, True)]
        self._guitars: dict[int, Floats] = {}
        self._sounds: dict[Path, Floats] = {}

    def take(self, index: int) -> Take:
        """A take like no other; the same for the same seed and number."""
        rng = np.random.default_rng((self._seed, index))
        kind = self._kinds[index % len(self._kinds)]
        dry = self._dry(kind, rng)
        dry = scipy.signal.resample_poly(dry, *SPEEDS[rng.integers(len(SPEEDS))])[: SECONDS * RATE]
        dry /= np.abs(dry).max() + 1e-9
        if rng.random() < 0.1:
            return Take(kind, "none", dry, np.full(len(HEARD_HZ), np.nan), DRY_DB)
        if self._measured and rng.random() < 0.2:
            response, rt60_s = self._measured[rng.integers(len(self._measured))]
            response, rt60_s = faded(response, rt60_s, rng.uniform(0, 3))
            drr_db = rng.uniform(-9, 12)
            response = with_ratio(response, drr_db)
            return Take(kind, "measured", in_room(dry, response), rt60_s, direct_to_reverberant_db(response, RATE))
        response, rt60_s = made_room(rng)
        drr_db = rng.uniform(-9, 15)
        response *= 10 ** (-drr_db / 20)
        response[0] += 1
        return Take(kind, "made", in_room(dry, response), rt60_s, drr_db)

    def _dry(self, kind: str, rng: np.random.Generator) -> Floats:
        seed = int(rng.integers(1 << 30))
        if kind == "guitar":
            return self._guitar(seed % N_GUITARS)
        if kind == "kit":
            song = self._kits[rng.integers(len(self._kits))]
            first = rng.integers(max(len(song) - SECONDS * RATE, 1))
            return song[first:][: SECONDS * RATE].copy()
        if kind == "drums":
            strokes = [kick(RATE, rng), snare(RATE, rng, 0.8), hat(RATE, rng, 0.06), tom(RATE, rng, 110.0)]
            return phrase([np.atleast_2d(stroke).mean(axis=0) for stroke in strokes], (0.12, 0.9), rng)
        if kind == "pulses":
            return phrase([pulse(rng) for _ in range(6)], (0.15, 1.2), rng)
        if kind == "plucks":
            return phrase([pluck(rng) for _ in range(8)], (0.15, 1.0), rng)
        files = self._files[kind]
        sounds = [self._sound(files[each]) for each in rng.integers(len(files), size=8)]
        longest_s = rng.uniform(0.3, 2.5)
        return phrase([clip(sound, longest_s, rng) for sound in sounds], (0.2, 2.0), rng)

    def _guitar(self, number: int) -> Floats:
        if number not in self._guitars:
            phrases = guitar_phrases(SECONDS, GUITAR_RATE, seed=100 + number)
            self._guitars[number] = scipy.signal.resample_poly(phrases, RATE, GUITAR_RATE)
        return self._guitars[number].copy()

    def _sound(self, path: Path) -> Floats:
        if path not in self._sounds:
            self._sounds[path] = read(path)
        return self._sounds[path]


def read(path: Path) -> Floats:
    """A recording [T] at `RATE`, the mean of its channels."""
    return resample(read_audio(path), RATE).samples.mean(axis=0, dtype=np.float64)


def made_room(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The room's response after the direct sound, of energy 1, and its times in the octaves heard."""
    rt60_s = np.exp(rng.uniform(np.log(0.15), np.log(3.0)))
    tilt = np.linspace(rng.uniform(-0.1, 0.35), rng.uniform(-0.6, 0.05), 8)
    shape = np.exp(rng.normal(0, 0.08, 8) + tilt)
    times = np.clip(rt60_s * shape / shape[3:5].mean(), 0.1, 8)
    response = synthesise(Room("", tuple(times)), RATE, 1, int(rng.integers(1 << 30)))[0, 0].astype(np.float64)
    response[: round(rng.uniform(0, 0.02) * RATE)] = 0
    return response / np.sqrt(np.sum(response**2)), times[1 : 1 + len(HEARD_HZ)]


def measured_room(path: Path) -> tuple[Floats, Floats]:
    """A measured response from its direct sound on, and its times in the octaves heard."""
    response = resample(read_audio(path), RATE).samples[0].astype(np.float64)
    response = response[max(int(np.abs(response).argmax()) - N_BEFORE, 0) :]
    return response, octave_reverberation_s(response, RATE)[1 : 1 + len(HEARD_HZ)]


def faded(response: Floats, rt60_s: Floats, rate_per_s: float) -> tuple[Floats, Floats]:
    """The room with more absorption: its amplitude fades by `rate_per_s` besides, 60 dB = 3 ln 10."""
    more = np.exp(-rate_per_s * np.arange(response.size) / RATE)
    return response * more, 1 / (1 / rt60_s + rate_per_s / (3 * np.log(10)))


def with_ratio(response: Floats, drr_db: float) -> Floats:
    """The response with what comes after its direct sound so much softer than that."""
    changed = response.copy()
    n_direct = round(DIRECT_S * RATE) + N_BEFORE
    ratio = np.sum(changed[:n_direct] ** 2) / max(np.sum(changed[n_direct:] ** 2), 1e-12)
    changed[n_direct:] *= np.sqrt(ratio / 10 ** (drr_db / 10))
    return changed


def in_room(dry: Floats, response: Floats) -> Floats:
    """The sound [T] as it is heard in the room."""
    return np.asarray(scipy.signal.oaconvolve(dry, response)[: len(dry)])


def pulse(rng: np.random.Generator) -> Floats:
    """Noise of one colour that begins and ends at once."""
    sound = rng.standard_normal(round(rng.uniform(0.01, 0.4) * RATE))
    return np.asarray(scipy.signal.lfilter([1], [1, -rng.uniform(-0.5, 0.95)], sound))


def pluck(rng: np.random.Generator) -> Floats:
    """Partials that fade at rates of their own, damped in the end."""
    seconds = rng.uniform(0.1, 2.0)
    time_s = np.arange(round(seconds * RATE)) / RATE
    hz = 80 * 2 ** rng.uniform(0, 3.5)
    fade = rng.uniform(0.3, 6)
    partials = [
        np.sin(2 * np.pi * k * hz * time_s) * np.exp(-fade * k**0.7 * time_s) / k**0.8 * rng.uniform(0.3, 1)
        for k in range(1, 30) if k * hz < RATE / 2.2
    ]  # fmt: skip
    return clip(np.asarray(np.sum(partials, axis=0)), seconds, rng)


def clip(sound: Floats, longest_s: float, rng: np.random.Generator) -> Floats:
    """A piece of the sound that is let go within a tenth of a second."""
    first = rng.integers(max(len(sound) - round(longest_s * RATE), 1))
    cut = sound[first:][: round(longest_s * RATE)].copy()
    n_release = min(round(rng.uniform(0.005, 0.12) * RATE), len(cut))
    cut[len(cut) - n_release :] *= np.linspace(1, 0, n_release)
    return cut


def phrase(sounds: list[Floats], gaps_s: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Sounds at random, one after the other."""
    out = np.zeros(SECONDS * RATE)
    start_s = rng.uniform(0, 0.5)
    while start_s < SECONDS - 0.5:
        sound = sounds[rng.integers(len(sounds))]
        place = out[round(start_s * RATE) :][: len(sound)]
        place += sound[: len(place)] * rng.uniform(0.3, 1)
        start_s += rng.uniform(*gaps_s)
    return out
