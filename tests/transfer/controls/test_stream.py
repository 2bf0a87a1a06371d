"""Controls: right on made sounds, free of how the sound is cut, as late as declared, safe with whatever comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import FLOOR_DB
from mixassist.errors import AudioError, OptionError
from tests.signals import noise, sine
from tests.tolerances import CONTROL_CUT, CONTROL_DELAY_S, PITCH_CENTS
from transfer.controls import ControlOptions, Controls, ControlStream, controls_of
from transfer.controls.stream import joined

RATE = 48000


def played(f0_hz: float, partials: list[float], n_frames: int = RATE // 4, rate: int = RATE) -> Samples:
    """A steady note [1, T] with these amplitudes of its harmonics."""
    phase = 2 * np.pi * f0_hz * np.arange(n_frames) / rate
    wave = sum(level * np.sin(k * phase + k) for k, level in enumerate(partials, start=1))
    return np.asarray(0.1 * wave, np.float32)[None]


def cents_off(controls: Controls, f0_hz: float) -> np.ndarray:
    """Distance from the truth, away from both ends."""
    return np.asarray(1200 * np.abs(np.log2(controls.f0_hz[10:-10] / f0_hz)))


@pytest.mark.parametrize("f0_hz", [75, 233, 700, 1900])
@pytest.mark.parametrize("partials", [[1], [1, 0.5, 0.3, 0.2, 0.1], [0.15, 1, 0.1, 0.3], [0, 1, 1, 1]])
def test_the_pitch_of_a_note_is_found_whichever_harmonic_is_strongest(f0_hz: float, partials: list[float]) -> None:
    controls = controls_of(played(f0_hz, partials), RATE)
    assert cents_off(controls, f0_hz).max() < PITCH_CENTS
    assert controls.confidence[10:-10].min() > 0.9


@pytest.mark.parametrize("spoilt", ["clipped", "with DC", "dull"])
def test_the_pitch_of_a_spoilt_note_is_found(spoilt: str) -> None:
    note = played(233, [1, 0.5, 0.3, 0.2, 0.1])
    sound = {"clipped": np.clip(note, -0.05, 0.05), "with DC": note + np.float32(0.5), "dull": played(233, [1])}[spoilt]
    assert cents_off(controls_of(sound, RATE), 233).max() < PITCH_CENTS


def test_noise_has_no_pitch_and_silence_and_dc_stay_finite() -> None:
    assert controls_of(noise(RATE, n_channels=1), RATE).confidence.max() < 0.5
    for still in (np.zeros((1, RATE // 2), np.float32), np.full((1, RATE // 2), 0.5, np.float32)):
        controls = controls_of(still, RATE)
        assert controls.confidence.max() == 0
        assert controls.loudness_db[-20] == FLOOR_DB
        assert np.all(np.isfinite(controls.f0_hz) & (controls.f0_hz > 0))


def test_a_pitch_is_held_through_silence() -> None:
    gap = np.zeros((1, RATE // 4), np.float32)
    controls = controls_of(np.concatenate([played(440, [1, 0.5]), gap], axis=1), RATE)
    assert controls.f0_hz[-1] == pytest.approx(440, rel=0.04)
    assert controls.confidence[-1] == 0


def test_loudness_is_weighted_like_an_ear() -> None:
    levels_db = [controls_of(sine(hz, RATE // 4, RATE, 1.0), RATE).loudness_db[50] for hz in (100, 1000, 4000)]
    # IEC 61672-1, table 3.
    np.testing.assert_allclose(levels_db, np.array([-19.1, 0.0, 1.0]) - 3.01, atol=0.2)


@settings(max_examples=4)
@given(lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=12))
def test_controls_do_not_depend_on_how_the_sound_is_cut(lengths: list[int]) -> None:
    sound = played(300, [1, 0.4], sum(lengths)) + noise(sum(lengths), n_channels=1, amplitude=0.02)
    stream = ControlStream(RATE)
    pieces = np.split(sound, np.cumsum(lengths)[:-1], axis=1)
    cut, whole = joined([stream.process(piece) for piece in pieces]), ControlStream(RATE).process(sound)
    for name in ("f0_hz", "confidence", "loudness_db"):
        np.testing.assert_allclose(getattr(cut, name), getattr(whole, name), rtol=CONTROL_CUT)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_controls_are_as_late_as_declared(rate: int) -> None:
    n_each = rate // 5
    low, high = (played(f0_hz, [1, 0.5], n_each, rate) for f0_hz in (200, 300))
    stream = ControlStream(rate, ControlOptions(hop=64))
    controls = stream.process(np.concatenate([np.zeros_like(low), low, high], axis=1))
    moments = (np.arange(len(controls)) + 1) * stream.hop - stream.latency_samples
    powers = 10 ** (controls.loudness_db / 10)
    first_loud = moments[np.argmax(powers > powers[moments > 1.5 * n_each][0] / 2)]
    first_high = moments[moments > 1.5 * n_each][np.argmax(controls.f0_hz[moments > 1.5 * n_each] > 245)]
    assert abs(first_loud - n_each) < CONTROL_DELAY_S * rate
    assert abs(first_high - 2 * n_each) < CONTROL_DELAY_S * rate


def test_reset_forgets() -> None:
    sound = played(300, [1, 0.4], 5000)
    stream = ControlStream(RATE)
    first = stream.process(sound)
    stream.reset()
    np.testing.assert_array_equal(stream.process(sound).f0_hz, first.f0_hz)


def test_what_cannot_be_heard_is_refused() -> None:
    with pytest.raises(AudioError, match="2 channels"):
        ControlStream(RATE).process(noise(100))
    with pytest.raises(OptionError, match="4000 Hz"):
        ControlStream(4000)
    with pytest.raises(OptionError, match="multiple of 2"):
        ControlStream(RATE, ControlOptions(hop=33))
    with pytest.raises(OptionError, match="octave"):
        ControlOptions(lowest_hz=500, highest_hz=600)
