import threading
import time

import numpy as np
import pytest

from mixassist import read_audio
from mixassist.audio.live_take import RING_S, recorded
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.errors import AudioError, EngineError
from tests.signals import noise

BLOCK, RATE = 64, 8000


def writer_at(path):
    return AudioWriter(path, RATE, 1, Encoding("wav", "32f"))


def test_a_take_holds_what_was_heard(tmp_path):
    sound = noise(40 * BLOCK, 1)
    with recorded(writer_at(tmp_path / "take.wav"), BLOCK) as take:
        for block in np.split(sound, 40, axis=1):
            take.hear(block)
    assert take.n_lost == 0
    np.testing.assert_array_equal(read_audio(tmp_path / "take.wav").samples, sound)


def test_what_a_slow_disk_loses_is_silent_and_counted(tmp_path, monkeypatch):
    goes_on = threading.Event()
    write = AudioWriter.write
    monkeypatch.setattr(AudioWriter, "write", lambda self, samples: (goes_on.wait(), write(self, samples))[1])
    n_blocks = int(3 * RING_S * RATE) // BLOCK
    with recorded(writer_at(tmp_path / "take.wav"), BLOCK) as take:
        for _ in range(n_blocks):
            take.hear(np.ones((1, BLOCK), np.float32))
        goes_on.set()
    kept = read_audio(tmp_path / "take.wav").samples[0]
    assert len(kept) == n_blocks * BLOCK
    assert take.n_lost == np.count_nonzero(kept == 0) > RING_S * RATE
    assert kept[-1] == 1


def play_until(end, path, n_blocks):
    with recorded(writer_at(path), BLOCK) as take:
        for _ in range(n_blocks):
            take.hear(np.ones((1, BLOCK), np.float32))
        raise end


def play_until_it_fails(path):
    with recorded(writer_at(path), BLOCK) as take:
        for _ in range(5):
            take.hear(np.ones((1, BLOCK), np.float32))
        while not take.has_failed:
            time.sleep(0.01)


@pytest.mark.parametrize("end", [AudioError("the card stopped"), EngineError("a driver is gone"), KeyboardInterrupt()])
def test_a_take_outlives_whatever_ends_it(end, tmp_path):
    with pytest.raises(type(end)):
        play_until(end, tmp_path / "take.wav", 3)
    assert read_audio(tmp_path / "take.wav").n_frames == 3 * BLOCK


def test_a_take_of_nothing_leaves_no_file(tmp_path):
    with pytest.raises(AudioError, match="stopped"):
        play_until(AudioError("the card stopped"), tmp_path / "take.wav", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_what_fitted_is_kept(tmp_path, monkeypatch):
    write = AudioWriter.write

    def full(self, samples):
        if self.n_frames >= 2 * BLOCK:
            raise AudioError("the disk is full")
        return write(self, samples)

    monkeypatch.setattr(AudioWriter, "write", full)
    with pytest.raises(AudioError, match="the disk is full"):
        play_until_it_fails(tmp_path / "take.wav")
    assert read_audio(tmp_path / "take.wav").n_frames == 2 * BLOCK
