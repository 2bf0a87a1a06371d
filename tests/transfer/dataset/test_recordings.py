from __future__ import annotations

import numpy as np
import pytest

from tests.signals import sine
from tests.transfer.dataset.made_recordings import RATE, note, with_pauses, write
from transfer.dataset.pauses import cut, find_sounds, signal_to_noise_db
from transfer.dataset.pieces import read_pieces
from transfer.dataset.recordings import listen


def heard(tmp_path, samples, rate=RATE):
    write(tmp_path / "x.wav", samples, rate)
    return listen(tmp_path / "x.wav", "x.wav")


def codes(recording):
    return [finding.code for finding in recording.findings]


def test_pauses_are_trimmed_to_the_hundredth_of_a_second(tmp_path):
    recording = heard(tmp_path, with_pauses(note(60), note(62)))
    first, second = find_sounds(recording.levels_db)
    assert first == pytest.approx((47, 110), abs=3)
    assert second == pytest.approx((147, 210), abs=3)
    pieces = list(read_pieces(recording, [first, second]))
    assert [piece.size for piece in pieces] == [480 * (last - begin) for begin, last in (first, second)]


def test_noise_is_told_from_sound(tmp_path):
    recording = heard(
        tmp_path, with_pauses(note(60, fall=0)) + 1e-2 * np.random.default_rng(3).standard_normal(3 * 24000)
    )
    found = signal_to_noise_db(recording.levels_db, find_sounds(recording.levels_db))
    truth = 10 * np.log10(np.mean(np.square(note(60, fall=0))) / 1e-4)
    assert found == pytest.approx(truth, abs=1.5)


def test_a_drone_has_no_pause_and_is_cut_to_length(tmp_path):
    recording = heard(tmp_path, sine(220, 7 * 8000, 8000, 0.3), 8000)
    spans = find_sounds(recording.levels_db)
    assert spans == [(0, 700)]
    assert signal_to_noise_db(recording.levels_db, spans) is None
    lengths = [last - first for first, last in cut(spans, recording.levels_db, 2.0)]
    assert sum(lengths) == 700
    assert 100 <= min(lengths) <= max(lengths) <= 200
    assert codes(recording) == ["narrow"]


def test_an_offset_is_told_and_taken_away(tmp_path):
    recording = heard(tmp_path, with_pauses(note(60)) + 0.05)
    assert codes(recording) == ["dc-offset"]
    spans = find_sounds(recording.levels_db)
    assert len(spans) == 1
    assert abs(np.mean(next(read_pieces(recording, spans)))) < 1e-3


def test_channels_that_cancel_are_not_added(tmp_path):
    recording = heard(tmp_path, np.stack([note(60), -0.9 * note(60)]))
    assert codes(recording) == ["out-of-phase"]
    assert recording.mix.tolist() == [1, 0]


def test_clipping_is_found_where_it_is(tmp_path):
    recording = heard(tmp_path, np.concatenate([note(60), np.clip(8 * note(60, fall=0.9), -1, 1)]))
    assert codes(recording)[0] == "clipped"
    assert recording.clipped[:50].max() == 0
    assert recording.clipped[55:95].mean() > 0.01
