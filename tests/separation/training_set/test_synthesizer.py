"""FluidSynth, where it and a SoundFont are installed: notes sound at their time and pitch, parts apart."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import numpy as np
import pytest

from mixassist.errors import EngineError
from separation.songs import RATE
from separation.training_set import synthesizer
from separation.training_set.score import Note, Part
from separation.training_set.synthesizer import Synthesizer

FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")


@pytest.mark.skipif(
    ctypes.util.find_library("fluidsynth") is None or not FONT.is_file(),
    reason="needs Debian's fluidsynth and fluid-soundfont-gm",
)
def test_parts_sound_on_tracks_of_their_own():
    ocarina = Part("ocarina", "other", [Note(0.5, 0.8, 81, 100)], program=79)
    kick = Part("kick", "drums", [Note(0.25, 0.1, 36, 120)], is_drums=True)
    with Synthesizer([FONT]) as player:
        tracks = player.play([ocarina, kick], 2 * RATE)
        again = player.play([ocarina, kick], 2 * RATE)
    assert tracks.shape == (2, 2, 2 * RATE)
    starts = [int(np.argmax(np.abs(track).max(axis=0) > 1e-3)) / RATE for track in tracks]
    assert starts == pytest.approx([0.5, 0.25], abs=0.03)
    held = tracks[0, 0, int(0.7 * RATE) : int(1.2 * RATE)]
    heard_hz = np.argmax(np.abs(np.fft.rfft(held * np.hanning(held.size)))) * RATE / held.size
    assert heard_hz == pytest.approx(880, rel=0.01)
    assert np.linalg.norm(again - tracks) < 0.01 * np.linalg.norm(tracks)


def test_without_fluidsynth_the_cure_is_said(monkeypatch):
    monkeypatch.setattr(synthesizer.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(EngineError, match="apt-get install fluidsynth"):
        Synthesizer([FONT])
