"""What a mix's advice sounds like, against formulas."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.gate import GateSettings
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.dsp.parametric import EqBand, response_db
from mixassist.suggest.master_chain import LimiterSettings, MasterChain
from mixassist.suggest.mix_chain import MixChain, RoomSettings, TrackChain
from mixassist.suggest.mix_render import Piece, mix_rate, render_mix
from mixassist.suggest.render import render_track
from mixassist.suggest.room import RoomProcess, room_response
from tests.signals import impulses, noise, sine
from tests.tolerances import FILTER_DB, RENDER_CUT, RETURNED_LU, ROOM_DECAY

RATE = 22050
ROOM = RoomSettings(rt60_s=0.8, predelay_ms=30.0, high_pass_hz=200.0, low_pass_hz=5000.0)


def strip(samples, chain, rate=RATE):
    return np.concatenate(list(render_track([samples], rate, chain)), axis=1)


def level_db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


@pytest.fixture
def files(tmp_path):
    """A mono track, and a shorter stereo one at twice the rate."""
    mono, stereo = noise(2 * RATE, 1, 0.1), noise(3 * RATE, 2, 0.1, seed=1)
    soundfile.write(tmp_path / "mono.wav", mono.T, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "stereo.wav", stereo.T, 2 * RATE, subtype="FLOAT")
    return {"mono": tmp_path / "mono.wav", "stereo": tmp_path / "stereo.wav"}


def test_bands_and_high_passes_are_those_of_the_formulas():
    bands = (
        EqBand("high_pass", 90, 0, 0.707),
        EqBand("low_shelf", 200, -4, 0.7),
        EqBand("bell", 1000, 5, 1.4),
        EqBand("high_shelf", 5000, 3, 0.7),
    )
    out = strip(impulses([0], RATE), TrackChain(bands=bands))
    hz = np.geomspace(30, 10000, 200)
    spectrum = np.abs(np.fft.rfft(out[0].astype(np.float64)))
    measured = 20 * np.log10(np.interp(hz, np.arange(len(spectrum)), spectrum) / 0.9)
    assert np.abs(measured - response_db(bands, hz, RATE)).max() < FILTER_DB


@pytest.mark.parametrize(("pan", "far", "near"), [(0.0, 1, 1), (0.5, 0.5, 1), (-0.25, 0.75, 1), (1.0, 0, 1)])
def test_a_pan_lowers_the_far_side_and_keeps_the_power_of_both(pan, far, near):
    out = strip(np.ones((1, 100), np.float32), TrackChain(gain_db=-6.0206, pan=pan))[:, 0]
    kept = np.sqrt(2 / (far**2 + near**2))
    assert out == pytest.approx([side * kept / 2 for side in ((far, near) if pan >= 0 else (near, far))], abs=1e-5)


@pytest.mark.parametrize("pan", [0.2, -0.45, 0.65, -0.8])
def test_a_pan_leaves_a_track_as_loud_as_it_was(pan):
    lufs = []
    for where in (0.0, pan):
        meter = LoudnessMeter(RATE, 2)
        meter.update(strip(noise(2 * RATE, 1, 0.1), TrackChain(pan=where)))
        lufs.append(meter.loudness().integrated_lufs)
    assert lufs[1] == pytest.approx(lufs[0], abs=0.01)


def test_a_compressor_does_what_its_curve_says():
    chain = TrackChain(compressor=CompressorSettings(-20.0, 4.0, 10.0, 100.0, 0.0, 2.0))
    out = strip(sine(1000, 2 * RATE, RATE, 0.5), chain)
    assert level_db(out[0, RATE:]) == pytest.approx(-20 + (-9.03 + 20) / 4 + 2, abs=0.05)


def test_a_gate_closes_between_hits_and_lets_them_through():
    hits = sine(60, RATE, RATE, 0.5) * (np.arange(RATE) % (RATE // 2) < RATE // 10)
    spill = sine(1000, RATE, RATE, 0.01)
    out = strip((hits + spill).astype(np.float32), TrackChain(gate=GateSettings(-25.0, -18.0, 1.0, 60.0, 20.0)))
    before = (hits + spill)[0]
    between, during = slice(int(0.35 * RATE), int(0.45 * RATE)), slice(int(0.5 * RATE), int(0.6 * RATE))
    assert level_db(out[0, between]) - level_db(before[between]) == pytest.approx(-18, abs=0.5)
    assert level_db(out[0, during]) - level_db(before[during]) == pytest.approx(0, abs=0.1)


def test_a_strip_does_not_depend_on_how_its_track_is_cut():
    samples = noise(3 * RATE, 2, 0.2) * np.linspace(0, 1, 3 * RATE, dtype=np.float32)
    chain = TrackChain(
        GateSettings(-40.0, -20.0), (EqBand("high_pass", 80, 0, 0.707),), CompressorSettings(-25, 3), 1.0, 0.2
    )
    cut = [samples[:, start : start + 777] for start in range(0, samples.shape[1], 777)]
    pieces = np.concatenate(list(render_track(cut, RATE, chain)), axis=1)
    assert np.abs(strip(samples, chain) - pieces).max() < RENDER_CUT


def test_without_advice_a_mix_is_the_sum_of_its_tracks(files):
    rate = mix_rate(list(files.values()))
    assert rate == 2 * RATE
    files["mono again"] = files["mono"]
    mix = np.concatenate(list(render_mix(files, MixChain(), rate)), axis=1)
    alone = np.concatenate(list(render_mix({"mono": files["mono"]}, MixChain(), rate)), axis=1)
    stereo = soundfile.read(files["stereo"], dtype="float32")[0].T
    expected = 2 * alone
    expected[:, : stereo.shape[1]] += stereo
    assert mix.shape == (2, 4 * RATE)
    assert np.abs(mix - expected).max() < RENDER_CUT


def test_a_piece_of_a_mix_is_that_piece(files):
    del files["stereo"]
    whole = np.concatenate(list(render_mix(files, MixChain(), RATE)), axis=1)
    piece = np.concatenate(list(render_mix(files, MixChain(), RATE, Piece(0.5, 1.0))), axis=1)
    assert np.array_equal(piece, whole[:, RATE // 2 : RATE // 2 + RATE])


def test_sends_bus_and_master_are_heard(files):
    del files["stereo"]
    dry = np.concatenate(list(render_mix(files, MixChain(), RATE)), axis=1)
    chain = MixChain({"mono": TrackChain(send_db=-6.0)}, ROOM, MasterChain(gain_db=-3.0), MasterChain(gain_db=9.0))
    wet = np.concatenate(list(render_mix(files, chain, RATE)), axis=1)
    assert wet.shape[1] == dry.shape[1] + round(0.83 * RATE) - 1
    n_before = round(0.03 * RATE)
    assert np.abs(wet[:, :n_before] - dry[:, :n_before] * 10 ** (6 / 20)).max() < RENDER_CUT
    assert level_db(wet[:, dry.shape[1] :]) > -60


def test_peaks_are_held_only_where_the_advice_has_a_limiter(files):
    del files["stereo"]
    loud = MasterChain(gain_db=24.0)
    free = np.concatenate(list(render_mix(files, MixChain(master=loud), RATE)), axis=1)
    held = MasterChain(gain_db=24.0, limiter=LimiterSettings(-1.0))
    limited = np.concatenate(list(render_mix(files, MixChain(master=held), RATE)), axis=1)
    assert np.abs(free).max() > 2
    assert np.abs(limited).max() <= 10 ** (-0.9 / 20)
    assert limited.shape == free.shape


def test_a_room_decays_in_its_time_after_its_predelay():
    response = room_response(ROOM, RATE)
    n_before = round(0.03 * RATE)
    assert not response[:, : n_before - 1].any()
    tail = np.cumsum(np.square(response[0, n_before:][::-1], dtype=np.float64))[::-1]
    fall_db = 10 * np.log10(tail / tail[0])
    begin, end = np.searchsorted(-fall_db, (5, 25))
    assert 3 * (end - begin) / RATE == pytest.approx(ROOM.rt60_s, rel=ROOM_DECAY)
    assert abs(np.corrcoef(response[:, n_before:])[0, 1]) < 0.05


def test_what_a_room_gives_back_is_as_loud_as_what_it_got(rng):
    n_frames = 8 * RATE
    spectrum = np.fft.rfft(rng.standard_normal((2, n_frames)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.shape[1]) + 1), n_frames)
    pink = (0.1 * pink / pink.std()).astype(np.float32)
    lufs = []
    for samples in (pink, RoomProcess(ROOM, RATE)(pink)):
        meter = LoudnessMeter(RATE, 2)
        meter.update(samples[:, RATE:])
        lufs.append(meter.loudness().integrated_lufs)
    assert lufs[1] == pytest.approx(lufs[0], abs=RETURNED_LU)
