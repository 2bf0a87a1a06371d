"""The score table of a separator."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import Encoding, write_audio
from separation import lite_scores
from separation.lite_scores import leaks_of_folder, median_sdrs, oracle, read_stems, score_folder, vocals_leak_db
from separation.songs import STEMS, store

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


def test_stems_of_a_training_set_are_read_too(stems, tmp_path):
    stems /= np.abs(stems).max()
    store(stems[0], tmp_path / "drums.npy")
    store(stems[3, :1], tmp_path / "vocals.npy")
    read, rate = read_stems(tmp_path)
    assert rate == 44_100
    np.testing.assert_allclose(read[0], stems[0], atol=2e-5)
    np.testing.assert_allclose(read[3], np.repeat(stems[3, :1], 2, axis=0), atol=2e-5)


def test_a_folder_is_scored_song_by_song_and_by_its_median(stems, tmp_path, monkeypatch):
    monkeypatch.setattr(lite_scores, "Separator", lambda options: Quarters())
    stems /= np.abs(stems).max()
    for song, gain in (("one", 1), ("two", 0.5), ("three", 0.25)):
        for name, stem in zip(STEMS, stems, strict=True):
            store(np.tile(gain * stem, 6), tmp_path / song / f"{name}.npy")
    scores = score_folder(tmp_path, Path("model"), only=("one", "two"))
    assert list(scores["songs"]) == ["one", "two"]
    mixture = [song["mixture"]["drums"] for song in scores["songs"].values()]
    assert scores["median"]["mixture"]["drums"] == pytest.approx(np.median(mixture), abs=0.01)
    assert scores["median"]["model"]["drums"] > scores["median"]["mixture"]["drums"]
    assert leaks_of_folder(tmp_path, Path("model"))["three"] == pytest.approx(20 * np.log10(1 / 4), abs=0.1)


def test_a_leak_is_the_level_of_vocals_where_there_are_none(stems):
    assert vocals_leak_db(stems, RATE, Quarters()) == pytest.approx(20 * np.log10(1 / 4), abs=0.1)


class Quarters:
    """A separator that gives a quarter of the song to every stem."""

    def separate(self, song):
        return SimpleNamespace(stems=dict.fromkeys(STEMS, AudioBuffer(song.samples / 4, song.rate)))
