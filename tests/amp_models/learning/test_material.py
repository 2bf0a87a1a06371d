"""What is drawn, and what is held out: they never meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amp_models.learning.material import N_LEAD, TRAINED_LEVEL_DB, Material, Take, choose_held_out
from mixassist.errors import CaptureError

RATE = 1000


def counted(n: int, held_out: tuple[int, int], knobs=()) -> Take:
    """A take whose samples say where they are."""
    line = np.arange(n, dtype=np.float32)
    return Take(line, line + np.float32(0.25), held_out, np.array(knobs, np.float32))


@settings(max_examples=50)
@given(
    n_seconds=st.integers(15, 60),
    place=st.floats(0, 1, allow_subnormal=False),  # a thread that has streamed flushes them
    n_past=st.integers(0, N_LEAD),
    n_judged=st.integers(1, 3000),
    seed=st.integers(0, 99),
)
def test_what_is_held_out_is_never_drawn(n_seconds, place, n_past, n_judged, seed):
    n = n_seconds * RATE
    n_held_out = n // 10 + N_LEAD
    first = int(place * (n - n_held_out))
    take = counted(n, (first, first + n_held_out))
    if max(end - start for start, end in take.spans) < n_past + n_judged:
        with pytest.raises(CaptureError):
            Material([take], n_past, n_judged)
        return
    material = Material([take], n_past, n_judged)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        piece = material.draw(rng)
        assert (piece.audio.size, piece.truth.size) == (n_past + n_judged, n_judged)
        assert piece.audio[-1] < first or piece.audio[0] >= first + n_held_out
    (judged,) = material.held_out()
    assert judged.audio[0] == first + N_LEAD - n_past
    assert judged.truth.size == n_held_out - N_LEAD


def test_truth_lies_on_the_audio_behind_the_past_at_the_trained_level():
    takes = [counted(40000, (20000, 30000), (0.2,)), counted(35000, (5000, 15000), (0.7,))]
    material = Material(takes, 100, 500)
    for piece in (*(material.draw(np.random.default_rng(seed)) for seed in range(9)), *material.held_out()):
        np.testing.assert_allclose(piece.truth / material.gain, piece.audio[100:] + 0.25, rtol=1e-5)
    learned = np.concatenate([take.truth[start:end] for take in takes for start, end in take.spans]) * material.gain
    assert 10 * np.log10(np.mean(learned.astype(np.float64) ** 2)) == pytest.approx(TRAINED_LEVEL_DB, abs=1e-3)
    assert material.n_learned == learned.size
    assert [float(piece.knobs[0]) for piece in material.held_out()] == pytest.approx([0.2, 0.7])


def test_every_start_is_as_likely_as_any_other():
    """Two spans, one three times as long: three of four pieces come from it."""
    material = Material([counted(50000, (10099, 19900))], 0, 100)
    rng = np.random.default_rng(0)
    share = np.mean([material.draw(rng).audio[0] < 15000 for _ in range(4000)])
    assert share == pytest.approx(0.25, abs=0.03)


def test_nothing_to_learn_from_is_one_line():
    with pytest.raises(CaptureError, match=r"^the longest take has 9000 samples, too few .*: record a minute$"):
        Material([counted(9000, (100, 8900))], 4000, 8192)


def test_the_end_is_held_out_if_it_is_as_loud_as_the_rest():
    sound = np.random.default_rng(0).standard_normal(60 * RATE).astype(np.float32)
    assert choose_held_out(sound, RATE) == (60 * RATE - 6 * RATE - N_LEAD, 60 * RATE)
    faded = sound * np.float32(0.001)
    faded[: 30 * RATE] = sound[: 30 * RATE]
    first, end = choose_held_out(faded, RATE)
    assert end - first == 6 * RATE + N_LEAD
    judged, whole = (np.mean(part.astype(np.float64) ** 2) for part in (faded[first + N_LEAD : end], faded))
    assert abs(10 * np.log10(judged / whole)) < 6


def test_long_takes_give_18_s():
    first, end = choose_held_out(np.ones(400 * RATE, np.float32), RATE)
    assert end - first - N_LEAD == 18 * RATE


def test_too_short_is_one_line():
    with pytest.raises(CaptureError, match=r"^the take is 9\.0 s long: at least 10 s are needed, record a minute$"):
        choose_held_out(np.ones(9 * RATE, np.float32), RATE)
