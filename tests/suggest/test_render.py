"""The chain of a master, played."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.master_chain import LimiterSettings, MasterChain
from mixassist.suggest.render import render_blocks
from tests.suggest.made_masters import RATE, rendered
from tests.tolerances import RENDER_CUT


@pytest.mark.parametrize("n_block", [1000, 44100, 100_001])
def test_a_render_does_not_depend_on_how_it_is_cut(song, n_block):
    chain = MasterChain(
        (EqBand("bell", 300, 4, 1.0),), CompressorSettings(-30, 2), 3.0, 14.0, LimiterSettings(-1.0, 100.0)
    )
    whole = rendered(song, chain)
    cut = [song[:, start : start + n_block] for start in range(0, song.shape[1], n_block)]
    pieces = np.concatenate(list(render_blocks(cut, RATE, chain)), axis=1)
    assert whole.shape == song.shape
    assert np.abs(whole - pieces).max() < RENDER_CUT


def test_an_empty_chain_and_a_limiter_that_has_nothing_to_do_keep_the_song(song):
    assert np.array_equal(rendered(song, MasterChain()), song)
    assert np.abs(rendered(song, MasterChain(limiter=LimiterSettings(-1.0))) - song).max() < 1e-4
