from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import signal

from mixassist.demo import GuitarPair, render_guitar_pair
from mixassist.demo.guitar import string
from tests.tolerances import AMPLIFIER_DELAY_SAMPLES, STRING_CENTS

RATE = 48000


@pytest.fixture(scope="module")
def pair() -> GuitarPair:
    return render_guitar_pair()


def test_both_takes_are_mono_at_48_khz_and_equally_long(pair: GuitarPair) -> None:
    assert (pair.di.rate, pair.di.n_channels) == (RATE, 1)
    assert pair.di.samples.shape == pair.reamped.samples.shape


def test_the_seed_moves_the_hands(pair: GuitarPair) -> None:
    np.testing.assert_array_equal(render_guitar_pair(0).di.samples, pair.di.samples)
    assert not np.array_equal(render_guitar_pair(1).di.samples, pair.di.samples)


def test_levels_leave_headroom(pair: GuitarPair) -> None:
    assert np.abs(pair.di.samples).max() == pytest.approx(0.5, rel=0.01)
    assert np.abs(pair.reamped.samples).max() < 0.71


def test_delay_and_polarity_are_what_the_facts_say(pair: GuitarPair) -> None:
    di, reamped = pair.di.samples[0], pair.reamped.samples[0]
    correlation = signal.correlate(reamped, di, method="fft")
    lags = signal.correlation_lags(reamped.size, di.size)
    strongest = np.abs(correlation).argmax()
    # The amplifier's filters spread each sound over a few samples after the line's own delay.
    assert 0 <= lags[strongest] - pair.facts.delay_samples <= AMPLIFIER_DELAY_SAMPLES
    assert np.sign(correlation[strongest]) == pair.facts.polarity


def test_nothing_arrives_before_the_delay(pair: GuitarPair) -> None:
    assert not pair.reamped.samples[0, : pair.facts.delay_samples].any()


def test_loud_passages_are_compressed(pair: GuitarPair) -> None:
    """The softest strum, at beat 14, comes up against the hardest chord, at beat 18."""

    def level(samples: np.ndarray, beat: float) -> float:
        start = int((0.25 + 0.5 * beat) * RATE)
        return float(np.sqrt(np.mean(samples[0, start : start + RATE // 4].astype(float) ** 2)))

    range_di = level(pair.di.samples, 18) / level(pair.di.samples, 14)
    range_reamped = level(pair.reamped.samples, 18) / level(pair.reamped.samples, 14)
    assert range_reamped < 0.6 * range_di


@pytest.mark.parametrize("frequency_hz", [82.41, 220.0, 523.25])
def test_strings_are_in_tune(frequency_hz: float) -> None:
    sound = string(frequency_hz, 2.0, 1.0, 0.0, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 2**20))
    hz_per_bin = RATE / 2**20
    near = slice(int(0.9 * frequency_hz / hz_per_bin), int(1.1 * frequency_hz / hz_per_bin))
    measured_hz = (near.start + spectrum[near].argmax()) * hz_per_bin
    assert abs(1200 * np.log2(measured_hz / frequency_hz)) < STRING_CENTS


def test_facts_are_plain_json(pair: GuitarPair) -> None:
    facts = json.loads(json.dumps(pair.facts.to_dict()))
    assert facts == {"delay_samples": 421, "polarity": -1, "drive_db": 22.0, "rate": RATE}
