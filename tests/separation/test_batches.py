"""Batches for training: each example from its own number, in whatever process."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

import numpy as np
import pytest
import torch

from separation.batches import Examples, as_batch, batch_stream, views
from separation.net import LiteOptions
from separation.remix import Remixer

NETWORK = LiteOptions(n_fft=256, hop=64, bands=((4, 2), (6, 8), (4, 16)))
N_FRAMES = 9


@pytest.fixture
def examples(library) -> Examples:
    return Examples(Remixer(library, NETWORK.n_fft + (N_FRAMES - 1) * NETWORK.hop), NETWORK, seed=3)


def test_views_are_left_right_mid_side(rng):
    spectrum = rng.standard_normal((1, 2, 5, 3)) + 1j * rng.standard_normal((1, 2, 5, 3))
    seen = views(torch.from_numpy(np.stack([spectrum.real, spectrum.imag])))
    left, right = spectrum[0]
    np.testing.assert_allclose(seen[0], np.abs([left, right, (left + right) / 2, (left - right) / 2]), atol=1e-12)


def test_batches_hold_the_magnitudes_of_the_sum_of_their_stems(examples):
    batch = next(batch_stream(examples, 0, 2, 0))
    assert batch.magnitude.shape == (2, 4, NETWORK.n_bins, N_FRAMES)
    assert batch.stems.shape == (2, 2, 4, 2, N_FRAMES, NETWORK.n_bins)
    left = batch.stems.sum(dim=2)[:, :, 0]
    torch.testing.assert_close(batch.magnitude[:, 0].transpose(1, 2), left.square().sum(dim=0).sqrt())


def test_an_example_depends_on_its_number_alone(examples):
    torch.testing.assert_close(examples[7], examples[7], rtol=0, atol=0)
    assert not torch.equal(examples[7], examples[8])


def test_processes_make_the_same_batches_as_this_one(examples):
    """In a process of its own: torch leaves a handler of children behind, which has ended the process of the tests."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        theirs = pool.submit(batches_of_a_process, examples).result()
    for own, other in zip(islice(batch_stream(examples, 4, 2, 0), 3), theirs, strict=True):
        np.testing.assert_array_equal(own.stems.numpy(), other[0])
        np.testing.assert_array_equal(own.magnitude.numpy(), other[1])


def batches_of_a_process(examples):
    """Three batches as arrays, which travel between processes as they are."""
    batches = islice(batch_stream(examples, 4, 2, 1), 3)
    return [(batch.stems.numpy(), batch.magnitude.numpy()) for batch in batches]


def test_a_stream_begins_at_the_example_it_is_told(examples):
    later = next(batch_stream(examples, 2, 2, 0))
    torch.testing.assert_close(later.stems, as_batch([examples[2], examples[3]]).stems, rtol=0, atol=0)


def test_mixes_are_about_as_loud_as_the_network_expects(library):
    """Power per bin of a Hann window over a mono sum of level 1 is 3/8 of the window's length, by Parseval."""
    examples = Examples(Remixer(library, NETWORK.n_fft + 100 * NETWORK.hop), NETWORK, seed=3)
    mono = torch.stack([examples[index].sum(dim=1).mean(dim=1) for index in range(12)])
    level = mono.square().sum(dim=1).mean(dim=(1, 2)).div(NETWORK.n_fft * 3 / 8).sqrt()
    assert float(level.log().mean().exp()) == pytest.approx(1, abs=0.4)
    assert 0.3 < float(level.min()) < float(level.max()) < 3
