"""The door of the sound card, with a library that plays without hardware: threads and clock are real, so no test
asks how fast anything was."""

import builtins
import gc
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.audio.live import LiveOptions, play_live
from mixassist.audio.live_desk import DeskOptions
from mixassist.audio.live_worker import N_WARM_UP_BLOCKS
from mixassist.errors import AudioError, EngineError, OptionError
from tests.audio.simulated_card import FakeSounddevice

BLOCK = 64
WIRE = SimpleNamespace(latency_samples=0, process=lambda block: block)


def noise(n_channels, n_frames=4800):
    return np.random.default_rng(0).uniform(-1, 1, (n_channels, n_frames)).astype(np.float32)


@pytest.fixture
def card(monkeypatch):
    module = FakeSounddevice(noise(2), jitter_s=0.002)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def options(n_channels=1, seconds=0.2, **others):
    return LiveOptions(DeskOptions(block=BLOCK, n_channels=n_channels), seconds=seconds, **others)


@pytest.mark.parametrize(("n_channels", "first_input", "inputs"), [(1, 1, [0, 0]), (1, 2, [1, 1]), (2, 1, [0, 1])])
def test_what_comes_in_goes_out_sample_for_sample(card, n_channels, first_input, inputs):
    report = play_live(WIRE, options(n_channels, first_input=first_input))
    (stream,) = card.streams
    played, expected = stream.played, np.pad(card.signal[inputs], ((0, 0), (BLOCK, 0)))
    n_frames = min(played.shape[1], expected.shape[1])
    assert n_frames > 10 * BLOCK
    np.testing.assert_array_equal(played[:, :n_frames], expected[:, :n_frames])
    assert report.n_blocks == len(stream.blocks)
    assert stream.is_closed


def test_the_card_is_asked_for_what_was_asked(card):
    play_live(WIRE, options(output_device="Loudspeaker", first_input=2, seconds=0.05))
    settings = card.streams[0].settings
    assert (settings.samplerate, settings.blocksize, settings.dtype) == (48000, BLOCK, "float32")
    assert (settings.device, settings.channels) == ((None, "Loudspeaker"), (2, 1))


def test_latency_misses_and_xruns_are_told(card):
    card.xruns = (3, 4)
    lines = []
    report = play_live(SimpleNamespace(latency_samples=96, process=WIRE.process), options(), lines.append)
    assert report.n_xruns == 2
    assert report.latency_ms == pytest.approx(1000 * (96 + BLOCK) / 48000)
    assert report.card_latency_ms == pytest.approx(5)
    assert lines[0] == (
        "playing at 48000 Hz in blocks of 64 (1.3 ms), latency 8.3 ms (5.0 the card, 1.3 blocks, 2.0 the model);"
        " Ctrl-C ends it"
    )
    assert lines[1].endswith("2 xruns")
    assert report.to_dict()["n_xruns"] == 2


def test_a_process_that_hangs_never_holds_up_the_card(card):
    is_over = threading.Event()
    calls = []

    def hang(block):
        calls.append(block)
        if len(calls) > 30:
            is_over.wait(0.4)
        return block

    report = play_live(SimpleNamespace(latency_samples=0, process=hang), options(seconds=0.3))
    is_over.set()
    assert report.n_blocks > 50
    assert report.n_misses > 0
    assert np.isfinite(card.streams[0].played).all()


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to a thread there")
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_it_cleanly(card):
    before, threads = (sys.getswitchinterval(), gc.get_freeze_count()), set(threading.enumerate())
    timer = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))

    def interrupt(line):
        if timer.ident is None:
            timer.start()

    report = play_live(WIRE, options(seconds=60), interrupt)
    timer.join()
    assert 0 < report.n_blocks < 30 * 48000 / BLOCK
    assert card.streams[0].is_closed
    assert (sys.getswitchinterval(), gc.get_freeze_count()) == before
    assert set(threading.enumerate()) <= threads


def test_an_error_of_the_process_ends_it_and_is_raised(card):
    calls = []

    def fail(block):
        calls.append(block)
        if len(calls) > 30:
            raise ZeroDivisionError("a bug in the process")
        return block

    with pytest.raises(ZeroDivisionError, match="a bug in the process"):
        play_live(SimpleNamespace(latency_samples=0, process=fail), options(seconds=60))
    assert card.streams[0].is_closed


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to a thread there")
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_does_not_swallow_the_error_of_the_process(card):
    """The interrupt comes while the process is about to fail."""
    main = threading.main_thread().ident
    calls = []

    def fail(block):
        calls.append(block)
        if len(calls) > 30:
            signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.1)
            raise ZeroDivisionError("a bug in the process")
        return block

    with pytest.raises(ZeroDivisionError, match="a bug in the process"):
        play_live(SimpleNamespace(latency_samples=0, process=fail), options(seconds=60))
    assert card.streams[0].is_closed


def test_an_engine_is_warm_in_its_thread_before_the_card_starts(card):
    threads, n_streams = [], []

    def process(block):
        threads.append(threading.get_ident())
        n_streams.append(len(card.streams))
        return block

    play_live(SimpleNamespace(latency_samples=0, process=process), options())
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    assert n_streams[:N_WARM_UP_BLOCKS] == [0] * N_WARM_UP_BLOCKS
    assert len(n_streams) > N_WARM_UP_BLOCKS


def test_an_error_on_silence_opens_no_card(card):
    def fail(block):
        raise EngineError("this engine cannot")

    with pytest.raises(EngineError, match="this engine cannot"):
        play_live(SimpleNamespace(latency_samples=0, process=fail), options())
    assert card.streams == []


def test_a_card_that_does_not_start_is_closed(card):
    card.start_refusal = "Device unavailable"
    with pytest.raises(AudioError, match=r"no sound card plays at 48000 Hz .* \(Device unavailable\): choose another"):
        play_live(WIRE, options())
    assert card.streams[0].is_closed


def test_another_latency_is_told(card):
    process = SimpleNamespace(latency_samples=0, process=WIRE.process)

    def notify(line):
        lines.append(line)
        process.latency_samples = 96

    lines = []
    report = play_live(process, options(), notify)
    assert any(line.endswith("s: latency 8.3 ms (5.0 the card, 1.3 blocks, 2.0 the model)") for line in lines[1:])
    assert report.latency_ms == pytest.approx(1000 * (96 + BLOCK) / 48000)


def test_a_card_that_is_pulled_out_is_told(card):
    card.n_blocks = 10
    with pytest.raises(AudioError, match=r"the sound card stopped after \d.\d s: plug it in again"):
        play_live(WIRE, options(seconds=60))
    assert card.streams[0].is_closed


def test_no_sounddevice_is_told_with_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(EngineError, match=r"sounddevice cannot be imported .*pip install 'mixassist\[live\]'"):
        play_live(WIRE)


def test_no_portaudio_is_told_with_the_cure(monkeypatch):
    real_import = builtins.__import__

    def without_portaudio(name, *others):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real_import(name, *others)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_portaudio)
    with pytest.raises(EngineError, match=r"finds no PortAudio .*apt install libportaudio2"):
        play_live(WIRE)


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        ({"cards": []}, {}, r"Error querying device -1\): .*\(this machine has none\)"),
        ({}, {"input_device": "Scarlett"}, r"No input device matching 'Scarlett'\): .*0 'Built-in', 1 'Loudspeaker'"),
        ({"refusal": "Invalid sample rate"}, {}, r"at 48000 Hz in blocks of 64 as asked \(Invalid sample rate\)"),
        ({}, {"first_input": 3}, "card 'Built-in' has 2 inputs, 3 are needed"),
        ({}, {"n_channels": 2, "output_device": 1}, "card 'Loudspeaker' has 1 outputs, 2 are needed"),
        ({"cards": [{"name": "Mute", "max_input_channels": 2, "max_output_channels": 0}]}, {}, "has 0 outputs, 1 are"),
    ],
)
def test_a_card_that_cannot_is_one_line_with_the_cure(card, change, asked, message):
    for name, value in change.items():
        setattr(card, name, value)
    with pytest.raises(AudioError, match=message) as caught:
        play_live(WIRE, options(**asked))
    assert "\n" not in str(caught.value)


def test_inputs_are_counted_from_one():
    with pytest.raises(OptionError, match="first_input is 0: inputs are counted from 1"):
        LiveOptions(first_input=0)
