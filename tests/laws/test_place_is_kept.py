"""Law 5: rate, channels, frames and time position of the song are those of its stems."""

import numpy as np
import pytest

from tests.laws.models import separate
from tests.signals import music_like


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
