"""What a bundle runs on its device, piece by piece: rig, rack, feet, watchdog, measurement, pedal."""

import io
import json
import socket
import struct
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.errors import AudioError, OptionError
from mixassist.runtime.bundle.device import bench, live
from mixassist.runtime.bundle.device.footswitch import find_midi, presses, programs
from mixassist.runtime.bundle.device.manifest import read_manifest
from mixassist.runtime.bundle.device.rack import Rack, Wire
from mixassist.runtime.bundle.device.rig import Rig, host_of, open_process, read_rig
from mixassist.runtime.bundle.device.temperature import hottest, temperatures_c
from mixassist.runtime.bundle.device.watchdog import Watchdog
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.resampled import ResampledProcess, frames_at
from tests.audio.simulated_card import FakeSounddevice

HOST = HostFormat(128, 48000)


class Delay:
    """Delays by `latency_samples` and multiplies by `gain`, in blocks of any length."""

    def __init__(self, latency_samples=0, gain=1.0, n_channels=1):
        self.latency_samples = latency_samples
        self.gain = gain
        self._tail = np.zeros((n_channels, latency_samples), np.float32)

    def process(self, block):
        whole = np.concatenate([self._tail, block], axis=1)
        self._tail = whole[:, block.shape[1] :]
        return np.float32(self.gain) * whole[:, : block.shape[1]]


def sine(n_blocks, hz=200.0, host=HOST):
    times = np.arange(n_blocks * host.block) / host.rate
    return np.sin(2 * np.pi * hz * times)[None].astype(np.float32)


def played(process, sound, block=128):
    return np.concatenate([process.process(piece).copy() for piece in np.split(sound, sound.shape[1] // block, 1)], 1)


def test_models_change_without_a_click():
    """The steepest step of what is heard is that of the sines themselves and the fade's own slope."""
    rack, sound = Rack(HOST), sine(120)
    first, second = Delay(480), Delay(960, gain=-0.5)
    heard = [played(rack, sound[:, :2560])]
    rack.choose(first)
    heard.append(played(rack, sound[:, 2560:7680]))
    assert (rack.playing, rack.latency_samples) == (first, 480)
    rack.choose(second)
    heard.append(played(rack, sound[:, 7680:]))
    assert (rack.playing, rack.latency_samples, rack.n_changes) == (second, 960, 2)
    whole = np.concatenate(heard, axis=1)[0]
    steepest = np.abs(np.diff(sound[0])).max() + 2 * np.pi / (2 * 0.02 * HOST.rate)
    assert np.abs(np.diff(whole)).max() <= steepest
    np.testing.assert_allclose(whole[-1280:], -0.5 * sound[0, -1280 - 960 : -960], atol=1e-6)


def test_before_a_model_is_open_the_dry_signal_is_heard():
    rack, sound = Rack(HOST), sine(4)
    np.testing.assert_array_equal(played(rack, sound), sound)
    assert isinstance(rack.playing, Wire)


@pytest.mark.parametrize(("rate", "latency"), [(44100, 0), (44100, 1536), (96000, 100)])
def test_a_model_of_another_rate_is_as_late_as_it_says(rate, latency):
    process = ResampledProcess(Delay(latency), rate, HOST)
    sound = sine(60, 1000.0)
    out = played(process, sound)
    late, settled = process.latency_samples, 4000
    error = out[0, settled:] - sound[0, settled - late : -late]
    assert 20 * np.log10(np.abs(error).max()) < -60


def test_a_block_brings_no_more_frames_than_was_said():
    given = []
    process = SimpleNamespace(latency_samples=0, process=lambda block: given.append(block.shape[1]) or block)
    played(ResampledProcess(process, 44100, HOST), sine(40))
    assert max(given) <= frames_at(44100, HOST)


def test_a_rig_says_what_it_does_not_know(tmp_path):
    path = tmp_path / "rig.json"
    path.write_text('{"block": 64, "models": ["a"]}')
    assert read_rig(path) == Rig(models=("a",), block=64)
    path.write_text('{"blokc": 64}')
    with pytest.raises(OptionError, match="holds blokc: a rig knows block"):
        read_rig(path)
    path.write_text('{"block": 0}')
    with pytest.raises(OptionError, match="sets block to 0"):
        read_rig(path)
    with pytest.raises(OptionError, match=r"absent\.json cannot be read"):
        read_rig(tmp_path / "absent.json")


@pytest.mark.parametrize(
    "told",
    [{"models": "a"}, {"models": [1]}, {"settings": []}, {"settings": {"a": 3}}, {"midi": 5}, {"block": True}],
)
def test_a_rig_says_what_is_of_another_type(tmp_path, told):
    path = tmp_path / "rig.json"
    path.write_text(json.dumps(told))
    with pytest.raises(OptionError, match=f"sets {next(iter(told))} to"):
        read_rig(path)


def test_a_mono_model_is_heard_on_both_outputs(made):
    manifest = read_manifest(made)
    (model,) = manifest.models
    rig = Rig(engine="onnxruntime", settings={"alto-sax": {"shift_semitones": 12}})
    out = open_process(model, rig, HostFormat(128, 48000, 2)).process(np.zeros((2, 128), np.float32))
    assert out.shape == (2, 128)
    wrong = replace(rig, settings={"alto-sax": {"growl": 1}})
    with pytest.raises(OptionError, match="a timbre has no setting growl"):
        open_process(model, wrong, HOST)
    wrong = replace(rig, settings={"alto-sax": {"shift_semitones": "low"}})
    with pytest.raises(OptionError, match="a timbre's shift_semitones is 'low': give one of int, float, null"):
        open_process(model, wrong, HOST)


def test_program_changes_are_read_out_of_raw_midi():
    clock, running = b"\xf8", b"\xc3\x05\x06"
    assert list(programs(io.BytesIO(b"\x90\x40\x7f" + b"\xc0" + clock + b"\x02" + running))) == [2, 5, 6]


def test_presses_are_read_out_of_input_events():
    events = [(1, 30, 1), (1, 30, 0), (0, 0, 0), (1, 48, 2), (1, 48, 1)]
    stream = b"".join(struct.pack("@llHHi", 0, 0, *event) for event in events)
    assert list(presses(io.BytesIO(stream))) == [30, 48]


def test_midi_that_is_not_there_is_told(tmp_path):
    assert find_midi("auto", tmp_path) is None
    (tmp_path / "midiC1D0").touch()
    assert find_midi("auto", tmp_path) == tmp_path / "midiC1D0"
    with pytest.raises(AudioError, match="there is no device /dev/none"):
        find_midi("/dev/none", tmp_path)


def test_the_watchdog_is_fed_only_while_blocks_come(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        watchdog = Watchdog(str(tmp_path / "notify"))
        watchdog.ready("playing")
        for n_blocks in (10, 10, 20):
            watchdog.alive(n_blocks)
        watchdog.status("over")
        heard = [manager.recv(200).decode() for _ in range(4)]
    assert heard == ["READY=1\nSTATUS=playing", "WATCHDOG=1", "WATCHDOG=1", "STATUS=over"]


def test_temperatures_are_the_kernels(tmp_path):
    for index, (kind, degrees) in enumerate([("cpu-thermal", "61500"), ("gpu-thermal", "busy")]):
        zone = tmp_path / f"thermal_zone{index}"
        zone.mkdir()
        (zone / "type").write_text(f"{kind}\n")
        (zone / "temp").write_text(degrees)
    assert temperatures_c(tmp_path) == {"cpu-thermal": 61.5}
    assert hottest({"cpu-thermal": 61.6}) == "62 °C (cpu-thermal)"
    assert hottest({}) == "no thermometer"


@pytest.fixture
def slow_machine(monkeypatch):
    """A clock that moves by 4 ms with each block that is processed, and not otherwise."""
    now = [0.0]
    clock = SimpleNamespace(perf_counter=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(bench, "time", clock)

    def process(block):
        now[0] += 0.004
        return block

    return SimpleNamespace(latency_samples=48, process=process)


def test_a_model_too_slow_for_its_block_gets_a_longer_one(slow_machine, made, monkeypatch, capsys):
    monkeypatch.setattr(bench, "open_process", lambda *ignored: slow_machine)
    assert bench.main(read_manifest(made), ["--seconds", "0.5", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    (row,) = told["rows"]
    assert (row["block"], row["n_misses"], row["n_blocks"]) == (128, 188, 188)
    assert (row["median_ms"], row["latency_ms"]) == (pytest.approx(4), 1)
    assert told["longer_blocks"] == {"alto-sax": 256}
    assert bench.main(read_manifest(made), ["--seconds", "0.5", "--block", "256"]) == 0
    assert bench.main(read_manifest(made), ["--seconds", "0.1"]) == 1
    assert "alto-sax is too slow for blocks of 128: set block to 256 in the rig" in capsys.readouterr().out


def test_a_block_may_take_as_long_as_blocks_ahead_allow(slow_machine):
    """4 ms for each of 2.5 ms: the first is in time when it may take two, then they fall behind."""
    host = HostFormat(120, 48000)
    rows = [bench.measure("amp", slow_machine, host, 0.02, n_ahead) for n_ahead in (1, 2, 100)]
    assert [(row.n_misses, row.n_blocks) for row in rows] == [(8, 8), (7, 8), (0, 8)]
    assert [row.is_fast for row in rows] == [False, False, True]


def test_the_pedal_plays_dry_then_its_model_and_changes_by_foot(made, monkeypatch):
    manifest = read_manifest(made)
    rig = Rig(models=("alto-sax", "alto-sax"), engine="onnxruntime", midi=None)
    told = []
    pedal = live.Pedal(rig, rig.chosen(manifest), told.append)
    assert pedal.host == host_of(rig, manifest.models)
    pedal.choose(1)
    pedal.open_models()
    assert told[-1] == "playing alto-sax"
    second = sine(200)
    assert not np.array_equal(played(pedal.rack, second), second)
    assert pedal.rack.n_changes == 1
    pedal.choose(7)
    assert told[-1] == "program 7 is none of the rig's 2"
    pedal.go_on()
    played(pedal.rack, second)
    assert pedal.rack.n_changes == 2


def test_the_next_model_plays_where_one_does_not_open(made):
    manifest = read_manifest(made)
    broken = replace(manifest.models[0], id="broken", opener="nowhere:open")
    told = []
    pedal = live.Pedal(Rig(engine="onnxruntime", midi=None), (broken, *manifest.models), told.append)
    pedal.open_models()
    assert "broken does not open: nowhere:open opens no model here" in told[0]
    assert told[-1] == "playing alto-sax"


def test_midi_that_cannot_be_opened_ends_only_who_asked_for_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "midiC1D0").mkdir()
    monkeypatch.setattr(live, "find_midi", lambda name: tmp_path / "midiC1D0")
    live._listen(Rig(), pedal=SimpleNamespace(choose=None))
    assert "playing without MIDI" in capsys.readouterr().out
    with pytest.raises(AudioError, match="cannot be opened"):
        live._listen(Rig(midi=str(tmp_path / "midiC1D0")), pedal=SimpleNamespace(choose=None))


def test_the_program_plays_through_a_card_and_ends(made, monkeypatch, capsys):
    card = FakeSounddevice(sine(40).repeat(2, axis=0))
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    monkeypatch.setattr(live, "claim", lambda notify: True)
    opened = threading.Event()
    monkeypatch.setattr(live.Pedal, "open_models", lambda pedal: opened.set())
    monkeypatch.setattr(live.signal, "signal", lambda *ignored: None)
    words = ["--seconds", "0.2", "--engine", "onnxruntime"]
    assert live.main(read_manifest(made), words) == 0
    assert opened.wait(10)
    assert card.streams[0].played.shape[1] > 0
    out = capsys.readouterr().out
    assert out.startswith("alto-sax: MIT (weights)")
    assert "playing at 48000 Hz in blocks of 128" in out
    card.cards.clear()
    with pytest.raises(AudioError, match="this machine has none"):
        live.main(read_manifest(made), words)
