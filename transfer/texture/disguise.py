"""Disguises: a sound as somebody else might have made it, who plays the same.

Task:
    A network that gives back what it hears learns nobody's timbre. So it hears each sound in disguise, and has to give
    it back as it was: what the disguise changes cannot pass, and the network must know it. A disguise is a spectrum
    bent at random that wanders like vowels do, now and then distortion and noise; notes, rhythm and loudness stay.

Conventions:
    Sounds are [T] at 48 kHz. Loudness is kept frame by frame, A-weighted, whatever happens to the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transfer.texture.design import RATE

Mono = NDArray[np.float32]
Floats = NDArray[np.floating]

N_WINDOW = 1024
HOP = N_WINDOW // 4
LOWEST_HZ, HIGHEST_HZ = 60.0, 16000.0
TINY = 1e-12


@dataclass(frozen=True)
class DisguiseOptions:
    """How far and how often sounds are changed.

    Attributes:
        n_knots: frequencies, evenly spread over octaves, that are louder or softer by up to `range_db`.
        tilt_db: per octave, at most.
        wander_s: from one such spectrum to the next, where it wanders.
        late_s: how much later than another a frequency may come, disguised or not.
    """

    n_knots: int = 9
    range_db: float = 14.0
    tilt_db: float = 4.0
    wander_s: float = 0.12
    late_s: float = 0.0015
    wander_chance: float = 0.5
    drive_chance: float = 0.3
    noise_chance: float = 0.3


def disguise(sound: Mono, rng: np.random.Generator, options: DisguiseOptions | None = None) -> Mono:
    """The sound [T] in disguise."""
    options = options or DisguiseOptions()
    driven = _driven(sound, rng) if rng.random() < options.drive_chance else sound
    bent = _bent(driven, sound, rng, options)
    return _noisy(bent, rng) if rng.random() < options.noise_chance else bent


def shift_phases(sound: Mono, rng: np.random.Generator, options: DisguiseOptions | None = None) -> Mono:
    """The sound [T] with each frequency a little later or earlier, which the ear hardly minds."""
    options = options or DisguiseOptions()
    n_fft = scipy.fft.next_fast_len(sound.size, real=True)
    hz = np.fft.rfftfreq(n_fft, 1 / RATE)
    late_s = _curve(hz, rng.uniform(-options.late_s, options.late_s, options.n_knots))
    turns = np.cumsum(late_s) * hz[1]
    spectrum = scipy.fft.rfft(sound, n_fft) * np.exp(-2j * np.pi * turns)
    return np.asarray(scipy.fft.irfft(spectrum, n_fft)[: sound.size], np.float32)


def _driven(sound: Mono, rng: np.random.Generator) -> Mono:
    """Through an amplifier that cannot give as much."""
    drive = 10 ** rng.uniform(-0.3, 1.0) / (np.abs(sound).max() + TINY)
    return np.asarray(np.tanh(drive * sound) / drive, np.float32)


def _noisy(sound: Mono, rng: np.random.Generator) -> Mono:
    """With noise 15 to 45 dB below it."""
    level = np.sqrt(np.mean(np.square(sound))) * 10 ** (-rng.uniform(15, 45) / 20)
    noise = rng.standard_normal(sound.size)
    return np.asarray(sound + level * noise, np.float32)


def _bent(sound: Mono, wanted: Mono, rng: np.random.Generator, options: DisguiseOptions) -> Mono:
    """The sound with another spectrum, as loud in each frame as `wanted`."""
    spectra, told = _spectra(sound), _spectra(wanted)
    hz = np.fft.rfftfreq(N_WINDOW, 1 / RATE)
    n_steps = len(spectra) if rng.random() < options.wander_chance else 1
    gains = 10 ** (_wander(hz, n_steps, rng, options) / 20)
    weights = _a_weights(hz)
    bent = spectra * gains
    power, before = (np.sum(np.square(weights * np.abs(each)), axis=1) for each in (bent, told))
    return _joined(bent * np.sqrt((before + TINY) / (power + TINY))[:, None], sound.size)


def _wander(hz: Floats, n_steps: int, rng: np.random.Generator, options: DisguiseOptions) -> Floats:
    """Gains in dB [n_steps, F]."""
    n_places = 2 + int(n_steps * HOP / RATE / options.wander_s) if n_steps > 1 else 1
    tilt = rng.uniform(-options.tilt_db, options.tilt_db) * np.log2(np.maximum(hz, LOWEST_HZ) / 1000)
    places = [
        _curve(hz, rng.uniform(-options.range_db, options.range_db, options.n_knots)) + tilt for _ in range(n_places)
    ]
    at = np.linspace(0, n_places - 1, n_steps) if n_places > 1 else np.zeros(n_steps)
    before = np.minimum(at.astype(int), max(n_places - 2, 0))
    after = np.minimum(before + 1, n_places - 1)
    share = (at - before)[:, None]
    whole = np.stack(places)
    return np.asarray((1 - share) * whole[before] + share * whole[after])


def _curve(hz: Floats, values: Floats) -> Floats:
    """A line through values that are evenly spread over octaves."""
    knots = np.linspace(np.log(LOWEST_HZ), np.log(HIGHEST_HZ), values.size)
    return np.interp(np.log(np.maximum(hz, LOWEST_HZ)), knots, values)


def _a_weights(hz: Floats) -> Floats:
    """Amplitudes of the A curve (IEC 61672-1, annex E), 1 at 1 kHz but for 2 dB."""
    square = np.square(hz)
    return np.asarray(
        12194**2
        * square**2
        / ((square + 20.6**2) * np.sqrt((square + 107.7**2) * (square + 737.9**2)) * (square + 12194**2))
    )


def _spectra(sound: Mono) -> NDArray[np.complex128]:
    padded = np.pad(sound.astype(np.float64), (N_WINDOW, 2 * N_WINDOW))
    window = np.sqrt(np.hanning(N_WINDOW + 1)[:-1])
    return np.asarray(scipy.fft.rfft(sliding_window_view(padded, N_WINDOW)[::HOP] * window, axis=1))


def _joined(spectra: NDArray[np.complex128], n_samples: int) -> Mono:
    window = np.sqrt(np.hanning(N_WINDOW + 1)[:-1]) / 2
    frames = scipy.fft.irfft(spectra, N_WINDOW, axis=1) * window
    sound = np.zeros((len(frames) + 3) * HOP)
    for part in range(4):
        pieces = frames[:, part * HOP : (part + 1) * HOP]
        sound[part * HOP : part * HOP + pieces.size] += pieces.ravel()
    return sound[N_WINDOW : N_WINDOW + n_samples].astype(np.float32)
