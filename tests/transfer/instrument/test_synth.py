import numpy as np
import pytest

from mixassist.dsp.scores import null_db
from tests.tolerances import NOISE_LEVEL, SYNTH_FLOAT32_DB
from transfer.instrument.design import RATE, InstrumentDesign, band_shapes
from transfer.instrument.rendering import Renderer
from transfer.instrument.synth import Synth

DESIGN = InstrumentDesign(n_partials=4, n_bands=6)


def sound(pitches, amplitudes, synth=None):
    synth = synth or Synth(DESIGN)
    return np.concatenate([synth.process(*frame) for frame in zip(pitches, amplitudes, strict=True)])


def steady(*partials, noise=0.0):
    return np.array([*partials, *[noise] * DESIGN.n_bands])


def test_a_partial_is_a_sine_of_its_amplitude_that_goes_on_without_a_seam():
    n_hops = 400
    made = sound([441.3] * n_hops, [steady(0, 0.5, 0, 0)] * n_hops)[DESIGN.hop :]
    time_s = np.arange(DESIGN.hop + 1, n_hops * DESIGN.hop + 1) / RATE
    assert null_db(made[None], 0.5 * np.sin(2 * np.pi * 2 * 441.3 * time_s)[None]) < SYNTH_FLOAT32_DB


def test_pitch_and_amplitude_go_from_frame_to_frame_in_lines():
    made = sound([200.0, 200.0, 300.0], [steady(1, 0, 0, 0), steady(1, 0, 0, 0), steady(0, 0, 0, 0)])
    steps = np.arange(1, 129)
    ramp = steps / 128
    cycles = (2 * 128 * 200 + 200 * steps + 100 * steps * (steps + 1) / 256) / RATE
    expected = (1 - ramp) * np.sin(2 * np.pi * cycles)
    assert null_db(made[None, 256:], expected[None]) < SYNTH_FLOAT32_DB


def test_partials_above_what_can_be_heard_are_silent():
    made = sound([8000.0] * 20, [steady(0, 0, 1, 1)] * 20)
    assert not made.any()


def test_noise_of_one_is_white_with_power_one():
    made = sound([100.0] * 2000, [steady(0, 0, 0, 0, noise=1.0)] * 2000)
    power = np.mean(np.abs(np.fft.rfft(made[: 256 * 900].reshape(-1, 256) * np.hanning(256))) ** 2, axis=0)
    inner = power[4:-4] / np.sum(np.hanning(256) ** 2)
    assert inner.mean() == pytest.approx(1, abs=NOISE_LEVEL)
    assert inner.std() < NOISE_LEVEL


def test_reset_begins_anew():
    synth = Synth(DESIGN)
    frames = [220.0] * 5, [steady(0.3, 0.2, 0.1, 0, noise=0.1)] * 5
    first = sound(*frames, synth)
    assert not np.array_equal(first, sound(*frames, synth))
    synth.reset()
    np.testing.assert_array_equal(first, sound(*frames, synth))


def test_bands_share_out_the_spectrum():
    np.testing.assert_allclose(band_shapes(DESIGN, 129).sum(axis=0), 1)


def test_what_is_learned_through_is_what_is_played(rng):
    torch = pytest.importorskip("torch")
    pitches = 220 + 20 * np.sin(np.arange(40) / 5)
    amplitudes = rng.uniform(0, 0.2, (40, DESIGN.n_partials + DESIGN.n_bands)) * ([1] * 4 + [0] * 6)
    renderer = Renderer(DESIGN)
    made = renderer.render(torch.from_numpy(amplitudes).float(), renderer.waves(pitches)).numpy()
    synth = Synth(DESIGN)
    played = sound(pitches, amplitudes, synth)
    # The first hop differs: one begins in silence, the other in the middle of a sound.
    first = slice(DESIGN.hop, None)
    assert np.corrcoef(made[first], played[first])[0, 1] > 1 - 1e-4
