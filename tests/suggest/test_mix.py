"""Advice for mixes of made-up tracks whose faults are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mixassist.dsp.loudness import LoudnessMeter
from mixassist.errors import OptionError
from mixassist.suggest.balance import load_balance
from mixassist.suggest.mix import advise, suggest_mix
from mixassist.suggest.multitrack import MixOptions, read_multitrack, track_names
from mixassist.suggest.track import measure_track
from tests.signals import noise, sine
from tests.suggest.made_tracks import RATE, band
from tests.tolerances import TEMPO_BPM


@pytest.fixture
def band_folder(tmp_path):
    tracks = {"lead vox": band(200, 4000, 0.1), "bass": band(45, 300, 0.1, seed=1), "kick": band(40, 120, 0.05, seed=2)}
    for name, samples in tracks.items():
        soundfile.write(tmp_path / f"{name}.wav", samples.T, RATE)
    return tmp_path


def test_a_track_measures_the_same_at_any_rate(tmp_path):
    for rate in (22050, 48000):
        soundfile.write(tmp_path / f"{rate}.wav", sine(997, 3 * rate, rate, 0.5)[0], rate)
    low, high = (measure_track(tmp_path / f"{rate}.wav") for rate in (22050, 48000))
    assert low.loudness_lufs == pytest.approx(high.loudness_lufs, abs=0.05)
    assert low.loudness_lufs == pytest.approx(-6.02, abs=0.1)  # on both sides: 3.01 more than on one
    assert 10 * np.log10(low.mean_bands.sum()) == pytest.approx(-9.03, abs=0.1)
    assert low.bands.shape == high.bands.shape


def test_a_mono_track_and_its_copy_on_two_channels_get_the_same_advice(band_folder):
    said = suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre="rock"))
    samples, rate = soundfile.read(band_folder / "lead vox.wav")
    soundfile.write(band_folder / "lead vox.wav", np.stack([samples, samples], axis=1), rate)
    assert suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre="rock")).to_dict() == said.to_dict()
    heard = measure_track(band_folder / "lead vox.wav")
    meter = LoudnessMeter(rate, 2)
    meter.update(soundfile.read(heard.path)[0].T)
    assert heard.loudness_lufs == pytest.approx(meter.loudness().integrated_lufs, abs=0.01)
    assert heard.n_channels == 1


def test_rumble_is_filtered_and_a_clean_track_is_not(tmp_path):
    soundfile.write(tmp_path / "lead vox.wav", band(200, 4000, 0.1)[0], RATE)
    soundfile.write(tmp_path / "guitar.wav", (band(200, 4000, 0.1, seed=3) + band(20, 35, 0.05))[0], RATE)
    advice = suggest_mix(sorted(tmp_path.iterdir()), MixOptions(genre="rock"))
    corners = {track.track: track.to_dict()["high_pass_hz"] for track in advice.tracks}
    assert corners["lead vox.wav"] is None
    assert 40 <= corners["guitar.wav"] <= 90


def test_loud_tracks_come_down_and_every_value_has_a_reason(band_folder):
    loud = band(40, 120, 0.8, seed=2)
    soundfile.write(band_folder / "kick.wav", np.clip(loud, -1, 1)[0], RATE)
    advice = suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre="rock"))
    gains = {track.track: track.to_dict()["gain_db"] for track in advice.tracks}
    assert gains["kick.wav"] < -3
    for each in advice.suggestions():
        assert 0 <= each.confidence <= 1
        assert each.reason.source
        for parameter in each.parameters:
            if not isinstance(parameter.value, str) and parameter.minimum is not None:
                assert parameter.minimum <= parameter.value <= parameter.maximum


def test_advice_taken_leaves_faders_alone(band_folder):
    song = read_multitrack(sorted(band_folder.iterdir()), MixOptions(genre="rock"))
    gains = {each.track: each.number("gain") for each in advise(song).suggestions() if each.processor == "gain"}
    for each in song.channels:
        samples, rate = soundfile.read(each.track.path)
        soundfile.write(each.track.path, samples * 10 ** (gains.get(each.name, 0.0) / 20), rate, subtype="FLOAT")
    again = suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre="rock"))
    assert not [each for track in again.tracks for each in track.suggestions if each.processor == "gain"]


def test_odd_tracks_are_findings_not_failures(band_folder):
    soundfile.write(band_folder / "silent.wav", np.zeros(2 * RATE), RATE)
    soundfile.write(band_folder / "snare.wav", band(100, 5000, 0.1, seconds=1.0)[0], 32000)
    advice = suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre="rock"))
    codes = {finding.code for finding in advice.findings}
    assert codes >= {"silent-track", "unequal-rates", "unequal-lengths", "short-song"}
    assert [track.suggestions for track in advice.tracks if track.track == "silent.wav"] == [()]


def test_the_tempo_that_was_heard_is_told(tmp_path):
    beat = band(40, 5000, 0.3, seconds=12.0) * np.exp(-(np.arange(12 * RATE) % (RATE // 2)) / (0.03 * RATE))
    soundfile.write(tmp_path / "kick.wav", beat[0], RATE)
    told = suggest_mix([tmp_path / "kick.wav"], MixOptions(genre="rock")).to_dict()
    assert told["tempo_bpm"] == pytest.approx(120, abs=TEMPO_BPM)


def test_silence_alone_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    with pytest.raises(OptionError, match="all 1 tracks are silent"):
        suggest_mix([tmp_path / "a.wav"])


def test_sixty_tracks_and_a_blip_of_sound(tmp_path):
    """The one that is far too loud comes down, the others stay, and they stand evenly on both sides."""
    for index in range(60):
        level = 1.0 if index == 7 else 0.05
        soundfile.write(tmp_path / f"synth {index}.wav", noise(RATE // 10, 1, level, index)[0], RATE, subtype="FLOAT")
    advice = suggest_mix(sorted(tmp_path.iterdir()), MixOptions(genre="pop"))
    told = {track.track: track.to_dict() for track in advice.tracks}
    assert len(told) == 60
    moved = {name: each["gain_db"] for name, each in told.items() if each["gain_db"]}
    assert set(moved) == {"synth 7.wav"}
    assert -18 <= moved["synth 7.wav"] < -10
    pans = [each["pan"] for each in told.values()]
    assert len([pan for pan in pans if pan and pan > 0]) == pytest.approx(30, abs=1)
    assert len([pan for pan in pans if pan and pan < 0]) == pytest.approx(30, abs=1)


def test_the_lead_and_instruments_are_the_users_to_say(band_folder):
    options = MixOptions(genre="rock", lead="bass.wav", instruments={"kick.wav": "snare"})
    advice = suggest_mix(sorted(band_folder.iterdir()), options)
    tracks = {track.track: track for track in advice.tracks}
    assert tracks["bass.wav"].role == "lead"
    assert tracks["kick.wav"].instrument == "snare"
    with pytest.raises(OptionError, match="no track is called 'sax'"):
        suggest_mix(sorted(band_folder.iterdir()), MixOptions(lead="sax"))


def test_the_usual_faders_are_those_of_the_genre_and_the_parts(band_folder):
    usual = {}
    for genre in ("rock", "electronic"):
        tracks = suggest_mix(sorted(band_folder.iterdir()), MixOptions(genre=genre)).to_dict()["tracks"]
        usual[genre] = {each["instrument"]: each["usual_fader_db"] for each in tracks}
        learned = load_balance().faders(["bass", "kick", "lead vocal"], {genre: 1.0})
        assert [usual[genre][name]["value"] for name in ("bass", "kick", "lead vocal")] == pytest.approx(
            [fader.gain_db for fader in learned], abs=0.051
        )
        assert all(each["spread"] > 0 for each in usual[genre].values())
    assert usual["rock"] != usual["electronic"]


def test_names_are_as_long_as_it_takes_to_tell_tracks_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = ["a/x/1.wav", "b/x/1.wav", "b/y/1.wav", "2.wav"]
    assert track_names([Path(place) for place in places]) == ["a/x/1.wav", "b/x/1.wav", "y/1.wav", "2.wav"]
    assert track_names([Path("a/../2.wav"), tmp_path / "x" / "2.wav"]) == [f"{tmp_path.name}/2.wav", "x/2.wav"]
    with pytest.raises(OptionError, match=r"a/\.\./2\.wav is given twice"):
        track_names([Path("2.wav"), Path("a/../2.wav")])
