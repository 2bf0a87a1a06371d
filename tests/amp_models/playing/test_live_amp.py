"""An amp between live blocks: the same as offline, with its cabinet and levels, and meters that can be believed."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from amp_models import Amp, PlayOptions, load_amp
from amp_models.playing.cabinet import load_cabinet
from mixassist import AudioBuffer, write_audio
from mixassist.errors import OptionError
from mixassist.runtime.streaming.plan import HostFormat
from tests.amp_models.random_nams import EVERY, linear
from tests.signals import noise
from tests.tolerances import AMP_SAMPLES

METADATA = {"name": "Box", "loudness": -24.0, "input_level_dbu": 12.0}


@pytest.fixture(scope="module")
def amp(tmp_path_factory) -> Amp:
    path = tmp_path_factory.mktemp("amps") / "box.nam"
    path.write_text(json.dumps(EVERY["legacy"] | {"metadata": METADATA}))
    return load_amp(path)


@pytest.fixture
def cabinet(tmp_path):
    response = np.random.default_rng(5).standard_normal(3000) * np.exp(-np.arange(3000) / 300)
    write_audio(tmp_path / "ir.wav", AudioBuffer(response[None].astype(np.float32) / 4, 48000))
    return tmp_path / "ir.wav"


def test_live_and_offline_are_the_same(amp, cabinet):
    options = PlayOptions(input_dbu=18.0, is_normalized=True, cabinet=cabinet)
    x = 0.2 * noise(6400, n_channels=2)
    live = amp.open_live(HostFormat(64, 48000, 2), options)
    assert (live.rate, live.latency_samples) == (48000, 0)
    heard = np.concatenate([live.process(block).copy() for block in np.split(x, 100, axis=1)], axis=1)
    offline = amp.play(AudioBuffer(x, 48000), options).samples
    np.testing.assert_allclose(heard, offline, atol=3 * AMP_SAMPLES * np.abs(offline).max())
    assert live.timing.n_blocks == 100


def test_a_cabinet_is_heard_behind_the_amp(amp, cabinet):
    x = AudioBuffer(0.2 * noise(3000, n_channels=1), 48000)
    plain, through = (amp.play(x, options).samples[0] for options in (PlayOptions(), PlayOptions(cabinet=cabinet)))
    expected = np.convolve(plain.astype(float), load_cabinet(cabinet, 48000).response)[:3000]
    np.testing.assert_allclose(through, expected, atol=AMP_SAMPLES * np.abs(expected).max())


def test_nothing_is_allocated_while_playing(amp, cabinet):
    live = amp.open_live(HostFormat(64, 48000), PlayOptions(cabinet=cabinet, oversampling=2))
    block = 0.2 * noise(64, n_channels=1)
    for _ in range(20):
        live.process(block)
    tracemalloc.start()
    try:
        for _ in range(50):
            live.process(block)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 16384


def test_levels_that_are_not_known_are_refused_before_anybody_plays(tmp_path):
    path = tmp_path / "plain.nam"
    path.write_text(json.dumps(linear()))
    with pytest.raises(OptionError, match="leave --normalize out"):
        load_amp(path).open_live(HostFormat(64, 48000), PlayOptions(is_normalized=True))
