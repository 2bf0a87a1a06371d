"""Our own synthesizer and drum machine: in tune, without aliases, bounded, and quiet when they should be."""

from __future__ import annotations

import numpy as np
import pytest

from separation.songs import RATE
from separation.training_set.drum_machine import DrumMachine
from separation.training_set.drumming import PITCHES
from separation.training_set.oscillators import play_synth, sound
from separation.training_set.patches import FAMILIES, Patch
from separation.training_set.phrases import pitch_of
from separation.training_set.score import Note, Part
from separation.training_set.waves import saw, sine


def spectrum_db(samples):
    power = np.abs(np.fft.rfft(samples * np.blackman(samples.size))) ** 2
    return 10 * np.log10(power / power.max() + 1e-20)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_plays_in_bounds_and_ends_in_silence(family, rng):
    patch = FAMILIES[family](rng)
    played = sound(Note(0.0, 0.4, 45, 100), patch, 40, rng)
    assert played.shape == (2, int((0.4 + patch.release_s) * RATE))
    assert np.isfinite(played).all()
    assert 0.01 < np.abs(played).max() < 20
    assert np.abs(played[:, -3:]).max() < 0.05 * np.abs(played).max()


@pytest.mark.parametrize("pitch", [40, 57, 69])
def test_a_note_is_in_tune(pitch, rng):
    played = sound(Note(0.0, 1.0, pitch, 100), Patch(saw(), sustain=1.0), pitch, rng)
    assert pitch_of(played[0]) == pytest.approx(pitch, abs=0.25)


def test_a_high_saw_has_no_aliases(rng):
    played = sound(Note(0.0, 1.0, 93, 100), Patch(saw(), sustain=1.0, release_s=0.001), 93, rng)[0, 2000:42_000]
    hz = np.fft.rfftfreq(played.size, 1 / RATE)
    note_hz = 440 * 2 ** (24 / 12)
    is_between = np.abs((hz / note_hz + 0.5) % 1 - 0.5) * note_hz > 50
    assert spectrum_db(played)[is_between].max() < -60


def test_a_glide_comes_from_the_note_before(rng):
    glides = Patch(sine(), sustain=1.0, glide_s=0.2)
    played = sound(Note(0.0, 1.0, 60, 100), glides, 48, rng)[0]
    n_periods = [np.count_nonzero(np.diff(np.signbit(played[at : at + 4410]))) / 2 for at in (0, 30_000)]
    assert n_periods[0] < 0.85 * n_periods[1]


def test_a_part_plays_where_its_notes_are(rng):
    part = Part("lead", "other", [Note(0.5, 0.2, 60, 127), Note(9.0, 0.2, 60, 127)], patch="lead")
    track = play_synth(part, Patch(saw()), RATE, rng)
    assert track.shape == (2, RATE)
    assert not track[:, : RATE // 2].any()
    assert track[:, RATE // 2 :].any()


def test_a_drum_machine_has_every_drum_and_its_kick_is_low():
    kit = DrumMachine(np.random.default_rng(3)).kit()
    assert set(kit) == set(PITCHES)
    for layers in kit.values():
        (hit,) = layers
        assert np.abs(hit).max() == pytest.approx(1)
        assert np.abs(hit[:, -1]).max() < 0.01
    middle_hz = {drum: centre_of_power(kit[drum][0][0]) for drum in ("kick", "snare", "hat")}
    assert middle_hz["kick"] < 300 < middle_hz["snare"] < middle_hz["hat"]
    assert middle_hz["hat"] > 5000


def centre_of_power(samples):
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float((power * np.fft.rfftfreq(samples.size, 1 / RATE)).sum() / power.sum())


def test_kits_differ_and_the_seed_decides():
    kicks = [DrumMachine(np.random.default_rng(seed)).kit()["kick"][0] for seed in (1, 1, 2)]
    assert np.array_equal(kicks[0], kicks[1])
    assert not np.array_equal(kicks[0], kicks[2])
