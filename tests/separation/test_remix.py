"""Examples to learn from: cuts of songs, gains, speeds, clipping."""

from __future__ import annotations

import numpy as np

from separation.remix import Remixer, RemixOptions, change_speed, in_a_room, push
from separation.songs import RATE, STEMS

PLAIN = RemixOptions(
    coherent_song=1,
    loose_voice=0,
    silent_stem=0,
    silent_vocals=0,
    mono_stem=0,
    mono_mix=0,
    swapped_channels=0,
    new_speed=0,
    pushed_mix=0,
    limited_mix=0,
    quiet_drums=0,
)


def test_plain_coherent_example_is_a_cut_of_one_song_at_other_gains(library, rng):
    stems = Remixer(library, 1000, PLAIN).example(rng)
    song = next(song for song in library.songs.values() if ("bass" in song) == bool(stems[1].any()))
    for stem, name in zip(stems, STEMS, strict=True):
        if name in song:
            whole = song[name][0].astype(np.float64)
            similar = np.correlate(whole, stem[0], "valid") / np.linalg.norm(stem[0])
            at = int(np.argmax(np.abs(similar)))
            np.testing.assert_allclose(abs(similar[at]), np.linalg.norm(whole[at : at + 1000]), rtol=1e-4)


def test_same_seed_same_example(library):
    first, second = (Remixer(library, 4000).example(np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_examples_are_finite_stereo_and_of_the_asked_length(library, rng):
    remixer = Remixer(library, 4001)
    for _ in range(20):
        stems = remixer.example(rng)
        assert stems.shape == (4, 2, 4001)
        assert stems.dtype == np.float32
        assert np.isfinite(stems).all()


def test_singing_falls_silent_as_often_as_asked(library, rng):
    options = RemixOptions(silent_stem=0, silent_vocals=0.5, loose_voice=0, coherent_song=1, recorded_song=1)
    remixer = Remixer(library, 1000, options)
    n_silent = sum(not remixer.example(rng)[3].any() for _ in range(60))
    assert 15 < n_silent < 45


def test_change_speed_moves_a_tone():
    time_s = np.arange(4410) / 44_100
    tone = np.sin(2 * np.pi * 1000 * time_s, dtype=np.float32)[None]
    faster = change_speed(tone, 2205)
    np.testing.assert_allclose(faster[0], np.sin(2 * np.pi * 2000 * time_s[:2205]), atol=1e-4)


def test_push_clips_the_sum_and_keeps_the_shares(rng):
    stems = rng.standard_normal((4, 2, 500)).astype(np.float32)
    pushed = push(stems, drive_db=18)
    mix = stems.sum(axis=0) / np.sqrt(np.mean(np.square(stems.sum(axis=0))))
    np.testing.assert_allclose(pushed.sum(axis=0) / stems.sum(axis=0), np.tanh(mix) / mix, rtol=1e-3)
    np.testing.assert_allclose(pushed[0] * stems[1], pushed[1] * stems[0], atol=1e-5)


def test_room_adds_a_tail_of_the_asked_level_and_leaves_the_start(rng):
    click = np.zeros((2, RATE), np.float32)
    click[:, 100] = 1
    tail = in_a_room(click, 0.2, 0.5, rng) - click
    np.testing.assert_allclose(np.linalg.norm(tail, axis=1), 0.5, rtol=1e-3)
    assert np.abs(tail[:, :100]).max() < 1e-6
    assert np.abs(tail[:, 101 + int(0.2 * RATE) :]).max() < 1e-6
