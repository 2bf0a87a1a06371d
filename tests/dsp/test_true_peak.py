from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.hops import hop_starts
from mixassist.dsp.true_peak import PHASE_TAPS, TruePeakMeter
from tests.dsp import ebu_cases
from tests.signals import impulses, noise
from tests.tolerances import EBU_TRUE_PEAK_OVER_DB, EBU_TRUE_PEAK_UNDER_DB


def measure(samples, cuts=()):
    meter = TruePeakMeter(ebu_cases.RATE, len(samples))
    for block in np.split(samples, cuts, axis=1):
        meter.update(block)
    return meter


def offline(samples):
    """The four phases of each frame [C, T, 4], by their definition."""
    return np.stack([[np.convolve(channel, taps)[: len(channel)] for taps in PHASE_TAPS.T] for channel in samples])


def require_within_ebu(peak, expected_db):
    error_db = 20 * np.log10(peak) - expected_db
    assert -EBU_TRUE_PEAK_UNDER_DB <= error_db <= EBU_TRUE_PEAK_OVER_DB


@pytest.mark.parametrize("case", ebu_cases.TRUE_PEAK_TONES)
def test_true_peak_of_the_ebu_tones(case):
    *tone, expected_db = ebu_cases.TRUE_PEAK_TONES[case]
    require_within_ebu(measure(ebu_cases.true_peak_tone(*tone)).peak, expected_db)


@pytest.mark.parametrize("offset", range(4))
def test_true_peak_of_the_ebu_bursts(offset):
    require_within_ebu(measure(ebu_cases.true_peak_burst(offset)).peak, 0.0)


def test_the_taps_are_symmetric():
    assert np.array_equal(PHASE_TAPS, PHASE_TAPS[::-1, ::-1])


def test_it_is_the_offline_filter_in_any_cut(rng):
    samples = noise(5000)
    whole, cut = measure(samples), measure(samples, [1, 2, 7, 300, *np.sort(rng.integers(300, 5000, 20))])
    expected = np.maximum(np.abs(offline(samples)).max(axis=(0, 1)), np.abs(samples).max(axis=0))
    starts = hop_starts(len(whole.hop_peaks), ebu_cases.RATE)
    hops = np.maximum.reduceat(expected, starts[:-1])[: len(starts) - 1]
    assert whole.hop_peaks[:-1] == pytest.approx(hops[:-1], rel=1e-5)
    assert cut.hop_peaks == pytest.approx(whole.hop_peaks, rel=1e-5)


def test_a_peak_after_the_last_frame_counts():
    late = impulses([99, 98], 100)
    late[0, 98:] = 0.9
    padded = np.pad(late, ((0, 0), (0, 20)))
    assert measure(late).peak == pytest.approx(measure(padded).peak)
    assert measure(late).peak > 1.0


def test_silence_has_no_peak():
    assert measure(np.zeros((2, 1000), np.float32)).peak == 0
