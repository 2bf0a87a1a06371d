from __future__ import annotations

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.errors import AudioError


def test_a_buffer_knows_its_size() -> None:
    buffer = AudioBuffer(np.zeros((2, 22_050), dtype=np.float64), 44_100)
    assert (buffer.n_channels, buffer.n_frames, buffer.seconds) == (2, 22_050, 0.5)
    assert buffer.samples.dtype == np.float32


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros(10), 44_100, "samples have 1 axes: expected 2"),
        (np.zeros((2, 0)), 44_100, r"samples have shape \(2, 0\)"),
        (np.zeros((0, 10)), 44_100, r"samples have shape \(0, 10\)"),
        (np.zeros((1, 10)), 0, "sample rate is 0 Hz"),
        (np.array([[0.0, np.nan, np.inf]]), 44_100, "2 of 3 samples are NaN or infinite"),
    ],
)
def test_what_is_not_audio_is_refused(samples: np.ndarray, rate: int, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        AudioBuffer(samples, rate)
