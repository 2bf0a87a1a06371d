from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mixassist.audio.buffer import Samples
from mixassist.audio.checks import AudioChecker
from mixassist.errors import Finding
from tests.signals import noise, sine

RATE = 1000
LEVELS = [0.0, 0.25, -0.25, 0.5, 1.0, -1.0, 0.9990234375, float("nan"), float("inf")]


def check(samples: Samples, cuts: tuple[int, ...] | list[int] = ()) -> tuple[Finding, ...]:
    checker = AudioChecker(RATE, samples.shape[0])
    for part in np.split(samples, sorted(cuts), axis=1):
        checker.update(part)
    return checker.findings()


def codes(samples: Samples) -> list[str]:
    return [finding.code for finding in check(samples)]


def runs_by_hand(channel: list[float]) -> list[int]:
    """Starts of the runs of three or more equal magnitudes near full scale, one sample at a time."""
    starts, position = [], 0
    for magnitude, group in groupby(channel, key=abs):
        length = len(list(group))
        if magnitude >= 0.999 and length >= 3:
            starts.append(position)
        position += length
    return starts


@given(
    samples=arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=st.sampled_from(LEVELS)),
    cuts=st.lists(st.integers(0, 40), max_size=8),
)
def test_findings_do_not_depend_on_the_cuts(samples: Samples, cuts: list[int]) -> None:
    assert check(samples, cuts) == check(samples)


@given(
    samples=arrays(
        np.float32, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=st.sampled_from([0.5, 1.0, -1.0, 1.25])
    )
)
def test_clipped_runs_are_those_counted_by_hand(samples: Samples) -> None:
    starts = [start for channel in samples.tolist() for start in runs_by_hand(channel)]
    found = [finding for finding in check(samples) if finding.code == "clipped"]
    if not starts:
        assert found == []
    else:
        runs = "1 run" if len(starts) == 1 else f"{len(starts)} runs"
        assert [finding.message for finding in found] == [
            f"{runs} of clipped samples, the first at {min(starts) / RATE:.3f} s"
        ]


def test_sound_music_has_no_findings() -> None:
    samples = noise(200_000)
    assert check(samples) == ()
    assert check(np.clip(5 * samples, -0.99, 0.99)) == ()


def test_a_full_scale_sine_is_not_clipped_but_a_cut_one_is() -> None:
    assert codes(sine(50.0, 1000, RATE, amplitude=0.9999)) == []
    assert codes(np.clip(sine(50.0, 1000, RATE, amplitude=3.0), -1, 1)) == ["clipped"]


@pytest.mark.parametrize("level", [0.0, 1e-5, 3.1e-5])
def test_silence_is_found(level: float) -> None:
    assert codes(np.full((2, 100), level, dtype=np.float32)) == ["silent"]
    assert codes(np.full((2, 100), 3.2e-5, dtype=np.float32)) == []


def test_dc_offset_names_the_worst_channel() -> None:
    samples = noise(100_000)
    samples[1] -= samples[1].mean() + 0.02
    (finding,) = check(samples)
    assert (finding.code, finding.message) == ("dc-offset", "the DC offset is -2.00% of full scale")


def test_non_finite_samples_are_counted_and_placed() -> None:
    samples = sine(50.0, 1000, RATE, n_channels=2)
    samples[1, 250] = np.nan
    samples[:, 700:703] = -np.inf
    (finding,) = check(samples, cuts=[100, 300, 701])
    assert (finding.code, finding.severity) == ("non-finite", "error")
    assert finding.message == "7 samples are NaN or infinite, the first at 0.250 s"
