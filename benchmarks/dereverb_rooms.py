"""Dry sounds, rooms to put them into, and what of it is early: material whose truth is known.

Voices, notes of a saxophone and drums are recordings; the guitar is generated. Rooms are noise that decays slower at
the bottom than at the top, or measured ones. None of these sounds and rooms was used to choose a parameter: those were
other takes of the same voices and saxophone, other phrases, another drummer, and other draws of rooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from amp_models.pairs.phrases import guitar_phrases
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample

Floats = NDArray[np.float64]

RATE = 44100
EARLY_S = 0.05
RT60S_S = (0.3, 0.6, 1.0, 2.0)
DRRS_DB = (-6, 0, 6)
KINDS = ("voice", "sax", "guitar", "drums")
BANDS_HZ = (0, 250, 1000, 4000, RATE / 2)
RT60_OF_BANDS = (1.15, 1.0, 0.9, 0.6)
FIRST_REFLECTION_S = 0.003
HALLS = ("arthur-sykes-rymer-auditorium", "genesis-6-studio-live-room", "jack-lyons-hall-university-of-york")


@dataclass(frozen=True)
class Case:
    """A sound in a room: what is heard [C, T], and its early part, the first 50 ms of the room."""

    kind: str
    room: str
    rt60_s: float
    drr_db: float
    wet: Floats
    early: Floats

    @property
    def n_channels(self) -> int:
        return len(self.wet)


def dry_sounds(data: Path, seconds: float) -> dict[str, Floats]:
    """Dry sounds [T] by kind, their loudest sample at 0.5."""
    n_frames = round(seconds * RATE)
    voices = (read_mono(path) for path in sorted((data / "separation" / "voices" / "erithacus").glob("*.ogg"))[1::2])
    sounds = {
        "voice": _joined(voices, n_frames),
        "sax": _phrase([read_mono(path) for path in _notes(data)], n_frames),
        "guitar": guitar_phrases(seconds, RATE, seed=7),
        "drums": read_mono(data / "separation" / "train" / "lithium" / "drums.ogg")[20 * RATE :][:n_frames],
    }
    return {kind: 0.5 * sound / np.abs(sound).max() for kind, sound in sounds.items()}


def generated_cases(sounds: dict[str, Floats], n_channels: int, rt60s_s: tuple[float, ...]) -> Iterator[Case]:
    """Each sound in rooms of all times and ratios, each room another."""
    seeds = count(1000)
    for kind, sound in sounds.items():
        for rt60_s in rt60s_s:
            for drr_db in DRRS_DB:
                response = noise_room(rt60_s, drr_db, n_channels, next(seeds))
                yield _case(kind, "generated", sound, response, (rt60_s, drr_db))


def measured_cases(data: Path, sounds: dict[str, Floats]) -> Iterator[Case]:
    """Voice and saxophone in measured halls (omnidirectional and one figure of eight, as two cardioids would hear)."""
    for hall in HALLS:
        path = data / "rooms" / "openair" / f"{hall}.flac"
        if path.is_file():
            heard = resample(read_audio(path), RATE).samples.astype(np.float64)
            response = np.stack([heard[0] + heard[2], heard[0] - heard[2]])
            direct = int(np.abs(response).sum(axis=0).argmax())
            for kind in ("voice", "sax"):
                yield _case(kind, hall, sounds[kind], response[:, max(direct - 40, 0) :])


def real_pair(data: Path) -> Iterator[Case]:
    """A dry recording, the same convolved with a measured room by its maker, and the room's early part."""
    folder = data / "rooms" / "dry-wet"
    if (folder / "rir_clap.wav").is_file():
        dry, wet, response = (read_mono(folder / name) for name in ("xmas.wav", "xmas_clap.wav", "rir_clap.wav"))
        direct = int(np.abs(response).argmax())
        early = scipy.signal.fftconvolve(dry, response[: direct + round(EARLY_S * RATE)])
        early = np.pad(early, (0, max(wet.size - early.size, 0)))[: wet.size]
        yield Case("xmas", "clap, as its maker convolved it", float("nan"), float("nan"), wet[None], early[None])


def noise_room(rt60_s: float, drr_db: float, n_channels: int, seed: int) -> Floats:
    """A response [C, T]: the direct sound at 0, and noise that decays, all of it `drr_db` below the direct sound.

    The second channel hears the direct sound six samples later and 1 dB softer, and other noise.
    """
    rng = np.random.default_rng(seed)
    age_s = np.arange(round(1.2 * rt60_s * RATE)) / RATE
    response = np.stack([_decaying(rng.standard_normal(age_s.size), age_s, rt60_s) for _ in range(n_channels)])
    response[:, age_s < FIRST_REFLECTION_S] = 0
    response *= np.sqrt(10 ** (-drr_db / 10) * n_channels / np.sum(response**2))
    for channel in range(n_channels):
        response[channel, 6 * channel] = 0.9**channel
    return response


def read_mono(path: Path) -> Floats:
    """A recording [T] at `RATE`, the mean of its channels."""
    return resample(read_audio(path), RATE).samples.mean(axis=0, dtype=np.float64)


def _decaying(noise: Floats, age_s: Floats, rt60_s: float) -> Floats:
    parts = []
    for low, high, share in zip(BANDS_HZ[:-1], BANDS_HZ[1:], RT60_OF_BANDS, strict=True):
        kind, edges = ("low", high) if low == 0 else ("high", low) if high == RATE / 2 else ("band", (low, high))
        sections = scipy.signal.butter(4, edges, kind, fs=RATE, output="sos")
        parts.append(scipy.signal.sosfilt(sections, noise) * 10 ** (-3 * age_s / (rt60_s * share)))
    return np.asarray(np.sum(parts, axis=0))


def _case(kind: str, room: str, sound: Floats, response: Floats, truth: tuple[float, float] = (np.nan, np.nan)) -> Case:
    n_early = round(EARLY_S * RATE)
    wet, early = (
        scipy.signal.fftconvolve(sound[None], part, axes=1)[:, : sound.size]
        for part in (response, response[:, :n_early])
    )
    return Case(kind, room, *truth, wet, early)


def _notes(data: Path) -> list[Path]:
    return sorted((data / "timbre" / "alto-sax").glob("*_rr2_dnm.ogg"))


def _joined(sounds: Iterator[Floats], n_frames: int) -> Floats:
    """Sounds that are heard at all, one after the other."""
    lengths = 0
    joined = []
    for sound in sounds:
        if np.sqrt(np.mean(sound**2)) > 1e-3:
            joined.append(sound)
            lengths += sound.size
        if lengths >= n_frames:
            break
    return np.concatenate(joined)[:n_frames]


def _phrase(notes: list[Floats], n_frames: int) -> Floats:
    """Notes in random order, held for half a second to 1.6 s, some after a rest."""
    rng = np.random.default_rng(1)
    phrase, first = np.zeros(n_frames), round(0.1 * RATE)
    for index in rng.permutation(len(notes)):
        if first >= n_frames:
            break
        note = notes[index][: round(rng.uniform(0.5, 1.6) * RATE)].copy()
        release = round(0.03 * RATE)
        note[-release:] *= np.linspace(1, 0, release)
        phrase[first : first + note.size] += note[: n_frames - first]
        first += note.size + round(rng.choice([0, 0.1, 0.4]) * RATE)
    return phrase
