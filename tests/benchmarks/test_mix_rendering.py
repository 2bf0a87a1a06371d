from __future__ import annotations

import pytest
import soundfile

from benchmarks.measure import Run
from benchmarks.mix_rendering import SECTIONS
from benchmarks.separation import Bench
from mixassist import AudioBuffer
from mixassist.demo.song import Song
from tests.signals import music_like

RATE = 44100


def test_the_quick_form_mixes_twelve_tracks(tmp_path, monkeypatch):
    heard = []

    def fake(command):
        folder = next(word for word in command if "tracks-" in word)
        heard.append(sorted(soundfile.info(f"{folder}/{name}").frames for name in ("kick.wav", "lead vox.wav")))
        return Run(seconds=2.0, peak_mb=100.0)

    stems = {name: AudioBuffer(samples, RATE) for name, samples in music_like(1, RATE).items()}
    monkeypatch.setattr("benchmarks.mix_rendering.render_song", lambda: Song(stems["drums"], stems))
    monkeypatch.setattr("benchmarks.mix_rendering.run_process", fake)
    section = SECTIONS["mix-rendering"](Bench(tmp_path, tmp_path, is_quick=True))
    assert [float(row[2]) for row in section.rows] == pytest.approx([6, 6, 12, 12])
    assert heard[0] == [12 * RATE] * 2
    assert not list(tmp_path.glob("tracks-*"))
