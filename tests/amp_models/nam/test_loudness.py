"""Loudness and compression: by hand for amps one can reckon, and as the trainer wrote them into public files."""

from __future__ import annotations

import numpy as np
import pytest

from amp_models.nam.format import CONTAINER, read_nam, submodels
from amp_models.nam.loudness import SIGNAL, measure_loudness
from amp_models.nam.net import player
from mixassist import read_audio
from tests.tolerances import LOUDNESS_DB


def test_an_amp_that_changes_nothing_is_as_loud_as_the_signal_and_compresses_nothing():
    signal = read_audio(SIGNAL)
    assert (signal.rate, signal.samples.shape) == (48000, (1, 48000))
    measured = measure_loudness(lambda samples: samples)
    assert measured.loudness_db == pytest.approx(10 * np.log10(np.mean(signal.samples.astype(float) ** 2)), abs=1e-6)
    assert measured.compression == pytest.approx(0, abs=1e-6)


def test_an_amp_that_gives_the_same_for_any_input_compresses_all():
    measured = measure_loudness(lambda samples: np.full_like(samples, 0.5))
    assert measured.loudness_db == pytest.approx(20 * np.log10(0.5))
    assert measured.compression == 1


def test_compression_is_the_way_from_triangle_to_square():
    """y = √x of the input gain: levels 0, √0.1 … 1 of the last."""
    measured = measure_loudness(lambda samples: samples / np.sqrt(max(np.abs(samples).max(), 1e-9)))
    assert measured.compression == pytest.approx((np.sqrt(np.linspace(0, 1, 11)).sum() - 5.5) / 5.5, rel=1e-5)


def test_silence_has_no_loudness():
    assert measure_loudness(np.zeros_like) is None


@pytest.mark.parametrize("name", ["A2", "wavenet", "slimmable_container"])
def test_public_models_are_as_loud_as_their_trainer_wrote(name, shared_data):
    """Not the LSTM: it was measured from other first states than those that its file then carried."""
    nam = read_nam(shared_data / "amp" / "nam" / f"{name}.nam")
    models = [model for _, model in submodels(nam)] if nam.architecture == CONTAINER else [nam]
    measured = measure_loudness(player(models[-1]))
    assert measured.loudness_db == pytest.approx(models[-1].metadata["loudness"], abs=LOUDNESS_DB)
    assert measured.compression == pytest.approx(models[-1].metadata["gain"], abs=1e-4)
