"""Reverberation: dry tracks are sent to a room that follows the beat; what brings a room along is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.suggest.mix_chain import RoomSettings
from mixassist.suggest.room import RoomProcess
from mixassist.suggest.rules.dryness import fall_db
from mixassist.suggest.rules.reverb import DRY_FALL_DB, predelay_ms, rt60_on_beat_s, suggest_reverb
from tests.suggest.made_tracks import RATE, band, heard_channel, made_song

ROOM = RoomSettings(rt60_s=1.5, predelay_ms=20.0, high_pass_hz=100.0, low_pass_hz=8000.0)


def phrases():
    """Noise [1, T] that is there for half of each second."""
    samples = band(200, 4000, 0.1, seconds=8.0)
    return samples * (np.arange(samples.shape[1]) % RATE < RATE // 2)


def in_room(samples, send_db):
    """Samples [1, T] with a room around them [2, T]."""
    dry = np.repeat(samples, 2, axis=0).astype(np.float32)
    return dry + RoomProcess(ROOM, RATE)(dry * np.float32(10 ** (send_db / 20)))


@pytest.mark.parametrize(("send_db", "is_dry"), [(None, True), (-30.0, True), (-14.0, False), (-8.0, False)])
def test_only_dry_tracks_are_sent_to_a_room(tmp_path, send_db, is_dry):
    samples = phrases() if send_db is None else in_room(phrases(), send_db)
    song = made_song(heard_channel(tmp_path, "vox", "lead vocal", samples, is_lead=True))
    processors = {each.processor for each in suggest_reverb(song)}
    assert processors == ({"reverb", "reverb_send"} if is_dry else set())


def test_a_dry_track_among_wet_ones_takes_its_own_share_alone(tmp_path):
    dry = heard_channel(tmp_path, "vox", "lead vocal", phrases(), is_lead=True)
    strings = {
        send_db: heard_channel(tmp_path, f"strings {send_db}", "strings", in_room(phrases(), send_db))
        for send_db in (-30.0, -8.0)
    }
    both, alone = (suggest_reverb(made_song(dry, each)) for each in strings.values())
    assert len(both) == 3
    [send] = [each.number("send") for each in alone if each.processor == "reverb_send"]
    assert send == pytest.approx(next(each.number("send") for each in both if each.track == dry.name), abs=1.0)


def test_the_room_is_as_loud_as_is_said_when_only_one_track_is_dry(tmp_path):
    dry = heard_channel(tmp_path, "vox", "lead vocal", phrases(), is_lead=True)
    wet = heard_channel(tmp_path, "strings", "strings", 3 * in_room(phrases(), -8.0))
    song = made_song(dry, wet)
    [send] = [each for each in suggest_reverb(song) if each.processor == "reverb_send"]
    room_lu = dry.loudness_lufs + send.number("send") - song.loudness_lufs()
    assert room_lu < song.style.reverb["total_lu"].value - 3
    assert f"{room_lu:.1f} LU re the mix" in send.effect


def test_what_never_ends_says_nothing():
    assert fall_db(np.full(500, 0.1)) is None
    assert fall_db(np.zeros(500)) is None
    assert fall_db(np.ones(10)) is None


def test_a_fall_is_as_deep_as_its_decay():
    decay_db = -60 * (np.arange(1000) % 100) / 100
    assert fall_db(10 ** (decay_db / 10)) == pytest.approx(15, abs=0.6)
    assert fall_db(10 ** (2.5 * decay_db / 10)) > DRY_FALL_DB


def test_times_of_the_room_follow_the_beat():
    assert predelay_ms(120.0, 35.0) == pytest.approx(31.25)
    assert predelay_ms(None, 35.0) == 35.0
    assert rt60_on_beat_s(1.6, 120.0) == pytest.approx(1.5)
