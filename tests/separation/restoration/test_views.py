"""What the network is shown: the same for any cut, and what its words say."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamStft
from separation.restoration.views import ALL, EARLY_S, LARGE_ROOM, RT60S_S, SMALL_ROOM, STEADY, TOGETHER, Views

GRID = SpectrumGrid(256, 64)
RATE = 8000


def seen(sound, cuts=()):
    """Views [5, F, K] of `sound` [C, T], whose frames are cut at `cuts`."""
    analysis, views = StreamStft(GRID, len(sound)), Views(129, GRID.hop, RATE)
    pieces = np.split(sound.astype(np.float32), [GRID.hop * cut for cut in cuts], axis=1)
    return np.concatenate([views.process(analysis.process(piece), piece) for piece in pieces], axis=-1)


@pytest.fixture
def noise(rng):
    return 0.1 * rng.standard_normal((2, 300 * GRID.hop))


def test_cuts_change_nothing(noise):
    np.testing.assert_array_equal(seen(noise, [1, 2, 50, 51]), seen(noise))


def test_views_do_not_depend_on_how_loud_a_recording_is(noise):
    np.testing.assert_allclose(seen(noise), seen(0.1 * noise), rtol=1e-4, atol=1e-5)


def test_channels_that_cancel_each_other_are_seen_as_others_are(noise):
    one, other = seen(np.stack([noise[0], noise[0]])), seen(np.stack([noise[0], -noise[0]]))
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_silence_is_seen_as_silence():
    assert not seen(np.zeros((2, 100 * GRID.hop))).any()


def test_channels_agree_on_one_source_and_not_on_noise_of_their_own(noise):
    one_source = seen(np.stack([noise[0], 0.5 * noise[0]]))
    np.testing.assert_allclose(one_source[TOGETHER], one_source[ALL], rtol=1e-2, atol=1e-3)
    apart = seen(noise)
    assert np.mean(apart[TOGETHER, :, 20:] ** 2) < 0.4 * np.mean(apart[ALL, :, 20:] ** 2)


def test_a_single_channel_agrees_with_nobody(noise):
    assert not seen(noise[:1])[TOGETHER].any()


def test_the_steady_level_is_that_of_the_noise_under_a_burst(noise):
    noise[:, 150 * GRID.hop : 170 * GRID.hop] *= 30
    views = seen(noise)
    rms = np.sqrt(np.mean(views[..., 160:165] ** 2, axis=(1, 2)))
    assert 20 * np.log10(rms[STEADY] / rms[ALL]) == pytest.approx(-20 * np.log10(30), abs=4)


@pytest.mark.parametrize(("room", "rt60_s"), [(SMALL_ROOM, RT60S_S[0]), (LARGE_ROOM, RT60S_S[1])])
def test_what_sounded_lingers_as_in_a_room(noise, room, rt60_s):
    noise[:, 100 * GRID.hop :] = 0
    lingering = np.mean(seen(noise)[room] ** 2, axis=0)
    early = round(EARLY_S * RATE / GRID.hop)
    n_frames = 20
    fall_db = 10 * np.log10(lingering[104 + early + n_frames] / lingering[104 + early])
    assert fall_db == pytest.approx(-60 * n_frames * GRID.hop / RATE / rt60_s, abs=0.5)
