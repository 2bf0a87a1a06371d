"""Placing: the recording stays where it was, the room comes after it, for any cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from mixassist import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from mixassist.errors import AudioError, OptionError
from separation import respace
from separation.rooms.answer import find_answer
from separation.rooms.options import RespaceOptions
from separation.rooms.placing import place
from tests.signals import impulses, noise
from tests.tolerances import ROOM_SAMPLES

RATE = 16000
MINUS_INFINITY = float("-inf")


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_recording_stays_and_the_room_comes_after(n_channels):
    click = AudioBuffer(impulses([100], 2000, n_channels=n_channels), RATE)
    placed = respace(click, RespaceOptions("club", predelay_ms=20))
    n_quiet = 100 + round(0.02 * RATE)
    assert placed.n_channels == 2
    before = np.broadcast_to(click.samples[:, :n_quiet], (2, n_quiet))
    assert placed.samples[:, :n_quiet] == pytest.approx(before, abs=ROOM_SAMPLES)
    assert placed.samples[:, n_quiet : n_quiet + 50].any()
    assert placed.n_frames > 2000 + 0.5 * RATE


def test_no_room_is_no_change():
    recording = AudioBuffer(noise(3000, 2), RATE)
    assert np.array_equal(respace(recording, RespaceOptions("hall", wet_db=MINUS_INFINITY)).samples, recording.samples)


def test_the_room_alone_and_the_recording_are_the_whole():
    recording = AudioBuffer(noise(3000, 1), RATE)
    whole, alone = (respace(recording, RespaceOptions("studio", dry_db=dry_db)) for dry_db in (0.0, MINUS_INFINITY))
    alone.samples[:, :3000] += recording.samples
    np.testing.assert_allclose(alone.samples, whole.samples, atol=ROOM_SAMPLES)


def test_louder_and_softer_is_what_it_says():
    recording = AudioBuffer(noise(500, 2), RATE)
    as_it_is, softer = (respace(recording, RespaceOptions("studio", gain_db=gain_db)) for gain_db in (None, -6.0))
    np.testing.assert_allclose(softer.samples, as_it_is.samples * 10**-0.3, atol=ROOM_SAMPLES)


@pytest.mark.parametrize(("width", "correlation"), [(0.0, 1.0), (1.0, 0.0), (1.5, -0.7)])
def test_a_room_is_as_wide_as_asked(width, correlation):
    plate = find_answer(RespaceOptions("plate", width=width), RATE, 1)
    left, right = plate.samples[0]
    assert np.corrcoef(left, right)[0, 1] == pytest.approx(correlation, abs=0.1)
    assert plate.level_db() == pytest.approx(find_answer(RespaceOptions("plate"), RATE, 1).level_db(), abs=0.5)


@pytest.mark.parametrize("n_each", [1, 64, 65, 512, 8193, None])
def test_any_cut_into_blocks_gives_the_same(n_each):
    recording = noise(1000 if n_each == 1 else 20000, 2)
    answer = find_answer(RespaceOptions("studio"), RATE, 2)
    whole, cut = (
        np.concatenate([dry + wet for dry, wet in place(blocks, answer)], axis=1)
        for blocks in ([recording], blocks_of(recording, n_each))
    )
    assert np.array_equal(whole, cut)


def test_streaming_is_the_convolution():
    recording = noise(20000, 2)
    answer = find_answer(RespaceOptions("studio"), RATE, 2)
    whole = respace(AudioBuffer(recording, RATE), RespaceOptions("studio")).samples
    expected = scipy.signal.oaconvolve(recording, answer.samples[:, 0], axes=1).sum(axis=0)
    expected[:20000] += recording[0]
    assert whole[0] == pytest.approx(expected, abs=ROOM_SAMPLES)


def test_silence_stays_silent():
    assert not respace(AudioBuffer(np.zeros((1, 500), np.float32), RATE), RespaceOptions("studio")).samples.any()


@pytest.mark.parametrize("rate", [8000, 22050, 96000])
def test_other_rates_have_the_same_room(rate):
    answer = find_answer(RespaceOptions("studio"), rate, 1)
    assert answer.first_frame() / rate == pytest.approx(answer_first_s(), abs=1e-3)
    assert np.isfinite(respace(AudioBuffer(noise(rate // 10, 1), rate), RespaceOptions("studio")).samples).all()


def test_a_response_longer_than_the_recording_is_heard_to_its_end(tmp_path):
    write_audio(tmp_path / "ir.wav", AudioBuffer(impulses([0, RATE - 1], RATE), RATE), Encoding("wav", "32f"))
    placed = respace(AudioBuffer(impulses([3], 10, amplitude=0.5), RATE), RespaceOptions(tmp_path / "ir.wav"))
    assert np.flatnonzero(np.abs(placed.samples[0]) > 0.01).tolist() == [3, RATE + 2]


def test_six_channels_are_refused():
    with pytest.raises(AudioError, match="has 6 channels: fold it down"):
        respace(AudioBuffer(noise(100, 6), RATE))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"room": "nowhere"}, "neither built in nor a file: choose one of studio"),
        ({"rt60_s": 100.0}, "RT60 100 s is out of range"),
        ({"rt60_s": (1.0, 1.0)}, "2 reverberation times are given"),
        ({"predelay_ms": -1.0}, "out of range"),
        ({"wet_db": float("nan")}, "--wet nan dB is out of range"),
        ({"dry_db": 30.0}, "--dry 30 dB is out of range"),
        ({"gain_db": MINUS_INFINITY}, "--gain -inf dB is out of range"),
        ({"dry_db": MINUS_INFINITY, "wet_db": MINUS_INFINITY}, "leave nothing to hear"),
        ({"width": 2.0}, "--width 2 is out of range"),
        ({"seed": -1}, "--seed -1 is out of range"),
        ({"size_m": (0.5, 1.0, 1.0)}, "edge of 0.5 m is out of range"),
        ({"distance_m": 0.0}, "distance 0 m is out of range"),
    ],
)
def test_rooms_nobody_can_make_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        respace(AudioBuffer(noise(100), RATE), RespaceOptions(**options))


def blocks_of(recording, n_each):
    """Blocks of `n_each` frames, or of random lengths, some of them empty."""
    n_frames = recording.shape[1]
    cuts = np.arange(n_each, n_frames, n_each) if n_each else np.sort(np.random.default_rng(0).integers(0, n_frames, 9))
    return np.split(recording, cuts, axis=1)


def answer_first_s():
    return find_answer(RespaceOptions("studio"), RATE, 1).first_frame() / RATE
