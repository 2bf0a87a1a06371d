"""The sections about the embedded separators, and the methods they compare, on seconds of sound made on the spot."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.blind_separation import blind_masks, centred, separate_blindly
from benchmarks.lite import SECTIONS as LITE
from benchmarks.lite_instrumentals import SECTIONS as INSTRUMENTALS
from benchmarks.lite_instrumentals import instrumentals, peak_dbfs, vocals_db
from benchmarks.measure import Run
from benchmarks.quality import BLIND, all_methods, blind_method, model_method, per_stem_median, score, score_songs
from benchmarks.separation import Bench
from mixassist import AudioBuffer, write_audio
from mixassist.dsp.spectrum import stft
from separation.lite_scores import oracle, read_stems
from separation.songs import STEMS
from tests.signals import music_like

RATE = 44100


@pytest.fixture
def bench(tmp_path):
    for name, stem in music_like(3, RATE).items():
        write_audio(tmp_path / "separation" / "eval" / "song" / f"{name}.wav", AudioBuffer(0.3 * stem, RATE))
    return Bench(tmp_path, tmp_path, is_quick=True)


@pytest.mark.parametrize("name", [*LITE, *INSTRUMENTALS])
def test_a_section_has_a_full_table(bench, name, monkeypatch):
    monkeypatch.setattr("benchmarks.quality.model_method", lambda name: blind_method)
    monkeypatch.setattr("benchmarks.lite.song_of", lambda minutes, folder: folder / "song.wav")
    monkeypatch.setattr("benchmarks.lite.run_process", lambda command: Run(seconds=1.0, peak_mb=100.0))
    monkeypatch.setattr("benchmarks.lite.run_median", lambda command, n_runs: Run(seconds=1.0, peak_mb=100.0))
    section = (LITE | INSTRUMENTALS)[name](bench)
    assert section.rows
    assert all(len(row) == len(section.columns) for row in section.rows)


def test_the_oracle_is_above_the_mixture(bench):
    truth, rate = read_stems(bench.data / "separation" / "eval" / "song")
    mixture = truth.sum(axis=0)[None].repeat(4, axis=0)
    assert (score(truth, oracle(truth), rate) > score(truth, mixture, rate)).all()


def test_a_model_gives_all_stems_of_the_mixture(bench):
    truth, rate = read_stems(bench.data / "separation" / "eval" / "song")
    mixture = truth[..., :RATE].sum(axis=0)
    missing = mixture - model_method("lite", "onnxruntime")(truth[..., :RATE], rate).sum(axis=0)
    np.testing.assert_allclose(missing, mixture.mean(), atol=1e-4)  # a constant is left in the residual


def test_songs_are_scored_stem_by_stem_with_a_gap_for_silent_ones(bench):
    folder = bench.data / "separation" / "eval" / "song"
    (folder / "vocals.wav").unlink()
    half = {"half": lambda truth, rate: truth / 2}
    np.testing.assert_allclose(score_songs([folder], half)["half"], [[6.02, 6.02, 6.02, np.nan]], atol=0.01)


def test_the_median_leaves_gaps_out():
    scores = np.array([[1.0, np.nan], [2.0, np.nan], [4.0, np.nan]])
    np.testing.assert_array_equal(per_stem_median(scores), [2.0, np.nan])


def test_blind_stems_sum_to_the_mixture_and_silence_stays_silent(rng):
    mixture = rng.standard_normal((2, RATE)).astype(np.float32)
    np.testing.assert_allclose(separate_blindly(mixture, RATE).sum(axis=0), mixture, atol=1e-4)
    assert not separate_blindly(np.zeros((1, RATE), np.float32), RATE).any()


@pytest.mark.parametrize(("hz", "stem"), [(60, "bass"), (12000, "other")])
def test_a_steady_tone_is_told_by_its_pitch(hz, stem):
    tone = np.sin(2 * np.pi * hz * np.arange(2 * RATE) / RATE).astype(np.float32)[None]
    stems = dict(zip(STEMS, separate_blindly(tone, RATE), strict=True))
    energy = {name: float(np.sum(samples**2)) for name, samples in stems.items()}
    assert energy[stem] > 0.9 * sum(energy.values())


def test_clicks_are_drums():
    clicks = np.zeros((1, 2 * RATE), np.float32)
    clicks[0, :: RATE // 4] = 1
    drums = separate_blindly(clicks, RATE)[STEMS.index("drums")]
    assert np.sum(drums**2) > 0.9 * np.sum(clicks**2)


def test_only_the_middle_is_given_to_vocals(rng):
    sides = rng.standard_normal((2, RATE)).astype(np.float32)
    sides[1] *= 0.01
    assert centred(stft(sides, 2048, 512)).mean() < 0.1
    assert centred(stft(sides[:1], 2048, 512)).min() > 0.99
    masks = blind_masks(stft(sides, 2048, 512), np.fft.rfftfreq(2048, 1 / RATE))
    assert masks["vocals"].sum() < 0.05 * masks["other"].sum()


def test_instrumentals_have_no_vocals(bench):
    ((group, stems, rate),) = instrumentals(bench)
    assert group.startswith("band songs")
    assert rate == RATE
    assert vocals_db(stems) == -np.inf
    stems[STEMS.index("vocals")] = stems.sum(axis=0) / 9
    assert vocals_db(stems) == pytest.approx(-20, abs=0.01)


def test_peaks_are_relative_to_full_scale():
    assert peak_dbfs(np.array([0.1, -0.5], np.float32)) == pytest.approx(-6.02, abs=0.01)
    assert peak_dbfs(np.zeros(4, np.float32)) == -np.inf


def test_methods_begin_with_the_mixture_and_end_with_the_oracle():
    names = list(all_methods())
    assert (names[0], names[-1]) == ("mixture", "oracle ratio mask")
    assert {BLIND, "lite"} < set(names)
