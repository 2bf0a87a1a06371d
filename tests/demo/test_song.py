from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from scipy import signal

from mixassist.demo import Song, render_song
from mixassist.demo.band import render_bass
from mixassist.demo.score import BEAT_S
from mixassist.demo.voice import sung
from tests.tolerances import BASS_CENTS, SUNG_CENTS

RATE = 44100


@pytest.fixture(scope="module")
def song() -> Song:
    return render_song()


def loudness_lufs(samples: np.ndarray) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(samples.T.astype(float)))


def pitch_hz(samples: np.ndarray, lowest_hz: float, highest_hz: float) -> float:
    """The strongest frequency between two limits, found on a spectrum of 0.08 Hz per bin."""
    n_fft = 2**19
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), n_fft))
    frequencies = np.fft.rfftfreq(n_fft, 1 / RATE)
    spectrum[(frequencies < lowest_hz) | (frequencies > highest_hz)] = 0
    return float(frequencies[spectrum.argmax()])


def cents(measured_hz: float, true_hz: float) -> float:
    return float(1200 * np.log2(measured_hz / true_hz))


def test_stems_add_up_to_the_mix_to_the_last_bit(song: Song) -> None:
    assert list(song.stems) == ["drums", "bass", "other", "vocals"]
    np.testing.assert_array_equal(sum(stem.samples for stem in song.stems.values()), song.mix.samples)


def test_samples_survive_24_bit_files(song: Song) -> None:
    for buffer in (song.mix, *song.stems.values()):
        codes = buffer.samples.astype(np.float64) * 2**23
        np.testing.assert_array_equal(codes, np.round(codes))
        assert np.abs(buffer.samples).max() < 1


def test_it_is_about_20_s_of_stereo(song: Song) -> None:
    assert song.mix.rate == RATE
    assert song.mix.n_channels == 2
    assert 20 <= song.mix.seconds <= 22


def test_the_mix_measures_like_music(song: Song) -> None:
    samples = song.mix.samples.astype(float)
    true_peak = np.abs(signal.resample_poly(samples, 8, 1, axis=1)).max()
    assert -16 <= loudness_lufs(samples) <= -14
    assert 20 * np.log10(true_peak) < -1
    # Popular music falls by some 4.5 dB per octave between 89 Hz and 4.5 kHz (Elowsson and Friberg, 2017).
    frequencies, power = signal.welch(samples.mean(axis=0), RATE, nperseg=8192)
    is_inside = (frequencies > 89) & (frequencies < 4500)
    octaves = np.log2(frequencies[is_inside])
    slope_db = np.polyfit(octaves, 10 * np.log10(power[is_inside]), 1, w=1 / np.sqrt(frequencies[is_inside]))[0]
    assert -6 < slope_db < -3.5
    # Wide, and still there in mono.
    assert 0.4 < np.corrcoef(samples)[0, 1] < 0.9


def test_every_stem_is_heard_and_the_voice_leads(song: Song) -> None:
    mix_lufs = loudness_lufs(song.mix.samples)
    below_lu = {name: mix_lufs - loudness_lufs(stem.samples) for name, stem in song.stems.items()}
    assert all(2 < below < 11 for below in below_lu.values()), below_lu
    assert min(below_lu, key=lambda name: below_lu[name]) == "vocals"


def test_the_bass_starts_on_its_root() -> None:
    bass = render_bass(np.zeros((2, RATE)), RATE, np.random.default_rng(0))
    assert abs(cents(pitch_hz(bass[0, : int(0.55 * RATE)], 40, 80), 55.0)) < BASS_CENTS


def test_the_voice_holds_its_note() -> None:
    voice = sung(round(15 * BEAT_S * RATE), RATE, np.random.default_rng(0))
    held = voice[round(12.3 * BEAT_S * RATE) : round(14.3 * BEAT_S * RATE)]
    assert abs(cents(pitch_hz(held, 400, 600), 493.88)) < SUNG_CENTS
