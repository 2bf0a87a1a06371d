import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.scores import si_sdr
from mixassist.errors import AudioError, OptionError
from separation.denoising import DenoiseOptions, denoise, denoise_file
from separation.denoising.stream import NoiseStream
from tests.signals import impulses, music_like, noise, sine

RATE = 8000


def noisy(seconds=6, n_channels=2):
    """Chords and a lead voice with hiss, hum and clicks."""
    stems = music_like(seconds, RATE)
    clean = (stems["other"] + stems["vocals"])[:n_channels]
    time_s = np.arange(clean.shape[1]) / RATE
    hum = 0.02 * sum(np.sin(2 * np.pi * 50 * k * time_s) for k in range(1, 6))
    positions = np.random.default_rng(5).integers(500, clean.shape[1] - 500, 3 * seconds).tolist()
    clicks = impulses(positions, clean.shape[1], 0.7)
    return clean, (clean + hum + clicks + noise(clean.shape[1], n_channels, 0.01)).astype("float32")


def noise_in_blocks(sound, cuts):
    stream = NoiseStream(RATE, len(sound), DenoiseOptions())
    found = [stream.process(block) for block in np.split(sound, cuts, axis=1)]
    return np.concatenate([*found, stream.finish()], axis=1)


def test_all_kinds_together_become_less_and_are_told():
    clean, heard = noisy()
    stream = NoiseStream(RATE, 2, DenoiseOptions())
    left = heard - np.concatenate([stream.process(heard), stream.finish()], axis=1)
    assert si_sdr(clean, left) > si_sdr(clean, heard) + 3
    measured = stream.measured()
    assert measured["hum_hz"] == pytest.approx(50, abs=0.05)
    assert measured["n_clicks"] > 10
    assert -50 < measured["floor_dbfs"] < -25


@pytest.mark.parametrize("cut", [65, 8193])
def test_blocks_give_what_the_whole_gives(cut):
    _, heard = noisy()
    cuts = np.arange(cut, heard.shape[1], cut)
    np.testing.assert_array_equal(noise_in_blocks(heard, cuts), noise_in_blocks(heard, []))


def test_a_stream_is_no_later_than_it_says():
    sound = noise(20 * RATE, 1)
    stream = NoiseStream(RATE, 1, DenoiseOptions())
    assert 0 < sound.shape[1] - stream.process(sound).shape[1] <= stream.latency_samples


def test_strength_zero_is_the_input_itself():
    _, heard = noisy(2)
    result = denoise(AudioBuffer(heard, RATE), DenoiseOptions(strength=0))
    np.testing.assert_array_equal(result.clean.samples, heard)
    assert not result.noise.samples.any()


def test_half_the_strength_takes_half_the_noise():
    _, heard = noisy(3)
    half, whole = (denoise(AudioBuffer(heard, RATE), DenoiseOptions(strength=s)).noise.samples for s in (0.5, 1.0))
    np.testing.assert_allclose(2 * half, whole, atol=1e-6)


@pytest.mark.parametrize(
    "sound", [np.zeros((1, 5000), "float32"), impulses([2000], 5000), noise(1, 2), noise(300, 1), sine(9, 9000, RATE)]
)
def test_silence_a_click_and_next_to_nothing_stay_finite_and_as_long(sound):
    result = denoise(AudioBuffer(sound, RATE))
    assert result.clean.samples.shape == sound.shape
    assert np.isfinite(result.clean.samples).all()
    np.testing.assert_allclose(result.clean.samples + result.noise.samples, sound, atol=1e-7)


@pytest.mark.parametrize("rate", [1000, 22050, 96000])
def test_any_rate_keeps_its_frames(rate):
    sound = noise(rate // 3, 1)
    clean = denoise(AudioBuffer(sound, rate)).clean
    assert (clean.rate, clean.samples.shape) == (rate, sound.shape)


def test_both_sides_of_a_mono_sound_stay_alike():
    _, heard = noisy(4, 1)
    clean = denoise(AudioBuffer(np.tile(heard, (2, 1)), RATE)).clean.samples
    np.testing.assert_array_equal(clean[0], clean[1])


@pytest.mark.parametrize("depth", ["16", "24"])
def test_clean_and_noise_sum_to_the_file(tmp_path, depth):
    _, heard = noisy(2)
    write_audio(tmp_path / "heard.wav", AudioBuffer(0.5 * heard, RATE), Encoding("wav", depth))
    clean, taken = tmp_path / "clean.wav", tmp_path / "noise.wav"
    report = denoise_file(tmp_path / "heard.wav", clean, DenoiseOptions(), taken)
    np.testing.assert_array_equal(
        read_audio(clean).samples + read_audio(taken).samples, read_audio(tmp_path / "heard.wav").samples
    )
    assert report.taken_db < 0
    assert set(report.measured) == {"n_clicks", "hum_hz", "floor_dbfs"}


@pytest.mark.parametrize("wrong", [{"strength": 1.1}, {"kinds": ("wow",)}, {"kinds": ()}, {"bit_depth": "12"}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(OptionError):
        DenoiseOptions(**wrong)


def test_kinds_have_one_order():
    assert DenoiseOptions(kinds=("hiss", "clicks")).to_dict()["kinds"] == ["clicks", "hiss"]


def test_more_than_two_channels_are_refused():
    with pytest.raises(AudioError, match="4 channels"):
        denoise(AudioBuffer(noise(100, 4), RATE))
