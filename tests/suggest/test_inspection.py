from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mixassist import AudioBuffer, inspect, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.third_octaves import NOMINAL_HZ
from mixassist.errors import AudioError
from mixassist.suggest.card_findings import card_findings, width_below_db
from mixassist.suggest.inspection import BandLevel
from mixassist.suggest.song_findings import mono_loss_db, peak_findings
from mixassist.suggest.song_meters import SongMeters
from mixassist.suggest.song_target import against_tone
from mixassist.suggest.style_files import load_style
from mixassist.suggest.tempo_and_key import TempoAndKeyMeter
from tests.signals import music_like, noise, sine
from tests.tolerances import LOUDNESS_CUT_LU, TEMPO_BPM

RATE = 44100


@pytest.fixture
def song(tmp_path):
    """A loop in stereo with nothing wrong."""
    mix = sum(music_like(8, RATE).values())
    return 0.5 * mix / np.abs(mix).max() + noise(mix.shape[1], amplitude=0.002)


@pytest.fixture
def inspected(tmp_path):
    def run(samples, rate=RATE):
        path = tmp_path / "song.wav"
        write_audio(path, AudioBuffer(samples, rate), Encoding("wav", "32f"))
        return inspect(path)

    return run


def codes(inspection):
    return {finding.code for finding in inspection.findings}


def test_a_sound_song_gets_numbers_and_no_findings(inspected, song):
    inspection = inspected(song)
    assert inspection.findings == ()
    assert inspection.seconds == pytest.approx(8)
    assert inspection.dynamics.plr_db == pytest.approx(
        inspection.dynamics.true_peak_dbtp - inspection.loudness.integrated_lufs
    )
    assert len(inspection.spectrum) == 31
    assert len(inspection.stereo.bands) == 10


def test_the_dictionary_is_plain_json(inspected, song):
    told = json.loads(json.dumps(inspected(song).to_dict(), allow_nan=False))
    assert set(told) == {
        *("song", "rate", "channels", "seconds", "loudness", "dynamics", "levels", "spectrum", "stereo", "music"),
        *("genre", "findings"),
    }
    assert set(told["loudness"]) == {"integrated_lufs", "momentary_max_lufs", "short_term_max_lufs", "range_lu"}


def test_the_tone_lies_at_the_songs_level():
    spectrum = [BandLevel(hz, -30 - index) for index, hz in enumerate(NOMINAL_HZ)]
    tone = load_style("neutral").tone
    bands = against_tone(spectrum, tone)
    gaps = [band.level_db - band.target_db for band in bands if 200 <= band.hz <= 5000]
    assert np.mean(gaps) == pytest.approx(0, abs=1e-9)
    assert {band.hz for band in bands if band.target_db is not None} == set(tone.bands_hz)
    shape = [band.target_db for band in bands if band.target_db is not None]
    assert np.diff(shape) == pytest.approx(np.diff(tone.level_db))


def test_a_song_sounds_like_something_and_a_blink_like_nothing(inspected, song):
    assert sum(inspected(song).genre.probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert inspected(song[:, :1000]).genre is None


def test_the_result_does_not_depend_on_the_blocks(song, tmp_path):
    def run(n_frames):
        meters = SongMeters(RATE, 2)
        for start in range(0, song.shape[1], n_frames):
            meters.update(song[:, start : start + n_frames].astype(np.float32))
        return meters.finish(tmp_path)

    whole, cut = run(song.shape[1]), run(9999)
    assert cut.loudness.integrated_lufs == pytest.approx(whole.loudness.integrated_lufs, abs=LOUDNESS_CUT_LU)
    assert cut.dynamics.psr_min_db == pytest.approx(whole.dynamics.psr_min_db, abs=1e-4)
    assert cut.stereo.width_db == pytest.approx(whole.stereo.width_db, abs=1e-4)
    assert cut.music.tempo_bpm == whole.music.tempo_bpm
    assert cut.music.key == whole.music.key


FAULTS = {
    "clipped": lambda song: np.clip(8 * song, -1, 1),
    "dc-offset": lambda song: song + 0.01,
    "true-peak": lambda song: 2.4 * song,
    "squashed": lambda song: np.tanh(30 * song) * 0.5,
    "one-sided": lambda song: song * [[1], [0]],
    "off-centre": lambda song: song * [[0.5], [1]],
    "opposite-polarity": lambda song: song * [[1], [-1]],
    "mono": lambda song: song[[0, 0]],
    "silent": lambda song: 0 * song,
    "short": lambda song: song[:, :RATE],
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_found_with_its_cure(inspected, song, code):
    inspection = inspected(FAULTS[code](song))
    assert code in codes(inspection)
    found = next(finding for finding in inspection.findings if finding.code == code)
    assert ":" in found.message


def test_lows_in_opposite_polarity_are_found(inspected, song):
    lows = sine(33, song.shape[1], RATE, 0.1)[0]
    assert codes(inspected(song + np.stack([lows, -lows]))) == {"low-end-polarity"}


def test_what_mono_loses_follows_from_the_width(inspected):
    """The mean of two channels that share nothing has half their mean power; of one channel alone likewise."""
    assert mono_loss_db(0.0) == pytest.approx(10 * np.log10(2))
    mid, side = noise(4 * RATE, amplitude=0.1)
    wide = np.stack([mid + 2 * side, mid - 2 * side])
    lost_db = 10 * np.log10(np.square(wide).mean() / np.square(wide.mean(axis=0)).mean())
    found = next(each for each in inspected(wide).findings if each.code == "opposite-polarity")
    assert mono_loss_db(inspected(wide).stereo.width_db) == pytest.approx(lost_db, abs=0.1)
    assert f"mono loses {lost_db:.1f} dB: narrow it" in found.message
    assert "invert" not in found.message


def test_channels_that_share_nothing_are_no_fault(inspected):
    assert not codes(inspected(noise(4 * RATE, amplitude=0.1))) & {"opposite-polarity", "low-end-polarity"}


def test_faint_lows_in_opposite_polarity_do_not_matter(inspected, song):
    high = sine(1000, song.shape[1], RATE, 0.5, 2)
    lows = sine(33, song.shape[1], RATE, 0.002)[0]
    assert "low-end-polarity" not in codes(inspected(high + np.stack([lows, -lows])))


@pytest.mark.parametrize(
    ("peak_dbtp", "is_lossy", "severities"),
    [(-0.1, False, []), (0.5, False, ["info"]), (1.2, False, ["warning"]), (1.2, True, ["info"])],
)
def test_a_true_peak_is_as_bad_as_it_is_high(peak_dbtp, is_lossy, severities):
    assert [finding.severity for finding in peak_findings(peak_dbtp, is_lossy)] == severities


def test_wide_lows_are_told(inspected, song):
    left, right = sine(40, song.shape[1], RATE, 0.3)[0], sine(50, song.shape[1], RATE, 0.3)[0]
    assert "wide-lows" in codes(inspected(0.5 * song + 0.5 * np.stack([left, right])))
    lows = inspected(np.stack([left, right]))
    assert width_below_db(lows.stereo, lows.spectrum, 120) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("style", "is_told"), [("metal", True), ("classical", False)])
def test_a_range_is_wide_by_the_genres_card(inspected, song, style, is_told):
    inspection = inspected(song)
    wide = replace(inspection, loudness=replace(inspection.loudness, range_lu=18.0))
    assert ("loudness-range" in {found.code for found in card_findings(wide, load_style(style))}) == is_told


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("n_frames", [1, 30, 1000, RATE, 2 * RATE])
def test_short_and_silent_songs_are_inspected(inspected, n_channels, n_frames):
    for samples in (noise(n_frames, n_channels), np.zeros((n_channels, n_frames), np.float32)):
        json.dumps(inspected(samples).to_dict(), allow_nan=False)


@pytest.mark.parametrize("rate", [8000, 22050, 96000])
def test_any_rate_will_do(inspected, rate):
    inspection = inspected(sine(1000, 4 * rate, rate, 0.5, 2), rate)
    assert inspection.loudness.integrated_lufs == pytest.approx(-6.02, abs=0.1)
    assert max(inspection.spectrum, key=lambda band: band.level_db).hz == 1000
    assert all(band.hz < rate / 2 for band in inspection.spectrum)


def test_more_than_two_channels_are_refused(inspected):
    with pytest.raises(AudioError, match=r"song\.wav has 6 channels: fold it down"):
        inspected(noise(RATE, 6))


@pytest.mark.parametrize("tempo_bpm", [96, 120, 138])
def test_the_tempo_of_clicks(tempo_bpm):
    beat_s = (np.arange(12 * RATE) / RATE) % (60 / tempo_bpm)
    clicks = np.exp(-beat_s / 0.01) * noise(12 * RATE, 1)[0]
    meter = TempoAndKeyMeter(RATE)
    meter.update(np.stack([clicks, clicks]).astype(np.float32))
    assert meter.finish().tempo_bpm == pytest.approx(tempo_bpm, abs=TEMPO_BPM)


@pytest.mark.parametrize(
    ("key", "root_hz", "chords"),
    [
        ("C major", 261.6, [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]),
        ("A minor", 220.0, [(0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)]),
        ("Eb major", 311.1, [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]),
    ],
)
def test_the_key_of_a_cadence(key, root_hz, chords):
    bars = [sum(sine(root_hz * 2 ** (step / 12), 2 * RATE, RATE, 0.1) for step in chord) for chord in chords]
    meter = TempoAndKeyMeter(RATE)
    meter.update(np.concatenate(bars, axis=1))
    assert meter.finish().key == key


def test_noise_has_no_key_worth_the_name():
    meter = TempoAndKeyMeter(RATE)
    meter.update(noise(4 * RATE, 1))
    found = meter.finish()
    assert found.key is None or found.key_correlation < 0.7


def test_long_songs_are_heard_piece_by_piece():
    meter = TempoAndKeyMeter(8000)
    loop = sum(music_like(5, 8000).values())
    for _ in range(19):
        meter.update(loop)
    assert meter.finish().tempo_bpm == pytest.approx(120, abs=TEMPO_BPM)


def test_finished_masters_are_left_in_peace(shared_data):
    """Seven published songs: two have a fault indeed, an offset and a side that is 3 dB louder."""
    songs = [inspect(song) for song in sorted((shared_data / "songs").iterdir())]
    warned = [found.code for song in songs for found in song.findings if found.severity == "warning"]
    assert sorted(warned) == ["dc-offset", "off-centre"]
    assert max(len(song.findings) for song in songs) <= 2
