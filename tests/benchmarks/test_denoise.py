"""The benchmark of denoising, on sounds of noise: does it still run, and are its noises what they are called?"""

from __future__ import annotations

import numpy as np
import pytest

import benchmarks.denoise as bench_of_noise
from benchmarks.denoise import denoise, denoise_clean, denoise_songs, denoise_sounds, denoise_stages
from benchmarks.denoise_noises import NOISES, noisy_sounds
from benchmarks.dereverb_rooms import RATE
from benchmarks.separation import Bench
from benchmarks.spectral_gate import spectral_gate
from mixassist import AudioBuffer, write_audio
from mixassist.dsp.scores import si_sdr

SOUND = 0.1 * np.sin(2 * np.pi * 440 * np.arange(RATE // 5) / RATE) * np.hanning(RATE // 5)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A fifth of a second of a tone that swells, under two of the noises."""
    monkeypatch.setattr(bench_of_noise, "clean_sounds", lambda data, seconds: {"voice": SOUND})
    for noises in (bench_of_noise.NOISES, NOISES):
        for name in set(noises) - {"white", "crackle"}:
            monkeypatch.delitem(noises, name)
    return Bench(tmp_path, tmp_path, is_quick=True)


def test_generated_noises_are_scored_beside_the_gate(bench):
    assert [row[0] for row in denoise(bench).rows] == ["white", "crackle", "all"]


def test_sounds_stages_and_clean_sounds_are_scored(bench):
    assert [row[0] for row in denoise_sounds(bench).rows] == ["voice"]
    assert [row[0] for row in denoise_stages(bench).rows] == ["white", "crackle"]
    assert denoise_clean(bench).rows[0][-1] == "no"


def test_finished_songs_are_left_alone(bench):
    (bench.data / "songs").mkdir()
    write_audio(bench.data / "songs" / "tone.wav", AudioBuffer(SOUND[None].astype(np.float32), RATE))
    ((name, *_, is_harmed),) = denoise_songs(bench).rows
    assert (name, is_harmed) == ("tone.wav", "no")


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_is_as_loud_as_said(name):
    case = next(each for each in noisy_sounds({"tone": SOUND}, (10,)) if each.noise == name)
    assert np.sum(case.clean**2) / np.sum((case.heard - case.clean) ** 2) == pytest.approx(10)


def test_the_gate_lowers_hiss_after_a_tone():
    sound = np.concatenate([5 * SOUND, np.zeros(RATE // 5)])[None]
    heard = (sound + 0.005 * np.random.default_rng(0).standard_normal(sound.shape)).astype(np.float32)
    assert si_sdr(sound, spectral_gate(heard)) > si_sdr(sound, heard) + 3
