"""Mixes as files, their pair, and what a master says of them."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mixassist import AudioBuffer, read_audio
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.suggest.advice import GenreUsed, MasterAdvice, MixAdvice, Parameter, Reason, Suggestion, TrackAdvice
from mixassist.suggest.advice_words import reason_words, setting_words
from mixassist.suggest.before_after import mix_curves
from mixassist.suggest.delivery import STREAMING
from mixassist.suggest.master import MasterOptions, advise_master
from mixassist.suggest.master_level import PEAK_TOLERANCE_DB
from mixassist.suggest.master_profile import measure_profile
from mixassist.suggest.master_song import song_in_file
from mixassist.suggest.mix import advise, suggest_mix
from mixassist.suggest.mix_chain import mix_chain_of
from mixassist.suggest.mix_files import write_mix, write_mix_pair
from mixassist.suggest.mix_master import (
    MAX_RATIO,
    loudest_piece,
    render_piece,
    sound_advice,
    with_master,
)
from mixassist.suggest.mix_render import Piece, render_mix
from mixassist.suggest.multitrack import MixOptions, read_multitrack
from mixassist.suggest.rules.headroom import suggest_mix_gain
from mixassist.suggest.style_files import load_style
from tests.signals import music_like, noise, sine
from tests.suggest.made_tracks import band, made_channel, made_song
from tests.tolerances import RENDER_CUT

RATE = 22050
ROCK = GenreUsed("rock", {"rock": 1.0})


@pytest.fixture
def files(tmp_path):
    """Four stems of a loop of four seconds."""
    stems = music_like(4, RATE)
    for name, samples in stems.items():
        soundfile.write(tmp_path / f"{name}.wav", 0.3 * samples.T, RATE, subtype="FLOAT")
    return {f"{name}.wav": tmp_path / f"{name}.wav" for name in stems}


def faders(**gains_db):
    reason = Reason("rule", 0.0, 0.0, 0.0, "source")
    return MixAdvice(
        ROCK,
        tuple(
            TrackAdvice(
                f"{name}.wav",
                "other",
                "",
                (Suggestion(f"{name}.wav", "gain", (Parameter("gain", gain_db, "dB"),), reason, 1.0, ""),),
            )
            for name, gain_db in gains_db.items()
        ),
    )


def lufs(path):
    audio = read_audio(path)
    meter = LoudnessMeter(audio.rate, audio.n_channels)
    meter.update(audio.samples)
    return meter.loudness().integrated_lufs


def test_a_mix_is_written_as_it_is_advised_and_tells_how_far_it_is(files, tmp_path):
    done = []
    found = write_mix(files, faders(drums=-6.0, vocals=3.0), tmp_path / "mix.wav", done.append)
    mix = read_audio(tmp_path / "mix.wav")
    gains = {"drums": -6.0, "vocals": 3.0}
    expected = sum(read_audio(path).samples * 10 ** (gains.get(path.stem, 0.0) / 20) for path in files.values())
    assert np.abs(mix.samples - expected).max() < RENDER_CUT
    assert found == ()
    assert done == sorted(done)
    assert done[-1] == 1


def test_a_mix_that_does_not_fit_says_by_how_much(files, tmp_path):
    (found,) = write_mix(files, faders(drums=24.0), tmp_path / "mix.wav", lambda done: None)
    assert found.code == "clipped-mix"
    assert "turn the bus down" in found.message


def test_a_pair_of_mixes_is_equally_loud_and_not_clipped(files, tmp_path):
    write_mix(files, faders(drums=-9.0, vocals=-9.0), tmp_path / "mix.wav", lambda done: None)
    files["loud.wav"] = tmp_path / "loud.wav"
    soundfile.write(files["loud.wav"], 2 * sine(440, 2 * RATE, RATE, 0.9).T, RATE, subtype="FLOAT")
    pair = write_mix_pair(files, tmp_path / "mix.wav", lambda done: None)
    assert lufs(pair.before) == pytest.approx(lufs(pair.after), abs=0.05)
    assert lufs(pair.before) == pytest.approx(pair.lufs, abs=0.05)
    assert np.abs(read_audio(pair.before).samples).max() < 1


def test_the_loudest_piece_is_found_at_the_faders_of_the_advice(tmp_path):
    """Two tracks of which the second is the louder one, each in its own half, until a fader says otherwise."""
    n_half = 35 * 8000
    for name, is_first in (("a", True), ("b", False)):
        half = sine(300, n_half, 8000, 0.5)[0]
        samples = np.concatenate([half, 0.01 * half] if is_first else [0.01 * half, 1.5 * half])
        soundfile.write(tmp_path / f"{name}.wav", samples, 8000)
    song = read_multitrack(sorted(tmp_path.iterdir()), MixOptions(genre="rock"))
    assert loudest_piece(song, faders(a=0.0, b=0.0)).start_s >= 35
    piece = loudest_piece(song, faders(a=0.0, b=-18.0))
    assert piece.start_s + piece.seconds <= 35
    assert piece.seconds == 30


def test_a_piece_of_a_mix_is_what_is_rendered_of_it(files):
    song = read_multitrack(list(files.values()), MixOptions(genre="rock"))
    advice = advise(song)
    piece = render_piece(song, advice, Piece(1.0, 2.0))
    assert piece.samples.shape == (2, 2 * RATE)


def test_the_mix_has_a_master_and_a_blip_has_none(files, tmp_path):
    for path in files.values():
        samples, rate = soundfile.read(path)
        soundfile.write(path, 0.02 * samples, rate, subtype="FLOAT")
    advice = suggest_mix(list(files.values()), MixOptions(genre="rock"))
    assert {each.track for each in advice.master} == {"master"}
    assert advice.to_dict()["master"][0]["reason"]["source"]
    soundfile.write(tmp_path / "blip.wav", sine(440, RATE, RATE).T, RATE)
    assert suggest_mix([tmp_path / "blip.wav"], MixOptions(genre="rock")).master == ()


def test_a_mix_that_falls_silent_has_no_master(files):
    song = read_multitrack(list(files.values()), MixOptions(genre="rock"))
    silenced = faders(drums=-90.0, bass=-90.0, other=-90.0, vocals=-90.0)
    assert with_master(song, silenced) is silenced


@pytest.fixture
def peaky(tmp_path):
    """Soft noise, and after its loudest half minute one loud hit among softer noise."""
    rate = 8000
    soft = np.concatenate([noise(32 * rate, 1, 0.01)[0], noise(8 * rate, 1, 0.002, seed=1)[0]])
    hit = np.zeros_like(soft)
    hit[36 * rate : 36 * rate + 400] = sine(200, 400, rate, 0.5)[0]
    for name, samples in (("lead vox", soft), ("kick", hit + soft / 50)):
        soundfile.write(tmp_path / f"{name}.wav", samples, rate, subtype="FLOAT")
    return {path.name: path for path in sorted(tmp_path.glob("*.wav"))}


def test_a_mix_is_as_loud_as_its_master_says_and_below_the_ceiling(peaky):
    advice = suggest_mix(list(peaky.values()), MixOptions(genre="rock"))
    [gain] = [each for each in advice.master if each.processor == "gain"]
    mix = measure_profile(render_mix(peaky, mix_chain_of(advice), 8000), 8000, 2)
    assert gain.number("gain") > 0
    assert mix.true_peak_dbtp <= STREAMING.ceiling_dbtp + PEAK_TOLERANCE_DB
    assert f"{mix.lufs:.1f} LUFS" in gain.effect
    assert "width" not in {each.processor for each in advice.master}
    shaping = [each for each in advice.master if each.processor != "gain"]
    assert all("in the loudest 30 s" in each.reason.rule for each in shaping)


@pytest.mark.parametrize(
    ("amplitude", "is_changed", "gains_db"),
    [(0.95, False, []), (0.95, True, [-0.55]), (1.3, False, [-3.28]), (0.001, False, [24.0]), (0.8, True, [])],
)
def test_a_mix_comes_below_the_ceiling_and_up_where_it_leaves_room(amplitude, is_changed, gains_db):
    mix = measure_profile([sine(997, 2 * 48000, 48000, amplitude, n_channels=2)], 48000, 2)
    found = suggest_mix_gain(mix, load_style("rock"), is_changed)
    assert [each.number("gain") for each in found] == [pytest.approx(each, abs=0.05) for each in gains_db]


@pytest.mark.parametrize(("alone", "together"), [(4.0, MAX_RATIO), (3.0, MAX_RATIO), (1.5, 1.5)])
def test_a_mix_is_compressed_gently_at_most(monkeypatch, alone, together):
    """However hard a master alone would press, of whose compressor an amount is a part of its effect in dB."""

    def fake(song, style, genre, options):
        ratio = 1 / (1 - options.amount("compression") * (1 - 1 / alone))
        each = Suggestion("master", "compressor", (Parameter("ratio", ratio),), Reason("", 0, 0, 0, ""), 1.0, "")
        return MasterAdvice(song.name, genre, None, "", None, (each,))

    monkeypatch.setattr("mixassist.suggest.mix_master.advise_master", fake)
    song = made_song(made_channel("drums", "drums", [-30.0] * 10))
    [found] = sound_advice(song, AudioBuffer(sine(440, RATE, RATE), RATE)).suggestions
    assert found.number("ratio") == pytest.approx(together)


def test_a_finished_mix_has_no_master_and_an_unfinished_one_has(tmp_path):
    """Dull noise, which a master makes brighter where its track is worked on too."""
    dull = band(40, 300, 0.1, 10.0) + band(300, 8000, 0.001, 10.0, seed=1)
    soundfile.write(tmp_path / "synth.wav", (0.8 * dull / np.abs(dull).max())[0], RATE, subtype="FLOAT")
    song = read_multitrack([tmp_path / "synth.wav"], MixOptions(genre="rock"))
    untouched = MixAdvice(ROCK, (TrackAdvice("synth.wav", "synth", "", ()),))
    assert with_master(song, untouched).master == ()
    assert "eq" in {each.processor for each in with_master(song, faders(synth=-0.1)).master}


def test_raw_tracks_are_not_blamed_as_finished_songs(tmp_path):
    """Dense noise, whose peaks are near its loudness."""
    dense = np.tanh(8 * noise(10 * RATE, 1, 0.3)[0]).astype(np.float32) / 4
    soundfile.write(tmp_path / "synth.wav", dense, RATE, subtype="FLOAT")
    song = read_multitrack([tmp_path / "synth.wav"], MixOptions(genre="rock"))
    alone = advise_master(song_in_file(tmp_path / "synth.wav"), song.style, song.genre, MasterOptions())
    assert "squashed" in {each.code for each in alone.findings}
    assert "squashed" not in {each.code for each in with_master(song, faders(synth=-0.1)).findings}


def test_curves_are_those_of_the_plain_sum_and_of_the_mix(files):
    curves = mix_curves(faders(drums=-6.0, bass=-6.0, other=-6.0, vocals=-6.0), files)
    before, after = (song.loudness.integrated_lufs for song in (curves.before, curves.after))
    assert before - after == pytest.approx(6, abs=0.01)
    assert np.abs(curves.before.levels_db - curves.after.levels_db - 6)[5:25].max() < 0.01
    assert curves.tone.bands_hz


def test_settings_and_reasons_are_told_in_words():
    reason = Reason("rumble", -12.3456, -30.0, 0.0, "source")
    parameters = (Parameter("type", "low_shelf"), Parameter("frequency", 552.4, "Hz"), Parameter("q", 0.707))
    each = Suggestion("a", "eq", parameters, reason, 0.5, "")
    assert setting_words(each) == "low shelf, frequency 552 Hz, q 0.707"
    assert reason_words(reason) == "rumble: -12.3; wanted -30"
