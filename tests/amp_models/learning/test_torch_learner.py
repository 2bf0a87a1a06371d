"""The learner that runs on a GPU: what it needs, and that learning is the same there. Its gradients: beside ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from amp_models.learning.learner import open_learner
from amp_models.learning.torch_learner import TorchLearner
from amp_models.nam.fresh import fresh_nam
from mixassist.errors import EngineError
from tests.amp_models.learning.gradients import playing
from tests.tolerances import BF16_DB


@pytest.fixture
def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def test_without_a_gpu_it_says_what_to_do(has_gpu):
    if has_gpu:
        pytest.skip("there is a GPU")
    with pytest.raises(EngineError, match=r"no NVIDIA GPU here: leave the device out"):
        open_learner(fresh_nam("nano", 48000, 0), "cuda")


def test_on_a_gpu_it_answers_nearly_alike(has_gpu):
    if not has_gpu:
        pytest.skip("no NVIDIA GPU")
    nam = fresh_nam("nano", 48000, 0)
    learner = TorchLearner(nam, "cuda")
    audio, no_knobs = playing(learner.n_past + 2000), np.zeros(0, np.float32)
    here, there = (open_learner(nam, device).play(audio, no_knobs) for device in ("cpu", "cuda"))
    assert 20 * np.log10(np.linalg.norm(there - here) / np.linalg.norm(here)) < BF16_DB + 20


def test_gradients_of_two_threads_are_those_of_one():
    learner = TorchLearner(fresh_nam("nano", 48000, 0))
    audios = [playing(learner.n_past + 3000, seed) for seed in range(24)]

    def gradient(audio):
        found = np.zeros_like(learner.weights)
        learner.learn(audio, np.zeros(0, np.float32), lambda answer: answer, found)
        return found

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(gradient, audios))
    for mine, alone in zip(together, map(gradient, audios), strict=True):
        np.testing.assert_array_equal(mine, alone)
