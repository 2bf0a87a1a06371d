"""A compressor is asked for by peaks or levels, and is suggested only where it is heard to bring them down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.suggest.master_chain import MasterChain
from mixassist.suggest.master_dynamics import compressor_suggestions
from mixassist.suggest.master_profile import measure_profile
from mixassist.suggest.reference import genre_target
from mixassist.suggest.render import render_blocks
from mixassist.suggest.style_files import load_style
from tests.signals import noise

RATE = 44100


@pytest.fixture(scope="module")
def drums():
    """Noise whose level jumps about by 6 dB rms each 50 ms: far more than a genre has."""
    levels_db = np.random.default_rng(0).normal(-30, 6, 120)
    return (noise(6 * RATE) * 10 ** (np.repeat(levels_db, RATE // 20) / 20)).astype(np.float32)


def heard(samples, settings=None):
    blocks = [samples] if settings is None else render_blocks([samples], RATE, MasterChain(compressor=settings))
    return measure_profile(blocks, RATE, len(samples))


def test_peaks_come_down_as_the_effect_says(drums):
    song, target = heard(drums), genre_target(load_style("pop"))
    listened = []

    def listen(settings):
        listened.append(heard(drums, settings))
        return listened[-1]

    (only,) = compressor_suggestions(song, target, 1.0, listen)
    assert song.plr_db - listened[-1].plr_db >= 0.3
    assert f"{listened[-1].plr_db:.1f} dB over the loudness instead of {song.plr_db:.1f}" in only.effect
    assert only.confidence > 0.5


def test_a_compressor_that_leaves_the_peaks_is_dropped(drums):
    song, target = heard(drums), genre_target(load_style("pop"))
    assert compressor_suggestions(song, target, 1.0, lambda _settings: song) == ()
    raised = replace(song, true_peak_dbtp=song.true_peak_dbtp + 1)
    assert compressor_suggestions(song, target, 1.0, lambda _settings: raised) == ()


def test_a_part_of_it_does_a_part(drums):
    song, target = heard(drums), genre_target(load_style("pop"))
    whole, half = (compressor_suggestions(song, target, x, lambda s: heard(drums, s))[0] for x in (1.0, 0.5))
    assert half.number("ratio") < whole.number("ratio")
    assert half.effect != whole.effect


def test_a_genre_whose_peaks_are_met_asks_for_nothing(drums):
    song = heard(drums)
    target = replace(genre_target(load_style("pop")), plr_db=song.plr_db)
    assert compressor_suggestions(song, target, 1.0, lambda _settings: song) == ()
