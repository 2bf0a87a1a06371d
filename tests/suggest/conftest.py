"""What tests of masters share."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from tests.signals import music_like, noise
from tests.suggest.made_masters import RATE


@pytest.fixture(scope="session")
def song():
    """A loop in stereo, as loud as masters are meant to be, with a few decibels of headroom."""
    stems = music_like(6, RATE)
    air = noise(6 * RATE, amplitude=0.01)
    mix = sum(stems.values()) + air
    loop = (0.25 * mix / np.abs(mix).max()).astype(np.float32)
    loop.flags.writeable = False
    return loop


@pytest.fixture
def written(tmp_path):
    def write(samples, name):
        path = tmp_path / name
        write_audio(path, AudioBuffer(np.ascontiguousarray(samples, dtype=np.float32), RATE), Encoding("wav", "32f"))
        return path

    return write
