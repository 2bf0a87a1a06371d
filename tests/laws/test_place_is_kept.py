"""Law 5: rate, channels, frames and time position of the song are those of its stems, and of a take through an amp."""

import json

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from tests.amp_models.random_nams import nam
from tests.laws.amps import AMPS
from tests.laws.models import separate
from tests.signals import music_like, noise


@pytest.mark.parametrize(("rate", "n_channels"), [(8000, 1), (22050, 2), (44100, 1), (48000, 2), (96000, 2)])
def test_channels_and_frames_are_kept(separator, rate, n_channels):
    song = sum(music_like(0.7, rate).values())[:n_channels].astype(np.float32)
    stems, residual = separate(separator, song, rate)
    assert stems.shape == (len(separator.wanted), *song.shape)
    assert residual.shape == song.shape


def test_a_click_stays_where_it_is(separator):
    """What a stem holds of a click lies within a few milliseconds of it, and the sum of all at it exactly."""
    song = np.zeros((2, 44100), dtype=np.float32)
    song[:, 20000] = 1.0
    stems, residual = separate(separator, song)
    assert np.abs(stems.sum(axis=0) + residual)[0].argmax() == 20000


@pytest.mark.parametrize("name", AMPS)
def test_a_take_keeps_its_frame_through_an_amp(mixassist, tmp_path, network_artifact, name):
    write_audio(tmp_path / "take.wav", AudioBuffer(noise(3001, amplitude=0.1), 44100))
    words = ("amp", "run", network_artifact(name).path, tmp_path / "take.wav", "-o", tmp_path / "out.wav")
    assert mixassist(*words, "--bit-depth", "32f").code == 0
    written = read_audio(tmp_path / "out.wav")
    assert (written.rate, written.samples.shape) == (44100, (2, 3001))


@pytest.mark.parametrize("options", [(), ("--oversample", 2), ("--oversample", 4)])
@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
def test_a_click_stays_where_it_is_through_an_amp(mixassist, tmp_path, rate, options):
    """An impulse response of one weight: an amp that changes nothing."""
    (tmp_path / "wire.nam").write_text(json.dumps(nam("Linear", {"receptive_field": 2, "bias": False}, [1.0, 0.0])))
    click = np.zeros((1, 9000), dtype=np.float32)
    click[0, 4321] = 0.5
    write_audio(tmp_path / "take.wav", AudioBuffer(click, rate))
    words = ("amp", "run", tmp_path / "wire.nam", tmp_path / "take.wav", "-o", tmp_path / "out.wav", *options)
    assert mixassist(*words).code == 0
    assert np.abs(read_audio(tmp_path / "out.wav").samples[0]).argmax() == 4321
