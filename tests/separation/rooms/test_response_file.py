"""Impulse response files: where they begin, how loud they are against the direct sound, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from mixassist.errors import AudioError, OptionError
from separation.rooms.answer import find_answer
from separation.rooms.options import RespaceOptions
from separation.rooms.response_file import load_response
from tests.signals import noise
from tests.tolerances import RESAMPLED_RESPONSE, ROOM_SAMPLES

RATE = 16000
DELAY = 400


def tail(seconds: float = 0.5, amplitude: float = 0.02, seed: int = 0) -> np.ndarray:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return amplitude * np.random.default_rng(seed).standard_normal(time_s.size) * 10 ** (-3 * time_s / seconds)


@pytest.fixture
def written(tmp_path):
    def write(samples, rate=RATE):
        write_audio(tmp_path / "ir.wav", AudioBuffer(np.atleast_2d(samples).astype("f4"), rate), Encoding("wav", "32f"))
        return tmp_path / "ir.wav"

    return write


def late_response(direct: float = 1.0) -> np.ndarray:
    response = np.zeros(DELAY + RATE // 2)
    response[DELAY] = direct
    response[DELAY + 100 :] += tail()[: RATE // 2 - 100]
    return response


@pytest.mark.parametrize("direct", [1.0, -2.0])
def test_a_response_begins_with_its_direct_sound_and_is_measured_by_it(written, direct):
    response = late_response(direct)
    answer, findings = load_response(written(response), RATE)
    assert findings == ()
    assert not answer[..., :20].any()
    for ear in answer[0]:
        assert ear[100:] == pytest.approx(response[DELAY + 100 :] / abs(direct), abs=ROOM_SAMPLES)


def test_a_direct_sound_that_is_not_the_strongest_frame_is_found(written):
    """As in halls whose walls reflect more than the loudspeaker gave straight on."""
    response = late_response(0.5)
    response[DELAY + 200] = 1.0
    answer, _ = load_response(written(response), RATE)
    assert answer[0, 0].argmax() == 200
    assert answer[0, 0, 200] == pytest.approx(2, rel=ROOM_SAMPLES)


def test_a_direct_sound_of_many_frames_counts_with_its_energy(written):
    response = late_response(0)
    response[DELAY : DELAY + 16] = 0.25
    answer, _ = load_response(written(response), RATE)
    assert answer[0, 0, 100:] == pytest.approx(response[DELAY + 100 :], abs=ROOM_SAMPLES)


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_another_rate_is_the_same_room(written, rate):
    path = written(late_response())
    answer, _ = load_response(path, rate)
    reference, _ = load_response(path, RATE)
    assert answer.shape[-1] / rate == pytest.approx(0.5, abs=0.01)
    # Below the lower of both rates the room has the same energy against the direct sound; there is nothing above it.
    assert np.sum(answer[0, 0] ** 2) == pytest.approx(np.sum(reference[0, 0] ** 2), rel=RESAMPLED_RESPONSE)


def test_a_response_without_direct_sound_is_kept_whole_and_as_loud_as_the_recording(written):
    response = np.pad(tail(amplitude=0.3), (DELAY, 0))
    answer, findings = load_response(written(response), RATE)
    assert [finding.code for finding in findings] == ["response-wet"]
    assert answer[0, 0, 0] != 0
    assert np.sum(answer[0, 0] ** 2) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("order", ["WXYZ", "WYZX"])
def test_four_channels_are_folded_by_where_the_front_is(written, order):
    """The direct sound comes from the front, and the room from the left alone."""
    parts = {name: np.zeros(DELAY + RATE // 2) for name in order}
    parts["W"][DELAY] = parts["X"][DELAY] = 1
    parts["W"][DELAY + 100 :] = parts["Y"][DELAY + 100 :] = tail()[: RATE // 2 - 100]
    answer, findings = load_response(written([parts[name] for name in order]), RATE)
    assert [finding.code for finding in findings] == ["ambisonic-folded"]
    assert f"({' '.join(order)})" in findings[0].message
    left, right = answer[0]
    assert np.abs(left[100:]).max() > 0.01
    assert np.abs(right[100:]).max() < ROOM_SAMPLES


def test_both_sides_of_a_stereo_response_keep_their_balance(written):
    response = late_response()
    left, right = load_response(written([response, 0.5 * response]), RATE)[0][0]
    np.testing.assert_allclose(right, 0.5 * left, atol=ROOM_SAMPLES)


def test_a_click_has_no_room(written):
    _, findings = load_response(written(np.eye(1, 1000, 100)), RATE)
    assert [finding.code for finding in findings] == ["response-dry"]


def test_a_response_that_is_cut_off_is_said_to_be(written):
    _, findings = load_response(written(late_response()[: DELAY + RATE // 10]), RATE)
    assert [finding.code for finding in findings] == ["response-cut"]


def test_a_single_frame_is_a_response(written):
    answer, findings = load_response(written([0.5]), RATE)
    assert not answer.any()
    assert [finding.code for finding in findings] == ["response-dry"]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((1, 100)), "is silent"),
        (np.full((3, 100), 0.1), "has 3 channels"),
    ],
)
def test_what_is_no_response_is_refused(written, samples, message):
    with pytest.raises(AudioError, match=message):
        load_response(written(samples), RATE)


def test_a_song_is_refused(written):
    with pytest.raises(AudioError, match=r"lasts 121.0 s: that is no impulse response"):
        load_response(written(np.full((1, 121 * 1000), 0.1), rate=1000), RATE)


@pytest.mark.parametrize("change", [{"rt60_s": 1.0}, {"size_m": (5.0, 4.0, 3.0)}, {"distance_m": 2.0}])
def test_a_measured_room_cannot_be_made_another(written, change):
    with pytest.raises(OptionError, match="go with synthesised rooms"):
        find_answer(RespaceOptions(written(late_response()), **change), RATE, 1)


def test_noise_is_a_response_too(written):
    answer, _ = load_response(written(noise(1000, 2)), RATE)
    assert np.isfinite(answer).all()
