"""Spectra block by block against those of the whole signal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.dsp.spectrum import istft, stft
from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from mixassist.errors import OptionError
from tests.signals import noise
from tests.tolerances import HOST_SPECTRUM_DB

GRIDS = [SpectrumGrid(64, 16), SpectrumGrid(64, 32), SpectrumGrid(48, 8), SpectrumGrid(64, 16, is_normalized=True)]


def after_silence(grid: SpectrumGrid, n_hops: int) -> np.ndarray:
    """Noise [2, T] between stretches of silence, so that what lies beyond the ends is the same for all."""
    sound = noise((n_hops + 2) * grid.n_fft)
    sound[:, : grid.n_fft] = sound[:, -grid.n_fft :] = 0
    return sound


def in_blocks(signal: np.ndarray, hop: int, n_hops: list[int]) -> list[np.ndarray]:
    return np.split(signal, hop * np.cumsum(n_hops)[np.cumsum(n_hops) * hop < signal.shape[-1]], axis=-1)


@pytest.mark.parametrize("grid", GRIDS)
@given(n_hops=st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_frames_are_those_of_the_whole_signal(grid, n_hops):
    sound = after_silence(grid, 6)
    analysis = StreamStft(grid, 2)
    found = np.concatenate([analysis.process(block) for block in in_blocks(sound, grid.hop, n_hops)], axis=-1)
    expected = stft(sound, grid.n_fft, grid.hop, grid.is_normalized)
    n_frames = found.shape[-1] - grid.latency_frames
    np.testing.assert_allclose(found[..., grid.latency_frames :], expected[..., :n_frames], atol=1e-6)


@pytest.mark.parametrize("grid", GRIDS)
@given(n_hops=st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_sound_comes_back_late_by_the_declared_latency(grid, n_hops):
    sound = after_silence(grid, 6)
    analysis, synthesis = StreamStft(grid, 2), StreamIstft(grid, 2)
    blocks = in_blocks(sound, grid.hop, n_hops)
    found = np.concatenate([synthesis.process(analysis.process(block)) for block in blocks], axis=-1)
    late = grid.latency_samples
    assert null_db(found[:, late:], sound[:, :-late]) < HOST_SPECTRUM_DB


@pytest.mark.parametrize("grid", GRIDS)
def test_altered_spectra_give_what_the_whole_inverse_gives(grid, rng):
    sound = after_silence(grid, 6)
    mask = rng.uniform(0, 1, (grid.n_fft // 2 + 1, 1)).astype(np.float32)
    analysis, synthesis = StreamStft(grid, 2), StreamIstft(grid, 2)
    blocks = np.split(sound, sound.shape[-1] // grid.hop, axis=-1)
    found = np.concatenate([synthesis.process(mask * analysis.process(block)) for block in blocks], axis=-1)
    spectrum = stft(sound, grid.n_fft, grid.hop, grid.is_normalized)
    expected = istft(mask * spectrum, grid.hop, sound.shape[-1], grid.is_normalized)
    late = grid.latency_samples
    assert null_db(found[:, late:], expected[:, :-late]) < HOST_SPECTRUM_DB


def test_a_reset_forgets(rng):
    grid = GRIDS[0]
    analysis, synthesis = StreamStft(grid, 1), StreamIstft(grid, 1)
    block = rng.standard_normal((1, 4 * grid.hop)).astype(np.float32)
    first = synthesis.process(analysis.process(block))
    analysis.reset()
    synthesis.reset()
    np.testing.assert_array_equal(synthesis.process(analysis.process(block)), first)


def test_a_block_of_no_frames_changes_nothing(rng):
    grid = GRIDS[0]
    analysis, synthesis = StreamStft(grid, 2), StreamIstft(grid, 2)
    block = rng.standard_normal((2, 4 * grid.hop)).astype(np.float32)
    first = analysis.process(block)
    nothing = analysis.process(block[:, :0])
    assert (nothing.shape, nothing.dtype) == ((2, 33, 0), first.dtype)
    second = analysis.process(block)
    sound = np.concatenate([synthesis.process(spectrum) for spectrum in (first, nothing, second)], axis=-1)
    late = grid.latency_samples
    assert null_db(sound[:, late:], np.tile(block, 2)[:, :-late]) < HOST_SPECTRUM_DB


def test_blocks_and_grids_that_do_not_fit_are_named():
    with pytest.raises(OptionError, match="n_fft 64 is not an even number of hops of 24"):
        SpectrumGrid(64, 24)
    with pytest.raises(OptionError, match="a block of 20 samples is no multiple of the hop of 16"):
        StreamStft(GRIDS[0], 1).process(np.zeros((1, 20), np.float32))
