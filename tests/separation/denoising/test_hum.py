import numpy as np
import pytest

from mixassist import AudioBuffer
from mixassist.dsp.scores import null_db
from separation.denoising import DenoiseOptions, denoise
from separation.denoising.hum import HumStream
from separation.denoising.mains import kernel
from separation.denoising.silence import is_sound
from tests.signals import noise, sine
from tests.tolerances import HUM_IS_LESS_DB, KERNEL

RATE = 4000
SECONDS = 10


def hum_less(sound):
    return denoise(AudioBuffer(sound, RATE), DenoiseOptions(kinds=("hum",))).clean.samples


def hum(frequency_hz, drift_hz=0.0, n_harmonics=6):
    time_s = np.arange(SECONDS * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(frequency_hz + drift_hz * np.sin(2 * np.pi * time_s / 9)) / RATE
    return (0.02 * sum(np.sin(k * phase + k) / k for k in range(1, n_harmonics + 1)))[None].astype("float32")


def bass(first_hz=55.0):
    """A bass that plays a note a second, each with four harmonics, and comes back to the first one."""
    time_s = np.arange(SECONDS * RATE) / RATE
    notes_hz = first_hz * 2 ** (np.array([0, 5, 7, 3])[(time_s // 1).astype(int) % 4] / 12)
    phase = 2 * np.pi * np.cumsum(notes_hz) / RATE
    envelope = np.exp(-(time_s % 1) / 0.4)
    return (0.2 * envelope * sum(np.sin(k * phase) / k for k in range(1, 5)))[None].astype("float32")


@pytest.mark.parametrize("mains_hz", [49.93, 60.05])
@pytest.mark.parametrize("drift_hz", [0.0, 0.03])
def test_hum_under_a_bass_goes_and_the_bass_stays(mains_hz, drift_hz):
    buzz, played = hum(mains_hz, drift_hz), bass() + noise(SECONDS * RATE, 1, 1e-4)
    left = hum_less(played + buzz)
    assert null_db(left - played + buzz, buzz) < HUM_IS_LESS_DB


def test_hum_without_harmonics_goes_from_under_a_note():
    buzz = sine(50.0, SECONDS * RATE, RATE, 0.02)
    played = sine(330.0, SECONDS * RATE, RATE, 0.3) + noise(SECONDS * RATE, 1, 1e-4)
    left = hum_less(played + buzz)
    assert null_db(left - played + buzz, buzz) < HUM_IS_LESS_DB


def test_its_frequency_is_found():
    stream = HumStream(RATE, 1)
    stream.process(hum(50.07) + noise(SECONDS * RATE, 1, 1e-3))
    stream.finish()
    assert stream.frequency_hz == pytest.approx(50.07, abs=0.01)


@pytest.mark.parametrize(
    "played",
    [
        bass(50.0),
        bass(60.0),
        sine(50.0, SECONDS * RATE, RATE) + noise(SECONDS * RATE, 1, 1e-4),
        hum(55.0),
        hum(49.0),
        noise(SECONDS * RATE, 1),
    ],
    ids=["bass on 50 Hz", "bass on 60 Hz", "one tone", "a drone on another note", "a drone on G", "noise"],
)
def test_what_is_no_hum_is_left_as_it_is(played):
    np.testing.assert_array_equal(hum_less(played), played)


def test_hum_reaches_to_both_ends_and_not_into_silence():
    buzz = hum(50.0)
    buzz[:, :3000] = 0
    buzz[:, -3500:] = 0
    left = hum_less(buzz)
    assert not left[:, :2900].any()
    assert not left[:, -3400:].any()
    assert np.abs(left).max() < 0.2 * np.abs(buzz).max()


def test_a_few_zeros_are_no_silence():
    segment = noise(1000, 1)
    segment[:, 300:310] = 0
    assert is_sound(segment).all()
    segment[:, 500:700] = 0
    np.testing.assert_array_equal(np.flatnonzero(~is_sound(segment)), np.arange(500, 700))


def test_the_kernel_is_the_windows_transform():
    n_fft, place = 4096, 100.3
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    spectrum = np.fft.fft(window * np.exp(2j * np.pi * place * np.arange(n_fft) / n_fft))
    bins = np.arange(95, 106)
    np.testing.assert_allclose(kernel(bins - place, n_fft), spectrum[bins], atol=KERNEL * n_fft)
