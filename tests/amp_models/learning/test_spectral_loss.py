"""The spectral loss against its definition, written out with numpy, and against the library that everybody takes."""

from __future__ import annotations

import os
import subprocess

import numpy as np
import pytest
from scipy.signal import get_window

from amp_models.learning.spectral_loss import RESOLUTIONS, spectral_loss
from tests.tolerances import SPECTRAL_LOSS

PEER = """
import sys, numpy, torch
from auraloss.freq import MultiResolutionSTFTLoss
answer, truth = (torch.from_numpy(numpy.load(path))[None, None] for path in sys.argv[1:3])
print(float(MultiResolutionSTFTLoss()(answer, truth)))
"""


@pytest.fixture
def sounds(rng):
    truth = np.sin(np.cumsum(rng.uniform(0, 0.3, 6000))) * np.linspace(0, 0.5, 6000)
    return tuple((truth + 0.02 * k * rng.standard_normal(6000)).astype(np.float32) for k in (1, 0))


def magnitude(sound, n_fft, hop, n_window):
    """Of frames around every `hop`-th sample [F, K], the signal reflected at its ends."""
    window = np.zeros(n_fft)
    first = (n_fft - n_window) // 2
    window[first : first + n_window] = get_window("hann", n_window)
    padded = np.pad(sound.astype(np.float64), n_fft // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    return np.sqrt(np.maximum(np.abs(np.fft.rfft(window * frames)) ** 2, 1e-8))


def test_it_is_its_definition(sounds):
    answer, truth = sounds
    parts = []
    for resolution in RESOLUTIONS:
        heard, meant = magnitude(answer, *resolution), magnitude(truth, *resolution)
        convergence = np.sqrt(np.sum((meant - heard) ** 2) / np.sum(meant**2))
        parts.append(convergence + np.mean(np.abs(np.log(heard / meant))))
    assert spectral_loss(answer, truth)[0] == pytest.approx(np.mean(parts), rel=SPECTRAL_LOSS)


def test_nothing_is_wrong_with_the_truth(sounds):
    value, gradient = spectral_loss(sounds[1], sounds[1])
    assert value == 0
    assert np.isfinite(gradient).all()


def test_it_is_auralosss(sounds, tmp_path):
    if "MIXASSIST_PEER_PYTHON" not in os.environ:
        pytest.skip("no peer: set MIXASSIST_PEER_PYTHON to the Python of a venv with auraloss")
    paths = [tmp_path / "answer.npy", tmp_path / "truth.npy"]
    for path, sound in zip(paths, sounds, strict=True):
        np.save(path, sound)
    words = [os.environ["MIXASSIST_PEER_PYTHON"], "-c", PEER, *map(str, paths)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert spectral_loss(*sounds)[0] == pytest.approx(float(told), rel=SPECTRAL_LOSS)
