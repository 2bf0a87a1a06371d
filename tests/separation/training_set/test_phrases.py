"""Phrases cut out of singing, and what is sung with them."""

from __future__ import annotations

import numpy as np
import pytest

from separation.songs import RATE
from separation.training_set.composing import draw_plan
from separation.training_set.phrases import PhraseBank, pitch_of, sung_spans, write_phrases
from separation.training_set.singing import Singer
from separation.training_set.styles import read_styles


def voice(pitch: float, seconds: float) -> np.ndarray:
    """Eight harmonics, mono [T]."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    harmonics = [np.sin(2 * np.pi * k * hz * time_s) / k for k in range(1, 9)]
    return np.sum(harmonics, axis=0).astype(np.float32) / 3


def test_spans_end_at_pauses_and_leave_out_what_is_too_short():
    pause = np.zeros(RATE // 2, np.float32)
    singing = np.concatenate([pause, voice(60, 1.0), pause, voice(60, 0.2), pause, voice(64, 2.0), pause])
    spans = [(first / RATE, last / RATE) for first, last in sung_spans(singing)]
    assert [round(first, 1) for first, _ in spans] == [0.5, 2.7]
    assert [round(last, 1) for _, last in spans] == [1.5, 4.7]


@pytest.mark.parametrize("pitch", [41, 52.3, 60, 71, 78])
def test_pitch_is_heard_to_a_quarter_of_a_semitone(pitch):
    assert pitch_of(voice(pitch, 1.0)) == pytest.approx(pitch, abs=0.25)


def test_noise_has_no_pitch(rng):
    assert pitch_of(rng.standard_normal(RATE).astype(np.float32)) is None


def test_a_singer_brings_phrases_into_the_key(tmp_path):
    recording = np.round(voice(60.4, 1.5)[None] * 20_000).astype(np.int16)
    write_phrases({("somebody", "pack/one"): recording}, tmp_path)
    bank = PhraseBank.open(tmp_path)
    rng = np.random.default_rng(4)
    plan = draw_plan(read_styles()["pop"], 60.0, rng)
    singer = Singer(bank, plan, rng)
    sung = singer._voice(0, 0)[0]
    heard = pitch_of(sung[RATE // 4 : -RATE // 4])
    assert heard is not None
    assert plan.is_in_key(heard)
    assert heard == pytest.approx(round(heard), abs=0.15)
    lead, choir = singer.sing(60 * RATE)
    assert lead.shape == choir.shape == (2, 60 * RATE)
    assert np.isfinite(lead).all()
    assert lead.any()
    assert set(singer.seconds_by_source) == {"pack/one"}
