"""The next setting to record: in the gap where most changes, never where something was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amp_models.knobs.next_setting import N_HEARD_S, loudest_part, suggest_setting
from amp_models.knobs.plan import KnobPlan

TAKE = np.sin(np.arange(500, dtype=np.float32))[None]

places = st.integers(0, 20).map(lambda step: step / 20)


def driven(setting):
    """Turns into distortion between 0.6 and 0.8, all at once."""
    drive = np.interp(setting[0], [0, 0.6, 0.8, 1], [1, 1.1, 20, 21])
    return np.tanh(drive * TAKE)


def plan(*settings):
    return KnobPlan(("gain", "tone")[: len(settings[0])], settings)


def test_it_lies_where_the_sound_changes_most():
    suggestion = suggest_setting(plan((0.0,), (0.5,), (0.9,), (1.0,)), driven)
    assert suggestion.setting == (0.7,)
    assert suggestion.change > 0.1
    assert (
        suggestion.reason
        == f"between gain=0.5 and gain=0.9 the predicted sound changes most (ESR {suggestion.change:.2g})"
    )


def test_an_open_end_is_a_gap_too():
    suggestion = suggest_setting(plan((0.2,), (0.5,)), driven)
    assert suggestion.setting == (1.0,)
    assert "beyond gain=0.5, where nothing was recorded, the predicted sound" in suggestion.reason


def test_of_gaps_that_sound_alike_the_widest_is_taken():
    assert suggest_setting(plan((0.0,), (0.3,), (1.0,)), lambda setting: TAKE).setting == (0.65,)
    assert suggest_setting(plan((0.0,), (1.0,)), np.zeros_like).setting == (0.5,)


def test_of_two_knobs_the_one_that_does_something_is_turned():
    corners = [(gain, tone) for gain in (0.0, 1.0) for tone in (0.0, 1.0)]
    gain, _ = suggest_setting(plan(*corners), driven).setting
    assert gain == 0.5


def test_each_setting_is_heard_once():
    heard = []
    suggest_setting(plan((0.0,), (0.5,), (1.0,)), lambda setting: heard.append(setting) or driven(setting))
    assert sorted(heard) == [(0.0,), (0.5,), (1.0,)]


@pytest.mark.parametrize("n_knobs", [1, 2])
@given(data=st.data())
def test_it_was_never_recorded(n_knobs, data):
    settings = data.draw(st.lists(st.tuples(*[places] * n_knobs), min_size=1, max_size=8))
    known = plan(*settings)
    suggestion = suggest_setting(known, driven)
    known.check(suggestion.setting)
    assert not known.holds(suggestion.setting)


def test_recording_what_is_suggested_closes_in_on_the_change():
    known = plan((0.0,), (1.0,))
    for _ in range(4):
        known = plan(*known.settings, suggest_setting(known, driven).setting)
    assert sum(0.55 <= gain <= 0.85 for (gain,) in known.settings) >= 2


@pytest.mark.parametrize("first", [0, 1, 700, 1500])
def test_a_take_is_heard_where_it_is_loudest(first):
    rate = 100
    n = round(N_HEARD_S * rate)
    take = np.full((1, 2000), 0.1, np.float32)
    take[:, first : first + n] = 0.5
    np.testing.assert_array_equal(loudest_part(take, rate), take[:, first : first + n])
    assert (loudest_part(take, rate) == 0.5).all()


def test_a_short_take_is_heard_whole():
    assert loudest_part(TAKE, 48000) is TAKE
