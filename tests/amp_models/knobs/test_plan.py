"""Settings as people write them, and the plans they make."""

from __future__ import annotations

import pytest

from amp_models.knobs.plan import KnobPlan, parse_setting, plan_of
from mixassist.errors import OptionError

PLAN = KnobPlan(("gain", "tone"), ((0.2, 0.5), (0.6, 0.5), (0.9, 0.1)))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["gain=0.3,tone=0.5"], {"gain": 0.3, "tone": 0.5}),
        (["gain=0.3", " tone = 1 "], {"gain": 0.3, "tone": 1.0}),
        (["master volume=0"], {"master volume": 0.0}),
    ],
)
def test_a_setting_is_read(texts, expected):
    assert parse_setting(texts) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gain", "knob 'gain' cannot be read: write it as gain=0.3"),
        ("gain=0.3,", "knob '' cannot be read"),
        ("gain=loud", "knob gain is set to 'loud': give a number from 0 to 1"),
        ("gain=7", "knob gain is set to 7: it goes from 0 to 1"),
        ("gain=nan", "knob gain is set to nan: it goes from 0 to 1"),
        ("gain=0.1,gain=0.2", "knob gain is set twice"),
    ],
)
def test_what_is_no_setting_says_so(text, message):
    with pytest.raises(OptionError, match=message):
        parse_setting([text])


def test_a_setting_is_put_in_the_order_of_the_knobs():
    assert PLAN.place({"tone": 0.5, "gain": 0.1}) == (0.1, 0.5)
    assert PLAN.tell((0.1, 0.5)) == "gain=0.1,tone=0.5"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"gain": 0.5}, "knob tone is missing: give --knob gain=0.5,tone=0.5"),
        ({"gain": 0.5, "tone": 0.5, "bass": 0.5}, "knob bass is unknown: this amp has gain, tone"),
        ({"gain": 1.5, "tone": 0.5}, "knob gain is set to 1.5: it goes from 0 to 1"),
    ],
)
def test_a_setting_of_other_knobs_says_so(values, message):
    with pytest.raises(OptionError, match=message):
        PLAN.place(values)


def test_knobs_stand_where_something_was_recorded_most_in_the_middle():
    assert PLAN.default == (0.6, 0.5)
    assert PLAN.holds((0.9, 0.1))
    assert not PLAN.holds((0.5, 0.5))


def test_recordings_make_a_plan_by_the_first_ones_order():
    plan = plan_of(["gain=0.1,tone=0.2", "tone=0.4,gain=0.3"])
    assert plan == KnobPlan(("gain", "tone"), ((0.1, 0.2), (0.3, 0.4)))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "needs a name for each and a recorded setting"),
        (["gain=0.1", "tone=0.1"], "knob tone is unknown: this amp has gain"),
        (["gain=0.1,tone=1", "tone=0.1"], "knob gain is missing"),
    ],
)
def test_recordings_of_different_knobs_say_so(texts, message):
    with pytest.raises(OptionError, match=message):
        plan_of(texts)


@pytest.mark.parametrize(
    ("names", "settings", "message"),
    [
        (("gain", "gain"), ((0.1, 0.2),), "knob gain is named twice"),
        (("gain",), ((0.1, 0.2),), "2 values are given for the knobs gain"),
        (("gain",), (), "a recorded setting"),
    ],
)
def test_a_plan_that_cannot_be_says_so(names, settings, message):
    with pytest.raises(OptionError, match=message):
        KnobPlan(names, settings)
