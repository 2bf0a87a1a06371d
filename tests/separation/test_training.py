"""Training of `lite` on songs of two seconds made on the spot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import Encoding, write_audio
from separation.remix import Remixer, RemixOptions, change_speed, push
from separation.run_folder import read_state
from separation.songs import RATE, STEMS, SongLibrary
from separation.training import (
    HOP,
    N_FFT,
    BatchMaker,
    Trainer,
    TrainingOptions,
    load_average,
    mask_loss,
    train,
    views,
)

PLAIN = RemixOptions(
    coherent_song=1,
    loose_voice=0,
    silent_stem=0,
    mono_stem=0,
    mono_mix=0,
    swapped_channels=0,
    new_speed=0,
    pushed_mix=0,
    limited_mix=0,
    quiet_drums=0,
)
OPTIONS = TrainingOptions(
    minutes=1e-9,
    held_out="b",
    n_batch=1,
    n_frames=8,
    n_threads=1,
    n_generated=0,
    use_bfloat16=False,
    use_compiler=False,
)


@pytest.fixture
def library(rng) -> SongLibrary:
    def noise(n_channels: int, length: int) -> np.ndarray:
        return rng.integers(-9000, 9000, (n_channels, length), dtype=np.int16)

    songs = {name: {stem: noise(2, 2 * RATE) for stem in STEMS} for name in ("a", "b")}
    del songs["a"]["bass"]
    return SongLibrary(songs, [noise(1, 5000), noise(2, 9000)])


@pytest.fixture
def batches(library) -> BatchMaker:
    return BatchMaker(Remixer(library, N_FFT + 7 * HOP), n_bins=1408, n_batch=2, seed=3)


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


def test_views_are_left_right_mid_side(rng):
    spectrum = rng.standard_normal((1, 2, 5, 3)) + 1j * rng.standard_normal((1, 2, 5, 3))
    seen = views(torch.from_numpy(np.stack([spectrum.real, spectrum.imag])))
    left, right = spectrum[0]
    np.testing.assert_allclose(seen[0], np.abs([left, right, (left + right) / 2, (left - right) / 2]), atol=1e-12)


def test_loss_is_near_zero_for_the_right_masks_and_larger_for_others(rng):
    share = torch.from_numpy(rng.dirichlet(np.ones(4), (1, 2, 6, 5)).astype(np.float32)).permute(0, 4, 1, 2, 3)
    mix = torch.from_numpy(10 * rng.standard_normal((2, 1, 1, 2, 6, 5)).astype(np.float32))
    floor = 1.5 * np.log(0.05)
    assert mask_loss(share, share * mix) == pytest.approx(floor, abs=0.2)
    assert mask_loss(share.roll(1, dims=1), share * mix) > floor + 1


def test_batches_hold_the_magnitudes_of_the_sum_of_their_stems(batches):
    batch = batches.next()
    assert batch.magnitude.shape == (2, 4, 1408, 8)
    assert batch.stems.shape == (2, 2, 4, 2, 1408, 8)
    mix = batch.stems.sum(dim=2)
    torch.testing.assert_close(batch.magnitude[:, 0], mix[:, :, 0].square().sum(dim=0).sqrt())


def test_steps_lower_the_loss_on_one_batch(batches, tmp_path):
    batch = batches.next()
    batches.next = lambda: batch
    options = TrainingOptions(n_warmup_steps=1, learning_rate=3e-3, use_bfloat16=False, use_compiler=False)
    trainer = Trainer(tmp_path, batches, options)
    losses = [trainer.step() for _ in range(5)]
    assert losses[-1] < 0.9 * losses[0]


def test_run_goes_on_where_it_was_saved(batches, library, tmp_path):
    trainer = Trainer(tmp_path, batches, OPTIONS)
    trainer.step()
    trainer.save()
    expected = trainer.step()
    other = Trainer(tmp_path, BatchMaker(Remixer(library, N_FFT + 7 * HOP), 1408, 2, seed=99), OPTIONS)
    other.load()
    assert other.step() == pytest.approx(expected, rel=1e-5)
    average, facts = load_average(tmp_path)
    assert facts.n_steps == 1
    assert not average.training


def test_train_decodes_steps_validates_and_saves(rng, tmp_path):
    for song in ("a", "b"):
        for stem in STEMS:
            noise = rng.uniform(-0.3, 0.3, (2, 13 * RATE)).astype(np.float32)
            write_audio(
                tmp_path / "data" / "train" / song / f"{stem}.ogg", AudioBuffer(noise, RATE), Encoding("ogg", "16")
            )
    (tmp_path / "data" / "voices").mkdir()
    options = OPTIONS
    train(tmp_path / "data", tmp_path / "run", options)
    header, row = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert header == "step,minutes,loss,drums,bass,other,vocals,mean"
    assert row.startswith("1,")
    assert read_state(tmp_path / "run")[1]["held_out"] == "b"
