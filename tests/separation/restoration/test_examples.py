"""What is learned from: rooms, noises and examples are what they say, and each comes again from its number."""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from mixassist.dsp.decay import reverberation_s
from mixassist.errors import OptionError
from separation.restoration.batches import PointBank, draw_points
from separation.restoration.examples import ExampleMaker
from separation.restoration.noises import crackle, draw_noise, hiss, hum
from separation.restoration.rooms import EARLY_S, RoomMaker, RoomOptions
from separation.restoration.sounds import SoundLibrary, gather
from separation.songs import RATE
from tests.separation.restoration.conftest import SHORT
from tests.separation.restoration.tiny_restoration import TINY

N_EARLY = round(EARLY_S * RATE)


def test_a_room_begins_with_its_direct_sound_and_parts_at_50_ms(rng):
    room = RoomMaker().draw(2, rng)
    assert room.early.shape == (2, N_EARLY)
    assert room.early[0, 0] == pytest.approx(1, abs=0.01)
    assert not room.late[:, :N_EARLY].any()
    assert room.late[:, N_EARLY:].any()


@pytest.mark.parametrize("rt60_s", [0.5, 1.5])
def test_a_room_rings_about_as_long_as_drawn(rng, rt60_s):
    options = RoomOptions(rt60_s=(rt60_s, rt60_s), measured=0, double=0)
    times_s = [reverberation_s(RoomMaker(options=options).draw(1, rng).late[0], RATE) for _ in range(8)]
    assert np.median(times_s) == pytest.approx(rt60_s, rel=0.4)


def test_reflections_are_as_loud_as_drawn(rng):
    options = RoomOptions(reverberant_db=(-6, -6), predelay_s=(0.01, 0.01))
    room = RoomMaker(options=options).draw(1, rng)
    energy = np.sum(room.early[:, 1:] ** 2) + np.sum(room.late**2)
    assert 10 * np.log10(energy) == pytest.approx(-6, abs=0.1)


def test_measured_rooms_are_changed_each_time(rng):
    measured = rng.standard_normal((2, RATE)).astype(np.float32)
    maker = RoomMaker([measured], RoomOptions(measured=1))
    first, second = maker.draw(2, rng), maker.draw(2, rng)
    assert first.late.shape != second.late.shape or not np.allclose(first.late, second.late)


@pytest.mark.parametrize("draw", [hiss, hum, crackle, draw_noise])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_noises_are_finite_and_heard(draw, n_channels, rng):
    noise = draw(n_channels, RATE // 2, rng)
    assert noise.shape == (n_channels, RATE // 2)
    assert noise.dtype == np.float32
    assert np.isfinite(noise).all()
    assert np.abs(noise).max() > 1e-3


def test_hum_stands_at_the_mains_and_its_harmonics(rng):
    spectrum = np.abs(np.fft.rfft(hum(1, RATE, rng)[0]))
    strongest = int(spectrum.argmax())
    assert min(strongest % 50, -strongest % 50, strongest % 60, -strongest % 60) <= 2 + strongest // 100


def test_examples_come_again_from_their_number(maker, library):
    again = ExampleMaker(library, 1, SHORT)
    np.testing.assert_array_equal(again[7].parts, maker[7].parts)
    assert not np.array_equal(ExampleMaker(library, 2, SHORT)[7].parts, maker[7].parts)


def test_examples_are_of_all_kinds_and_finished_songs_have_no_tail(maker):
    examples = [maker[index] for index in range(60)]
    kinds = Counter((bool(e.parts[1].any()), bool(e.parts[2].any())) for e in examples)
    assert len(kinds) == 4
    assert {e.parts.shape[1] for e in examples} == {1, 2}
    assert not any(e.parts[1].any() for e in examples if not e.is_dry)
    assert any(not e.is_dry for e in examples)
    assert all(np.isfinite(e.parts).all() for e in examples)


def test_noise_lies_as_far_below_the_sound_as_drawn(library):
    options = dataclasses.replace(SHORT, roomy=0, noisy=1, both=0, snr_db=(12, 12))
    for index in range(5):
        sound, _, noise = ExampleMaker(library, 1, options)[index].parts
        assert 10 * np.log10(np.mean(sound**2) / np.mean(noise**2)) == pytest.approx(12, abs=0.1)


def test_points_stand_for_the_energy_of_their_example(library):
    maker = ExampleMaker(library, 1, dataclasses.replace(SHORT, seconds=0.5))
    example = next(each for each in (maker[index] for index in range(100)) if each.parts[1].any())
    points = draw_points(example, TINY, 3000, np.random.default_rng(0))
    assert points.seen.shape == (TINY.n_seen, points.power.shape[1])
    assert points.common.shape == points.parts.shape == (2, 2, points.power.shape[1])
    np.testing.assert_allclose(points.power.sum(dim=1), 1, rtol=1e-4)
    whole = example.parts.sum(axis=0)
    share = np.sum(example.parts[1] ** 2) / np.sum(whole**2)
    assert float(points.parts[0, 0].sum()) == pytest.approx(share, rel=0.2)
    # What is left without the part has no power below 0.
    rest = points.power - 2 * points.common + points.parts
    assert float(rest.min()) > -1e-3 * float(points.power.max())


def test_a_bank_gives_each_of_its_examples_once_a_turn_and_never_makes_one_again(maker):
    bank = PointBank(maker, TINY, n_examples=3, n_points=50)
    given = list(islice(bank.stream(0), 6))
    assert (
        {id(points) for points in given[:3]} == {id(points) for points in given[3:]} == {id(bank[i]) for i in range(3)}
    )
    assert [id(points) for points in islice(bank.stream(2), 4)] == [id(points) for points in given[2:]]


def test_what_is_kept_for_judging_is_not_learned_from(sounds, song_set, library):
    judged = SoundLibrary.open(sounds, song_set, is_judged=True)
    assert (len(library.dry["plucks"]), len(judged.dry["plucks"])) == (8, 1)
    assert (len(library.rooms), len(judged.rooms)) == (1, 0)
    assert (set(library.songs), set(judged.songs)) == ({"a"}, {"b", "made-000000", "made-000001"})


def test_a_folder_without_sounds_is_said_so(tmp_path, song_set):
    with pytest.raises(OptionError, match="gather sounds with python"):
        SoundLibrary.open(tmp_path, song_set)
    with pytest.raises(OptionError, match="build one with python"):
        SoundLibrary.open(tmp_path, tmp_path / "no set")
    with pytest.raises(OptionError, match="build one with python"):
        gather(tmp_path, tmp_path / "no set", tmp_path / "sounds")
