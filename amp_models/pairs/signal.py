"""Our own capture signal: something for every part of an amplifier, in as much time as there is.

Layout, at any rate: 0.5 s of silence; blips at 0.5 s and 1.0 s, before silence for the noise; then sweeps at three
levels and noise in steps of 6 dB, a tenth of the time each; a phrase; playing to the end; the phrase again, for what
does not repeat; two more blips and silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from amp_models.pairs.phrases import guitar_phrases
from mixassist.audio import AudioBuffer
from mixassist.errors import OptionError

Signal = NDArray[np.float64]

SHORTEST_S = 20.0
LOWEST_RATE_HZ = 16000
BLIP = 0.9
BLIPS_S = (0.5, 1.0)
HEAD_S = 2.5
TAIL_S = 2.5
SWEEP_LEVELS_DB = (-24.0, -12.0, -3.0)
STEPS_DB = (-54.0, -48.0, -42.0, -36.0, -30.0, -24.0, -18.0, -12.0)
PAUSE_S = 0.5
SEED = 20261120


def capture_signal(rate: int = 48000, seconds: float = 180.0) -> AudioBuffer:
    """The signal to send through an amplifier: mono, peaks at ±0.9, the same for each rate and length every time.

    Raises:
        OptionError: for less than 20 s, and rates below 16 kHz.
    """
    if seconds < SHORTEST_S:
        raise OptionError(f"{seconds:g} s are too short for a capture signal: take {SHORTEST_S:.0f} s or more")
    if rate < LOWEST_RATE_HZ:
        raise OptionError(f"a rate of {rate} Hz cannot hold a guitar's treble: take 44100 or 48000")
    middle_s = seconds - HEAD_S - TAIL_S
    part_s, phrase_s = 0.1 * middle_s, min(9.0, 0.15 * middle_s)
    phrase = guitar_phrases(phrase_s, rate, SEED)
    n_playing = round(seconds * rate) - round((HEAD_S + TAIL_S + 2 * part_s) * rate) - 2 * phrase.size
    parts = (
        _blips(round(HEAD_S * rate), rate),
        _sweeps(round(part_s * rate), rate),
        _steps(round(part_s * rate), rate),
        phrase,
        1.6 * guitar_phrases(n_playing / rate, rate, SEED + 1)[:n_playing],
        phrase,
        _blips(round(TAIL_S * rate), rate),
    )
    take = np.concatenate(parts)
    take = np.pad(take, (0, max(round(seconds * rate) - take.size, 0)))[: round(seconds * rate)]
    return AudioBuffer(take.astype(np.float32)[None], rate)


def _blips(n_frames: int, rate: int) -> Signal:
    silence = np.zeros(n_frames)
    silence[[round(place_s * rate) for place_s in BLIPS_S]] = BLIP
    return silence


def _sweeps(n_frames: int, rate: int) -> Signal:
    """Exponential sweeps from 20 Hz to 0.45 of the rate at each level (Farina 2000), with pauses after them."""
    n_sweep = n_frames // len(SWEEP_LEVELS_DB)
    n_pause = min(round(PAUSE_S * rate), n_sweep // 3)
    octaves = np.log(0.45 * rate / 20)
    place = np.arange(n_sweep - n_pause) / (n_sweep - n_pause)
    length_s = (n_sweep - n_pause) / rate
    sweep = np.sin(2 * np.pi * 20 * length_s / octaves * (np.exp(place * octaves) - 1))
    fades = np.minimum(1, np.minimum(np.arange(sweep.size), np.arange(sweep.size)[::-1]) / (0.01 * rate))
    quiet = np.zeros(n_pause)
    return np.concatenate([np.r_[10 ** (level_db / 20) * sweep * fades, quiet] for level_db in SWEEP_LEVELS_DB])


def _steps(n_frames: int, rate: int) -> Signal:
    """Noise with a guitar's slope, in steps of level up and down again."""
    noise = np.random.default_rng(SEED).standard_normal(n_frames)
    noise = np.asarray(signal.sosfilt(signal.butter(1, (100, 2000), "bandpass", fs=rate, output="sos"), noise))
    levels_db = (*STEPS_DB, *STEPS_DB[::-1])
    index = np.minimum(np.arange(n_frames) * len(levels_db) // n_frames, len(levels_db) - 1)
    envelope = 10 ** (np.array(levels_db)[index] / 20)
    return np.clip(noise / noise.std() * envelope, -BLIP, BLIP)
