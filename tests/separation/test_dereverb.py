import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.scores import si_sdr
from mixassist.errors import AudioError, OptionError
from separation import dereverberate
from separation.dereverb import DereverbOptions, dereverberate_file, methods
from separation.dereverb.decay_curves import DecayCurves
from separation.dereverb.expectation import Expectation
from separation.dereverb.late_power import LatePower, limit
from separation.dereverb.live_stream import LiveRoomStream
from separation.dereverb.options import room_grid
from separation.dereverb.wpe import RIDGE, Prediction, Statistics, foretell
from tests.signals import impulses, noise
from tests.tolerances import DECAY_IS_STEEPER_DB, DEREVERB_SOLVE, DRY_IS_LEFT_DB, ROOM_IS_LESS_DB

RATE = 8000


def bursts(seconds, n_channels, seed=0):
    """Noise in bursts of a third of a second, alike in all channels."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE)) / RATE
    sound = 0.2 * rng.standard_normal(time_s.size) * (time_s % 0.8 < 0.3)
    return np.tile(sound, (n_channels, 1)).astype("float32")


def in_a_room(dry, rt60_s=0.8, seed=1):
    """The sound in a room of exponentially decaying noise as strong as it is itself, and its first 50 ms."""
    rng = np.random.default_rng(seed)
    age_s = np.arange(RATE) / RATE
    room = rng.standard_normal((len(dry), RATE)) * 10 ** (-3 * age_s / rt60_s)
    room[:, : RATE // 300] = 0
    room /= np.sqrt(np.sum(room**2, axis=1, keepdims=True))
    room[:, 0] = 1
    early = np.where(age_s < 0.05, room, 0)
    through = [np.fft.irfft(np.fft.rfft(dry, 1 << 17) * np.fft.rfft(each, 1 << 17)) for each in (room, early)]
    return [each[:, : dry.shape[1]].astype("float32") for each in through]


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_room_becomes_less(n_channels):
    wet, early = in_a_room(bursts(10, n_channels))
    dry = dereverberate(AudioBuffer(wet, RATE)).dry.samples
    assert si_sdr(early, dry) > si_sdr(early, wet) + ROOM_IS_LESS_DB


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_dry_sound_is_left_alone(n_channels):
    dry = bursts(8, n_channels)
    left = dereverberate(AudioBuffer(dry, RATE)).dry.samples
    assert si_sdr(dry, left) > DRY_IS_LEFT_DB


def test_a_held_note_is_left_alone():
    time_s = np.arange(8 * RATE) / RATE
    note = sum(np.sin(2 * np.pi * 220 * k * time_s) / k for k in range(1, 12)) * (time_s % 2 < 1.8)
    note = (0.2 * note + noise(time_s.size, 1, 1e-4)).astype("float32")
    left = dereverberate(AudioBuffer(note, RATE)).dry.samples
    assert si_sdr(note, left) > DRY_IS_LEFT_DB


def test_strength_zero_is_the_input_itself():
    wet, _ = in_a_room(bursts(3, 2))
    result = dereverberate(AudioBuffer(wet, RATE), DereverbOptions(strength=0))
    np.testing.assert_array_equal(result.dry.samples, wet)
    assert not result.tail.samples.any()


def test_half_the_strength_takes_half_the_tail():
    wet, _ = in_a_room(bursts(3, 2))
    half, whole = (dereverberate(AudioBuffer(wet, RATE), DereverbOptions(strength=s)).tail for s in (0.5, 1.0))
    np.testing.assert_allclose(2 * half.samples, whole.samples, atol=1e-6)


def test_live_knows_no_future_beyond_its_latency():
    wet, _ = in_a_room(bursts(4, 1))
    stream = LiveRoomStream(RATE, 1, DereverbOptions())
    ready = stream.process(wet)
    assert wet.shape[1] - ready.shape[1] <= stream.latency_samples
    changed = wet.copy()
    changed[:, 3 * RATE :] = 0
    other = LiveRoomStream(RATE, 1, DereverbOptions()).process(changed)
    safe = 3 * RATE - stream.latency_samples
    np.testing.assert_array_equal(ready[:, :safe], other[:, :safe])
    assert ready.any()


@pytest.mark.parametrize("sound", [np.zeros((1, 5000), "float32"), impulses([2000], 5000), noise(1, 2), noise(300, 1)])
def test_silence_a_click_and_next_to_nothing_stay_finite_and_as_long(sound):
    result = dereverberate(AudioBuffer(sound, RATE))
    assert result.dry.samples.shape == sound.shape
    assert np.isfinite(result.dry.samples).all()
    np.testing.assert_allclose(result.dry.samples + result.tail.samples, sound, atol=1e-7)


def test_a_filter_is_the_weighted_least_squares_solution():
    rng = np.random.default_rng(0)
    prediction = Prediction(n_taps=3, delay=2)
    spectrum = (rng.standard_normal((1, 2, 60)) + 1j * rng.standard_normal((1, 2, 60))).astype("complex64")
    power = rng.uniform(0.5, 2, (1, 60 - prediction.n_past)).astype("float32")
    statistics = Statistics(prediction, n_bins=1, n_channels=2)
    statistics.add(spectrum, power)
    rows, targets = [], []
    for frame in range(prediction.n_past, 60):
        weight = power[0, frame - prediction.n_past] ** -0.5
        rows.append(weight * np.concatenate([spectrum[0, :, frame - 2 - tap] for tap in range(3)]))
        targets.append(weight * spectrum[0, :, frame])
    ridge = np.sqrt(RIDGE * len(rows) / 2) * np.eye(6)
    solved = np.linalg.lstsq(np.vstack([rows, ridge]), np.vstack([targets, np.zeros((6, 2))]), rcond=None)[0]
    expected = np.stack([(solved.T @ (row / power[0, k] ** -0.5)) for k, row in enumerate(rows)], axis=-1)
    filters = statistics.filters()
    found = foretell(spectrum, prediction, (filters, filters))[0]
    np.testing.assert_allclose(found, expected, atol=DEREVERB_SOLVE)


def test_late_power_decays_and_bounds_the_tail():
    power = np.zeros((1, 40), "float32")
    power[0, 5] = 1
    late, own = LatePower(1, decay=0.5, delay=3).process(power)
    assert late[0, :8].max() == 0
    np.testing.assert_allclose(late[0, 9:12] / late[0, 8:11], 0.5, rtol=1e-5)
    assert own[0, 5] == 1
    tail = limit(np.full((1, 2, 40), 10 + 0j, "complex64"), late)
    assert not tail[..., :8].any()
    assert np.all(np.mean(np.abs(tail) ** 2, axis=1) <= late)


@pytest.mark.parametrize(("rate", "n_fft"), [(8000, 512), (44100, 2048), (48000, 2048), (96000, 4096)])
def test_frames_are_as_long_at_any_rate(rate, n_fft):
    assert room_grid(rate).n_fft == n_fft


@pytest.mark.parametrize("depth", ["16", "24"])
def test_dry_and_tail_sum_to_the_file(tmp_path, depth):
    wet, _ = in_a_room(bursts(2, 2))
    write_audio(tmp_path / "wet.wav", AudioBuffer(wet, RATE), Encoding("wav", depth))
    dry, tail = tmp_path / "dry.wav", tmp_path / "tail.wav"
    report = dereverberate_file(tmp_path / "wet.wav", dry, DereverbOptions(), tail)
    np.testing.assert_array_equal(
        read_audio(dry).samples + read_audio(tail).samples, read_audio(tmp_path / "wet.wav").samples
    )
    assert report.taken_db < 0
    assert set(report.files) == {"dry.wav", "tail.wav"}


@pytest.mark.parametrize("wrong", [{"strength": 1.1}, {"method": "magic"}, {"keep_early_ms": 0}, {"bit_depth": "12"}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(OptionError):
        DereverbOptions(**wrong)


def test_more_than_two_channels_are_refused():
    with pytest.raises(AudioError, match="4 channels"):
        dereverberate(AudioBuffer(noise(100, 4), RATE))


def test_live_the_prediction_is_a_frame_late():
    stream = methods.TailFinder(DereverbOptions(method="wpe", is_live=True)).open(44100, 2, None)
    assert stream.latency_samples == room_grid(44100).n_fft


def test_of_small_rooms_less_is_expected():
    frame = np.ones((room_grid(RATE).n_fft // 2 + 1, 1, 20), np.complex64)
    late = [Expectation(RATE, DereverbOptions(), rt60_s).process(frame)[1][:, -1].mean() for rt60_s in (0.3, 0.7, None)]
    assert 4 * late[0] < late[1] < late[2]


def test_a_room_is_heard_beforehand_but_live():
    assert methods.TailFinder(DereverbOptions()).needs_room
    assert not methods.TailFinder(DereverbOptions(is_live=True)).needs_room


def test_live_nothing_can_be_fitted_to_what_comes():
    with pytest.raises(OptionError, match="use wpe, or auto"):
        methods.TailFinder(DereverbOptions(method="convolution", is_live=True))


@pytest.mark.parametrize("method", ["wpe", "convolution"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_each_method_makes_a_room_less(method, n_channels):
    wet, early = in_a_room(bursts(10, n_channels))
    dry = dereverberate(AudioBuffer(wet, RATE), DereverbOptions(method=method)).dry.samples
    assert si_sdr(early, dry) > si_sdr(early, wet) + ROOM_IS_LESS_DB


def test_decays_are_drawn_from_where_sounds_end():
    wet, early = in_a_room(bursts(6, 1))
    curves = DecayCurves(RATE)
    for first in range(0, wet.shape[1], 9000):
        curves.update(wet[:, first : first + 9000], early[:, first : first + 9000])
    before, after = curves.curves_db()
    assert (before[:, 20] - after[:, 20] > DECAY_IS_STEEPER_DB).all()
    np.testing.assert_allclose(before[:, 0], 0, atol=1e-9)
    falls_db = curves.falls_db()
    assert falls_db["after"] > falls_db["before"] + DECAY_IS_STEEPER_DB


@pytest.mark.parametrize("sound", [np.zeros((1, 9000), "float32"), noise(100, 1)])
def test_where_no_sound_ends_there_is_no_decay(sound):
    curves = DecayCurves(RATE)
    curves.update(sound, sound)
    assert np.isnan(curves.curves_db()).all()
    assert curves.falls_db() == {"before": None, "after": None}
