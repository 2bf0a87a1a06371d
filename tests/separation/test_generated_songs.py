"""Songs generated for training: finite, repeatable, in tune."""

from __future__ import annotations

import numpy as np
import pytest

from separation import generated_songs
from separation.generated_songs import Composer, Track, generate_songs
from separation.generated_sounds import Patch, drum_kit, in_a_room, tone
from separation.songs import RATE, SongLibrary


@pytest.fixture(autouse=True)
def short_songs(monkeypatch):
    monkeypatch.setattr(generated_songs, "SECONDS", 2)


def test_a_song_is_a_function_of_its_seed():
    first, again, other = (Composer(seed).song() for seed in (5, 5, 6))
    assert first.keys() == {"drums", "bass", "other"}
    for name, samples in first.items():
        assert samples.shape == (2, 2 * RATE)
        assert np.isfinite(samples).all()
        assert samples.any()
        np.testing.assert_array_equal(samples, again[name])
        assert not np.array_equal(samples, other[name])


def test_tone_sounds_at_its_pitch(rng):
    sound = tone(Patch(slope=2), [220.0], 0.5, rng)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 17))
    assert np.argmax(spectrum) * RATE / (1 << 17) == pytest.approx(220, rel=0.005)


def test_drums_are_half_a_second_or_longer_and_fade(rng):
    for name, hit in drum_kit(rng).items():
        sound = hit()
        assert sound.size >= RATE // 2, name
        assert np.abs(sound[-100:]).max() < 0.1 * np.abs(sound).max(), name


def test_track_lays_at_equal_power_and_cuts_at_the_end():
    track = Track(RATE)
    track.lay(np.ones(RATE, np.float32), 0.5, 1.0, -1.0)
    assert track.samples[0, RATE // 2 :].min() == 1
    assert np.abs(track.samples[1]).max() < 1e-6
    assert not track.samples[:, : RATE // 2].any()


def test_generated_songs_join_the_library(tmp_path):
    generate_songs(tmp_path, 2)
    songs = SongLibrary.open(tmp_path, held_out=("generated-001",)).songs
    assert list(songs) == ["generated-000"]
    assert songs["generated-000"]["bass"].dtype == np.int16


def test_room_adds_a_tail_of_the_asked_level_and_leaves_the_start(rng):
    click = np.zeros((2, RATE), np.float32)
    click[:, 100] = 1
    tail = in_a_room(click, 0.2, 0.5, rng) - click
    np.testing.assert_allclose(np.linalg.norm(tail, axis=1), 0.5, rtol=1e-3)
    assert np.abs(tail[:, :100]).max() < 1e-6
    assert np.abs(tail[:, 101 + int(0.2 * RATE) :]).max() < 1e-6
