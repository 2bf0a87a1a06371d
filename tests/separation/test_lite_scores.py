"""The score table of a separator."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import Encoding, write_audio
from separation.lite_card import write_card
from separation.lite_scores import median_sdrs, oracle, read_stems
from separation.run_folder import RunFacts

RATE = 8000


@pytest.fixture
def stems(rng) -> np.ndarray:
    """Noise in four bands that hardly overlap, [4, 2, 2 s]."""
    spectrum = np.fft.rfft(rng.standard_normal((2, 2 * RATE)))
    parts = [np.where(np.arange(RATE + 1) // 2001 == band, spectrum, 0) for band in range(4)]
    return np.fft.irfft(parts).astype(np.float32)


def test_medians_are_the_noise_that_was_added(stems, rng):
    noise = rng.standard_normal(stems.shape).astype(np.float32)
    scale = np.sqrt(np.mean(stems**2, axis=(1, 2), keepdims=True) / np.mean(noise**2, axis=(1, 2), keepdims=True))
    figures = median_sdrs(stems, stems + 0.1 * scale * noise, RATE)
    assert figures == pytest.approx(dict.fromkeys(("drums", "bass", "other", "vocals"), 20), abs=0.3)


def test_silent_stems_and_silent_seconds_are_not_judged(stems):
    stems[3] = 0
    stems[0, :, RATE:] = 1e-4
    estimate = stems * np.float32(0.9)
    estimate[0, :, RATE:] = 1
    figures = median_sdrs(stems, estimate, RATE)
    assert "vocals" not in figures
    assert figures["drums"] == pytest.approx(20, abs=0.01)


def test_oracle_separates_what_does_not_overlap_and_sums_to_the_mix(stems):
    estimates = oracle(stems, n_fft=512)
    np.testing.assert_allclose(estimates.sum(axis=0), stems.sum(axis=0), atol=1e-4)
    assert min(median_sdrs(stems, estimates, RATE).values()) > 10


def test_read_stems_puts_silence_where_a_file_is_missing(stems, tmp_path):
    for name, stem in zip(("drums", "vocals"), stems[[0, 3]], strict=True):
        write_audio(tmp_path / f"{name}.wav", AudioBuffer(stem, RATE), Encoding("wav", "32f"))
    read, rate = read_stems(tmp_path)
    assert rate == RATE
    np.testing.assert_array_equal(read[[0, 3]], stems[[0, 3]])
    assert not read[1:3].any()


def test_card_names_scores_and_credits():
    facts = RunFacts(n_steps=1234, minutes=56.7, held_out="sodium", n_parameters=1_500_000, machine="a test")
    row = {"drums": 5.0, "bass": 4.0, "mean": 4.5}
    table = {"median": {"lite": row}, "songs": {"one": {}}}
    card = write_card(facts, {"held_out": table, "test": table})
    assert "| lite | 5.00 | 4.00 |  |  | 4.50 |" in card
    assert "57 minutes (1,234 steps, 12 s of audio each) on a test" in card
    assert "no performer release on file" in card
    assert "test set, 1 songs" in card
