"""How much of what an amp plays is folded tones: harmonics above half the rate, which come back where nothing belongs.

Task:
    The aliasing-to-signal ratio of anything that plays, and how much another way of playing changes its sound.

    Of public models and of two trained for minutes on a simulated amplifier (*), as they are and at 2 and 4 times
    their rate: mean and worst of the test tones, and the change of the sound by oversampling, all in dB:

    | model                                 | folded, 1 ×  | 2 ×          | 4 ×          | change 2 ×, 4 × |
    | WaveNet, Tanh, 131 weights            | -40 (-29)    | -63 (-51)    | -118 (-107)  | -74, -74        |
    | WaveNet feather, Tanh, 3026 weights * | -35 (-24)    | -64 (-52)    | -93 (-81)    | -72, -72        |
    | A2, LeakyReLU, 12146 weights          | -44 (-38)    | -56 (-49)    | -63 (-54)    | -32, -32        |
    | A2, LeakyReLU, 12146 weights *        | -37 (-27)    | -54 (-46)    | -67 (-59)    | -46, -46        |
    | LSTM, 70 weights                      | -105 (-100)  | -109 (-104)  | -112 (-107)  | -86, -85        |
    | LSTM, 2569 weights *                  | -109 (-101)  | -112 (-103)  | -115 (-107)  | -102, -100      |

    So Tanh gains 25 dB and more per doubling. The kinks of LeakyReLU make harmonics without end and bend the softest
    signal: A2 gains 10 to 17 dB for the first doubling, and its sound does change, by up to 2.5 % of soft noise, and by
    -64 dB of an ordinary test signal. Those LSTMs fold nothing that the rounding of float32 would not drown.

Conventions:
    Test tones are sines of N frames whose period divides N, at an odd bin: harmonics then fall on multiples of that
    bin, and what is folded falls between them, until the harmonics' number reaches N / 2. So what lies off the
    multiples is folded, but for what the amp adds itself (noise, hum), which counts too. The mean is left out, and so
    is what a player makes of the time before the tone has settled. Ratios are in dB, powers over powers.

References:
    R. Sato, J. O. Smith, "Aliasing reduction in neural amp modeling by smoothing activations", DAFx 2025 (ASR).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from amp_models.playing.play_path import PlayOptions
from mixassist.audio.buffer import AudioBuffer, Samples

if TYPE_CHECKING:
    from amp_models.playing.amp import Amp

Play = Callable[[Samples], Samples]
"""Signals [C, T], each for itself, become what is heard of them, as long and in the same place."""

N_FRAMES = 1 << 15
"""What is measured of each tone; the bins are 1.5 Hz apart at 48 kHz."""

SETTLE_S = 0.4
"""Until the tone is steady: three times what the longest of the usual networks hear."""

KAISER_BETA = 20.0
"""Of the window that keeps the harmonics to themselves, should the tone still settle: sidelobes at -155 dB."""

N_LOBE = 8
"""Half the width of a line under that window, in bins."""

TONES_HZ = (220.0, 622.0, 1245.0, 2489.0, 4978.0)
"""From the middle of a guitar's neck (A3) to the fourth harmonic of its highest notes, as a string plays them too."""

LEVELS_DB = (-26.0, -14.0, -6.0)
"""Peaks in dBFS: played softly, strongly, and struck."""

HIGHEST = 0.4
"""Tones above this share of the rate are left out: their own line is touched by changes of rate."""

N_EDGE = 2048
"""The end of a signal, where changes of rate miss what would follow."""

SOFT_DB = -46.0
"""Level of the noise by which the sound is compared: there most amps are close to linear."""

CHANGED_DB = -40.0
"""What may be heard of another way of playing when both are compared: 1 % of the sound."""


@dataclass(frozen=True)
class ToneAliasing:
    """What a sine of `frequency_hz` and a peak of `level_db` gives: folded power over that of its harmonics."""

    frequency_hz: float
    level_db: float
    ratio_db: float


@dataclass(frozen=True)
class Aliasing:
    """The tones that were played, and in `ratio_db` the mean of their ratios, as powers."""

    tones: tuple[ToneAliasing, ...]

    @property
    def ratio_db(self) -> float:
        return float(10 * np.log10(np.mean([10 ** (tone.ratio_db / 10) for tone in self.tones])))

    @property
    def worst(self) -> ToneAliasing:
        return max(self.tones, key=lambda tone: tone.ratio_db)

    def __str__(self) -> str:
        worst = self.worst
        return (
            f"{self.ratio_db:.1f} dB, at most {worst.ratio_db:.1f} dB"
            f" for a tone of {worst.frequency_hz:.0f} Hz at {worst.level_db:.0f} dBFS"
        )

    def to_dict(self) -> dict[str, Any]:
        return {"ratio_db": self.ratio_db, "tones": [asdict(tone) for tone in self.tones]}


def player(amp: Amp, oversampling: int = 1) -> Play:
    """What an amp makes of signals at its own rate."""
    options = PlayOptions(oversampling=oversampling)
    return lambda signals: amp.play(AudioBuffer(signals, amp.rate), options).samples


def measure_aliasing(play: Play, rate: int) -> Aliasing:
    """How much of what `play` makes of sines at `rate` Hz is folded tones."""
    bins = [_odd_bin(frequency, rate) for frequency in TONES_HZ if frequency < HIGHEST * rate]
    asked = [(place, level_db) for place in bins for level_db in LEVELS_DB]
    n_settling = round(SETTLE_S * rate)
    t = np.arange(n_settling + N_FRAMES) / N_FRAMES
    sines = [10 ** (level_db / 20) * np.sin(2 * np.pi * place * t) for place, level_db in asked]
    heard = play(np.array(sines, np.float32))[:, n_settling:]
    return Aliasing(
        tuple(
            ToneAliasing(place * rate / N_FRAMES, level_db, _ratio_db(tone, place))
            for (place, level_db), tone in zip(asked, heard, strict=True)
        )
    )


def sound_change_db(play: Play, other: Play, rate: int) -> float:
    """How far `other` is from `play` on soft noise up to 15 kHz, which hardly makes harmonics: error over signal."""
    n_settling = round(SETTLE_S * rate)
    n_frames = n_settling + N_FRAMES + N_EDGE
    measured = slice(n_settling, -N_EDGE)
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(n_frames))
    frequencies = np.fft.rfftfreq(n_frames, 1 / rate)
    # Pink from 80 Hz on, as guitars are.
    noise = np.fft.irfft(spectrum * (frequencies < 15000) / np.sqrt(np.maximum(frequencies, 80)), n_frames)
    noise *= 10 ** (SOFT_DB / 20) / np.std(noise)
    signal = noise.astype(np.float32)[None]
    expected, found = (way(signal)[0, measured].astype(np.float64) for way in (play, other))
    expected -= expected.mean()
    return float(10 * np.log10(np.var(found - found.mean() - expected) / np.var(expected)))


def _odd_bin(frequency_hz: float, rate: int) -> int:
    return 2 * round((frequency_hz * N_FRAMES / rate - 1) / 2) + 1


def _ratio_db(tone: NDArray[np.floating[Any]], place: int) -> float:
    """Power off the multiples of bin `place` over that on them, of a tone [N_FRAMES]."""
    window = np.kaiser(N_FRAMES + 1, KAISER_BETA)[:-1]
    powers = np.abs(np.fft.rfft(window * (tone - np.mean(tone)))) ** 2
    bins = np.arange(len(powers))
    from_harmonic = np.abs((bins + place // 2) % place - place // 2)
    is_line = from_harmonic <= N_LOBE
    is_mean = bins <= N_LOBE
    least = np.finfo(np.float64).tiny
    folded, line = powers[~is_line].sum() + least, powers[is_line & ~is_mean].sum() + least
    return float(10 * np.log10(folded / line))
