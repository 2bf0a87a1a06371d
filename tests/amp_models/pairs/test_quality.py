"""Each flaw of a pair is told, and is not told of the same pair without it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from amp_models.pairs.levels import Levels
from amp_models.pairs.pair import Pair, Signal
from amp_models.pairs.quality import measure_quality
from tests.amp_models.generated_pairs import RATE, driven, dry, recorded

SECONDS = 24.0
PAUSE = slice(10 * RATE, 14 * RATE)
TIME_S = np.arange(round(SECONDS * RATE)) / RATE


def played() -> Signal:
    """A DI with a pause of 4 s and a phrase that comes again, note for note."""
    di = dry(SECONDS)
    di[PAUSE] = 1e-5 * np.random.default_rng(3).standard_normal(4 * RATE)
    di[18 * RATE : 22 * RATE] = di[2 * RATE : 6 * RATE]
    return di


DI = played()
HEARD = recorded(driven(DI), noise_db=-80)
ENVELOPE = signal.sosfiltfilt(signal.butter(1, 20, fs=RATE, output="sos"), np.abs(DI))


def late(take: Signal, seconds: float) -> Signal:
    return np.pad(take, (round(seconds * RATE), 0))[: take.size]


def room(seconds: float) -> Signal:
    """A decaying noise, as long as a room rings."""
    rng = np.random.default_rng(5)
    n = round(seconds * RATE)
    return rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)


def chorus(take: Signal) -> Signal:
    sway = 0.004 * RATE * (1 + np.sin(2 * np.pi * 0.31 * TIME_S))
    return 0.5 * take + 0.5 * np.interp(np.arange(take.size) - sway, np.arange(take.size), take)


def low_passed(take: Signal, hz: float) -> Signal:
    return np.asarray(signal.sosfilt(signal.butter(8, hz, fs=RATE, output="sos"), take))


FLAWED = {
    "tail": (DI, HEARD + 0.4 * late(HEARD, 0.35)),
    "tail of a room": (DI, HEARD + 0.05 * np.convolve(HEARD, room(1.5))[: HEARD.size]),
    "gate": (DI, HEARD * (ENVELOPE > 0.01)),
    "hum": (DI, HEARD + 0.004 * sum(np.sin(2 * np.pi * 50 * k * TIME_S) / k for k in (1, 2, 3))),
    "hum of 60 Hz": (DI, HEARD + 0.004 * np.sin(2 * np.pi * 120 * TIME_S)),
    "noise": (DI, HEARD + 0.01 * np.random.default_rng(6).standard_normal(DI.size)),
    "clipped": (DI, np.clip(3 * HEARD, -0.95, 0.95)),
    "clipped DI": (np.clip(4 * DI, -0.99, 0.99), HEARD),
    "dc-offset": (DI, HEARD + 0.01),
    "quiet-di": (DI / 20, HEARD),
    "narrow-dynamics": (0.2 * np.random.default_rng(7).standard_normal(DI.size), HEARD),
    "narrow-spectrum": (low_passed(DI, 400), HEARD),
    "not-repeatable": (DI, chorus(HEARD)),
}


def codes(di: Signal, heard: Signal) -> set[str]:
    return {finding.code for finding in measure_quality(Pair(di, heard, RATE, ("di", "reamped"), ()), heard).findings}


def test_a_sound_pair_has_nothing_to_better():
    assert codes(DI, HEARD) == set()


@pytest.mark.parametrize("name", FLAWED)
def test_a_flaw_is_told(name):
    code = {"tail of a room": "tail", "hum of 60 Hz": "hum", "clipped DI": "clipped"}.get(name, name)
    assert code in codes(*FLAWED[name])


def test_the_floor_is_the_noise_that_was_put_under():
    """Two answers to one phrase differ by twice the noise; half of that is what no model can beat."""
    quality = measure_quality(Pair(DI, HEARD, RATE, ("di", "reamped"), ()), HEARD)
    noisier = recorded(driven(DI), noise_db=-50)
    noisy = measure_quality(Pair(DI, noisier, RATE, ("di", "reamped"), ()), noisier)
    assert quality.replicate_esr is not None
    phrase = np.mean(HEARD[2 * RATE : 6 * RATE] ** 2)
    assert noisy.predicted_esr_floor == pytest.approx(1e-5 / phrase, rel=0.3)  # its soft parts are left out
    assert quality.predicted_esr_floor < 2e-3 * noisy.predicted_esr_floor


def test_a_ringing_string_is_no_tail():
    """Feedback of the amplifier's own tone: a resonance of 50 ms."""
    tone = np.exp(-TIME_S[:8000] / 0.05) * np.sin(2 * np.pi * 300 * TIME_S[:8000])
    assert "tail" not in codes(DI, HEARD + 0.02 * np.convolve(HEARD, tone)[: HEARD.size])


def noisy_di(noise_db: float, has_pause: bool) -> Signal:
    """A DI with noise of its own, none of which comes again."""
    di = dry(SECONDS)
    if has_pause:
        di[PAUSE] = 0
    return di + 10 ** (noise_db / 20) * np.random.default_rng(8).standard_normal(di.size)


@pytest.mark.parametrize(("noise_db", "has_pause"), [(-78, True), (-50, False)])
def test_noise_of_the_di_is_the_models_to_learn(noise_db, has_pause):
    """An amplifier without noise or memory: all that it says in a pause is an answer."""
    di = noisy_di(noise_db, has_pause)
    heard = 0.7 * np.tanh(100 * di)
    quality = measure_quality(Pair(di, heard, RATE, ("di", "reamped"), ()), heard)
    assert quality.replicate_esr is None
    assert quality.levels.has_pause == quality.is_floor_measured == has_pause
    raw = 10 ** ((quality.levels.noise_db - quality.levels.playing_db) / 10)
    assert quality.predicted_esr_floor < 0.01 * raw


def test_of_two_noises_only_the_amplifiers_own_is_left():
    di = noisy_di(-78, has_pause=True)
    loud = driven(di, "clean")
    heard = np.convolve(loud, room(0.01))[: di.size]
    own = 0.3 * heard[PAUSE].std() * np.random.default_rng(9).standard_normal(di.size)
    quality = measure_quality(Pair(di, heard + own, RATE, ("di", "reamped"), ()), heard + own)
    share = own.var() / 10 ** (quality.levels.playing_db / 10)
    assert quality.predicted_esr_floor == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("n_samples", [1000, 6 * RATE + 319, 10 * RATE + 7])
def test_idle_samples_are_those_of_the_frames(n_samples):
    """However long the take is: a frame is 20 ms."""
    is_idle = np.arange(n_samples // 320) % 3 == 0
    levels = Levels(np.zeros(is_idle.size), np.zeros(is_idle.size), is_idle, -90.0)
    idle = levels.idle_samples(RATE)
    assert idle.size == n_samples // 320 * 320
    assert [bool(idle[320 * frame + 319]) for frame in range(is_idle.size)] == is_idle.tolist()
