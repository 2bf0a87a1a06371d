"""Cabinets from impulse response files: the same sound at any rate, level and cut of the file."""

from __future__ import annotations

import numpy as np
import pytest

from amp_models.playing.cabinet import GUITAR_HZ, Cabinet, load_cabinet, make_cabinet
from mixassist import AudioBuffer, write_audio
from mixassist.errors import AudioError
from tests.tolerances import CONVERTED_CABINET_DB

RATE = 44100


def ringing(n_frames: int = 4000, n_silent: int = 0) -> np.ndarray:
    """A loudspeaker that rings at 120 Hz and 2.5 kHz, [T]."""
    t = np.arange(n_frames) / RATE
    response = np.sin(2 * np.pi * 120 * t) * np.exp(-60 * t) + 2 * np.sin(2 * np.pi * 2500 * t) * np.exp(-900 * t)
    return np.concatenate([np.zeros(n_silent), response]).astype(np.float32)


def magnitudes_db(cabinet: Cabinet, frequencies: np.ndarray) -> np.ndarray:
    turns = np.outer(frequencies / cabinet.rate, np.arange(len(cabinet.response)))
    return 20 * np.log10(np.abs(np.exp(-2j * np.pi * turns) @ cabinet.response))


def pink_level_db(cabinet: Cabinet) -> float:
    """By how much pink noise in a guitar's range comes out louder, of noise that is really made."""
    n_frames = 1 << 19
    generator = np.random.default_rng(0)
    frequencies = np.fft.rfftfreq(n_frames, 1 / cabinet.rate)
    in_range = (frequencies > GUITAR_HZ[0]) & (frequencies < GUITAR_HZ[1])
    phases = np.exp(2j * np.pi * generator.random(len(frequencies)))
    spectrum = np.where(in_range, phases / np.sqrt(np.maximum(frequencies, 1)), 0)
    noise = np.fft.irfft(spectrum)
    heard = np.convolve(np.tile(noise, 1), cabinet.response)[len(cabinet.response) : n_frames]
    return float(20 * np.log10(np.std(heard) / np.std(noise)))


def test_the_level_of_a_guitar_is_kept():
    assert abs(pink_level_db(make_cabinet("box", AudioBuffer(ringing()[None], RATE), RATE))) < 0.1


def test_level_and_lead_of_the_file_do_not_matter():
    plain = make_cabinet("box", AudioBuffer(ringing()[None], RATE), RATE)
    other = make_cabinet("box", AudioBuffer(np.float32(0.01) * ringing(n_silent=700)[None], RATE), RATE)
    np.testing.assert_allclose(other.response, plain.response, atol=1e-6)
    assert np.abs(plain.response[0]) >= 0.003 * np.abs(plain.response).max()


def test_what_nobody_hears_is_cut_off():
    long = np.concatenate([ringing(), np.zeros(200000, np.float32)])
    assert len(make_cabinet("box", AudioBuffer(long[None], RATE), RATE).response) <= 4000


def test_the_loudest_channel_is_taken():
    channels = np.stack([0.1 * ringing()[::-1], ringing()])
    np.testing.assert_array_equal(
        make_cabinet("box", AudioBuffer(channels, RATE), RATE).response,
        make_cabinet("box", AudioBuffer(ringing()[None], RATE), RATE).response,
    )


@pytest.mark.parametrize("rate", [22050, 48000, 96000])
def test_another_rate_sounds_the_same(rate):
    frequencies = np.geomspace(60, 7000, 200)
    expected, found = (make_cabinet("box", AudioBuffer(ringing()[None], RATE), at) for at in (RATE, rate))
    distance = magnitudes_db(found, frequencies) - magnitudes_db(expected, frequencies)
    assert np.abs(distance).max() < CONVERTED_CABINET_DB


def test_measured_cabinets_sound_the_same_at_another_rate(shared_data):
    frequencies = np.geomspace(60, 7000, 200)
    files = sorted((shared_data / "amp" / "cabinets").glob("*.wav"))
    assert files
    for file in files:
        expected, found = (load_cabinet(file, at) for at in (44100, 48000))
        distance = magnitudes_db(found, frequencies) - magnitudes_db(expected, frequencies)
        assert np.abs(distance).max() < CONVERTED_CABINET_DB, file.name


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((1, 500)), r"ir\.wav is silent: give an impulse response"),
        (np.full((1, 11 * 8000), 0.1), r"ir\.wav lasts 11\.0 s: that is no impulse response .* up to 10 s"),
    ],
)
def test_what_is_no_response_is_one_line(samples, message, tmp_path):
    write_audio(tmp_path / "ir.wav", AudioBuffer(samples.astype(np.float32), 8000))
    with pytest.raises(AudioError, match=message):
        load_cabinet(tmp_path / "ir.wav", 48000)


def test_a_single_sample_is_a_cabinet_that_does_nothing():
    response = np.zeros((1, 100), np.float32)
    response[0, 60] = -0.3
    np.testing.assert_allclose(make_cabinet("none", AudioBuffer(response, RATE), RATE).response, [-1.0], rtol=1e-6)
