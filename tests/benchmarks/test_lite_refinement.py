"""What could be done to masks: nothing gets lost on the way, and a round of EM is its formula bin by bin."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.lite_refinement import SECTIONS, trials
from benchmarks.mask_candidates import FLOOR, Segment, bass_below, expectation_maximisation, vocals_above
from benchmarks.separation import Bench
from mixassist import AudioBuffer, write_audio
from mixassist.dsp.spectrum import stft
from separation.lite import magnitudes
from separation.refinement import Refinement
from separation.songs import RATE, STEMS
from tests.signals import music_like, noise

OPTIONS = {"n_fft": 256, "hop": 64, "n_segment_frames": 690}
TRIALS = trials(Refinement(0.7, -20))


class RandomMasks:
    """A session that gives every bin to the stems by chance."""

    spec: Any = SimpleNamespace(options=OPTIONS, rate=RATE)
    engine = precision = device = "fake"

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        n_items, _, *bins = inputs["magnitude"].shape
        shares = np.random.default_rng(0).dirichlet(np.ones(4), (n_items, 2, *bins)).astype(np.float32)
        return {"mask": np.moveaxis(shares, -1, 1)}


def segment_of(mixture: np.ndarray) -> Segment:
    spectrum = stft(mixture[None], OPTIONS["n_fft"], OPTIONS["hop"])
    seen, session = magnitudes(spectrum), RandomMasks()
    return Segment(session, spectrum, seen, session.run({"magnitude": seen})["mask"])


@pytest.mark.parametrize("name", TRIALS)
@pytest.mark.parametrize("mixture", [noise(6400), noise(6400, 1).repeat(2, axis=0), np.zeros((2, 6400), np.float32)])
def test_stems_sum_to_the_mixture(name, mixture):
    segment = segment_of(mixture)
    stems = TRIALS[name](segment)
    assert stems.shape == segment.masks.shape
    np.testing.assert_allclose(stems.sum(axis=1), segment.spectrum, atol=1e-4)


def test_a_round_of_em_is_its_formula_bin_by_bin():
    segment, diffuse = segment_of(noise(1600)), 0.1
    stems = segment.stems(segment.masks)[0].astype(np.complex128)
    level = np.square(np.abs(stems)).mean(axis=1) + FLOOR
    found = expectation_maximisation(1, diffuse)(segment)[0]
    for f, k in ((0, 0), (3, 5), (100, 20)):
        outer = (
            np.einsum("sck,sdk->scd", stems[:, :, f], stems[:, :, f].conj()) / level[:, f].sum(axis=-1)[:, None, None]
        )
        shares = level[:, f, k, None, None] * ((1 - diffuse) * outer + diffuse * np.eye(2))
        expected = shares @ np.linalg.inv(shares.sum(axis=0)) @ segment.spectrum[0, :, f, k]
        np.testing.assert_allclose(found[:, :, f, k], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("candidate", "stem", "bins"),
    [(vocals_above(900), "vocals", slice(0, 3)), (bass_below(900), "bass", slice(40, None))],
)
def test_a_band_rule_empties_its_band_alone(candidate, stem, bins):
    segment, row = segment_of(noise(6400)), STEMS.index(stem)
    ruled, before = np.abs(candidate(segment)[:, row]), np.abs(segment.stems(segment.masks)[:, row])
    assert ruled[:, :, bins].sum() < 0.02 * before[:, :, bins].sum()
    drums = candidate(segment)[:, STEMS.index("drums")]
    np.testing.assert_array_equal(drums, segment.stems(segment.masks)[:, STEMS.index("drums")])


def test_the_section_has_a_full_table(tmp_path, monkeypatch):
    for name, stem in music_like(1, RATE).items():
        write_audio(tmp_path / "separation" / "eval" / "song" / f"{name}.wav", AudioBuffer(0.3 * stem, RATE))
    monkeypatch.setattr("benchmarks.lite_refinement.open_session", lambda artifact, torch_builder: RandomMasks())
    section = SECTIONS["lite-refinement"](Bench(tmp_path, tmp_path, is_quick=True))
    assert len(section.rows) > len(TRIALS)
    assert all(len(row) == len(section.columns) for row in section.rows)
