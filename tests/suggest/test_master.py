from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.signal

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.parametric import EqBand, biquad, response_db
from mixassist.errors import AudioError, OptionError
from mixassist.suggest.advice import GenreUsed, MasterAdvice
from mixassist.suggest.compressor_fit import fit_compressor, with_make_up
from mixassist.suggest.delivery import DELIVERIES, Delivery, find_delivery
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import LimiterSettings, MasterChain, chain_of
from mixassist.suggest.master_files import render_master, write_pair
from mixassist.suggest.master_level import level_suggestions, own_level
from mixassist.suggest.master_profile import BANDS_HZ, level_quantiles, measure_profile
from mixassist.suggest.reference import genre_target
from mixassist.suggest.render import render_blocks
from mixassist.suggest.style_files import load_style
from mixassist.suggest.tone_fit import Curve, fit_bands
from tests.signals import music_like, noise
from tests.tolerances import MASTER_DB, RENDER_CUT

RATE = 44100


@pytest.fixture(scope="module")
def song():
    """A loop in stereo, as loud as masters are meant to be, with a few decibels of headroom."""
    stems = music_like(6, RATE)
    air = noise(6 * RATE, amplitude=0.01)
    mix = sum(stems.values()) + air
    return (0.25 * mix / np.abs(mix).max()).astype(np.float32)


@pytest.fixture
def written(tmp_path):
    def write(samples, name):
        path = tmp_path / name
        write_audio(path, AudioBuffer(np.ascontiguousarray(samples, dtype=np.float32), RATE), Encoding("wav", "32f"))
        return path

    return write


def profile(samples):
    return measure_profile([samples], RATE, len(samples))


def rendered(samples, chain):
    return np.concatenate(list(render_blocks([samples], RATE, chain)), axis=1)


def filtered(samples, *bands):
    return scipy.signal.sosfilt(np.array([biquad(band, RATE) for band in bands]), samples, axis=1)


def narrowed(samples, gain):
    mid, side = samples.mean(axis=0), gain * (samples[0] - samples[1]) / 2
    return np.stack([mid + side, mid - side])


def test_few_bands_find_what_a_few_bands_did():
    hz = BANDS_HZ[4:-2]
    truth = [EqBand("low_shelf", 150, -4, 0.6), EqBand("bell", 700, 5, 1.0), EqBand("high_shelf", 6000, 3, 0.7)]
    curve = Curve(response_db(truth, hz, RATE), np.ones(len(hz)), hz, RATE)
    found = fit_bands(curve)
    assert len(found) <= 4
    assert curve.rms_db(found) < 0.15


def test_nothing_wanted_gives_no_band():
    hz = BANDS_HZ[4:-2]
    assert fit_bands(Curve(np.full(len(hz), 3.0), np.ones(len(hz)), hz, RATE)) == ()


def test_a_compressor_is_found_by_what_it_does_to_levels(rng):
    power = 10 ** (np.repeat(rng.normal(-20, 6, 400), 10) / 10)
    squeezed = level_quantiles(power) * 0.7
    fit = fit_compressor(power, squeezed)
    assert fit.after_db < 0.4 * fit.before_db
    assert fit.settings.ratio > 1
    assert fit.settings.make_up_db > 0


def test_the_same_piece_with_a_fault_comes_back(song, written):
    damaged = filtered(song, EqBand("bell", 300, 6, 0.9), EqBand("high_shelf", 3000, -5, 0.6))
    options = MasterOptions("pop", reference=written(song, "reference.wav"))
    advice = suggest_master(written(narrowed(0.7 * damaged, 0.4), "song.wav"), options)
    after, truth = profile(rendered(narrowed(0.7 * damaged, 0.4), chain_of(advice.suggestions))), profile(song)
    gap = (after.tone_db - truth.tone_db)[6:-2]
    assert np.std(gap) < MASTER_DB
    assert after.width_db == pytest.approx(truth.width_db, abs=MASTER_DB)
    assert after.lufs == pytest.approx(truth.lufs, abs=MASTER_DB)
    assert not advice.of("compressor")


def test_a_song_that_is_its_own_reference_is_left_alone(song, written):
    path = written(song, "song.wav")
    advice = suggest_master(path, MasterOptions("pop", reference=path))
    assert advice.suggestions == ()
    assert advice.findings == ()


def test_advice_on_its_own_render_is_to_do_nothing(song, written, tmp_path):
    damaged = written(filtered(song, EqBand("bell", 300, 6, 0.9)), "song.wav")
    options = MasterOptions("pop", reference=written(song, "reference.wav"))
    render_master(damaged, suggest_master(damaged, options), tmp_path / "master.wav")
    again = suggest_master(tmp_path / "master.wav", options)
    assert sum(abs(each.number("gain")) for each in again.of("eq")) < 1


def test_a_platforms_loudness_and_peak_are_met(song, written, tmp_path):
    path = written(song, "song.wav")
    advice = suggest_master(path, MasterOptions("pop", target="-13"))
    render_master(path, advice, tmp_path / "master.wav")
    after = profile(read_audio(tmp_path / "master.wav").samples)
    assert after.lufs == pytest.approx(-13, abs=0.2)
    assert after.true_peak_dbtp <= -1 + 0.1
    assert advice.of("limiter")


def test_only_unused_headroom_is_filled_unasked(song, written):
    peak = np.abs(song).max()
    quiet, full = (written(song * (level / peak), f"{level}.wav") for level in (0.3, 0.9))
    raised = suggest_master(quiet, MasterOptions("electronic"))
    assert raised.target == "unused headroom"
    after = profile(rendered(song * (0.3 / peak), chain_of(raised.suggestions)))
    assert not raised.of("limiter")
    assert after.true_peak_dbtp == pytest.approx(-1, abs=0.1)
    assert suggest_master(full, MasterOptions("electronic")).target == "as it was"
    assert suggest_master(quiet, MasterOptions("classical")).target_lufs == pytest.approx(-20)


def test_a_shaped_song_keeps_its_loudness_while_peaks_lose_little(song):
    own = replace(profile(song), lufs=-12.0, true_peak_dbtp=-0.5)
    assert own_level(own, replace(own, lufs=-13.5)).lufs == -12
    assert own_level(own, replace(own, lufs=-18.0)).lufs == -16
    assert own_level(own, own).ceiling_dbtp == -0.5


def test_no_limiter_for_peaks_that_a_little_gain_brings_down(song):
    own = replace(profile(song), lufs=-12.0, true_peak_dbtp=-0.8)
    delivery = Delivery("x", -12.2, -1.0, "rule", "")
    (only,) = level_suggestions(own, MasterChain(), delivery, lambda _chain: own).suggestions
    assert only.processor == "gain"
    assert only.number("gain") == pytest.approx(-0.2)


def test_a_song_shows_its_sections(song, written):
    found = suggest_master(written(song, "song.wav"), MasterOptions("pop")).to_dict()["sections"]
    assert found[0]["start_s"] == 0
    assert found[-1]["end_s"] == pytest.approx(song.shape[1] / RATE, abs=0.1)
    assert sum(section["best"] for section in found) == 1


def test_squashed_songs_are_told_so(song, written):
    flat = np.tanh(40 * song)
    for options in (MasterOptions("jazz"), MasterOptions("jazz", written(song, "reference.wav"))):
        assert "squashed" in [each.code for each in suggest_master(written(0.9 * flat, "flat.wav"), options).findings]


def test_amounts_hold_an_axis_back(song, written):
    damaged = written(narrowed(filtered(song, EqBand("bell", 300, 6, 0.9)), 0.4), "song.wav")
    reference = written(song, "reference.wav")
    whole = suggest_master(damaged, MasterOptions("pop", reference))
    part = suggest_master(damaged, MasterOptions("pop", reference, amounts={"eq": 0.5, "width": 0, "loudness": 0}))
    assert part.of("eq")[0].number("gain") == pytest.approx(whole.of("eq")[0].number("gain") / 2)
    assert whole.of("width")
    assert not part.of("width")
    assert not part.of("gain")


def test_every_suggestion_lies_in_its_bounds_and_says_why(song, written):
    damaged = written(narrowed(filtered(song, EqBand("bell", 300, 6, 0.9)), 0.4), "song.wav")
    advice = suggest_master(damaged, MasterOptions("pop", written(song, "r.wav"), target="spotify"))
    assert advice.suggestions
    for each in advice.suggestions:
        assert each.reason.measured
        assert each.reason.source
        assert 0 <= each.confidence <= 1
        for parameter in each.parameters:
            if parameter.minimum is not None:
                assert parameter.minimum <= parameter.value <= parameter.maximum
    assert advice.to_dict()["target"] == "spotify"


def test_a_mono_song_and_a_short_one_are_advised(song, written):
    mono = suggest_master(written(song[:1], "mono.wav"), MasterOptions("jazz", target="apple"))
    assert not mono.of("width")
    short = suggest_master(written(song[:, : 2 * RATE], "short.wav"), MasterOptions("jazz"))
    assert not short.of("compressor")


def test_silence_unknown_targets_genres_and_amounts_are_refused(written):
    silent = written(np.zeros((2, RATE)), "silent.wav")
    with pytest.raises(AudioError, match="silent"):
        suggest_master(silent, MasterOptions("pop"))
    with pytest.raises(OptionError, match="did you mean spotify"):
        find_delivery("spotfy")
    with pytest.raises(OptionError, match="out of range"):
        find_delivery("-2")
    with pytest.raises(OptionError, match="there are"):
        suggest_master(silent, MasterOptions("polkaish"))
    with pytest.raises(OptionError, match="there are eq"):
        MasterOptions(amounts={"echo": 1})
    with pytest.raises(OptionError, match="0 to 1"):
        MasterOptions(amounts={"eq": 2})


def test_every_delivery_is_known_by_its_name():
    for name, delivery in DELIVERIES.items():
        assert find_delivery(name.upper()) is delivery
        assert delivery.ceiling_dbtp <= -1


@pytest.mark.parametrize("n_block", [1000, 44100, 100_001])
def test_a_render_does_not_depend_on_how_it_is_cut(song, n_block):
    chain = MasterChain(
        (EqBand("bell", 300, 4, 1.0),), CompressorSettings(-30, 2), 3.0, 14.0, LimiterSettings(-1.0, 100.0)
    )
    whole = rendered(song, chain)
    cut = [song[:, start : start + n_block] for start in range(0, song.shape[1], n_block)]
    pieces = np.concatenate(list(render_blocks(cut, RATE, chain)), axis=1)
    assert whole.shape == song.shape
    assert np.abs(whole - pieces).max() < RENDER_CUT


def test_an_empty_chain_and_a_limiter_that_has_nothing_to_do_keep_the_song(song):
    assert np.array_equal(rendered(song, MasterChain()), song)
    assert np.abs(rendered(song, MasterChain(limiter=LimiterSettings(-1.0))) - song).max() < 1e-4


def test_make_up_gives_back_the_power(rng):
    power = 10 ** (rng.normal(-20, 5, 2000) / 10)
    settings = with_make_up(CompressorSettings(-22, 3), power)
    assert settings.make_up_db == pytest.approx(with_make_up(settings, power).make_up_db)
    assert settings.make_up_db > 0


def test_a_pair_is_equally_loud(song, written, tmp_path):
    path = written(song, "song.wav")
    advice = MasterAdvice("song.wav", GenreUsed("pop", {"pop": 1.0}), None, "x", None, ())
    render_master(path, advice, tmp_path / "master.wav")
    louder = written(0.5 * song, "quiet.wav")
    pair = write_pair(louder, tmp_path / "master.wav")
    before, after = (profile(read_audio(path).samples).lufs for path in (pair.before, pair.after))
    assert before == pytest.approx(after, abs=0.05)
    assert before == pytest.approx(pair.lufs, abs=0.05)


def test_what_would_clip_is_kept_as_floats_and_said(song, written, tmp_path):
    path, out = written(song * (1.5 / np.abs(song).max()), "over.wav"), tmp_path / "master.wav"
    advice = MasterAdvice("over.wav", GenreUsed("pop", {"pop": 1.0}), None, "as it was", None, ())
    (finding,) = render_master(path, advice, out)
    assert finding.code == "would-clip"
    assert np.array_equal(read_audio(out).samples, read_audio(path).samples)
    pair = write_pair(path, out)
    for part in (pair.before, pair.after):
        assert 0.99 < np.abs(read_audio(part).samples).max() <= 1


def test_a_loudness_out_of_reach_is_said_with_what_is_reached(song, written):
    advice = suggest_master(written(song, "song.wav"), MasterOptions("pop", target="-5"))
    after = profile(rendered(song, chain_of(advice.suggestions)))
    (finding,) = [each for each in advice.findings if each.code == "target-not-reached"]
    assert after.lufs < -6
    assert f"{after.lufs:.1f} LUFS" in finding.message
    assert f"{after.lufs:.1f} LUFS" in advice.of("limiter")[0].effect
    assert advice.target_lufs == -5


def test_a_part_of_the_way_in_loudness_is_the_target_said(song, written):
    path, reference = written(song, "song.wav"), written(0.5 * song, "reference.wav")
    own, wanted = profile(song).lufs, profile(0.5 * song).lufs
    half = suggest_master(path, MasterOptions("pop", reference, amounts={"loudness": 0.5}))
    none = suggest_master(path, MasterOptions("pop", reference, amounts={"loudness": 0}))
    assert half.target_lufs == pytest.approx((own + wanted) / 2, abs=0.1)
    assert (none.target, none.target_lufs) == ("as it was", None)


def test_peaks_that_bands_raise_are_lowered_where_loudness_is_left(song, written):
    loud = song * (0.89 / np.abs(song).max())
    dull = filtered(loud, EqBand("low_shelf", 300, -8, 0.6))
    dull = (dull * 0.89 / np.abs(dull).max()).astype(np.float32)
    options = MasterOptions("pop", written(loud, "reference.wav"), amounts={"loudness": 0})
    advice = suggest_master(written(dull, "song.wav"), options)
    assert advice.of("gain")[0].number("gain") < 0
    assert not advice.of("limiter")
    after = profile(rendered(dull, chain_of(advice.suggestions)))
    assert after.true_peak_dbtp == pytest.approx(profile(dull).true_peak_dbtp, abs=0.1)


@pytest.mark.parametrize("lufs", [-40.0, 5.0])
def test_values_lie_in_their_bounds_for_soft_songs_and_for_loud_ones(song, written, lufs):
    scale = 10 ** ((lufs - profile(song).lufs) / 20)
    swelling = (song * scale * np.linspace(0.02, 1.6, song.shape[1])).astype(np.float32)
    reference = written(song * scale, "reference.wav")
    for target in ("-40", "-14"):
        advice = suggest_master(written(swelling, "song.wav"), MasterOptions("pop", reference, target=target))
        assert advice.of("compressor")
        for parameter in (each for found in advice.suggestions for each in found.parameters):
            if parameter.minimum is not None:
                assert parameter.minimum <= parameter.value <= parameter.maximum


def test_channels_that_cancel_are_found_and_not_shaped(song, written):
    inverted = np.stack([song[0], -song[0] + 1e-5 * song[1]])
    one_sided = np.stack([song[0], 0 * song[0]])
    for samples, code in ((inverted, "opposite-polarity"), (one_sided, "one-sided")):
        advice = suggest_master(written(samples, "song.wav"), MasterOptions("pop"))
        assert code in [each.code for each in advice.findings]
        assert not advice.of("eq")
        assert not advice.of("width")
    as_reference = MasterOptions("pop", written(inverted, "reference.wav"))
    advice = suggest_master(written(song, "song.wav"), as_reference)
    assert not advice.of("eq")
    assert not advice.of("width")


def test_clipped_samples_are_found(song, written):
    clipped = np.clip(8 * song, -1, 1)
    assert "clipped" in [each.code for each in suggest_master(written(clipped, "x.wav"), MasterOptions("pop")).findings]


def test_every_source_says_how_far_it_can_be_trusted(song):
    sources = genre_target(load_style("rock")).sources
    assert sources.dynamics.endswith("(prior)")
    assert "(measured)" in sources.width
    assert "(published)" in sources.tone
    assert own_level(profile(song), profile(song)).source.endswith("(rule)")
    assert find_delivery("-9").source.endswith("(user)")
    assert find_delivery("youtube").source.endswith("(measured by third parties)")
