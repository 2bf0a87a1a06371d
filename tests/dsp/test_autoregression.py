import numpy as np
import pytest
import scipy.signal

from mixassist.dsp.autoregression import coefficients, interpolated, residual
from tests.tolerances import FORETOLD

A = np.array([1.0, -1.6, 0.9])


def resonance(n_frames=4000, seed=0):
    return scipy.signal.lfilter([1.0], A, np.random.default_rng(seed).standard_normal(n_frames))


def test_coefficients_are_those_of_the_resonance():
    np.testing.assert_allclose(coefficients(resonance(200000), 2), A, atol=0.01)


def test_silence_is_foretold_by_nothing():
    np.testing.assert_array_equal(coefficients(np.zeros(100), 3), [1, 0, 0, 0])


def test_the_residual_is_what_drove_the_resonance():
    driven = np.random.default_rng(0).standard_normal(4000)
    np.testing.assert_allclose(residual(resonance(), A)[2:], driven[2:], atol=FORETOLD)


@pytest.mark.parametrize("missing", [[500], [500, 501, 502, 503], [300, 900, 901], [2, 3, 3997]])
def test_interpolated_samples_leave_the_least_residual(missing):
    sound = resonance()
    is_missing = np.zeros(sound.size, bool)
    is_missing[missing] = True
    found = interpolated(np.where(is_missing, 99.0, sound), is_missing, A)
    np.testing.assert_array_equal(found[~is_missing], sound[~is_missing])
    # The same from the whole residual, as one system: rows e[n] = Σ a[j] x[n - j], zeros beyond the ends.
    rows = np.array([np.convolve(np.eye(1, sound.size, at)[0], A) for at in missing]).T
    known = np.convolve(np.where(is_missing, 0.0, sound), A)
    expected = np.linalg.lstsq(rows, -known, rcond=None)[0]
    np.testing.assert_allclose(found[missing], expected, atol=FORETOLD)
