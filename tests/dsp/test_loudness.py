from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from mixassist.dsp.loudness import LoudnessMeter, k_weighting
from mixassist.errors import AudioError
from tests.dsp import ebu_cases
from tests.signals import music_like, noise
from tests.tolerances import EBU_LOUDNESS_LU, EBU_RANGE_LU, LOUDNESS_CUT_LU, PYLOUDNORM_LU


def measure(samples, rate=ebu_cases.RATE, cuts=()):
    meter = LoudnessMeter(rate, len(samples))
    for block in np.split(samples, cuts, axis=1):
        meter.update(block)
    return meter.loudness()


def song(rate=44100, seconds=12):
    mix = sum(music_like(seconds, rate).values())
    mix[:, : rate * 2] *= 0.1
    return mix


@pytest.mark.parametrize("case", ebu_cases.INTEGRATED)
def test_integrated_loudness_of_the_ebu_cases(case):
    parts, expected = ebu_cases.INTEGRATED[case]
    assert measure(ebu_cases.tones(*parts)).integrated_lufs == pytest.approx(expected, abs=EBU_LOUDNESS_LU)


def test_integrated_loudness_of_five_channels():
    assert measure(ebu_cases.five_channels()).integrated_lufs == pytest.approx(-23, abs=EBU_LOUDNESS_LU)


@pytest.mark.parametrize("case", ["3341-1", "3341-2"])
def test_all_three_loudnesses_of_a_steady_tone_agree(case):
    parts, expected = ebu_cases.INTEGRATED[case]
    loudness = measure(ebu_cases.tones(*parts))
    assert loudness.momentary_max_lufs == pytest.approx(expected, abs=EBU_LOUDNESS_LU)
    assert loudness.short_term_max_lufs == pytest.approx(expected, abs=EBU_LOUDNESS_LU)


def test_short_term_loudness_is_constant():
    steps = measure(ebu_cases.tones(*ebu_cases.SHORT_TERM["3341-9"])).short_term_lufs
    assert steps == pytest.approx(np.full(len(steps), -23.0), abs=EBU_LOUDNESS_LU)


def test_momentary_loudness_is_constant():
    loudness = measure(ebu_cases.tones(*ebu_cases.MOMENTARY["3341-12"]))
    assert loudness.momentary_max_lufs == pytest.approx(-23, abs=EBU_LOUDNESS_LU)
    assert loudness.integrated_lufs == pytest.approx(-23, abs=EBU_LOUDNESS_LU)


@pytest.mark.parametrize("case", ebu_cases.SHORT_TERM_MAX)
def test_the_loudest_three_seconds_are_found(case):
    loudness = measure(ebu_cases.tones(*ebu_cases.SHORT_TERM_MAX[case]))
    assert loudness.short_term_max_lufs == pytest.approx(-23, abs=EBU_LOUDNESS_LU)


@pytest.mark.parametrize("case", ebu_cases.MOMENTARY_MAX)
def test_the_loudest_moment_is_found(case):
    loudness = measure(ebu_cases.tones(*ebu_cases.MOMENTARY_MAX[case]))
    assert loudness.momentary_max_lufs == pytest.approx(-23, abs=EBU_LOUDNESS_LU)


def read_after_each(segments, name):
    meter = LoudnessMeter(ebu_cases.RATE, 2)
    for segment in segments:
        meter.update(ebu_cases.tones(*segment))
        yield getattr(meter.loudness(), name)


@pytest.mark.parametrize("case", ebu_cases.LIVE_SHORT_TERM_MAX)
def test_the_loudest_three_seconds_are_found_on_the_way(case):
    found = list(read_after_each(ebu_cases.LIVE_SHORT_TERM_MAX[case], "short_term_max_lufs"))
    assert found == pytest.approx(np.arange(-38.0, -18.0), abs=EBU_LOUDNESS_LU)


@pytest.mark.parametrize("case", ebu_cases.LIVE_MOMENTARY_MAX)
def test_the_loudest_moment_is_found_on_the_way(case):
    found = list(read_after_each(ebu_cases.LIVE_MOMENTARY_MAX[case], "momentary_max_lufs"))
    assert found == pytest.approx(np.arange(-38.0, -18.0), abs=EBU_LOUDNESS_LU)


@pytest.mark.parametrize("case", ebu_cases.RANGE)
def test_loudness_range_of_the_ebu_cases(case):
    parts, expected = ebu_cases.RANGE[case]
    assert measure(ebu_cases.tones(*parts)).range_lu == pytest.approx(expected, abs=EBU_RANGE_LU)


def test_the_filters_are_the_standards():
    """ITU-R BS.1770-4, tables 1 and 2."""
    shelf, high_pass = k_weighting(48000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-9
    )
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_it_agrees_with_pyloudnorm(rate, n_channels):
    samples = song(rate, seconds=6)[:n_channels]
    expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples.T.astype(float))
    assert measure(samples, rate).integrated_lufs == pytest.approx(expected, abs=PYLOUDNORM_LU)


def test_it_does_not_depend_on_the_cut(rng):
    samples = song()
    whole = measure(samples, 44100)
    cut = measure(samples, 44100, np.sort(rng.integers(0, samples.shape[1], 50)))
    for name in ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs", "range_lu"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), abs=LOUDNESS_CUT_LU)
    assert cut.short_term_lufs == pytest.approx(whole.short_term_lufs, abs=LOUDNESS_CUT_LU)


@pytest.mark.parametrize("samples", [np.zeros((2, 48000), np.float32), noise(100), np.zeros((1, 0), np.float32)])
def test_nothing_is_said_of_silence_and_of_blinks(samples):
    loudness = measure(samples)
    assert (loudness.integrated_lufs, loudness.short_term_max_lufs, loudness.range_lu) == (None, None, None)


def test_a_rate_without_room_for_the_filter_is_refused():
    with pytest.raises(AudioError, match="2000 Hz is too low"):
        LoudnessMeter(2000, 1)
